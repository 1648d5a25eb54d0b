//! Records as a caller gives them: JSON lines, or rows under a header.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::data::{DataError, Field, SourceSpec, Table, parse_source};
use crate::error::Error;
use crate::state::StateError;

use super::slots::{Slots, is};

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RecordFormat {
    /// A JSON object a line.
    Jsonl,
    /// Commas and double quotes, under a header.
    Csv,
    /// Tabs and no quotes, under a header.
    Tsv,
}

/// Records to be answered, in order.
pub struct Records {
    path: PathBuf,
    rows: Rows,
}

enum Rows {
    /// Read as they are answered.
    Json { input: Box<dyn BufRead>, line: u64, text: Vec<u8>, object: Map<String, Value> },
    /// Read at once, by the reader of the training data.
    Table { table: Table, next: u32 },
}

/// One of them.
pub(super) struct Record<'r> {
    /// File and line.
    pub(super) place: String,
    /// Names and values.
    pub(super) fields: Vec<(&'r str, Field<'r>)>,
}

impl Records {
    /// The records of a file. Without a format its extension says how they are written, `.csv` or `.tsv`; others are JSON lines.
    pub fn open(path: &Path, format: Option<RecordFormat>) -> Result<Self, Error> {
        let format =
            format.unwrap_or_else(|| match path.extension().and_then(|extension| extension.to_str()) {
                Some("csv") => RecordFormat::Csv,
                Some("tsv") => RecordFormat::Tsv,
                _ => RecordFormat::Jsonl,
            });
        let file = File::open(path).map_err(|source| StateError::read(path, source))?;
        Self::of(path, Box::new(BufReader::new(file)), format)
    }

    /// The records that standard input gives, JSON lines unless a format is given.
    pub fn stdin(format: Option<RecordFormat>) -> Result<Self, Error> {
        let input = Box::new(BufReader::new(io::stdin()));
        Self::of(Path::new("standard input"), input, format.unwrap_or(RecordFormat::Jsonl))
    }

    fn of(path: &Path, mut input: Box<dyn BufRead>, format: RecordFormat) -> Result<Self, Error> {
        let spec = match format {
            RecordFormat::Jsonl => {
                let rows = Rows::Json { input, line: 0, text: Vec::new(), object: Map::new() };
                return Ok(Self { path: path.to_owned(), rows });
            }
            RecordFormat::Csv => SourceSpec::csv("records", ""),
            RecordFormat::Tsv => SourceSpec::tsv("records", ""),
        };
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).map_err(|source| StateError::read(path, source))?;
        let mut table = Table::default();
        parse_source(&spec, path, bytes, &mut table, Err).map_err(|error| match error {
            DataError::Encoding { path, line, byte } => not_utf8(&path, line, byte),
            error => error.into(),
        })?;
        Ok(Self { path: path.to_owned(), rows: Rows::Table { table, next: 0 } })
    }

    /// Checks that rows have every column that is read; JSON objects may leave fields out.
    pub(super) fn check_header(&self, slots: &Slots) -> Result<(), Error> {
        let Rows::Table { table, .. } = &self.rows else { return Ok(()) };
        let names = table.columns();
        match slots.fields().find(|field| !names.iter().any(|name| is(name, field))) {
            None => Ok(()),
            Some(field) => {
                let error = DataError::Header {
                    source: self.path.display().to_string(),
                    wanted: field.name.to_owned(),
                    names: names.to_vec(),
                };
                Err(error.into())
            }
        }
    }

    /// The next record.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Error> {
        match &mut self.rows {
            Rows::Table { table, next } => {
                let row = *next;
                if row as usize >= table.rows() {
                    return Ok(None);
                }
                *next += 1;
                let cells = table.columns().iter().enumerate();
                let fields =
                    cells.map(|(column, name)| (name.as_str(), table.text(row, column).into())).collect();
                Ok(Some(Record { place: table.place(row).to_string(), fields }))
            }
            Rows::Json { input, line, text, object } => {
                loop {
                    text.clear();
                    let read = input.read_until(b'\n', text);
                    if read.map_err(|source| StateError::read(&self.path, source))? == 0 {
                        return Ok(None);
                    }
                    *line += 1;
                    if !text.trim_ascii().is_empty() {
                        break;
                    }
                }
                *object = object_of(&self.path, *line, text)?;
                let fields = object.iter().map(|(name, value)| (name.as_str(), value.into())).collect();
                Ok(Some(Record { place: format!("{}:{line}", self.path.display()), fields }))
            }
        }
    }
}

fn object_of(path: &Path, line: u64, text: &[u8]) -> Result<Map<String, Value>, Error> {
    let text = std::str::from_utf8(text).map_err(|error| not_utf8(path, line, error.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}').trim_end();
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // The line that serde_json counts is always the first.
        let reason = message.rsplit_once(" at line ").map_or(message.as_str(), |(reason, _)| reason);
        Error::input(format_args!("{}:{line}:{}: {reason}", path.display(), error.column().max(1)))
            .help("each line is a JSON object with the fields of a record; `--format csv` reads rows under a header")
    })
}

fn not_utf8(path: &Path, line: u64, byte: usize) -> Error {
    Error::input(format_args!("{}:{line}: byte {byte} is not UTF-8", path.display()))
        .help("records are UTF-8; a Latin-1 file becomes so by `iconv -f latin1 -t utf-8`")
}
