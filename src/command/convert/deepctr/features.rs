//! Columns of `SparseFeat`, `VarLenSparseFeat` and `DenseFeat`.

use super::super::super::draft::{Column, Kind, Taken, field, quoted};
use super::super::click::dense;
use super::super::python::Scope;
use super::super::value::{Call, Value};
use super::script::Script;

/// Arguments that are converted or that a spec needs no counterpart of.
const OF_SPARSE: [&str; 9] = [
    "name",
    "vocabulary_size",
    "embedding_dim",
    "use_hash",
    "dtype",
    "embedding_name",
    "vocabulary_path",
    "group_name",
    "trainable",
];
const OF_SEQUENCE: [&str; 6] =
    ["sparsefeat", "maxlen", "combiner", "length_name", "weight_name", "weight_norm"];

/// Returns whether a call is a feature column.
pub(super) fn is_feature(call: &Call) -> bool {
    matches!(call.name.as_str(), "SparseFeat" | "VarLenSparseFeat" | "DenseFeat")
}

/// Returns whether a function only looks at feature columns.
pub(super) fn is_helper(name: &str) -> bool {
    name.starts_with("get_")
        || name.starts_with("build_")
        || matches!(name, "print" | "len" | "compute_input_dim")
}

/// Returns whether a file has lists of features for users and for items.
pub(super) fn is_pair(scope: &Scope) -> bool {
    let has = |name: &str| scope.get(name).is_some_and(|value| !value.calls().is_empty());
    has("user_feature_columns") && has("item_feature_columns")
}

/// Feature columns while they are converted.
pub(super) struct Features<'s> {
    script: &'s Script,
    /// Names of all columns.
    pub(super) names: Taken,
    known: Vec<Column>,
    /// Width of the vectors: the first that is given.
    pub(super) dim: Option<usize>,
    /// Parts without a counterpart.
    pub(super) lost: Vec<String>,
}

impl<'s> Features<'s> {
    /// No columns yet.
    pub(super) fn new(script: &'s Script) -> Self {
        Features { script, names: Taken::default(), known: Vec::new(), dim: None, lost: Vec::new() }
    }

    /// Converts a list. A feature that is in several lists is one column.
    pub(super) fn columns(&mut self, list: &[Call]) -> Vec<Column> {
        list.iter().filter_map(|call| self.column(call)).collect()
    }

    fn column(&mut self, call: &Call) -> Option<Column> {
        let inner = match call.name.as_str() {
            "VarLenSparseFeat" => match call.argument("sparsefeat", 0) {
                Some(Value::Call(inner)) => inner,
                _ => {
                    self.lost.push(format!("`{}` on line {}", call.name, call.line));
                    return None;
                }
            },
            _ => call,
        };
        let Some(name) = inner.argument("name", 0).and_then(Value::text) else {
            self.lost.push(format!("the feature on line {}, whose name only Python knows", call.line));
            return None;
        };
        let reads =
            |column: &&Column| column.from.as_ref().map_or(column.name.as_str(), |(_, field)| field) == name;
        if let Some(column) = self.known.iter().find(reads) {
            return Some(column.clone());
        }
        let own = self.names.choose(name);
        let column = match call.name.as_str() {
            "DenseFeat" => self.dense(call, &own, name),
            "VarLenSparseFeat" => self.sequence(call, inner, &own, name),
            _ => self.sparse(inner, Column::new(&own, Kind::Id).reads(None, name), name),
        };
        self.known.push(column.clone());
        Some(column)
    }

    fn dense(&mut self, call: &Call, own: &str, name: &str) -> Column {
        let width = call.argument("dimension", 1).and_then(Value::count).unwrap_or(1);
        let mut column = dense(own, name, width);
        if width == 1 {
            column.arguments.extend(self.script.dense.iter().cloned());
        }
        for other in call.others(&["name", "dimension", "dtype"]) {
            self.lost.push(format!("`{other}` of `{name}`"));
        }
        column
    }

    /// Vocabulary, width and table of keys.
    fn sparse(&mut self, call: &Call, mut column: Column, name: &str) -> Column {
        let size = call.argument("vocabulary_size", 1).and_then(Value::count);
        if call.argument("use_hash", 3).is_some_and(Value::is_true) {
            match size {
                Some(size) => column.arguments.push(format!("hash = {size}")),
                None => column
                    .unsure
                    .push("the number of rows of its hash is not known here; keys are learned".to_owned()),
            }
        }
        let dim = call.argument("embedding_dim", 2);
        column.width = dim.and_then(Value::count);
        self.dim = self.dim.or(column.width);
        if column.width.is_none() && dim.is_some_and(|dim| dim.text() != Some("auto")) {
            self.lost.push(format!("`embedding_dim` of `{name}`, which only Python knows"));
        }
        if let Some(table) = call.argument("embedding_name", usize::MAX).and_then(Value::text)
            && table != name
        {
            let shared = self.known.iter().find(|column| {
                column.table == table
                    || column.from.as_ref().map_or(column.name == table, |(_, field)| field == table)
            });
            column.table = shared.map_or_else(|| table.to_owned(), |column| column.table.clone());
            // The vocabulary is declared by the first of its columns.
            if shared.is_some() {
                column.arguments.retain(|argument| !argument.starts_with("hash"));
            }
        }
        if let Some(path) = call.named("vocabulary_path").and_then(Value::text) {
            self.lost.push(format!("`vocabulary_path = {path}` of `{name}`; keys are learned"));
        }
        for other in call.others(&OF_SPARSE) {
            self.lost.push(format!("`{other}` of `{name}`"));
        }
        column
    }

    fn sequence(&mut self, call: &Call, inner: &Call, own: &str, name: &str) -> Column {
        let is_history =
            name.starts_with("hist_") || name.starts_with("short_") || name.starts_with("prefer_");
        let weights = call.argument("weight_name", 4).and_then(Value::text);
        let kind = match weights {
            Some(_) => Kind::WeightedIds,
            None if is_history => Kind::Sequence,
            None => Kind::Ids,
        };
        let most = call.argument("maxlen", 1).and_then(Value::count);
        let separator = self.script.separators.first();
        let column = Column::new(own, kind).reads(None, name).with(format!("max = {}", most.unwrap_or(50)));
        let length = call.argument("length_name", 3).and_then(Value::text).filter(|_| weights.is_none());
        let column = match (separator, length) {
            // A cell of text has the keys that it has.
            (Some(separator), _) => column.with(format!("separator = {}", quoted(separator))),
            (None, Some(length)) => column.with("padding = 0").with(format!("length = {}", field(length))),
            (None, None) => {
                column.with("padding = 0").unsure("how a cell separates its keys is not in the features")
            }
        };
        let column = match weights {
            Some(weights) => column
                .with(format!("weights = {}", field(weights)))
                .unsure(format!("`{weights}` is taken as a list of numbers, one for each key")),
            None => column,
        };
        if weights.is_some() && call.argument("weight_norm", 5) != Some(&Value::Bool(false)) {
            self.lost.push(format!("`weight_norm` of `{name}`; the weights are not normalized"));
        }
        let mut column = if most.is_none() { column.unsure("only Python knows `maxlen`") } else { column };
        match call.argument("combiner", 2).and_then(Value::text) {
            Some("sum") => column.pool = "sum",
            Some("max") => column.pool = "max",
            Some("mean") | None => column.pool = "mean",
            Some(other) => self.lost.push(format!("`combiner = \"{other}\"` of `{name}`; it is the mean")),
        }
        for other in call.others(&OF_SEQUENCE) {
            self.lost.push(format!("`{other}` of `{name}`"));
        }
        self.sparse(inner, column, name)
    }
}
