//! Reading, fitting and encoding of a log of clicks, on one thread and on all, with Python readers of the
//! same file.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use turret_runtime::data::{Features as _, RawTable, encode, fit};
use turret_runtime::prelude::{Cpu, Program};

use crate::{Args, Failure, table};

mod deepfm {
    turret::include_model!("../specs/deepfm.dm");
}

type Model = deepfm::Model<Cpu>;

/// Programs that read the file of their first argument with the threads of the second, by name. They print
/// seconds.
const READERS: [(&str, &str); 3] = [
    (
        "pandas `read_csv`",
        "import sys, time, pandas
start = time.perf_counter()
pandas.read_csv(sys.argv[1], sep='\\t', header=None)
print(time.perf_counter() - start)",
    ),
    (
        "polars `read_csv`",
        "import os, sys, time
os.environ['POLARS_MAX_THREADS'] = sys.argv[2]
import polars
start = time.perf_counter()
polars.read_csv(sys.argv[1], separator='\\t', has_header=False)
print(time.perf_counter() - start)",
    ),
    (
        "TensorFlow `tf.data` (`CsvDataset`)",
        "import os, sys, time
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import tensorflow as tf
kinds = [tf.constant([0.0])] * 14 + [tf.constant([''])] * 26
start = time.perf_counter()
data = tf.data.experimental.CsvDataset(sys.argv[1], kinds, field_delim='\\t')
rows = sum(1 for _ in data.batch(4096).prefetch(2))
print(time.perf_counter() - start)",
    ),
];

/// Measures all readers on a log of this number of rows.
pub(crate) fn reading(args: &Args, rows: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let made = Command::new(crate::turret::command(args)?)
        .args(["synth", "--kind", "clicks", "--out"])
        .arg(folder.path().join("log"))
        .args(["--rows", &rows.to_string()])
        .output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into());
    }
    let folder = folder.path().join("log");
    // Only the training rows are measured.
    let log = folder.join("train.csv");
    let bytes = std::fs::metadata(&log)?.len();
    let test: String = std::fs::read_to_string(folder.join("test.csv"))?.lines().take(1).collect();
    std::fs::write(folder.join("test.csv"), test)?;

    let title = format!("Reading {rows} rows of 40 columns ({})", table::megabytes(bytes as f64));
    table::begin(&title, &["reader", "threads", "open", "fit", "encode", "total", "rows/s", "of pandas"]);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut pandas = None;
    if let Some(python) = &args.python {
        for (name, program) in READERS {
            // Pandas reads on one thread.
            let at_most = if pandas.is_none() { 1 } else { threads };
            for threads in [1, threads].into_iter().filter(|&threads| threads <= at_most) {
                let seconds = median_of(args.runs, || read_by(python, program, &log, threads))?;
                let of = *pandas.get_or_insert(seconds);
                report(name, threads, rows, [None, None, None, Some(seconds)], Some(of));
            }
        }
    }
    for threads in [1, threads] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let mut all = (0..args.runs)
            .map(|_| pool.install(|| read_by_turret(&folder).map_err(|error| error.to_string())))
            .collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|left, right| left.iter().sum::<f64>().total_cmp(&right.iter().sum()));
        let [open, fit, encode] = all[all.len() / 2];
        let total = open + fit + encode;
        report("Turret", threads, rows, [Some(open), Some(fit), Some(encode), Some(total)], pandas);
    }
    Ok(())
}

fn median_of(runs: usize, mut run: impl FnMut() -> Result<f64, Failure>) -> Result<f64, Failure> {
    (0..runs).map(|_| run()).collect::<Result<_, _>>().map(table::median)
}

fn report(
    name: &str,
    threads: usize,
    rows: usize,
    [open, fit, encode, total]: [Option<f64>; 4],
    pandas: Option<f64>,
) {
    let seconds = |value: Option<f64>| value.map_or_else(String::new, table::duration);
    let total = total.unwrap_or(f64::NAN);
    table::row(&[
        name.to_owned(),
        threads.to_string(),
        seconds(open),
        seconds(fit),
        seconds(encode),
        table::duration(total),
        format!("{:.0} thousand", rows as f64 / total / 1e3),
        pandas.map_or_else(String::new, |pandas| format!("{:.2}", pandas / total)),
    ]);
}

fn read_by(python: &Path, program: &str, log: &Path, threads: usize) -> Result<f64, Failure> {
    let output = Command::new(python).args(["-c", program]).arg(log).arg(threads.to_string()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let seconds = text.trim().parse();
    Ok(seconds
        .map_err(|_| format!("a reader printed `{text}`: {}", String::from_utf8_lossy(&output.stderr)))?)
}

/// Seconds to open, to fit and to encode.
fn read_by_turret(folder: &Path) -> Result<[f64; 3], Failure> {
    let start = Instant::now();
    let mut features = deepfm::Features::default();
    let data = RawTable::open_for(&<Model as Program<Cpu>>::description().data, folder, features.inputs())?;
    let opened = start.elapsed().as_secs_f64();
    fit(&mut features, &data)?;
    let fitted = start.elapsed().as_secs_f64();
    let dataset = encode(&features, &data)?;
    let encoded = start.elapsed().as_secs_f64();
    if dataset.train.is_empty() {
        return Err("no row was read".into());
    }
    Ok([opened, fitted - opened, encoded - fitted])
}
