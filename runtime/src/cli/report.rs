//! Printing of the results of training or evaluation, as text and as a JSON line.

use std::io::{self, Write};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::evaluate::{Measured, Report};
use crate::kernels::Kernels;
use crate::printable::{printable, printable_json};
use crate::progress::{rounded, say};
use crate::run::RunInfo;

/// Information in addition to the metrics.
pub(super) struct Outcome<'a> {
    pub(super) info: &'a RunInfo,
    /// Rows per second of training, or else of evaluation.
    pub(super) samples_per_s: f64,
    pub(super) seconds: f64,
    pub(super) run: &'a Path,
}

/// Prints a table, and with `json` an object as the last line. Returns the object.
pub(super) fn print(report: &Report, outcome: &Outcome<'_>, json: bool) -> Result<Value, Error> {
    let info = outcome.info;
    let planted = planted(&info.data, report.rows);
    let mut stdout = io::stdout().lock();
    for measured in &report.metrics {
        let name = measured.metric.to_string();
        write!(stdout, "{name:<18} {}", figure(measured))?;
        if let Some(best) = info.best.get(&name) {
            write!(stdout, "   best {:.4} after epoch {}", best.value, best.epoch)?;
        }
        let known = |what: &Map<String, Value>| what.get(&name).and_then(Value::as_f64);
        if let Some(bound) = known(&planted.metrics) {
            write!(stdout, "   best possible: {bound:.4}")?;
        }
        if let Some(popular) = known(&planted.popularity) {
            write!(stdout, ", popularity: {popular:.4}")?;
        }
        writeln!(stdout)?;
    }
    for baseline in &report.baselines {
        writeln!(stdout, "baseline {}", baseline.name)?;
        for measured in &baseline.metrics {
            writeln!(stdout, "  {:<16} {}", measured.metric.to_string(), figure(measured))?;
        }
    }
    writeln!(stdout, "{:<18} {}", "test rows", rounded(report.rows as f64))?;
    writeln!(stdout, "{:<18} {}", "samples/s", rounded(outcome.samples_per_s))?;
    writeln!(stdout, "{:<18} {}", "run", printable(outcome.run.display()))?;
    if !report.protocol.is_empty() {
        say(format_args!("protocol: {}", report.protocol));
    }
    report.notes.iter().for_each(|note| say(format_args!("note: {note}")));

    let mut line = report.to_json();
    line.extend([
        ("rows".to_owned(), json!(report.rows)),
        ("train_rows".to_owned(), json!(info.rows)),
        ("epochs".to_owned(), json!(info.position.epochs)),
        ("samples_per_s".to_owned(), json!(outcome.samples_per_s)),
        ("peak_rss_bytes".to_owned(), json!(peak_rss_bytes())),
        ("seconds".to_owned(), json!(outcome.seconds)),
        ("kernels".to_owned(), json!(Kernels::chosen()?)),
        ("run".to_owned(), json!(outcome.run.to_string_lossy())),
        ("protocol".to_owned(), json!(report.protocol)),
        ("notes".to_owned(), json!(report.notes)),
    ]);
    if !info.best.is_empty() {
        line.insert("best".to_owned(), json!(info.best));
    }
    for (name, metrics) in [("planted", planted.metrics), ("popularity", planted.popularity)] {
        if !metrics.is_empty() {
            line.insert(name.to_owned(), json!(metrics));
        }
    }
    if !report.baselines.is_empty() {
        let baselines = report.baselines.iter();
        let baselines: Map<String, Value> =
            baselines.map(|baseline| (baseline.name.to_owned(), baseline.to_json().into())).collect();
        line.insert("baselines".to_owned(), baselines.into());
    }
    let line = Value::Object(line);
    if json {
        writeln!(stdout, "{}", shown_json(&line)?)?;
    }
    Ok(line)
}

/// A value with its interval.
fn figure(measured: &Measured) -> String {
    let Measured { value, interval, .. } = measured;
    let interval = interval.map(|(low, high)| format!(" [{low:.4}, {high:.4}]"));
    format!("{value:.4}{}", interval.unwrap_or_default())
}

/// Formats JSON for printing.
pub(super) fn shown_json(value: &Value) -> Result<String, Error> {
    Ok(printable_json(value).map_err(io::Error::from)?)
}

/// Bounds of synthetic data, by metric name.
#[derive(Default, Deserialize)]
struct Planted {
    /// Metrics of the true probabilities.
    metrics: Map<String, Value>,
    /// Metrics of ranking by popularity.
    #[serde(default)]
    popularity: Map<String, Value>,
    /// Number of test rows.
    #[serde(default)]
    rows: usize,
}

/// Reads the bounds from the data folder. Empty if they are for another number of test rows.
fn planted(data: &Path, rows: usize) -> Planted {
    let Ok(text) = std::fs::read_to_string(data.join("planted.json")) else { return Planted::default() };
    match serde_json::from_str::<Planted>(&text) {
        Ok(planted) if planted.rows == rows => planted,
        Ok(_) => Planted::default(),
        Err(error) => {
            say(format_args!("planted.json of the data is not used: {error}"));
            Planted::default()
        }
    }
}

/// Returns the peak memory of this process. `None` if the system does not report it.
pub fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_held_some_memory() {
        if cfg!(target_os = "linux") {
            assert!(peak_rss_bytes().unwrap() > 1 << 16);
        }
    }

    #[test]
    fn planted_metrics_are_found_beside_the_data() {
        let folder = tempfile::tempdir().unwrap();
        assert!(planted(folder.path(), 0).metrics.is_empty());
        let write = |text| std::fs::write(folder.path().join("planted.json"), text).unwrap();
        write(r#"{"metrics": {"auc": 0.8}, "rows": 50}"#);
        assert_eq!(planted(folder.path(), 50).metrics["auc"], 0.8);
        assert!(planted(folder.path(), 51).metrics.is_empty(), "measured on another split");
        write("{}");
        assert!(planted(folder.path(), 50).metrics.is_empty());
    }
}
