//! Records for prediction that cannot be answered.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::data::{DataError, FieldError};
use crate::finite::NOT_FINITE;
use crate::printable::printable;
use crate::progress::{counted, rounded};

/// Remedy for text of another encoding.
const NOT_UTF8: &str = "records are UTF-8; convert a Latin-1 file with `iconv -f latin1 -t utf-8`";

/// Error of a file of records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// Some records were rejected. The others were answered.
    #[error("{} of {} refused, the first: {first}", rounded(*.refused as f64), counted(*.records as usize, "record"))]
    Refused {
        /// Number of rejected records.
        refused: u64,
        /// Number of all records.
        records: u64,
        /// First rejected record.
        first: RefusedRecord,
    },
    /// The file is not lines of text.
    #[error("{}: this is {format}, not text", printable(.path.display()))]
    Format {
        /// The file.
        path: PathBuf,
        /// Format, with an article.
        format: &'static str,
    },
    /// The file is not UTF-8.
    #[error("{}:{line}: byte {byte} is not UTF-8", printable(.path.display()))]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Line of the first wrong byte, from 1.
        line: u64,
        /// Offset of the first wrong byte in the file, from 0.
        byte: usize,
    },
}

impl RecordsError {
    /// Remedy, if known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            RecordsError::Refused { first, .. } => first.fault.help(),
            RecordsError::Format { .. } => Some("give the records as text, one a line"),
            RecordsError::Encoding { .. } => Some(NOT_UTF8),
        }
    }
}

/// A record without an answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct RefusedRecord {
    /// File and line; for JSON also the column.
    pub place: String,
    /// Reason.
    #[source]
    pub fault: RecordFault,
}

/// Reason why a record has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// A column rejects a value.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The row has another number of columns than the header.
    #[error("{}", DataError::wrong_count(*.expected, *.found))]
    Columns {
        /// Number of columns of the header.
        expected: usize,
        /// Number of columns of the row.
        found: usize,
    },
    /// The line is not UTF-8.
    #[error("byte {byte} is not UTF-8")]
    Encoding {
        /// Offset of the first wrong byte in the line, from 0.
        byte: usize,
    },
    /// The line holds `Infinity`.
    #[error("`Infinity` is not a number in JSON, and no column accepts it")]
    Infinity,
    /// The line is not a JSON object.
    #[error("{source}")]
    Json {
        /// Error of the parser.
        source: JsonError,
    },
    /// The answer of the model is not finite.
    #[error("its {what} is not finite: {value}")]
    NotFinite {
        /// `vector` or `score`.
        what: &'static str,
        /// The value.
        value: f32,
    },
}

/// Error of the parser of a line of JSON.
#[derive(Clone, Debug)]
pub struct JsonError(Arc<serde_json::Error>);

impl JsonError {
    /// Column of the fault, from 1.
    pub fn column(&self) -> usize {
        self.0.column().max(1)
    }

    /// The error as the parser gave it.
    pub fn error(&self) -> &serde_json::Error {
        &self.0
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self(Arc::new(error))
    }
}

/// Two are equal if they have one message and place.
impl PartialEq for JsonError {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_string() == other.0.to_string()
    }
}

/// The message without its place: the parser sees a line alone, so it counts it as the first.
impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.0.to_string();
        f.write_str(message.rsplit_once(" at line ").map_or(&*message, |(reason, _)| reason))
    }
}

impl std::error::Error for JsonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl RecordFault {
    /// Remedy, if known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            RecordFault::Field(_) | RecordFault::Columns { .. } => None,
            RecordFault::Encoding { .. } => Some(NOT_UTF8),
            RecordFault::Infinity => Some("give a finite number, or `null` where it is missing"),
            RecordFault::Json { .. } => Some("each line is a JSON object with the fields of a record"),
            RecordFault::NotFinite { .. } => Some(NOT_FINITE),
        }
    }
}
