//! Text normalization like `lower_and_strip_punctuation` of Keras, but with Unicode lower case, where Keras
//! only changes ASCII.

/// Writes `text` in Unicode lower case and without ASCII punctuation to `plain`, replacing its contents.
pub(super) fn lower_and_strip(text: &str, plain: &mut String) {
    plain.clear();
    plain.extend(text.chars().filter(|part| !part.is_ascii_punctuation()).flat_map(char::to_lowercase));
}
