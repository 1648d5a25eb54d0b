//! Columns, what they hold, and what becomes of missing, unknown and refused values.

use super::Exact;
use super::{SourceId, VocabularyId};
use crate::span::Span;

/// An input column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its `///` lines.
    pub docs: Vec<String>,
    /// Place of its name.
    pub span: Span,
    /// Place of what it is said to hold.
    pub kind_span: Span,
    /// Place of its field, where `from` names one.
    pub from: Option<Span>,
    /// Source of its field; the first where the spec has no `data` block.
    pub source: SourceId,
    /// The field it reads.
    pub field: String,
    /// Whether it reads the field of the user's earlier rows.
    pub earlier: bool,
    /// What it holds.
    pub kind: ColumnKind,
    /// The vocabulary its keys are looked up in.
    pub vocabulary: Option<VocabularyId>,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// One key.
    Id {
        /// What a missing key means.
        missing: MissingId,
    },
    /// A bag of keys, weighted or not.
    Bag {
        /// How its keys are read.
        items: Items,
        /// What stands between a key and its weight, in weighted bags.
        weight: Option<String>,
    },
    /// Keys in order.
    Sequence {
        /// How its keys are read.
        items: Items,
        /// Where the padding of a shorter one stands.
        pad: Pad,
    },
    /// Words of a text.
    Text {
        /// Most words.
        max: u64,
        /// Which words of a longer text are kept.
        keep: Keep,
        /// What a missing text means.
        missing: MissingBag,
    },
    /// One number.
    Float {
        /// Smallest and largest number, if there are any: others become these.
        clip: (Option<f64>, Option<f64>),
        /// How it is scaled.
        transform: Transform,
        /// What a missing number means.
        missing: MissingFloat,
    },
    /// Some numbers.
    Vector {
        /// How many.
        width: u64,
        /// What stands between two.
        separator: String,
        /// Whether a missing vector is zeros; else it is an error.
        missing_zero: bool,
    },
    /// The number of boundaries that are at most the value.
    Bucket {
        /// The boundaries.
        boundaries: Boundaries,
        /// Whether a missing value has a bucket of its own; else it is an error.
        missing_bucket: bool,
    },
    /// How common a value is among the training rows.
    Frequency,
    /// What is predicted, 0 to 1.
    Label {
        /// From which number on the label is 1, and else 0; none: the number is the label.
        threshold: Option<f64>,
        /// What a missing label means; none: an error.
        missing: Option<f64>,
    },
    /// How much a record counts.
    Weight {
        /// What a missing weight means; none: an error.
        missing: Option<f64>,
    },
}

/// How several keys are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    /// What stands between two keys.
    pub separator: String,
    /// Most keys.
    pub max: u64,
    /// Which of more keys are kept.
    pub keep: Keep,
    /// A key that means nothing.
    pub padding: Option<String>,
    /// What a missing field means.
    pub missing: MissingBag,
}

/// The source of fields that are those of the user's earlier rows.
pub const HISTORY: &str = "history";

impl ColumnKind {
    /// The word of the language.
    pub fn word(&self) -> &'static str {
        match self {
            ColumnKind::Id { .. } => "id",
            ColumnKind::Bag { weight: None, .. } => "ids",
            ColumnKind::Bag { .. } => "weighted_ids",
            ColumnKind::Sequence { .. } => "sequence",
            ColumnKind::Text { .. } => "text",
            ColumnKind::Float { .. } => "float",
            ColumnKind::Vector { .. } => "vector",
            ColumnKind::Bucket { .. } => "bucket",
            ColumnKind::Frequency => "frequency",
            ColumnKind::Label { .. } => "label",
            ColumnKind::Weight { .. } => "weight",
        }
    }

    /// Whether a record has any number of keys in it.
    pub fn holds_many(&self) -> bool {
        matches!(self, ColumnKind::Bag { .. } | ColumnKind::Sequence { .. } | ColumnKind::Text { .. })
    }

    /// Whether it can be looked up in a table.
    pub fn is_key(&self) -> bool {
        self.holds_many() || matches!(self, ColumnKind::Id { .. } | ColumnKind::Bucket { .. })
    }
}

/// What a missing key means.
#[derive(Clone, Debug, PartialEq)]
pub enum MissingId {
    /// An unknown key.
    Oov,
    /// An error.
    Error,
    /// The zero vector.
    Zero,
    /// This key.
    Value(String),
}

/// What a missing bag, sequence or text means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MissingBag {
    /// One without items.
    Empty,
    /// An error.
    Error,
}

/// Which end of something too long is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keep {
    /// The beginning.
    First,
    /// The end.
    Last,
    /// Neither: it is an error.
    Error,
}

/// Where the padding of a sequence stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pad {
    /// After its vectors.
    Back,
    /// Before its vectors.
    Front,
}

/// How a number is scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// As it is.
    Raw,
    /// `ln(1 + x)`.
    Log1p,
    /// Mean 0 and variance 1 on the training rows.
    Standardize,
    /// 0 to 1 on the training rows.
    MinMax,
}

/// What a missing number means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MissingFloat {
    /// An error.
    Error,
    /// This number, before scaling.
    Value(f64),
    /// The mean of the training rows.
    Mean,
}

/// Where buckets begin.
#[derive(Clone, Debug, PartialEq)]
pub enum Boundaries {
    /// As listed, ascending.
    Given(Vec<Exact>),
    /// This many boundaries, evenly spaced from the smallest to the largest training value, both included.
    EqualWidth(u64),
    /// This many buckets of equal count on the training rows.
    Quantiles(u64),
}
