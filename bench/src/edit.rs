//! An edit of a spec that changes shapes, so that its program has to be compiled again.

/// Names of the numbers of a spec that are widths, those that most specs have first.
const WIDTHS: [&str; 5] = ["dim", "width", "units", "hidden", "layers"];

/// A spec with its first width greater by a number. None if it names no width.
pub(crate) fn widened(text: &str, by: usize) -> Option<String> {
    let (start, end) = WIDTHS.iter().find_map(|word| number_of(text, word))?;
    let width: usize = text[start..end].parse().ok()?;
    Some(format!("{}{}{}", &text[..start], width + by, &text[end..]))
}

/// The place of the number in `word = 64` or `word = [64, 32]`.
fn number_of(text: &str, word: &str) -> Option<(usize, usize)> {
    text.match_indices(word).find_map(|(at, _)| {
        let is_whole = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let after = text[at + word.len()..].trim_start().strip_prefix('=')?.trim_start();
        let after = after.strip_prefix('[').unwrap_or(after);
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        let start = text.len() - after.len();
        (is_whole && digits > 0).then_some((start, start + digits))
    })
}

#[cfg(test)]
mod tests {
    use super::widened;

    #[test]
    fn the_first_width_is_changed_and_nothing_else() {
        let cases = [
            (
                "const width = 64\nembedding a { dim = width }",
                "const width = 66\nembedding a { dim = width }",
            ),
            ("embedding a { dim = 8 } // dim = 9", "embedding a { dim = 10 } // dim = 9"),
            ("const hidden = [64, 32]", "const hidden = [66, 32]"),
        ];
        for (text, expected) in cases {
            assert_eq!(widened(text, 2).as_deref(), Some(expected));
        }
        assert_eq!(widened("max_dim = 8", 2), None);
    }
}
