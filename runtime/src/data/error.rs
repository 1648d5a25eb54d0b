//! Errors in data. Messages name the place, the fault and the remedy.

mod field;
mod fit;
mod spec;

use std::fmt;
use std::path::PathBuf;

pub use field::{FieldError, FieldFault, ListFault, NoPartner, OtherForm};
pub use fit::{FitError, FitFault};
pub use spec::{Losses, SpecError};

use crate::printable::printable;
use crate::progress::counted;

/// First 80 characters of a value.
fn cut(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Remedy for a file without a header.
pub(super) const NO_HEADER: &str = "a file without one needs `columns = [...]`";

/// Returns whether a header cell looks like data.
pub(super) fn looks_like_data(name: &str) -> bool {
    name.is_empty() || name.parse::<f64>().is_ok()
}

/// Place of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// Line on which the row begins, from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", printable(self.path.display()), self.line)
    }
}

/// Error in the data.
#[derive(Debug)]
pub enum DataError {
    /// A file of the spec is outside of the data folder.
    Outside {
        /// Path in the spec.
        path: String,
    },
    /// A pattern of files without files.
    Pattern {
        /// Pattern in the spec.
        pattern: String,
        /// Reason.
        reason: String,
    },
    /// A link leads out of the data folder.
    Link {
        /// Path in the data folder.
        path: PathBuf,
        /// Target of the link.
        target: PathBuf,
    },
    /// A path that is not a regular file.
    NoFile {
        /// The path.
        path: PathBuf,
        /// Kind of object, with an article.
        kind: &'static str,
    },
    /// A file cannot be read.
    Read {
        /// Role of the file: ``source `ratings` ``.
        what: String,
        /// Path.
        path: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// Data of a long source cannot be written to files, or read from them.
    EncodedFiles {
        /// Folder of the files.
        folder: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// Standard input is a terminal, where nobody writes rows.
    Terminal {
        /// Role of standard input.
        what: String,
    },
    /// Standard input is a pipe, of which no copy can be made.
    Copy {
        /// Role of standard input.
        what: String,
        /// Folder of the copy.
        folder: PathBuf,
        /// Error of the system.
        error: std::io::Error,
    },
    /// A file is not in its encoding.
    Encoding {
        /// The file.
        path: PathBuf,
        /// Line of the first wrong byte, from 1.
        line: u64,
        /// Offset of the first wrong byte in the file, from 0.
        byte: usize,
    },
    /// A file is of another format than its source.
    Format {
        /// The file.
        path: PathBuf,
        /// Format, with an article.
        format: &'static str,
        /// Remedy.
        remedy: &'static str,
    },
    /// A line that is no JSON object.
    Json {
        /// The line.
        place: Place,
        /// Column of the fault, from 1.
        column: usize,
        /// Reason.
        reason: String,
    },
    /// A word of libsvm or libffm that is no feature.
    Feature {
        /// The line.
        place: Place,
        /// The word.
        word: String,
        /// True for libffm.
        has_fields: bool,
    },
    /// A Parquet or Arrow file, which this build does not read.
    NoColumnar {
        /// The file.
        path: PathBuf,
    },
    /// A file with too many columns.
    ManyColumns {
        /// The file.
        path: PathBuf,
        /// Maximum number.
        most: usize,
    },
    /// The first line of a file repeats the names in `columns`.
    NamesTwice {
        /// The line.
        place: Place,
    },
    /// A source without rows.
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A row with the wrong number of columns.
    Columns {
        /// The row.
        place: Place,
        /// Number of columns of the source.
        expected: usize,
        /// Number of columns of the row.
        found: usize,
    },
    /// A quote that is never closed.
    Quote {
        /// Row that is open up to the end of the file.
        place: Place,
    },
    /// A column that no header has.
    Header {
        /// The source.
        source: String,
        /// Wanted name.
        wanted: String,
        /// Existing names.
        names: Vec<String>,
    },
    /// A row that a column or a join rejects.
    Row {
        /// The row.
        place: Place,
        /// Reason.
        error: FieldError,
    },
    /// A row of the main source whose joined row is rejected.
    Partner {
        /// Row of the main source.
        place: Place,
        /// Joined row.
        partner: Place,
    },
    /// The model needs candidates, but the spec declares none.
    NoCatalog {
        /// Purpose of the candidates: `retrieve`, `draw negatives`.
        to: &'static str,
    },
    /// Fitting failed.
    Fit(FitError),
    /// The description of the data is inconsistent.
    Spec(Box<SpecError>),
    /// A header has a column twice.
    ColumnTwice {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// The files of a source have different columns.
    OtherColumns {
        /// The file.
        path: PathBuf,
        /// Columns of the file.
        columns: Vec<String>,
        /// The first file.
        first: Box<(PathBuf, Vec<String>)>,
    },
    /// A file changed between two passes over it.
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A source has too many rows.
    TooManyRows,
    /// A row is longer than 256 MiB.
    LongRow {
        /// The row.
        place: Place,
    },
    /// An error, with notes that may explain its cause.
    Remarked {
        /// The error.
        error: Box<DataError>,
        /// Notes on the files, one per line.
        remarks: Vec<String>,
    },
}

impl DataError {
    /// Adds notes on the files.
    pub fn with_remarks(self, remarks: impl IntoIterator<Item = String>) -> Self {
        let remarks: Vec<String> = remarks.into_iter().collect();
        if remarks.is_empty() { self } else { DataError::Remarked { error: Box::new(self), remarks } }
    }

    /// Remedy, if known and not part of the message.
    pub fn help(&self) -> Option<&'static str> {
        match self.cause() {
            DataError::Outside { .. } => Some("give a path relative to it and without `..`"),
            DataError::Link { .. } => Some("put the file there"),
            DataError::NoColumnar { .. } => Some("build with the feature `columnar`"),
            DataError::Terminal { .. } => {
                Some("pipe the rows into it (`cat FILE | ...`), or redirect a file to it (`... < FILE`)")
            }
            DataError::Copy { .. } => {
                Some("the variable TMPDIR names another folder, and `... < FILE` needs no copy")
            }
            DataError::Read { error, .. } if error.kind() == std::io::ErrorKind::NotFound => {
                Some("put it there")
            }
            _ => None,
        }
    }

    /// The error without remarks.
    pub fn cause(&self) -> &DataError {
        match self {
            DataError::Remarked { error, .. } => error.cause(),
            error => error,
        }
    }

    /// Message for a row with the wrong number of columns.
    pub(crate) fn wrong_count(expected: usize, found: usize) -> String {
        let expected = counted(expected, "column");
        format!("expected {expected}, found {found}; check the separator, the quotes and `columns`")
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use super::nearest::did_you_mean;
        match self {
            DataError::Outside { path } => write!(f, "`{path}` leads out of the data folder"),
            DataError::Pattern { pattern, reason } => {
                write!(f, "`{}` is a pattern of files: {}", printable(pattern), printable(reason))
            }
            DataError::Link { path, target } => write!(
                f,
                "{} is a link to {}, which is not in the data folder",
                printable(path.display()),
                printable(target.display())
            ),
            DataError::NoFile { path, kind } => {
                write!(
                    f,
                    "{} is {kind}; sources, keys and vectors are read from files",
                    printable(path.display())
                )
            }
            DataError::Read { what, path, error } if error.kind() == std::io::ErrorKind::NotFound => {
                write!(f, "{what}: there is no file {}", printable(path.display()))
            }
            DataError::Read { what, path, error } => {
                write!(f, "{what}: cannot read {}: {error}", printable(path.display()))
            }
            DataError::EncodedFiles { folder, error } => {
                write!(f, "data cannot be kept in files in {}: {error}", printable(folder.display()))
            }
            DataError::Terminal { what } => write!(f, "{what}: standard input is a terminal"),
            DataError::Copy { what, folder, error } => write!(
                f,
                "{what}: cannot copy standard input to a temporary file in {}: {error}",
                printable(folder.display())
            ),
            DataError::Encoding { path, line, byte } => write!(
                f,
                "{}:{line}: byte {byte} of the file is not UTF-8; if the file is Latin-1, set `encoding = latin1`",
                printable(path.display())
            ),
            DataError::Format { path, format, remedy } => {
                write!(f, "{}: this is {format}; {remedy}", printable(path.display()))
            }
            DataError::Json { place, column, reason } => {
                write!(f, "{place}:{column}: {}", printable(reason))
            }
            DataError::Feature { place, word, has_fields } => {
                let form = if *has_fields { "field:index:value" } else { "index:value" };
                write!(f, "{place}: `{}` is not a feature, `{form}`", printable(cut(word)))
            }
            DataError::NoColumnar { path } => {
                write!(f, "{}: this build reads no Parquet and Arrow files", printable(path.display()))
            }
            DataError::ManyColumns { path, most } => {
                write!(f, "{} has more than {most} columns", printable(path.display()))
            }
            DataError::NamesTwice { place } => write!(
                f,
                "{place}: this line holds the names of the columns, which `columns` gives too, so it would count as a row; leave \
                 `columns` out, or say `header = true` to pass the line over"
            ),
            DataError::Empty { path } => write!(f, "{} holds no rows", printable(path.display())),
            DataError::Columns { place, expected, found } => {
                write!(f, "{place}: {}", DataError::wrong_count(*expected, *found))
            }
            DataError::Quote { place } => {
                write!(f, "{place}: a quote is opened and never closed; close it, or set `quote = false`")
            }
            DataError::Header { source, wanted, names } => {
                let listed = names.join(", ");
                write!(
                    f,
                    "source `{source}` has no column `{wanted}`{}; its columns are {}",
                    printable(did_you_mean(wanted, names.iter().map(String::as_str))),
                    printable(listed)
                )?;
                match names.iter().any(|name| looks_like_data(name)) {
                    true => write!(f, ". Line 1 is taken as the header; {NO_HEADER}"),
                    false => Ok(()),
                }
            }
            DataError::Row { place, error } => write!(f, "{place}: {error}"),
            DataError::Partner { place, partner } => {
                write!(f, "{place}: the row that is joined to it, {partner}, is left out")
            }
            DataError::NoCatalog { to } => write!(f, "the spec has no catalog to {to} from"),
            DataError::Fit(error) => error.fmt(f),
            DataError::Spec(error) => error.fmt(f),
            DataError::ColumnTwice { path, column } => write!(
                f,
                "{}: line 1 is taken as the header, in which the column `{}` occurs twice; rename one; {NO_HEADER}",
                printable(path.display()),
                printable(column)
            ),
            DataError::OtherColumns { path, columns, first } => write!(
                f,
                "{} has the columns {}, but {} has {}; both must have the same",
                printable(path.display()),
                columns.join(", "),
                printable(first.0.display()),
                first.1.join(", ")
            ),
            DataError::TooManyRows => f.write_str("a source can hold 2^32 rows at most; split it"),
            DataError::LongRow { place } => {
                write!(f, "{place}: the row is longer than 256 MiB; is a quote not closed?")
            }
            DataError::Changed { path } => {
                write!(f, "{} changed while it was read; start again", printable(path.display()))
            }
            DataError::Remarked { error, remarks } => {
                error.fmt(f)?;
                remarks.iter().try_for_each(|remark| write!(f, "\nnote: {remark}"))
            }
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DataError::Read { error, .. }
            | DataError::Copy { error, .. }
            | DataError::EncodedFiles { error, .. } => Some(error),
            DataError::Remarked { error, .. } => error.source(),
            DataError::Fit(error) => error.source(),
            _ => None,
        }
    }
}

impl From<FitError> for DataError {
    fn from(error: FitError) -> Self {
        DataError::Fit(error)
    }
}

impl From<SpecError> for DataError {
    fn from(error: SpecError) -> Self {
        DataError::Spec(Box::new(error))
    }
}
