//! Errors of tensor files.

mod foreign;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use foreign::{HeaderFault, NpyFault};
use turret_schema::Precision;

use crate::checksum::Checksum;
use crate::printable::printable;

/// A file of a run cannot be read or written, or does not fit the program.
#[derive(Debug)]
pub struct StateError {
    /// The file.
    pub path: PathBuf,
    /// Reason.
    pub kind: StateErrorKind,
}

/// Reason of an error in a file of a run.
#[derive(Debug)]
pub enum StateErrorKind {
    /// The file could not be read.
    Read(io::Error),
    /// The file could not be written.
    Write(io::Error),
    /// The file is empty.
    Empty,
    /// The file is shorter or longer than its header declares.
    CutShort {
        /// Size of the file in bytes.
        found: u64,
        /// Size declared by the header, if the header could be read.
        expected: Option<u64>,
    },
    /// The file has another format.
    Foreign(HeaderFault),
    /// The content changed since it was written.
    Changed {
        /// Checksum of the file.
        found: Checksum,
        /// Recorded checksum.
        expected: Checksum,
    },
    /// A tensor is missing.
    Missing {
        /// Name.
        tensor: String,
        /// Most similar name in the file.
        similar: Option<String>,
    },
    /// A tensor has another shape.
    Shape {
        /// Name.
        tensor: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Expected shape.
        expected: Vec<usize>,
    },
    /// A tensor has another element type than the program.
    Type {
        /// Name.
        tensor: String,
        /// Element type in the file.
        found: String,
        /// Element type of the program.
        expected: String,
    },
    /// A table has another number format.
    Precision {
        /// Name of the table.
        table: String,
        /// Format in the file.
        found: Precision,
        /// Format in the spec.
        expected: Precision,
    },
    /// Tensors that the program does not expect.
    Extra(Vec<String>),
    /// Another process writes to the folder.
    Locked {
        /// Process id, if it could be read.
        by: Option<String>,
    },
    /// The file belongs to another save than `run.json`.
    Stamp {
        /// Stamp of the file.
        found: Option<String>,
        /// Stamp of the save: fingerprint and step.
        expected: String,
    },
    /// `run.json` does not list the file.
    Unvouched,
    /// The content does not match its own checksum.
    Altered,
    /// A tensor has a value that is not finite.
    NotFinite {
        /// Name.
        tensor: String,
        /// The value.
        value: f32,
    },
    /// A data file that must not be read.
    Data(Box<dyn std::error::Error + Send + Sync>),
    /// A file of vectors is not a valid npy file.
    Npy(NpyFault),
    /// A file of vectors does not have exactly one tensor.
    Tensors {
        /// Number of tensors.
        found: usize,
    },
    /// The shape of the vectors does not match their table.
    Vectors {
        /// Rows and width of the vectors.
        found: [usize; 2],
        /// Rows and width of the table.
        expected: [usize; 2],
    },
    /// A vector has a value that is not finite.
    Vector {
        /// Row of the vector.
        row: usize,
        /// The value.
        value: f32,
    },
    /// A vector has a value that is too large for the number format of its table.
    Beyond {
        /// Row of the vector.
        row: usize,
        /// The value.
        value: f32,
        /// Format of the table.
        precision: Precision,
    },
    /// The number of tables of a program differs from its list.
    Tables,
}

impl StateError {
    /// An error of reading a file.
    pub fn read(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), kind: StateErrorKind::Read(source) }
    }

    /// An error of writing a file.
    pub fn write(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), kind: StateErrorKind::Write(source) }
    }

    /// Remedy, if known.
    pub fn help(&self) -> Option<&'static str> {
        match self.kind {
            StateErrorKind::Locked { .. } => Some("wait until it ends, or choose another folder"),
            StateErrorKind::Precision { .. } => Some(
                "give the table the `precision` of the file, or train it with its own from the beginning",
            ),
            StateErrorKind::Beyond { .. } => Some("`bf16` has the range of `f32`; or scale the vectors"),
            _ => None,
        }
    }

    /// An error in a file.
    pub(crate) fn new(path: &Path, kind: StateErrorKind) -> Self {
        Self { path: path.to_owned(), kind }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.as_os_str().is_empty() {
            write!(f, "{}: ", printable(self.path.display()))?;
        }
        match &self.kind {
            StateErrorKind::Read(source) => write!(f, "cannot be read: {source}"),
            StateErrorKind::Write(source) if source.kind() == io::ErrorKind::StorageFull => {
                write!(f, "cannot be written: the disk is full (nothing was replaced)")
            }
            StateErrorKind::Write(source) => write!(f, "cannot be written: {source}"),
            StateErrorKind::Empty => write!(f, "the file is empty"),
            StateErrorKind::CutShort { found, expected: Some(expected) } if found > expected => {
                write!(
                    f,
                    "the file is {found} bytes long, but its header declares {expected}: something was appended"
                )
            }
            StateErrorKind::CutShort { found, expected: Some(expected) } => {
                write!(f, "the file is cut short: {found} bytes, but its header declares {expected}")
            }
            StateErrorKind::CutShort { found, expected: None } => {
                write!(f, "the file is cut short: it ends inside its header, after {found} bytes")
            }
            StateErrorKind::Foreign(fault) => write!(f, "not a safetensors file: {fault}"),
            StateErrorKind::Changed { .. } => {
                write!(
                    f,
                    "the contents changed since they were written: the file is damaged, or belongs to another save"
                )
            }
            StateErrorKind::Missing { tensor, similar } => {
                write!(f, "no tensor `{tensor}`")?;
                match similar {
                    Some(similar) => write!(f, "; the file has `{similar}`"),
                    None => Ok(()),
                }
            }
            StateErrorKind::Shape { tensor, found, expected } => {
                write!(f, "tensor `{tensor}` is {found:?}, expected {expected:?}")
            }
            StateErrorKind::Type { tensor, found, expected } => {
                write!(f, "tensor `{tensor}` holds {found}, expected {expected}")
            }
            StateErrorKind::Precision { table, found, expected } => write!(
                f,
                "the rows of the table `{}` are {}, but its spec has `precision = {}`",
                printable(table),
                found.word(),
                expected.word()
            ),
            StateErrorKind::Extra(names) => {
                let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
                let more = if names.len() > shown.len() { ", ..." } else { "" };
                write!(
                    f,
                    "holds {} that the program does not expect: {}{more}",
                    if names.len() == 1 { "a tensor".to_owned() } else { format!("{} tensors", names.len()) },
                    shown.join(", ")
                )
            }
            StateErrorKind::Locked { by: Some(process) } => {
                write!(f, "process {} is writing to this folder", printable(process))
            }
            StateErrorKind::Locked { by: None } => f.write_str("another process is writing to this folder"),
            StateErrorKind::Stamp { found: None, expected } => {
                write!(f, "has no stamp of a run, but run.json has `{expected}` (fingerprint and step)")
            }
            StateErrorKind::Stamp { found: Some(found), expected } => {
                write!(f, "belongs to `{found}`, but run.json to `{expected}` (fingerprint and step)")
            }
            StateErrorKind::Unvouched => f.write_str("run.json does not vouch for it"),
            StateErrorKind::Altered => {
                f.write_str("the contents changed since they were written: their checksum does not match")
            }
            StateErrorKind::NotFinite { tensor, value } => write!(
                f,
                "tensor `{tensor}` holds {value}: the file is damaged, or was saved as training diverged"
            ),
            StateErrorKind::Data(error) => write!(f, "{error}"),
            StateErrorKind::Npy(fault) => write!(f, "{fault}"),
            StateErrorKind::Tensors { found } => {
                write!(f, "holds {found} tensors where one, the vectors, is expected")
            }
            StateErrorKind::Vectors { found, expected } => write!(
                f,
                "holds vectors of shape {found:?}; its keys and the table's `dim` make {expected:?}"
            ),
            StateErrorKind::Vector { row, value } => {
                write!(f, "the vector of row {row} has the value {value}, which is not finite")
            }
            StateErrorKind::Beyond { row, value, precision } => write!(
                f,
                "the vector of row {row} has the value {value}, too large for the table's `precision = {}`",
                precision.word()
            ),
            StateErrorKind::Tables => {
                f.write_str("the tables of the program differ from those that it lists")
            }
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            StateErrorKind::Read(source) | StateErrorKind::Write(source) => Some(source),
            StateErrorKind::Foreign(HeaderFault::Json(source)) => Some(source),
            StateErrorKind::Data(error) => error.source(),
            _ => None,
        }
    }
}
