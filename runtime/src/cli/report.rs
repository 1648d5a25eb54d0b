//! The result of training or evaluation, for people and as one line of JSON.

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

/// Facts to tell besides the metrics.
pub(super) struct Outcome<'a> {
    pub(super) info: &'a RunInfo,
    /// Rows a second, of training or else of evaluation.
    pub(super) samples_per_s: f64,
    pub(super) seconds: f64,
    pub(super) run: &'a Path,
}

/// Prints a table, and with `json` one object as the last line. Returns the object.
pub(super) fn print(report: &Report, outcome: &Outcome<'_>, json: bool) -> Result<Value, Error> {
    let info = outcome.info;
    let planted = planted(&info.data, report.rows);
    let mut stdout = io::stdout().lock();
    for Measured { metric, value, interval } in &report.metrics {
        let name = metric.to_string();
        write!(stdout, "{name:<18} {value:.4}")?;
        if let Some((low, high)) = interval {
            write!(stdout, " [{low:.4}, {high:.4}]")?;
        }
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
    let line = Value::Object(line);
    if json {
        writeln!(stdout, "{}", shown_json(&line)?)?;
    }
    Ok(line)
}

/// JSON as it is printed.
pub(super) fn shown_json(value: &Value) -> Result<String, Error> {
    Ok(printable_json(value).map_err(io::Error::from)?)
}

/// Bounds of made-up data, by the names of metrics.
#[derive(Default, Deserialize)]
struct Planted {
    /// Values that whoever knows the true probabilities reaches.
    metrics: Map<String, Value>,
    /// Values that the most popular candidates reach.
    #[serde(default)]
    popularity: Map<String, Value>,
    /// Number of test rows that both were measured on.
    #[serde(default)]
    rows: usize,
}

/// Bounds in the folder of the data for this number of test rows; none where it has those of others.
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

/// The most memory this process has held; `None` where the system does not say.
fn peak_rss_bytes() -> Option<u64> {
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
