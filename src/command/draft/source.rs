//! Sources of a draft.

use super::Line;
use super::names::{listed, quoted};

/// A source of rows.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct Source {
    /// Name in the spec.
    pub(in crate::command) name: String,
    /// Word of its form, such as `csv`.
    pub(in crate::command) word: String,
    /// Paths in the data folder.
    pub(in crate::command) paths: Vec<String>,
    /// Settings besides the columns.
    pub(in crate::command) settings: Vec<String>,
    /// Names of the fields of a file without a header.
    pub(in crate::command) columns: Vec<String>,
    /// Comments on what is not certain.
    pub(in crate::command) unsure: Vec<String>,
}

impl Source {
    /// Returns the line in `data`.
    pub(in crate::command) fn line(&self) -> Line {
        let paths: Vec<String> = self.paths.iter().map(|path| quoted(path)).collect();
        let mut arguments = match &paths[..] {
            [path] => vec![path.clone()],
            _ => vec![format!("[{}]", paths.join(", "))],
        };
        arguments.extend(self.settings.iter().cloned());
        if !self.columns.is_empty() {
            arguments.push(format!("columns = [{}]", listed(self.columns.iter().map(String::as_str))));
        }
        let text = format!("{} = {}({})", self.name, self.word, arguments.join(", "));
        Line { text, unsure: self.unsure.clone() }
    }
}
