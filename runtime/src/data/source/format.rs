//! Detection of formats that no source reads, and of those of other sources, by their first bytes.

use turret_schema::Encoding;

/// Format of a file that a source does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// Name, with an article.
    pub(crate) format: &'static str,
    /// Remedy.
    pub(crate) remedy: &'static str,
}

const UNPACK: &str = "unpack it first; gzip and zstd are read as they are";
const TABLE: &str = "write it as a table first, such as with pandas' `df.to_csv(\"rows.csv\", index=False)`";
const LINES: &str = "write one JSON object per line, such as with `jq -c '.[]'`";

/// First bytes of formats, with names and remedies.
const MARKS: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a zip archive (or an Excel workbook)", "unpack it first, or save the sheet as CSV"),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"\xfd7zXZ\x00", "an xz file", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"\x04\x22\x4d\x18", "an lz4 file", UNPACK),
    (b"PAR1", "a Parquet file", "write `parquet(...)`"),
    (b"ARROW1", "an Arrow (Feather) file", "write `arrow(...)`"),
    (b"Obj\x01", "an Avro file", TABLE),
    (b"ORC", "an ORC file", TABLE),
    (b"SQLite format 3\x00", "an SQLite database", TABLE),
    (b"\x89HDF", "an HDF5 file", TABLE),
    (b"\x93NUMPY", "a NumPy array", TABLE),
    (b"%PDF-", "a PDF", "find the table that it was made of"),
    (b"\xff\xfe\x00\x00", "text in UTF-32", "convert it first, such as with `iconv -f utf-32 -t utf-8`"),
    (b"\xff\xfe", "text in UTF-16", "leave out `encoding`"),
    (b"\xfe\xff", "text in UTF-16", "leave out `encoding`"),
];

/// Returns the format of bytes that are not text. UTF-16 was converted before, unless another encoding is given.
pub(crate) fn foreign_format(bytes: &[u8]) -> Option<Foreign> {
    let marked = MARKS.iter().find(|(mark, ..)| bytes.starts_with(mark));
    if let Some(&(_, format, remedy)) = marked {
        return Some(Foreign { format, remedy });
    }
    // Two-byte characters without a byte order mark.
    match bytes {
        [0x80, 2..=5, ..] => Some(Foreign { format: "a Python pickle", remedy: TABLE }),
        &[a, 0, b, 0, ..] if a > 0 && b > 0 => {
            Some(Foreign { format: "text in UTF-16", remedy: "write `encoding = utf16le`" })
        }
        &[0, a, 0, b, ..] if a > 0 && b > 0 => {
            Some(Foreign { format: "text in UTF-16", remedy: "write `encoding = utf16be`" })
        }
        _ => None,
    }
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

/// Returns the format of a text that is not separated rows.
pub(super) fn foreign_text(text: &str) -> Option<Foreign> {
    let start = text.trim_start();
    let tag = start.get(..9).unwrap_or(start).to_ascii_lowercase();
    if tag.starts_with("<!doctype") || tag.starts_with("<html") {
        let remedy = "download the file itself; this page may say why it was not sent";
        return Some(Foreign { format: "a page of HTML", remedy });
    }
    if tag.starts_with("<?xml") {
        return Some(Foreign { format: "an XML file", remedy: TABLE });
    }
    let line = start.lines().next().unwrap_or_default().trim();
    let is_json = |line: &str| serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    if matches!(line, "{" | "[") {
        Some(Foreign { format: "a JSON file", remedy: LINES })
    } else if line.starts_with('{') && is_json(line) {
        Some(Foreign { format: "a file of JSON lines", remedy: "write `jsonl(...)`" })
    } else if line.starts_with("[{") || line.starts_with("[[") {
        Some(Foreign { format: "a JSON file", remedy: LINES })
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
            assert_eq!(foreign_format(bytes).map(|found| found.format), expected, "{bytes:?}");
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
            assert_eq!(foreign_text(text).map(|found| found.format), expected, "{text}");
        }
    }
}
