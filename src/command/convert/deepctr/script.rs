//! The data of a Python file, and its labels.

use super::super::super::draft::Source;
use super::super::python::Scope;
use super::super::value::{Call, Value};

/// Data and labels of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// Path of the file of rows.
    path: Option<String>,
    /// Separator of its fields.
    separator: Option<String>,
    /// Names of its fields.
    columns: Vec<String>,
    /// Fields of the labels.
    pub(super) labels: Vec<String>,
    /// Arguments of columns of numbers.
    pub(super) dense: Vec<String>,
    /// Separators of keys.
    pub(super) separators: Vec<String>,
}

impl Script {
    /// Reads the calls of a file.
    pub(super) fn of(scope: &Scope, text: &str) -> Self {
        let mut script = Script::default();
        let reads = |call: &&Call| matches!(call.name.as_str(), "read_csv" | "read_table");
        if let Some(call) = scope.calls.iter().map(|(_, call)| call).find(reads) {
            script.read(call);
        }
        let names = ["target", "targets", "label", "labels", "label_name", "target_name"];
        let labels = names.iter().filter_map(|name| scope.get(name)).map(Value::texts);
        let labels = labels.into_iter().find(|labels| !labels.is_empty()).unwrap_or_default();
        script.labels = labels.into_iter().map(str::to_owned).collect();
        if text.contains("fillna(0") {
            script.dense.push("missing = 0".to_owned());
        }
        if text.contains("MinMaxScaler(") {
            script.dense.push("transform = min_max".to_owned());
        } else if text.contains("StandardScaler(") {
            script.dense.push("transform = standardize".to_owned());
        }
        // A cell of keys is split by a call such as `x.split('|')`.
        for quote in ['\'', '"'] {
            let call = format!(".split({quote}");
            script.separators.extend(text.split(&call).skip(1).filter_map(|part| {
                part.split(quote).next().filter(|separator| separator.chars().count() == 1).map(str::to_owned)
            }));
        }
        script
    }

    fn read(&mut self, call: &Call) {
        let path = call.argument("filepath_or_buffer", 0).and_then(Value::text);
        self.path = path.map(|path| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned());
        self.separator =
            call.argument("sep", 1).or(call.named("delimiter")).and_then(Value::text).map(str::to_owned);
        self.columns = call
            .named("names")
            .map(Value::texts)
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect();
    }

    /// Source of the rows.
    pub(super) fn source(&self) -> Source {
        let mut settings = Vec::new();
        let word = match self.separator.as_deref() {
            Some("\t") => "tsv",
            Some(separator) if separator != "," && separator.len() == 1 => {
                settings.push(format!("separator = \"{separator}\""));
                "csv"
            }
            _ => "csv",
        };
        let unsure = match self.path {
            Some(_) => Vec::new(),
            None => vec!["no call of `read_csv` names the file".to_owned()],
        };
        Source {
            name: "log".to_owned(),
            word: word.to_owned(),
            paths: vec![self.path.clone().unwrap_or_else(|| "train.csv".to_owned())],
            settings,
            columns: self.columns.clone(),
            unsure,
        }
    }
}
