//! Detection of file formats other than delimited text, by their first bytes.

use turret_schema::Encoding;

/// First bytes of formats, and their names.
const MARKS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive (or an Excel workbook)"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x04\x22\x4d\x18", "an lz4 file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"%PDF-", "a PDF"),
    (b"\xff\xfe\x00\x00", "text in UTF-32"),
];

/// Returns the format of bytes that are not text, with an article.
pub(crate) fn foreign_format(bytes: &[u8]) -> Option<&'static str> {
    let marked = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, format)| *format);
    let is_pickle = matches!(bytes, [0x80, 2..=5, ..]);
    // Two-byte characters without a byte order mark.
    let is_wide = matches!(bytes, &[a, 0, b, 0, ..] | &[0, a, 0, b, ..] if a > 0 && b > 0);
    marked.or(is_pickle.then_some("a Python pickle")).or(is_wide.then_some("text in UTF-16"))
}

/// First byte that is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotUtf8 {
    /// Offset.
    pub(super) byte: usize,
    /// Number of line feeds before it.
    pub(super) lines_before: u64,
}

/// Decodes text.
pub(super) fn decoded(bytes: Vec<u8>, encoding: Encoding) -> Result<String, NotUtf8> {
    match encoding {
        Encoding::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
        Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => String::from_utf8(bytes).map_err(|error| {
            let byte = error.utf8_error().valid_up_to();
            let lines_before = memchr::memchr_iter(b'\n', &error.as_bytes()[..byte]).count() as u64;
            NotUtf8 { byte, lines_before }
        }),
    }
}

/// Returns the format of a text that is not delimited rows, with an article.
pub(super) fn foreign_text(text: &str) -> Option<&'static str> {
    let start = text.trim_start();
    let tag = start.get(..9).unwrap_or(start).to_ascii_lowercase();
    if tag.starts_with("<!doctype") || tag.starts_with("<html") {
        return Some("a page of HTML");
    }
    if tag.starts_with("<?xml") {
        return Some("an XML file");
    }
    let line = start.lines().next().unwrap_or_default().trim();
    let is_json = |line: &str| serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    if matches!(line, "{" | "[") {
        Some("a JSON file")
    } else if line.starts_with('{') && is_json(line) {
        Some("a file of JSON lines")
    } else if line.starts_with("[{") || line.starts_with("[[") {
        Some("a JSON file")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_both_encodings() {
        let bytes = || b"a\nb\xe9".to_vec();
        assert_eq!(decoded(bytes(), Encoding::Latin1).unwrap(), "a\nbé");
        assert_eq!(decoded(bytes(), Encoding::Utf8), Err(NotUtf8 { byte: 3, lines_before: 1 }));
    }

    #[test]
    fn known_by_their_first_bytes() {
        for (bytes, expected) in [
            (&b"PAR1\x15"[..], Some("a Parquet file")),
            (b"PK\x03\x04", Some("a zip archive (or an Excel workbook)")),
            (b"o\x00v\x00", Some("text in UTF-16")),
            (b"\x00o\x00v", Some("text in UTF-16")),
            (b"\xef\xbb\xbfa,b", None),
            (b"a,b\n", None),
            (b"", None),
        ] {
            assert_eq!(foreign_format(bytes), expected, "{bytes:?}");
        }
        for (text, expected) in [
            ("{\"a\": 1}\n{\"a\": 2}\n", Some("a file of JSON lines")),
            ("[\n  {\"a\": 1}\n]", Some("a JSON file")),
            ("[{\"a\": 1},\n", Some("a JSON file")),
            ("\n<!DOCTYPE html>", Some("a page of HTML")),
            ("<html lang=\"de\">", Some("a page of HTML")),
            ("{a},b\n", None),
            ("a,b\n", None),
            ("é", None),
        ] {
            assert_eq!(foreign_text(text), expected, "{text}");
        }
    }
}
