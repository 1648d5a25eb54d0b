//! Tasks of the library that are measured in a process of this program: evaluation and inference. Both sides of a
//! comparison read the same inputs.

mod auc;
mod ranks;
mod tower;

use std::path::Path;
use std::time::Instant;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::table::median;

/// A task of the library.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Task {
    /// Ranks of the relevant candidates of queries.
    Ranks,
    /// Area under the ROC curve with its interval, of 100 thousand rows.
    Auc,
    /// The same of a million rows.
    AucMillion,
    /// A batch through a tower.
    Tower,
    /// One encoded record after the other through a tower.
    Record,
    /// One record of raw values after the other.
    RecordValues,
}

impl Task {
    /// Writes the inputs of both sides to a folder. `data` is the folder of the peers' data.
    pub(crate) fn prepare(self, data: &Path, inputs: &Path) -> Result<(), Failure> {
        std::fs::create_dir_all(inputs)?;
        match self {
            Task::Ranks => ranks::prepare(inputs),
            Task::Auc => auc::prepare(100_000, inputs),
            Task::AucMillion => auc::prepare(1_000_000, inputs),
            Task::Tower | Task::Record | Task::RecordValues => tower::prepare(data, inputs),
        }
    }

    /// Runs the task on its inputs and prints its figures and results as a JSON object. `started` is the start of
    /// this process.
    pub(crate) fn measure(self, inputs: &Path, threads: usize, started: Instant) -> Result<(), Failure> {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
        let mut found = match self {
            Task::Ranks => ranks::measure(inputs, started),
            Task::Auc | Task::AucMillion => auc::measure(inputs, started),
            Task::Tower => tower::batch(inputs, started),
            Task::Record => tower::records(inputs, started),
            Task::RecordValues => tower::values(inputs, started),
        }?;
        found.insert("peak_rss_bytes".to_owned(), json!(turret_runtime::cli::peak_rss_bytes()));
        println!("{}", Value::Object(found));
        Ok(())
    }
}

impl std::fmt::Display for Task {
    /// Writes the task as `--task` reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// Figures and results of a task.
type Found = Map<String, Value>;

fn found<N: Into<String>>(numbers: impl IntoIterator<Item = (N, f64)>) -> Found {
    numbers.into_iter().map(|(name, number)| (name.into(), json!(number))).collect()
}

/// Calls `work` once to warm up and then `times` times. Returns the last result, the median of the seconds, and the
/// seconds from the start of the process to the first result.
fn timed<R>(
    started: Instant,
    times: usize,
    mut work: impl FnMut() -> Result<R, Failure>,
) -> Result<(R, f64, f64), Failure> {
    let mut result = work()?;
    let startup = started.elapsed().as_secs_f64();
    let mut seconds = Vec::with_capacity(times);
    for _ in 0..times {
        let start = Instant::now();
        result = work()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    Ok((result, median(seconds), startup))
}

/// Writes numbers as numpy's `fromfile` reads them.
fn write<T: Copy, const N: usize>(
    inputs: &Path,
    name: &str,
    values: &[T],
    bytes: fn(T) -> [u8; N],
) -> Result<(), Failure> {
    let bytes: Vec<u8> = values.iter().flat_map(|&value| bytes(value)).collect();
    Ok(std::fs::write(inputs.join(name), bytes)?)
}

/// Reads what [`write()`] wrote.
fn read<T, const N: usize>(inputs: &Path, name: &str, value: fn([u8; N]) -> T) -> Result<Vec<T>, Failure> {
    let bytes = std::fs::read(inputs.join(name))?;
    Ok(bytes.as_chunks().0.iter().map(|bytes| value(*bytes)).collect())
}
