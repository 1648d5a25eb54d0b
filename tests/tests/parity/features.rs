//! Features of the matching models: single keys, bags, numbers and pretrained vectors.

use serde_json::Value;

use crate::case::Case;

/// Separator of the items of a bag, and of the numbers of a vector.
pub(crate) const SEPARATOR: &str = "|";

impl Case<'_> {
    /// Looks up a key in a table.
    pub(crate) fn embedded(&mut self, column: &str, table: &str, tensor: &str) -> String {
        self.plain(column, "id");
        self.table(table, tensor);
        format!("{table}[{column}]")
    }

    /// Adds a column of bags. Bags with a length are truncated to it; otherwise 0 is padding.
    pub(crate) fn bag(&mut self, column: &str, length: Option<&str>, weights: Option<&str>) {
        self.bag_as(column, column, length, weights);
    }

    /// Adds a column of bags with another name than its input.
    pub(crate) fn bag_as(&mut self, column: &str, input: &str, length: Option<&str>, weights: Option<&str>) {
        let ids = self.fixture.tensor(&format!("in.{input}"));
        let lengths = length.map(|name| &self.fixture.tensor(&format!("in.{name}")).values);
        let weights = weights.map(|name| &self.fixture.tensor(&format!("in.{name}")).values);
        let width = ids.shape[1];
        let bag = |(row, ids): (usize, &[f64])| {
            let length = lengths.map_or(width, |lengths| lengths[row] as usize);
            let item = |at: usize| match weights {
                None => ids[at].to_string(),
                Some(weights) => format!("{}:{}", ids[at], weights[row * width + at]),
            };
            (0..length).map(item).collect::<Vec<_>>().join(SEPARATOR)
        };
        let kind = if weights.is_some() { "weighted_ids" } else { "ids" };
        let padding = if length.is_some() { "" } else { ", padding = 0" };
        self.column(column, &format!("{kind}(max = {width}, separator = \"{SEPARATOR}\"{padding})"));
        self.field(column, ids.rows().enumerate().map(bag).collect::<Vec<_>>().into_iter());
    }

    /// Adds a column of vectors from some columns of an input.
    pub(crate) fn vector(&mut self, column: &str, input: &str, columns: std::ops::Range<usize>) {
        let tensor = self.fixture.tensor(&format!("in.{input}"));
        self.column(column, &format!("vector(width = {}, separator = \"{SEPARATOR}\")", columns.len()));
        let text =
            |row: &[f64]| row[columns.clone()].iter().map(f64::to_string).collect::<Vec<_>>().join(SEPARATOR);
        self.field(column, tensor.rows().map(text));
    }

    /// Returns the values of the features in the options.
    pub(crate) fn features(&mut self, features: &[Value]) -> Vec<String> {
        features.iter().map(|feature| self.feature(feature)).collect()
    }

    fn feature(&mut self, feature: &Value) -> String {
        let word = |key: &str| feature[key].as_str();
        let name = word("name").expect("a feature has a name");
        let table = word("table").unwrap_or_default();
        let kind = word("kind").expect("a feature has a kind");
        let known: &[&str] = match kind {
            "sparse" => &["table"],
            "varlen" => &["table", "combiner", "length", "weight"],
            "pretrained" => &["table", "reduce", "length"],
            _ => &[],
        };
        let unknown =
            |key: &&String| !["name", "kind"].contains(&key.as_str()) && !known.contains(&key.as_str());
        if let Some(key) = feature.as_object().and_then(|feature| feature.keys().find(unknown)) {
            panic!("{}: the feature `{name}` has an unknown option `{key}`", self.fixture.name);
        }
        match kind {
            "sparse" => self.embedded(name, table, &format!("param.emb.{table}")),
            "varlen" => {
                self.bag(name, word("length"), word("weight"));
                self.table(table, &format!("param.emb.{table}"));
                format!("{}({table}[{name}])", word("combiner").expect("a bag has a combiner"))
            }
            "dense" => {
                self.vector(name, name, 0..self.fixture.tensor(&format!("in.{name}")).shape[1]);
                name.to_string()
            }
            "pretrained" => {
                self.pretrained_table(table, &format!("buffer.{table}"));
                match word("reduce") {
                    None => {
                        self.plain(name, "id");
                        format!("{table}[{name}]")
                    }
                    Some(reduce) => {
                        self.bag(name, word("length"), None);
                        format!("{reduce}({table}[{name}])")
                    }
                }
            }
            kind => panic!("{}: no feature of kind `{kind}` is known", self.fixture.name),
        }
    }
}

/// Concatenates values.
pub(crate) fn concat(values: &[String]) -> String {
    match values {
        [value] => value.clone(),
        values => format!("concat({})", values.join(", ")),
    }
}
