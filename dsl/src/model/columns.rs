//! Columns, what they hold, and what becomes of missing, unknown and refused values.

use turret_schema::Number;

use super::{SourceId, VocabularyId};
use crate::span::Span;

/// An input column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// `///` lines.
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
    /// True where it reads the field of the user's earlier rows.
    pub earlier: bool,
    /// Kind of its values.
    pub kind: ColumnKind,
    /// The vocabulary its keys are looked up in.
    pub vocabulary: Option<VocabularyId>,
}

/// Kind of the values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// One key.
    Id {
        /// Meaning of a missing key.
        missing: MissingId,
    },
    /// A bag of keys, weighted or not.
    Bag {
        /// Reading of its keys.
        items: Items,
        /// Separator of a key and its weight, in weighted bags.
        weight: Option<String>,
    },
    /// Keys in order.
    Sequence {
        /// Reading of its keys.
        items: Items,
        /// Side of the padding of a shorter one.
        pad: Pad,
    },
    /// Words of a text.
    Text {
        /// Most words.
        max: u64,
        /// Words of a longer text that are kept.
        keep: Keep,
        /// Meaning of a missing text.
        missing: MissingBag,
    },
    /// One number.
    Float {
        /// Smallest and largest number, if there are any: others become these.
        clip: (Option<f64>, Option<f64>),
        /// Scaling.
        transform: Transform,
        /// Meaning of a missing number.
        missing: MissingFloat,
    },
    /// Some numbers.
    Vector {
        /// Count of numbers.
        width: u64,
        /// Separator of two.
        separator: String,
        /// True where a missing vector is zeros; else it is an error.
        missing_zero: bool,
    },
    /// The number of boundaries that are at most the value.
    Bucket {
        /// The boundaries.
        boundaries: Boundaries,
        /// True where a missing value has a bucket of its own; else it is an error.
        missing_bucket: bool,
    },
    /// Frequency of a value among the training rows.
    Frequency,
    /// The predicted number, 0 to 1.
    Label {
        /// From which number on the label is 1, and else 0; none: the number is the label.
        threshold: Option<f64>,
        /// Meaning of a missing label; none: an error.
        missing: Option<f64>,
    },
    /// Weight of a record.
    Weight {
        /// Meaning of a missing weight; none: an error.
        missing: Option<f64>,
    },
}

/// Reading of several keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Items {
    /// Separator of two keys.
    pub separator: String,
    /// Most keys.
    pub max: u64,
    /// Keys of a longer list that are kept.
    pub keep: Keep,
    /// A key that means nothing.
    pub padding: Option<String>,
    /// Meaning of a missing field.
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

    /// Returns whether a record has any number of keys in it.
    pub fn holds_many(&self) -> bool {
        matches!(self, ColumnKind::Bag { .. } | ColumnKind::Sequence { .. } | ColumnKind::Text { .. })
    }

    /// Returns whether it can be looked up in a table.
    pub fn is_key(&self) -> bool {
        self.holds_many() || matches!(self, ColumnKind::Id { .. } | ColumnKind::Bucket { .. })
    }
}

/// Meaning of a missing key.
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

/// Meaning of a missing bag, sequence or text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MissingBag {
    /// One without items.
    Empty,
    /// An error.
    Error,
}

/// The end of something too long that is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keep {
    /// The beginning.
    First,
    /// The end.
    Last,
    /// Neither: it is an error.
    Error,
}

/// Side of the padding of a sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pad {
    /// After its vectors.
    Back,
    /// Before its vectors.
    Front,
}

/// Scaling of a number.
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

/// Meaning of a missing number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MissingFloat {
    /// An error.
    Error,
    /// This number, before scaling.
    Value(f64),
    /// The mean of the training rows.
    Mean,
}

/// Boundaries of buckets.
#[derive(Clone, Debug, PartialEq)]
pub enum Boundaries {
    /// As listed, ascending.
    Given(Vec<Number>),
    /// This many boundaries, evenly spaced from the smallest to the largest training value, both included.
    EqualWidth(u64),
    /// This many buckets of equal count on the training rows.
    Quantiles(u64),
}
