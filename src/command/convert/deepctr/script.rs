//! The rest of a Python file: its data, the label, and the training.

use super::super::super::draft::Source;
use super::super::python::Scope;
use super::super::value::{Call, Value};

/// Data, label and training of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// Path of the file of rows.
    path: Option<String>,
    /// Separator of its fields.
    separator: Option<String>,
    /// Names of its fields.
    columns: Vec<String>,
    /// Field of the label.
    pub(super) label: Option<String>,
    /// Arguments of columns of numbers.
    pub(super) dense: Vec<String>,
    /// Separators of keys.
    pub(super) separators: Vec<String>,
    /// Optimizer.
    pub(super) optimizer: Option<String>,
    /// Learning rate.
    pub(super) rate: Option<f64>,
    /// Records of a step.
    pub(super) batch: Option<usize>,
    /// Passes over the rows.
    pub(super) epochs: Option<usize>,
}

impl Script {
    /// Reads the calls of a file.
    pub(super) fn of(scope: &Scope, text: &str) -> Self {
        let mut script = Script::default();
        for (_, call) in &scope.calls {
            match call.name.as_str() {
                "read_csv" | "read_table" if script.path.is_none() => script.read(call),
                "compile" => script.compile(call),
                "fit" => {
                    script.batch = call.named("batch_size").and_then(Value::count);
                    script.epochs = call.named("epochs").and_then(Value::count);
                }
                _ => {}
            }
        }
        let labels = ["target", "targets", "label", "labels", "label_name", "target_name"];
        let label =
            labels.iter().find_map(|name| scope.get(name)?.texts().first().map(|text| (*text).to_owned()));
        script.label = label;
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

    fn compile(&mut self, call: &Call) {
        match call.argument("optimizer", 0) {
            Some(Value::Text(name)) => self.optimizer = Some(name.clone()),
            Some(Value::Call(optimizer)) => {
                self.optimizer = Some(optimizer.name.clone());
                let rate = optimizer.argument("learning_rate", 0).or(optimizer.named("lr"));
                self.rate = rate.and_then(Value::number);
            }
            _ => {}
        }
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
