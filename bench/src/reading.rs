//! Reading, fitting and encoding of a log of clicks, and of one with long texts and lists, on one thread and on
//! all, with Python readers of the same files.

mod texts;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use turret_runtime::data::{RawTable, encode, fit};
use turret_runtime::prelude::{Cpu, Program};

use crate::{Args, Failure, table};

mod deepfm {
    turret::include_model!("../specs/deepfm.dm");
}

mod texts_tsv {
    turret::include_model!("specs/texts_tsv.dm");
}

mod texts_jsonl {
    turret::include_model!("specs/texts_jsonl.dm");
}

/// A file to read.
struct Log {
    title: String,
    path: PathBuf,
    rows: usize,
    /// Python readers of the form.
    readers: &'static [(&'static str, &'static str)],
    /// Reads, fits and encodes the file in a folder by Turret. Returns the seconds of each.
    turret: fn(&Path) -> Result<[f64; 3], Failure>,
}

/// Programs that read the file of their first argument with the threads of the second, by name. They print
/// seconds.
const CLICKS: [(&str, &str); 3] = [
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

/// Readers of text between tabs, under a header.
const TSV: [(&str, &str); 2] = [
    (
        "pandas `read_csv`",
        "import sys, time, pandas
start = time.perf_counter()
pandas.read_csv(sys.argv[1], sep='\\t')
print(time.perf_counter() - start)",
    ),
    (
        "polars `read_csv`",
        "import os, sys, time
os.environ['POLARS_MAX_THREADS'] = sys.argv[2]
import polars
start = time.perf_counter()
polars.read_csv(sys.argv[1], separator='\\t')
print(time.perf_counter() - start)",
    ),
];

/// Readers of JSON lines.
const JSON: [(&str, &str); 2] = [
    (
        "pandas `read_json`",
        "import sys, time, pandas
start = time.perf_counter()
pandas.read_json(sys.argv[1], lines=True)
print(time.perf_counter() - start)",
    ),
    (
        "polars `read_ndjson`",
        "import os, sys, time
os.environ['POLARS_MAX_THREADS'] = sys.argv[2]
import polars
start = time.perf_counter()
polars.read_ndjson(sys.argv[1])
print(time.perf_counter() - start)",
    ),
];

/// Measures all readers on logs of this number of rows.
pub(crate) fn reading(args: &Args, rows: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("log");
    let made = Command::new(crate::turret::command(args)?)
        .args(["synth", "--kind", "clicks", "--out"])
        .arg(&log)
        .args(["--rows", &rows.to_string()])
        .output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into());
    }
    // Only the training rows are measured.
    let test: String = std::fs::read_to_string(log.join("test.csv"))?.lines().take(1).collect();
    std::fs::write(log.join("test.csv"), test)?;
    measure(
        args,
        &Log {
            title: format!("{rows} rows of 40 columns"),
            path: log.join("train.csv"),
            rows,
            readers: &CLICKS,
            turret: read_by_turret::<deepfm::Model<Cpu>>,
        },
    )?;
    let texts = folder.path().join("texts");
    std::fs::create_dir(&texts)?;
    texts::write(&texts, rows)?;
    measure(
        args,
        &Log {
            title: format!("{rows} rows of long texts and lists"),
            path: texts.join("log.tsv"),
            rows,
            readers: &TSV,
            turret: read_by_turret::<texts_tsv::Model<Cpu>>,
        },
    )?;
    measure(
        args,
        &Log {
            title: format!("{rows} rows of long texts and lists as JSON lines"),
            path: texts.join("log.jsonl"),
            rows,
            readers: &JSON,
            turret: read_by_turret::<texts_jsonl::Model<Cpu>>,
        },
    )
}

/// Measures all readers of a file.
fn measure(args: &Args, log: &Log) -> Result<(), Failure> {
    let bytes = std::fs::metadata(&log.path)?.len() as f64;
    let title = format!("Reading {} ({})", log.title, table::megabytes(bytes));
    let columns = ["reader", "threads", "open", "fit", "encode", "total", "rows/s", "MB/s", "of pandas"];
    table::begin(&title, &columns);
    let folder = log.path.parent().unwrap_or(Path::new("."));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut pandas = None;
    if let Some(python) = &args.python {
        for (name, program) in log.readers {
            // Pandas reads on one thread.
            let at_most = if pandas.is_none() { 1 } else { threads };
            for threads in [1, threads].into_iter().filter(|&threads| threads <= at_most) {
                let seconds = median_of(args.runs, || read_by(python, program, &log.path, threads))?;
                let of = *pandas.get_or_insert(seconds);
                report(name, threads, log.rows, bytes, [None, None, None, Some(seconds)], Some(of));
            }
        }
    }
    for threads in [1, threads] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let mut all = (0..args.runs)
            .map(|_| pool.install(|| (log.turret)(folder).map_err(|error| error.to_string())))
            .collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|left, right| left.iter().sum::<f64>().total_cmp(&right.iter().sum()));
        let [open, fit, encode] = all[all.len() / 2];
        let total = open + fit + encode;
        let seconds = [Some(open), Some(fit), Some(encode), Some(total)];
        report("Turret", threads, log.rows, bytes, seconds, pandas);
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
    bytes: f64,
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
        format!("{:.0}", bytes / total / 1e6),
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
fn read_by_turret<P: Program<Cpu>>(folder: &Path) -> Result<[f64; 3], Failure>
where
    P::Features: Default,
{
    let start = Instant::now();
    let mut features = P::Features::default();
    let data = RawTable::open_for(&P::description().data, folder, &features)?;
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
