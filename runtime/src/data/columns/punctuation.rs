//! Text made plain as Keras' `lower_and_strip_punctuation` does it, but for letters beyond ASCII, which Keras leaves as they are.

/// Writes `text` in lower case (of all of Unicode) and without ASCII punctuation into `plain`, replacing what it held.
pub(super) fn lower_and_strip(text: &str, plain: &mut String) {
    plain.clear();
    plain.extend(text.chars().filter(|part| !part.is_ascii_punctuation()).flat_map(char::to_lowercase));
}
