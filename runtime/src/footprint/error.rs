//! Errors of insufficient memory, with the sizes and a remedy.

use std::fmt;

use turret_schema::Precision;

use super::{ByteSize, TableFootprint};
use crate::data::DataMemory;

/// Data, tables or training exceed the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryError {
    /// Reading the data exceeds the memory.
    Data {
        /// Required memory.
        memory: DataMemory,
        /// Limit.
        limit: MemoryLimit,
    },
    /// Tables and weights exceed the memory of the process.
    Tables {
        /// Their size in bytes.
        bytes: u64,
    },
    /// Training exceeds the budget.
    Training {
        /// Records per step.
        batch: u64,
        /// Sampled candidates per step.
        sampled: u64,
        /// Budget.
        budget: u64,
        /// Total bytes.
        total: u64,
        /// Parts, largest first.
        parts: Vec<(&'static str, u64)>,
        /// Largest table, if it takes much of the budget.
        table: Option<Box<TableFootprint>>,
        /// Remedy.
        remedy: MemoryRemedy,
    },
}

/// Limit of the memory of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryLimit {
    /// Memory that the process can allocate.
    Process,
    /// Budget of data and training.
    Budget(u64),
    /// Memory for reading and encoding the data.
    Reading(u64),
}

/// Change that reduces the memory of training.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryRemedy {
    /// A batch size of at most this.
    Batch(u64),
    /// Fewer sampled candidates.
    FewerCandidates,
    /// A smaller table.
    SmallerTable {
        /// Name of the table.
        table: String,
        /// True if the optimizer state is large enough that another optimizer would help.
        optimizer: bool,
        /// Number format of its rows.
        precision: Precision,
    },
    /// Narrower layers.
    NarrowerLayers,
}

impl MemoryError {
    /// Remedy.
    pub fn help(&self) -> String {
        match self {
            MemoryError::Data { limit, .. } => format!(
                "train on fewer rows, leave out columns that the spec does not read, or raise {}",
                match limit {
                    MemoryLimit::Process => "the limit (`ulimit -v`)",
                    MemoryLimit::Budget(_) => "the budget",
                    MemoryLimit::Reading(_) => "the memory of reading",
                }
            ),
            MemoryError::Tables { .. } => {
                "give tables fewer rows (`vocab = learned(max = ...)`) or a smaller `dim`, or raise the limit (`ulimit -v`)"
                    .to_owned()
            }
            MemoryError::Training { remedy, .. } => remedy.to_string(),
        }
    }
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = ByteSize::b;
        match self {
            MemoryError::Data { memory, limit } => {
                write!(f, "reading the data takes {}, more than ", size(memory.total()))?;
                match limit {
                    MemoryLimit::Process => f.write_str("this process can allocate")?,
                    MemoryLimit::Budget(most) => write!(f, "the budget of {}", size(*most))?,
                    MemoryLimit::Reading(most) => write!(f, "the {} that it may take", size(*most))?,
                }
                list(
                    f,
                    &[
                        ("text of the rows", memory.text),
                        ("places of cells in the text", memory.places),
                        ("keys, times and splits of rows", memory.rows),
                        ("blocks of files, while they are read", memory.blocks),
                        ("encoded columns", memory.encoded),
                        ("encoded columns again, while a log is put in order", memory.ordered),
                        ("distinct texts of columns, and their numbers in the rows", memory.distinct),
                    ],
                )
            }
            MemoryError::Tables { bytes } => {
                write!(f, "tables and weights take {}, more than this process can allocate", size(*bytes))
            }
            MemoryError::Training { batch, sampled, budget, total, parts, table, .. } => {
                write!(f, "training with batches of {batch}")?;
                if *sampled > 0 {
                    write!(f, " and {sampled} sampled candidates")?;
                }
                write!(f, " takes {}, more than the budget of {}", size(*total), size(*budget))?;
                list(f, parts)?;
                match table {
                    Some(table) => write!(
                        f,
                        "\nthe largest table is `{}`: {} rows of {}, {}",
                        table.name,
                        table.rows,
                        table.dim,
                        size(table.bytes())
                    ),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for MemoryError {}

impl fmt::Display for MemoryRemedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemoryRemedy::Batch(batch) => write!(f, "batches of {batch} fit"),
            MemoryRemedy::FewerCandidates => {
                f.write_str("sample fewer candidates: `sampled_softmax(query, candidate, negatives = 100)`")
            }
            MemoryRemedy::SmallerTable { table, optimizer, precision } => write!(
                f,
                "give `{table}` fewer rows (`vocab = learned(max = ...)`, `hash = ...`) or a smaller `dim`{}{}",
                match precision {
                    Precision::F32 => ", or rows of 16 bits (`precision = bf16`)",
                    Precision::F16 | Precision::Bf16 => "",
                },
                match optimizer {
                    true => ", or an optimizer with one number per row (`row_wise_adagrad`)",
                    false => "",
                }
            ),
            MemoryRemedy::NarrowerLayers => f.write_str("make the layers narrower"),
        }
    }
}

/// Writes sizes, one per line.
fn list(f: &mut fmt::Formatter<'_>, parts: &[(&str, u64)]) -> fmt::Result {
    let mut parts = parts.iter().filter(|(_, bytes)| *bytes > 0);
    parts.try_for_each(|(part, bytes)| write!(f, "\n  {:>10}  {part}", ByteSize::b(*bytes).to_string()))
}
