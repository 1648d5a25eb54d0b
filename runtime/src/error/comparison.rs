//! Errors of comparisons of two runs.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::data::HeldOut;
use crate::printable::printable;
use crate::progress::rounded;

/// Error of a comparison of two runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComparisonError {
    /// Evaluations of different parts of a split.
    #[error("the run is measured on its {} rows, the other on its {} rows", .parts[0].of_rows(), .parts[1].of_rows())]
    Parts {
        /// The part of each.
        parts: [HeldOut; 2],
    },
    /// Parts of different sizes.
    #[error(
        "the run keeps {} {} rows, the other {}",
        rounded(.rows[0] as f64), .part.of_rows(), rounded(.rows[1] as f64)
    )]
    Rows {
        /// The part.
        part: HeldOut,
        /// Number of rows of each.
        rows: [usize; 2],
    },
    /// A metric of both, measured on something else.
    #[error("the runs measure `{metric}` on different {what}{}", described(.texts))]
    Sample {
        /// Name of the metric.
        metric: String,
        /// Fact in which they differ, such as the candidates.
        what: String,
        /// Description of it in each, equal if only its contents differ.
        texts: [String; 2],
    },
    /// Evaluations without a common metric.
    #[error("the runs have no metric in common: the run measures {}, the other {}", list(&.metrics[0]), list(&.metrics[1]))]
    NothingInCommon {
        /// Names of the metrics of each.
        metrics: [Vec<String>; 2],
    },
    /// The program of the other run cannot be run.
    #[error("cannot run {}: {source}", printable(.program.display()))]
    Process {
        /// The program.
        program: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// The program of the other run failed, and has said why.
    #[error("{} did not evaluate the other run: {status}", printable(.program.display()))]
    Failed {
        /// The program.
        program: PathBuf,
        /// Exit status.
        status: ExitStatus,
    },
    /// The program of the other run does not print figures.
    #[error("{} does not print the figures of the other run: {source}", printable(.program.display()))]
    Unreadable {
        /// The program.
        program: PathBuf,
        /// Error of the parser.
        source: serde_json::Error,
    },
}

impl ComparisonError {
    /// Remedy, if known.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            ComparisonError::Parts { .. } => "evaluate both on the same part",
            ComparisonError::Rows { .. } | ComparisonError::Sample { .. } => {
                "runs are compared on the same rows: give their specs the same data, split and settings of `metrics`"
            }
            ComparisonError::NothingInCommon { .. } => "add a metric of one to `metrics` of the other",
            ComparisonError::Unreadable { .. } => "give the program that trained the run",
            ComparisonError::Process { .. } | ComparisonError::Failed { .. } => return None,
        })
    }
}

fn described([a, b]: &[String; 2]) -> String {
    if a == b { String::new() } else { format!(": {a} and {b}") }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
