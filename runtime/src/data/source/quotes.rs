//! Unclosed quotes.

use std::path::Path;

use csv::StringRecord;

use crate::printable::printable;
use crate::progress::rounded;

/// Quoted fields that contain lines which are rows themselves. A quote is missing, and the rows up to the
/// next quote became part of a field.
#[derive(Default)]
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

/// Returns whether a quote is open at the end of a row, by the rules of the csv crate: a quote opens at the
/// beginning of a field, and two quotes inside are an escaped quote.
pub(super) fn ends_in_quotes(row: &[u8], separator: u8) -> bool {
    enum At {
        Start,
        Plain,
        Quoted,
        Quote,
    }
    let after = |byte: u8| match byte {
        b'\n' | b'\r' => At::Start,
        byte if byte == separator => At::Start,
        _ => At::Plain,
    };
    let end = row.iter().fold(At::Start, |at, &byte| match (at, byte) {
        (At::Start | At::Quote, b'"') => At::Quoted,
        (At::Quoted, b'"') => At::Quote,
        (At::Quoted, _) => At::Quoted,
        (At::Start | At::Plain | At::Quote, byte) => after(byte),
    });
    matches!(end, At::Quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(ends_in_quotes(row.as_bytes(), b','), expected, "{row}");
        }
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
