//! Columns of a draft.

use super::Line;
use super::names::{field, run};

/// Kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum Kind {
    /// A key.
    Id,
    /// A bag of keys.
    Ids,
    /// Keys in order.
    Sequence,
    /// Keys with weights.
    WeightedIds,
    /// Words.
    Text,
    /// A number as the range that it is in.
    Bucket,
    /// A number.
    Float,
    /// Numbers.
    Vector,
    /// A share of the training rows.
    Frequency,
    /// A value to predict.
    Label,
    /// A number to predict.
    Target,
}

impl Kind {
    /// Word of the language.
    pub(in crate::command) fn word(self) -> &'static str {
        match self {
            Kind::Id => "id",
            Kind::Ids => "ids",
            Kind::Sequence => "sequence",
            Kind::WeightedIds => "weighted_ids",
            Kind::Text => "text",
            Kind::Bucket => "bucket",
            Kind::Float => "float",
            Kind::Vector => "vector",
            Kind::Frequency => "frequency",
            Kind::Label => "label",
            Kind::Target => "target",
        }
    }

    /// Returns whether a lookup gives one vector.
    pub(super) fn is_key(self) -> bool {
        matches!(self, Kind::Id | Kind::Bucket)
    }

    /// Returns whether a lookup gives several vectors.
    pub(super) fn is_bag(self) -> bool {
        matches!(self, Kind::Ids | Kind::Sequence | Kind::WeightedIds | Kind::Text)
    }

    /// Returns whether the column is itself a value of a tower.
    pub(super) fn is_dense(self) -> bool {
        matches!(self, Kind::Float | Kind::Vector)
    }
}

/// A column.
#[derive(Clone, Debug)]
pub(in crate::command) struct Column {
    /// Name, an identifier.
    pub(in crate::command) name: String,
    /// Kind.
    pub(in crate::command) kind: Kind,
    /// Source and field that it reads, if they are not those of its name.
    pub(in crate::command) from: Option<(Option<String>, String)>,
    /// Further arguments.
    pub(in crate::command) arguments: Vec<String>,
    /// Name of the table in which it is looked up.
    pub(in crate::command) table: String,
    /// Width of its vectors, if it is known.
    pub(in crate::command) width: Option<usize>,
    /// Layer that pools a bag.
    pub(in crate::command) pool: &'static str,
    /// Comments on what is not certain.
    pub(in crate::command) unsure: Vec<String>,
}

impl Column {
    /// A column that reads the field of its name.
    pub(in crate::command) fn new(name: &str, kind: Kind) -> Self {
        Column {
            name: name.to_owned(),
            kind,
            from: None,
            arguments: Vec::new(),
            table: name.to_owned(),
            width: None,
            pool: if kind == Kind::WeightedIds { "sum" } else { "mean" },
            unsure: Vec::new(),
        }
    }

    /// Sets the field that it reads.
    pub(in crate::command) fn reads(mut self, source: Option<&str>, name: &str) -> Self {
        let is_own = source.is_none() && name == self.name;
        self.from = (!is_own).then(|| (source.map(str::to_owned), name.to_owned()));
        self
    }

    /// Name of the field that it reads.
    pub(in crate::command) fn field_name(&self) -> &str {
        self.from.as_ref().map_or(&self.name, |(_, field)| field)
    }

    /// Adds an argument.
    pub(in crate::command) fn with(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets the table.
    pub(in crate::command) fn of_table(mut self, table: &str) -> Self {
        self.table = table.to_owned();
        self
    }

    /// Adds a comment.
    pub(in crate::command) fn unsure(mut self, comment: impl Into<String>) -> Self {
        self.unsure.push(comment.into());
        self
    }

    /// Kind with its arguments.
    fn kind(&self) -> String {
        let from = self.from.as_ref().map(|(source, name)| {
            let source = source.as_ref().map_or(String::new(), |source| format!("{source}."));
            format!("from = {source}{}", field(name))
        });
        // Required arguments are first.
        let (required, named): (Vec<_>, Vec<_>) =
            self.arguments.iter().cloned().partition(|argument| !argument.contains(" = "));
        let arguments: Vec<String> = required.into_iter().chain(from).chain(named).collect();
        match arguments[..] {
            [] => self.kind.word().to_owned(),
            _ => format!("{}({})", self.kind.word(), arguments.join(", ")),
        }
    }

    /// Value of the column in a tower: a vector, if the bag is pooled.
    pub(super) fn value(&self) -> String {
        match self.kind {
            kind if kind.is_key() => format!("{}[{}]", self.table, self.name),
            kind if kind.is_bag() => format!("{}({}[{}])", self.pool, self.table, self.name),
            _ => self.name.clone(),
        }
    }
}

/// Lines of `input`. Equal columns whose names are one name with successive numbers are one line.
pub(super) fn lines(columns: &[Column]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < columns.len() {
        let first = &columns[at];
        let is_equal = |column: &&Column| {
            column.from.is_none() && column.kind() == first.kind() && column.unsure == first.unsure
        };
        let names: Vec<&str> =
            columns[at..].iter().take_while(is_equal).map(|column| column.name.as_str()).collect();
        let count = run(&names);
        let name = match count {
            1 => first.name.clone(),
            _ => format!("{}..{}", first.name, names[count - 1]),
        };
        lines.push(Line { text: format!("{name}: {}", first.kind()), unsure: first.unsure.clone() });
        at += count;
    }
    lines
}
