//! Errors of the folder of a run.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::data::FileChange;
use crate::printable::printable;
use crate::progress::counted;
use crate::state::StateError;

/// Error of the folder of a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The folder does not contain a run.
    #[error("{} is not the folder of a run: it has no run.json", printable(.path.display()))]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a new run already contains a run.
    #[error("{} already contains a run", printable(.path.display()))]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a new run contains a file that the run would replace.
    #[error("{} is not the folder of a run, but holds `{name}`, which a run would replace", printable(.path.display()))]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// Name of the file.
        name: String,
    },
    /// The run was trained with a different spec than the program's.
    #[error("{} was trained with a different spec than this program\n{difference}", printable(.path.display()))]
    OtherSpec {
        /// The folder.
        path: PathBuf,
        /// Difference of the specs.
        difference: SpecDifference,
    },
    /// A file of the run changed since it was written.
    #[error(transparent)]
    Damaged(StateError),
    /// A file of the run cannot be parsed.
    #[error("{}: {source}", printable(.path.display()))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Error of the parser.
        source: serde_json::Error,
    },
    /// A file of the run cannot be read or written, or does not fit the program.
    #[error(transparent)]
    State(#[from] StateError),
    /// The run was saved, but the system did not confirm that it is on the disk.
    #[error(transparent)]
    Unconfirmed(Box<Unconfirmed>),
    /// The path is a link instead of a folder.
    #[error("{} is a link, which is not followed", printable(.path.display()))]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// The data changed since the run began.
    #[error("the data in {} changed since the run began: {change}", printable(.folder.display()))]
    OtherData {
        /// Folder of the data.
        folder: PathBuf,
        /// Changes since the run began.
        change: DataChange,
    },
    /// The run has a different setting than requested.
    #[error("{}: {setting} {found}, not {asked}", printable(.path.display()))]
    Setting {
        /// The folder.
        path: PathBuf,
        /// Name of the setting.
        setting: &'static str,
        /// Value of the run.
        found: u64,
        /// Requested value.
        asked: u64,
    },
    /// Weights that the run does not keep.
    #[error("{}: the run does not keep its weights after {}", printable(.path.display()), counted(*.steps as usize, "step"))]
    NotKept {
        /// The folder.
        path: PathBuf,
        /// Requested number of steps.
        steps: u64,
        /// Steps of the saves that are kept.
        kept: Vec<u64>,
    },
    /// The path of the data cannot be stored, because it is not UTF-8.
    #[error("{}: the name is not UTF-8", printable(.path.display()))]
    DataPath {
        /// Path of the data.
        path: PathBuf,
    },
    /// The path of the data cannot be made absolute.
    #[error("{}: {source}", printable(.path.display()))]
    NoAbsolutePath {
        /// Path of the data.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
}

impl RunError {
    /// Remedy, if known.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            RunError::NotARun { .. } => "a run is made by `train`, which prints its folder",
            RunError::Exists { path } => {
                let path = printable(path.display());
                return Some(format!("resume {path}, or choose another folder"));
            }
            RunError::Occupied { .. } => "choose a folder of its own for the run",
            RunError::OtherSpec { path, .. } => {
                let path = printable(path.display());
                return Some(format!(
                    "use the program of {path}/spec.dm; changed constants and settings are part of a spec"
                ));
            }
            RunError::Damaged(_) | RunError::Unreadable { .. } => {
                "restore the file from a copy, or train again into another folder"
            }
            RunError::State(error) => return error.help().map(str::to_owned),
            RunError::Unconfirmed(error) => {
                return Some(format!(
                    "{} is intact: it contains the run after step {} or, if the system crashes now, after the previous save; check the disk",
                    printable(error.path.display()),
                    error.steps
                ));
            }
            RunError::Link { .. } => "remove it, or name another folder for the vectors",
            RunError::OtherData { .. } => {
                "use the original data, train a new run, or allow the run to continue with changed data"
            }
            RunError::Setting { setting, .. } => {
                return Some(format!("leave the {setting} out, or give another run"));
            }
            RunError::NotKept { kept, .. } => {
                let kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
                return Some(format!("it keeps those after {} steps", kept.join(", ")));
            }
            RunError::DataPath { .. } => "give the folder of the data another name, or a link to it",
            RunError::NoAbsolutePath { .. } => return None,
        };
        Some(help.to_owned())
    }
}

/// A save that the system did not confirm to be on disk.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct Unconfirmed {
    /// Error of the folder.
    pub source: StateError,
    /// The folder of the run.
    pub path: PathBuf,
    /// Steps of the save.
    pub steps: u64,
}

/// The first difference of two specs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecDifference {
    /// A line differs.
    Line {
        /// Number of the line, from 1.
        number: usize,
        /// Line in the spec of the run. None after its end.
        run: Option<String>,
        /// Line in the spec of the program. None after its end.
        program: Option<String>,
    },
    /// The texts are equal, but the compilers differ.
    Compiler {
        /// Version that compiled the program of the run.
        run: String,
        /// Version that compiled this program.
        program: String,
    },
}

impl fmt::Display for SpecDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpecDifference::Line { number, run, program } => {
                let shown = |line: &Option<String>| {
                    printable(line.as_deref().unwrap_or("(the text ends)")).to_string()
                };
                let (run, program) = (shown(run), shown(program));
                write!(
                    f,
                    "  line {number} of the run's spec:  {run}\n  line {number} of this program's: {program}"
                )
            }
            SpecDifference::Compiler { run, program } => {
                write!(f, "the texts are equal, so the compilers differ: {run} and {program}")
            }
        }
    }
}

/// Difference between the training data of a run and the current data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataChange {
    /// Files changed.
    Files(Vec<FileChange>),
    /// The number of rows changed; the files were not recorded.
    Rows {
        /// Training rows when the run began.
        before: usize,
        /// Training rows now.
        now: usize,
    },
}

impl fmt::Display for DataChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataChange::Files(changes) => {
                for (at, change) in changes.iter().enumerate() {
                    write!(f, "{}{change}", if at == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            DataChange::Rows { before, now } => write!(f, "{now} rows to train on instead of {before}"),
        }
    }
}
