//! Reading of sources into tables.

mod drawn_rows;
mod filter;
mod folder;
mod format;
mod head;
mod join;
mod quotes;
mod raw_table;
mod rows;
mod size;
mod split;
mod stamp;

pub(crate) use folder::inside;
pub(crate) use format::foreign_format;
pub use head::Head;
pub use raw_table::{RawTable, Skipped};
pub(crate) use rows::SourceRows;
pub use size::{DataMemory, FileSize, file_sizes};
pub use split::random_split;
pub(crate) use stamp::changes;
pub use stamp::{ChangeKind, FileChange, FileRole, FileStamp};

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use turret_schema::{Encoding, SourceSpec};

use super::error::{DataError, Place};
use format::foreign_text;
use quotes::{RunsOn, ends_in_quotes};

/// Appends the rows of the file at `path` with these bytes to `table`. `refuse` decides whether a row with
/// the wrong number of columns is an error.
pub(crate) fn parse_source(
    spec: &SourceSpec,
    path: &Path,
    bytes: Vec<u8>,
    table: &mut SourceRows,
    mut refuse: impl FnMut(DataError) -> Result<(), DataError>,
) -> Result<(), DataError> {
    if let Some(format) = foreign_format(&bytes) {
        return Err(DataError::Format { path: path.to_owned(), format });
    }
    let text = decode(bytes, spec.encoding, path)?;
    if let Some(format) = foreign_text(&text) {
        return Err(DataError::Format { path: path.to_owned(), format });
    }
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
    let names: Vec<String> = match spec.is_named_by_file() {
        false => {
            if spec.header {
                reader.read_record(&mut record).map_err(read_error)?;
            }
            spec.columns.iter().map(ToString::to_string).collect()
        }
        true if reader.read_record(&mut record).map_err(read_error)? => {
            record.iter().map(|name| name.trim().to_owned()).collect()
        }
        true => return Err(DataError::Empty { path: path.to_owned() }),
    };
    let before = table.rows();
    let mut runs_on = RunsOn::default();
    let mut is_first = true;
    let rows = text.bytes().filter(|&byte| byte == b'\n').count() + 1;
    table.begin_file(path, names, text.len(), rows)?;
    while reader.read_record(&mut record).map_err(read_error)? {
        let position = record.position().cloned().unwrap_or_else(csv::Position::new);
        let line = first_line(text.as_bytes(), &position);
        let place = || Place { path: path.to_owned(), line };
        if is_first && !spec.is_named_by_file() && are_names(&record, table.columns()) {
            return Err(DataError::NamesTwice { place: place() });
        }
        is_first = false;
        let is_last = reader.position().byte() >= text.len() as u64;
        if spec.quote
            && is_last
            && ends_in_quotes(&text.as_bytes()[position.byte() as usize..], spec.separator)
        {
            return Err(DataError::Quote { place: place() });
        }
        if spec.quote && reader.position().line() > line + 1 {
            runs_on.look_at(&record, table.width(), spec.separator, line);
        }
        if record.len() != table.width() {
            let refused = DataError::Columns { place: place(), expected: table.width(), found: record.len() };
            refuse(refused).map_err(|error| error.with_remarks(runs_on.note(path)))?;
            continue;
        }
        table.push(record.iter(), line)?;
    }
    table.note(runs_on.note(path));
    if table.rows() == before { Err(DataError::Empty { path: path.to_owned() }) } else { Ok(()) }
}

/// Returns whether a row contains the names of its columns: at least half of them, and more than one if there
/// are several columns.
fn are_names(row: &StringRecord, columns: &[String]) -> bool {
    let equal = row.iter().zip(columns).filter(|(cell, name)| cell.trim().eq_ignore_ascii_case(name)).count();
    row.len() == columns.len() && 2 * equal >= columns.len() && equal >= columns.len().min(2)
}

/// Returns the line on which a record begins. The position in the csv crate is the end of the previous
/// record, which is before the line feed of a CRLF and before empty lines.
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
