//! Records for prediction: JSON lines, or rows with a header.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use turret_schema::{Encoding, FileForm, SOURCE_FORMS, SourceSpec};

use crate::data::{
    DataError, Field, HISTORY, Input, SourceFile, Table, foreign_format, has_infinity, record_of_json,
    without_nan,
};
use crate::error::{Error, JsonError, RecordFault, RecordsError, RefusedRecord};
use crate::printable::printable;
use crate::progress::say;
use crate::state::StateError;

use super::slots::{Slots, form_of};

/// Size of the read buffer. Records that are received together are answered together.
const READ_AHEAD: usize = 1 << 20;

/// Ends of the names of compressed files.
const COMPRESSED: [&str; 3] = ["gz", "zst", "zstd"];

/// Format of records: a form of sources, as an index into [`SOURCE_FORMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFormat(usize);

impl RecordFormat {
    const ALL: [Self; SOURCE_FORMS.len()] = {
        let mut all = [Self(0); SOURCE_FORMS.len()];
        let mut index = 0;
        while index < SOURCE_FORMS.len() {
            all[index] = Self(index);
            index += 1;
        }
        all
    };

    /// Returns the format for the extension of a file; JSON lines if it is unknown.
    fn of(path: &Path) -> Self {
        let is =
            |path: &Path, wanted: &str| path.extension().is_some_and(|end| end.eq_ignore_ascii_case(wanted));
        let is_compressed = COMPRESSED.iter().any(|end| is(path, end));
        let name = path.file_stem().filter(|_| is_compressed).map_or(path, Path::new);
        SOURCE_FORMS.iter().position(|form| is(name, form.word)).map_or_else(Self::json_lines, Self)
    }

    /// JSON lines, which are answered one by one.
    fn json_lines() -> Self {
        let place = Self::ALL.iter().position(Self::is_json_lines);
        Self(place.unwrap_or_default())
    }

    fn is_json_lines(&self) -> bool {
        self.spec().form == FileForm::JsonLines
    }

    fn spec(self) -> SourceSpec {
        (SOURCE_FORMS[self.0].new)("records".into(), "".into())
    }
}

impl clap::ValueEnum for RecordFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let form = SOURCE_FORMS.get(self.0)?;
        Some(PossibleValue::new(form.word).help(form.about))
    }
}

/// Records to be answered, in order.
pub struct Records {
    path: PathBuf,
    rows: Rows,
}

enum Rows {
    /// JSON lines, read one by one.
    Json { input: BufReader<Box<dyn Read>>, line: u64, text: String },
    /// A table, read at once by the reader of training data. Rejected rows keep their position.
    Table { table: Table, next: u32, refused: VecDeque<(u64, RefusedRecord)> },
}

/// A record, or the reason for its rejection.
pub(super) type Found<'r> = Result<Record<'r>, RefusedRecord>;

/// A record.
pub(crate) struct Record<'r> {
    /// File and line.
    pub(crate) place: String,
    /// Names and values.
    pub(crate) fields: Vec<(Cow<'r, str>, Field<'r>)>,
}

impl Records {
    /// Opens the records of a file, which may be compressed. The default format follows from the extension, such
    /// as `.csv` or `.csv.gz`; other files are JSON lines.
    pub fn open(path: &Path, format: Option<RecordFormat>) -> Result<Self, Error> {
        let format = format.unwrap_or_else(|| RecordFormat::of(path));
        if format.is_json_lines() {
            let input = Input::open(path, Encoding::Utf8).map_err(|source| StateError::read(path, source))?;
            return Ok(Self::json(path, Box::new(input)));
        }
        Self::table(path, SourceFile::at(path), format)
    }

    /// Reads records from standard input; JSON lines by default.
    pub fn stdin(format: Option<RecordFormat>) -> Result<Self, Error> {
        let path = Path::new("standard input");
        let failed = |source| StateError::read(path, source);
        let format = format.unwrap_or_else(RecordFormat::json_lines);
        if format.is_json_lines() {
            return Ok(Self::json(path, Box::new(Input::new(io::stdin(), Encoding::Utf8).map_err(failed)?)));
        }
        Self::table(path, SourceFile::standard_input()?, format)
    }

    fn json(path: &Path, input: Box<dyn Read>) -> Self {
        let input = BufReader::with_capacity(READ_AHEAD, input);
        Self { path: path.to_owned(), rows: Rows::Json { input, line: 0, text: String::new() } }
    }

    fn table(path: &Path, file: SourceFile, format: RecordFormat) -> Result<Self, Error> {
        let spec = format.spec();
        let mut refused = VecDeque::new();
        let mut refuse = |_, error| match error {
            DataError::Columns { place, expected, found } => {
                let fault = RecordFault::Columns { expected, found };
                refused.push_back((place.line, RefusedRecord { place: place.to_string(), fault }));
                Ok(())
            }
            error => Err(error),
        };
        let table = match Table::read(&spec, vec![file], None, &mut refuse) {
            Ok(table) => table,
            Err(DataError::Encoding { path, line, byte }) => {
                return Err(RecordsError::Encoding { path, line, byte }.into());
            }
            Err(DataError::Read { path, error, .. }) => return Err(StateError::read(&path, error).into()),
            Err(error) => return Err(error.into()),
        };
        table.index().notes().iter().for_each(|note| say(format_args!("warning: {note}")));
        Ok(Self { path: path.to_owned(), rows: Rows::Table { table, next: 0, refused } })
    }

    /// Checks that a table has every column that is read. Histories may be absent and are then empty. JSON
    /// objects may omit fields.
    pub(super) fn check_header(&self, slots: &Slots) -> Result<(), Error> {
        let Rows::Table { table, .. } = &self.rows else { return Ok(()) };
        let names = table.index().columns();
        let mut fields = slots.fields().filter(|field| field.source != HISTORY);
        match fields.find(|field| !names.iter().any(|name| form_of(name, field).is_some())) {
            None => Ok(()),
            Some(field) => {
                let error = DataError::Header {
                    source: printable(self.path.display()).to_string(),
                    wanted: field.name.to_owned(),
                    names: names.to_vec(),
                };
                Err(error.into())
            }
        }
    }

    /// Returns whether the next record is available without waiting.
    pub(super) fn is_at_hand(&self) -> bool {
        match &self.rows {
            Rows::Table { .. } => true,
            Rows::Json { input, .. } => {
                let mut lines = input.buffer().split_inclusive(|&byte| byte == b'\n');
                lines.any(|line| line.ends_with(b"\n") && !line.trim_ascii().is_empty())
            }
        }
    }

    /// Returns the next record, or the reason for its rejection.
    pub(super) fn next(&mut self) -> Result<Option<Found<'_>>, Error> {
        match &mut self.rows {
            Rows::Table { table, next, refused } => {
                let row = *next;
                let place = (row < table.rows()).then(|| table.index().place(row));
                let is_before = |line| place.as_ref().is_none_or(|place| line < place.line);
                if let Some((_, record)) = refused.pop_front_if(|(line, _)| is_before(*line)) {
                    return Ok(Some(Err(record)));
                }
                let Some(place) = place else { return Ok(None) };
                *next += 1;
                let cells = table.index().columns().iter().enumerate();
                let fields = cells
                    .map(|(column, name)| (Cow::Borrowed(name.as_str()), table.field(row, column)))
                    .collect();
                Ok(Some(Ok(Record { place: place.to_string(), fields })))
            }
            Rows::Json { input, line, text } => {
                let mut bytes = std::mem::take(text).into_bytes();
                loop {
                    bytes.clear();
                    let read = input.read_until(b'\n', &mut bytes);
                    if read.map_err(|source| StateError::read(&self.path, source))? == 0 {
                        return Ok(None);
                    }
                    *line += 1;
                    if !bytes.trim_ascii().is_empty() {
                        break;
                    }
                }
                let place = format!("{}:{line}", printable(self.path.display()));
                if *line == 1
                    && let Some(found) = foreign_format(&bytes)
                {
                    return Err(RecordsError::Format { path: self.path.clone(), format: found.format }.into());
                }
                match String::from_utf8(bytes) {
                    Ok(plain) => *text = plain,
                    Err(error) => {
                        let byte = error.utf8_error().valid_up_to();
                        let fault = RecordFault::Encoding { byte };
                        return Ok(Some(Err(RefusedRecord { place, fault })));
                    }
                }
                Ok(Some(record_of_line(place, text)))
            }
        }
    }
}

fn record_of_line(place: String, text: &mut String) -> Found<'_> {
    if text.contains("NaN")
        && record_of_json(object_in(text)).is_err()
        && let Some(plain) = without_nan(text)
    {
        *text = plain;
    }
    match record_of_json(object_in(text)) {
        Ok(fields) => Ok(Record { place, fields }),
        Err(_) if has_infinity(text) => Err(RefusedRecord { place, fault: RecordFault::Infinity }),
        Err(error) => {
            let source = JsonError::from(error);
            let place = format!("{place}:{}", source.column());
            Err(RefusedRecord { place, fault: RecordFault::Json { source } })
        }
    }
}

fn object_in(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_an_extension_is_no_matter() {
        let folder = tempfile::tempdir().unwrap();
        let gzip = crate::data::gzip(b"{\"user\": \"u1\", \"age\": \"7\"}\n");
        for (name, bytes) in [
            ("P.CSV", &b"user,age\nu1,7\n"[..]),
            ("p.Tsv", b"user\tage\nu1\t7\n"),
            ("p.csv.gz", &crate::data::gzip(b"user,age\nu1,7\n")),
            ("p.jsonl.GZ", &gzip),
            ("p", &gzip),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let mut records = Records::open(&path, None).unwrap();
            let Ok(record) = records.next().unwrap().unwrap() else { panic!("{name}") };
            assert_eq!(record.fields, [("user".into(), "u1".into()), ("age".into(), "7".into())]);
        }
    }

    #[test]
    fn infinity_is_named() {
        let refused = |text: &str| {
            record_of_line("line 1".to_owned(), &mut text.to_owned()).err().map(|refused| refused.fault)
        };
        for text in [r#"{"a": Infinity}"#, r#"{"a": [1, -Infinity]}"#] {
            assert_eq!(refused(text), Some(RecordFault::Infinity));
        }
        assert_eq!(refused(r#"{"a": "Infinity", "b": NaN}"#), None);
    }
}
