//! `metrics.jsonl`: one JSON object a line, appended as training goes.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

use crate::state::StateError;

/// The file of a run's metrics.
pub struct MetricsLog {
    path: PathBuf,
}

impl MetricsLog {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
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
