//! `metrics.jsonl`: one JSON object a line, appended as training goes.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

use crate::state::{StateError, write_atomically};

/// The file of a run's metrics.
pub struct MetricsLog {
    path: PathBuf,
}

impl MetricsLog {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Keeps the lines of the first epochs only: later ones belong to training that was not saved.
    pub fn keep(&self, epochs: usize) -> Result<(), StateError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(StateError::read(&self.path, source)),
        };
        let kept = |line: &&str| {
            let value: Option<Value> = serde_json::from_str(line).ok();
            let epoch = value.and_then(|value| value.get("epoch")?.as_u64());
            epoch.is_some_and(|epoch| epoch <= epochs as u64)
        };
        write_atomically(&self.path, |file| {
            text.lines().filter(kept).try_for_each(|line| writeln!(file, "{line}"))
        })
    }

    /// Appends a line.
    pub fn append(&self, line: &Value) -> Result<(), StateError> {
        let mut text = line.to_string();
        text.push('\n');
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| StateError::write(&self.path, source))
    }
}
