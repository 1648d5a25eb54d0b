//! Lines with a separator between the columns: CSV, TSV and their kin.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use turret_schema::SourceSpec;

use super::format::{foreign_text, text};
use super::quotes::{RunsOn, ends_in_quotes};
use super::rows::SourceRows;
use super::{Form, Refuse, Size};
use crate::data::error::{DataError, Place};

/// The form.
pub(super) struct Separated;

impl Form for Separated {
    fn read(
        &self,
        spec: &SourceSpec,
        path: &Path,
        bytes: Vec<u8>,
        table: &mut SourceRows,
        refuse: Refuse<'_>,
    ) -> Result<(), DataError> {
        let text = text(bytes, spec.encoding, path)?;
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
                let refused =
                    DataError::Columns { place: place(), expected: table.width(), found: record.len() };
                refuse(refused).map_err(|error| error.with_remarks(runs_on.note(path)))?;
                continue;
            }
            table.push(record.iter(), line)?;
        }
        table.note(runs_on.note(path));
        Ok(())
    }

    /// Behind a line feed that no quotes enclose.
    fn end_of_rows(&self, spec: &SourceSpec, bytes: &[u8]) -> Option<usize> {
        let mut is_enclosed = false;
        let mut end = None;
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'"' if spec.quote => is_enclosed = !is_enclosed,
                b'\n' if !is_enclosed => end = Some(at + 1),
                _ => {}
            }
        }
        end
    }

    fn size(&self, spec: &SourceSpec, bytes: &[u8]) -> Size {
        let count = |wanted: u8| bytes.iter().filter(|&&byte| byte == wanted).count() as u64;
        Size { rows: count(b'\n'), further_cells: count(spec.separator) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_a_row() {
        let text = b"a,b\n1,2\n3,\"4\n5\"\n6,7\n";
        let end = |bytes: &[u8], quote| {
            Separated.end_of_rows(&SourceSpec::csv("log", "log.csv").quote(quote), bytes)
        };
        for (length, quote, expected) in [
            (4, true, Some(4)),
            (7, true, Some(4)),
            (14, true, Some(8)),
            (14, false, Some(13)),
            (3, true, None),
        ] {
            assert_eq!(end(&text[..length], quote), expected, "{length}, {quote}");
        }
        assert_eq!(end(text, true), Some(text.len()));
    }
}
