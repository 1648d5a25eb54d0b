//! How a source of rows is written, and reading its file into a table.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::error::{DataError, Place};
use super::table::Table;

/// How the bytes of a file are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// ISO 8859-1: a byte is a character.
    Latin1,
}

/// A file of rows. Lines without any character are passed over.
#[derive(Clone, Copy, Debug)]
pub struct SourceSpec {
    /// Its name in the spec.
    pub name: &'static str,
    /// Its path, relative to the data folder.
    pub path: &'static str,
    /// What stands between columns.
    pub separator: u8,
    /// Whether a column may stand in double quotes.
    pub quote: bool,
    /// The names of the columns; none: the first line holds them.
    pub columns: Option<&'static [&'static str]>,
    /// How the file is encoded.
    pub encoding: Encoding,
}

impl SourceSpec {
    /// Commas, double quotes, and a header that names the columns.
    pub const fn csv(name: &'static str, path: &'static str) -> Self {
        Self { name, path, separator: b',', quote: true, columns: None, encoding: Encoding::Utf8 }
    }

    /// Tabs, no quotes, and a header that names the columns.
    pub const fn tsv(name: &'static str, path: &'static str) -> Self {
        Self { separator: b'\t', quote: false, ..Self::csv(name, path) }
    }

    /// What stands between columns.
    pub const fn separator(mut self, separator: u8) -> Self {
        self.separator = separator;
        self
    }

    /// Names of the columns, for a file whose first line is a row already.
    pub const fn columns(mut self, columns: &'static [&'static str]) -> Self {
        self.columns = Some(columns);
        self
    }

    /// Whether a column may stand in double quotes.
    pub const fn quote(mut self, quote: bool) -> Self {
        self.quote = quote;
        self
    }

    /// How the file is encoded.
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }
}

/// Appends the rows in the bytes of the file at `path` to `table`. `refuse` decides whether a row of the wrong number of columns
/// ends it.
pub(crate) fn parse_source(
    spec: &SourceSpec,
    path: &Path,
    bytes: Vec<u8>,
    table: &mut Table,
    mut refuse: impl FnMut(DataError) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let text = decode(bytes, spec.encoding, path)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(spec.separator)
        .quoting(spec.quote)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let read_error = |error: csv::Error| DataError::Read {
        what: format!("source `{}`", spec.name),
        path: path.to_owned(),
        error: std::io::Error::other(error),
    };
    let mut record = StringRecord::new();
    let names: Vec<String> = match spec.columns {
        Some(columns) => columns.iter().map(|&name| name.to_owned()).collect(),
        None if reader.read_record(&mut record).map_err(read_error)? => {
            record.iter().map(|name| name.trim().to_owned()).collect()
        }
        None => return Err(DataError::Empty { path: path.to_owned() }),
    };
    let wrong_count = |record: &StringRecord, expected: usize, line: u64| DataError::Columns {
        place: Place { path: path.to_owned(), line },
        expected,
        found: record.len(),
    };
    let before = table.rows();
    let mut last = None;
    table.begin_file(path, names, text.len()).map_err(DataError::Spec)?;
    while reader.read_record(&mut record).map_err(read_error)? {
        let line = record.position().map_or(0, |position| first_line(text.as_bytes(), position));
        if record.len() != table.width() {
            refuse(wrong_count(&record, table.width(), line))?;
            continue;
        }
        table.push(record.iter(), line).map_err(DataError::Spec)?;
        last = record.position().map(|position| (position.byte(), line));
    }
    if let Some((_, line)) =
        last.filter(|&(byte, _)| spec.quote && open_quote(&text.as_bytes()[byte as usize..]))
    {
        return Err(DataError::Quote { place: Place { path: path.to_owned(), line } });
    }
    if table.rows() == before { Err(DataError::Empty { path: path.to_owned() }) } else { Ok(()) }
}

/// Whether the last row runs over several lines with a quote left over: it was opened and never closed.
fn open_quote(row: &[u8]) -> bool {
    row.trim_ascii().contains(&b'\n') && row.iter().filter(|&&byte| byte == b'"').count() % 2 == 1
}

/// The line a record begins on. The position of the csv crate is where the record before ended, which is before the line
/// feed of a CRLF and before empty lines.
fn first_line(text: &[u8], position: &csv::Position) -> u64 {
    let before = text.iter().skip(position.byte() as usize).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + before.filter(|&&byte| byte == b'\n').count() as u64
}

fn decode(bytes: Vec<u8>, encoding: Encoding, path: &Path) -> Result<String, DataError> {
    match encoding {
        Encoding::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
        Encoding::Utf8 => {
            let mut text = String::from_utf8(bytes).map_err(|error| {
                let byte = error.utf8_error().valid_up_to();
                let before = &error.as_bytes()[..byte];
                let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
                DataError::Encoding { path: path.to_owned(), line, byte }
            })?;
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(text)
        }
    }
}
