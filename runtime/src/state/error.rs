//! Why a file of tensors could not be read or written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::checksum::Checksum;
use crate::printable::printable;

/// A file of a run that could not be read or written, or does not fit the program.
#[derive(Debug)]
pub struct StateError {
    /// The file.
    pub path: PathBuf,
    /// Description of the fault.
    pub kind: StateErrorKind,
}

/// Fault of a file of a run.
#[derive(Debug)]
pub enum StateErrorKind {
    /// The file could not be read.
    Read(io::Error),
    /// The file could not be written.
    Write(io::Error),
    /// The file holds nothing.
    Empty,
    /// The file is shorter or longer than its header says.
    CutShort {
        /// Bytes in the file.
        found: u64,
        /// Bytes its header promises, where the header could be read.
        expected: Option<u64>,
    },
    /// The file is of another format.
    Foreign(String),
    /// The contents are not those that were written.
    Changed {
        /// Checksum of the file.
        found: Checksum,
        /// Checksum of what was written.
        expected: Checksum,
    },
    /// A tensor that the program needs is not there.
    Missing {
        /// Name.
        tensor: String,
        /// The name in the file that is most like it.
        similar: Option<String>,
    },
    /// A tensor is there in another shape.
    Shape {
        /// Name.
        tensor: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// The shape the program needs.
        expected: Vec<usize>,
    },
    /// A tensor is there in another element type than `F32`.
    Type {
        /// Name.
        tensor: String,
        /// The element type found.
        found: String,
    },
    /// Tensors that the program does not know.
    Extra(Vec<String>),
    /// Another process writes to the folder.
    Locked {
        /// Id, where that can be read.
        by: Option<String>,
    },
    /// The file is of another save than `run.json`.
    Stamp {
        /// Stamp of the file.
        found: Option<String>,
        /// Stamp of the save: fingerprint and step.
        expected: String,
    },
    /// The file stands beside a `run.json` that does not name it.
    Unvouched,
    /// The contents do not have the checksum that stands in them.
    Altered,
    /// Anything else, in words.
    Other(String),
}

impl StateError {
    /// A file that does not fit, in words.
    pub fn other(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { path: path.into(), kind: StateErrorKind::Other(message.into()) }
    }

    /// A file that could not be read.
    pub fn read(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), kind: StateErrorKind::Read(source) }
    }

    /// A file that could not be written.
    pub fn write(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), kind: StateErrorKind::Write(source) }
    }

    /// A remedy, where one is known.
    pub fn help(&self) -> Option<&'static str> {
        match self.kind {
            StateErrorKind::Locked { .. } => Some("wait until it ends, or give another folder with `--out`"),
            _ => None,
        }
    }

    pub(super) fn new(path: &Path, kind: StateErrorKind) -> Self {
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
                    "the file is {found} bytes long where its header promises {expected}: something was appended"
                )
            }
            StateErrorKind::CutShort { found, expected: Some(expected) } => {
                write!(f, "the file is cut short: {found} bytes where its header promises {expected}")
            }
            StateErrorKind::CutShort { found, expected: None } => {
                write!(f, "the file is cut short: it ends inside its header, after {found} bytes")
            }
            StateErrorKind::Foreign(reason) => write!(f, "not a safetensors file: {reason}"),
            StateErrorKind::Changed { .. } => {
                write!(
                    f,
                    "the contents are not those that were written: the file is damaged, or of another save"
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
            StateErrorKind::Type { tensor, found } => {
                write!(f, "tensor `{tensor}` holds {found}, expected F32")
            }
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
                write!(f, "has no stamp of a run, run.json of `{expected}` (fingerprint and step)")
            }
            StateErrorKind::Stamp { found: Some(found), expected } => {
                write!(f, "is of `{found}`, run.json of `{expected}` (fingerprint and step)")
            }
            StateErrorKind::Unvouched => f.write_str("run.json does not vouch for it"),
            StateErrorKind::Altered => f.write_str(
                "the contents are not those that were written: they do not have the checksum that stands in them",
            ),
            StateErrorKind::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            StateErrorKind::Read(source) | StateErrorKind::Write(source) => Some(source),
            _ => None,
        }
    }
}
