//! Unclosed quotes.

use std::path::Path;

use csv::StringRecord;
use memchr::{memchr, memchr2, memchr3, memrchr};

use super::text_blocks::RowEnds;
use crate::printable::printable;
use crate::progress::rounded;

/// Quoted fields that contain lines which are rows themselves. A quote is missing, and the rows up to the
/// next quote became part of a field.
#[derive(Clone, Debug, Default)]
pub(super) struct RunsOn {
    count: usize,
    /// First and last line of the first such field.
    first: Option<(u64, u64)>,
}

impl RunsOn {
    /// Checks a record of a source with `width` columns that spans several lines from `line` on.
    pub(super) fn look_at(&mut self, record: &StringRecord, width: usize, separator: u8, line: u64) {
        let mut begins = line;
        for (column, field) in record.iter().enumerate() {
            let ends = begins + field.bytes().filter(|&byte| byte == b'\n').count() as u64;
            if ends > begins && is_of_rows(field, column, width, separator) {
                self.count += 1;
                self.first.get_or_insert((begins, ends));
            }
            begins = ends;
        }
    }

    /// Adds the fields of later rows.
    pub(super) fn append(&mut self, later: &RunsOn) {
        self.count += later.count;
        self.first = self.first.or(later.first);
    }

    /// Returns a note, if there are such fields.
    pub(super) fn note(&self, path: &Path) -> Option<String> {
        let (first, last) = self.first?;
        let others = match self.count - 1 {
            0 => String::new(),
            others => format!(" ({} such fields follow)", rounded(others as f64)),
        };
        Some(format!(
            "{}:{first}: a quoted field runs to line {last}{others}, over lines that look like rows; is a quote not closed? `quote = \
             false` takes quotes as text",
            printable(path.display())
        ))
    }
}

/// Returns whether a field contains the end of a row, whole rows and the beginning of a row, by counting
/// separators per line.
fn is_of_rows(field: &str, column: usize, width: usize, separator: u8) -> bool {
    let separators: Vec<usize> =
        field.lines().map(|line| line.bytes().filter(|&byte| byte == separator).count()).collect();
    let [first, rows @ .., last] = &separators[..] else { return false };
    let whole = rows.iter().filter(|&&count| count + 1 == width).count();
    first + column + 1 == width && *last == column && 2 * whole >= rows.len()
}

/// Punctuation of rows with quoted fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoting {
    /// Character between fields.
    pub(super) separator: u8,
    /// Character before a quote that is part of a quoted field, besides the quote itself.
    pub(super) escape: Option<u8>,
    /// First character of lines that are not rows.
    pub(super) comment: Option<u8>,
}

/// Place in a row, by the rules of the csv crate: a quote opens at the beginning of a field, and two quotes
/// inside are an escaped quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Beginning of a row.
    Row,
    /// Beginning of a field.
    Start,
    /// In a comment.
    Comment,
    /// After the escape character.
    Escaped,
    /// In a field without quotes, or after its closing quote.
    Plain,
    /// In a quoted field.
    Quoted,
    /// After a quote in a quoted field.
    Quote,
}

/// Finder of the ends of rows that may have quoted fields.
pub(super) struct QuotedEnds {
    quoting: Quoting,
    at: At,
    scanned: usize,
    end: Option<usize>,
}

impl QuotedEnds {
    /// Rows with this punctuation.
    pub(super) fn new(quoting: Quoting) -> Self {
        Self { quoting, at: At::Row, scanned: 0, end: None }
    }

    fn scan(&mut self, bytes: &[u8]) {
        let Quoting { separator, escape, comment } = self.quoting;
        let mut place = self.scanned;
        while place < bytes.len() {
            // The interesting bytes of a field are its separator, its quotes and the ends of lines.
            let skipped = match self.at {
                At::Quoted => memchr2(b'"', escape.unwrap_or(b'"'), &bytes[place..]),
                At::Plain => memchr3(separator, b'\n', b'\r', &bytes[place..]),
                At::Comment => memchr(b'\n', &bytes[place..]),
                At::Row | At::Start | At::Quote | At::Escaped => Some(0),
            };
            let Some(skipped) = skipped else { break };
            place += skipped;
            let byte = bytes[place];
            self.at = match (self.at, byte) {
                (At::Row, byte) if comment == Some(byte) => At::Comment,
                (At::Row | At::Start | At::Quote, b'"') => At::Quoted,
                (At::Quoted, b'"') => At::Quote,
                (At::Quoted, byte) if escape == Some(byte) => At::Escaped,
                (At::Quoted | At::Escaped, _) => At::Quoted,
                (_, b'\n' | b'\r') => At::Row,
                (At::Comment, _) => At::Comment,
                (_, byte) if byte == separator => At::Start,
                _ => At::Plain,
            };
            place += 1;
            if byte == b'\n' && self.at == At::Row {
                self.end = Some(place);
            }
        }
        self.scanned = bytes.len();
    }
}

impl RowEnds for QuotedEnds {
    fn last(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.scanned == 0 && memchr(b'"', bytes).is_none() {
            return memrchr(b'\n', bytes).map(|at| at + 1);
        }
        self.scan(bytes);
        let end = self.end.take()?;
        (self.at, self.scanned) = (At::Row, 0);
        Some(end)
    }
}

/// Returns whether a quote is open at the end of a row.
pub(super) fn ends_in_quotes(row: &[u8], quoting: Quoting) -> bool {
    let mut ends = QuotedEnds::new(quoting);
    ends.scan(row);
    matches!(ends.at, At::Quoted | At::Escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAS: Quoting = Quoting { separator: b',', escape: None, comment: None };

    #[test]
    fn escapes_and_comments_end_no_row() {
        let quoting = Quoting { escape: Some(b'\\'), comment: Some(b'#'), ..COMMAS };
        for (text, expected) in [
            (&b"\"a\\\"\nb\"\nc"[..], Some(8)),
            (b"# \"no quote\na,\"b\nc", Some(12)),
            (b"a,# \"b\n\"c\n", Some(7)),
        ] {
            assert_eq!(QuotedEnds::new(quoting).last(text), expected, "{}", String::from_utf8_lossy(text));
        }
        assert!(ends_in_quotes(b"a,\"b\\\"", quoting) && !ends_in_quotes(b"a,\"b\\\"\"", quoting));
    }

    #[test]
    fn quotes_that_are_open_at_the_end() {
        for (row, expected) in [
            ("u1,i1,2.0,\"1", true),
            ("u1,i1,2.0,\"1\n", true),
            ("\n\"a\nb", true),
            ("a,\"b\"\"", true),
            ("a,\"b\"", false),
            ("a,\"b\"\"\"\n", false),
            ("a,12\" single", false),
            ("a,\"ok\" I \"guess", false),
            ("a,\"b\n,\",\"", true),
            ("", false),
        ] {
            assert_eq!(ends_in_quotes(row.as_bytes(), COMMAS), expected, "{row}");
        }
    }

    #[test]
    fn a_row_ends_outside_of_quotes() {
        let text = b"a,b\n1,2\n3,\"4\n5\"\n6,7\n";
        for (length, expected) in
            [(4, Some(4)), (7, Some(4)), (14, Some(8)), (3, None), (text.len(), Some(20))]
        {
            assert_eq!(QuotedEnds::new(COMMAS).last(&text[..length]), expected, "{length}");
        }
        // Bytes that were scanned are not scanned again.
        let mut ends = QuotedEnds::new(COMMAS);
        assert_eq!(ends.last(b"\"a\nb"), None);
        assert_eq!(ends.last(b"\"a\nb\"\"\n"), None);
        assert_eq!(ends.last(b"\"a\nb\"\"\n\"\nc\n\"d"), Some(11));
        assert_eq!(ends.last(b"\"d\n\"\n"), Some(5));
    }

    #[test]
    fn fields_of_rows() {
        let of_rows = |field: &str| is_of_rows(field, 1, 3, b',');
        assert!(of_rows("Great game,1\n2,Fine,0\n3,\"Bad, bad\",0\n4,So so,1\n5,ok\" I guess"));
        assert!(of_rows("Great game,1\n2,Fine"));
        assert!(!of_rows("A long review.\n\nIn several lines, with commas,\nand an end."));
        assert!(!of_rows("one line, or"));
    }
}
