//! Text normalization like `lower_and_strip_punctuation` of Keras, but with Unicode lower case, where Keras
//! only changes ASCII.

/// Writes `text` in Unicode lower case and without ASCII punctuation to `plain`, replacing its contents.
pub(super) fn lower_and_strip(text: &str, plain: &mut String) {
    plain.clear();
    if text.is_ascii() {
        plain.push_str(text);
        plain.make_ascii_lowercase();
        if plain.bytes().any(|byte| byte.is_ascii_punctuation()) {
            plain.retain(|part| !part.is_ascii_punctuation());
        }
        return;
    }
    plain.extend(text.chars().filter(|part| !part.is_ascii_punctuation()).flat_map(char::to_lowercase));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_changed_like_other_text() {
        let mut plain = String::new();
        for text in ["", "The Matrix (1999)", "a-b  .,\tC!", "IT'S \u{b} x", "Élan: A-B"] {
            lower_and_strip(text, &mut plain);
            let expected: String = text
                .chars()
                .filter(|part| !part.is_ascii_punctuation())
                .flat_map(char::to_lowercase)
                .collect();
            assert_eq!(plain, expected);
        }
    }
}
