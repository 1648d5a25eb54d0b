//! Columns, what they hold, and what becomes of missing, unknown and refused values.

use turret_schema::{
    BagSpec, BucketSpec, FloatSpec, IdSpec, LabelSpec, Pad, TextSpec, VectorSpec, WeightSpec,
};

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
    /// The word for what it holds.
    pub word: &'static str,
    /// Kind of its values.
    pub kind: ColumnKind,
    /// The vocabulary its keys are looked up in.
    pub vocabulary: Option<VocabularyId>,
}

/// Kind of the values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// One key.
    Id(IdSpec),
    /// A bag of keys, weighted or not.
    Bag(BagSpec),
    /// Keys in order, and the side of the padding of a shorter sequence.
    Sequence(BagSpec, Pad),
    /// Words of a text.
    Text(TextSpec),
    /// One number.
    Float(FloatSpec),
    /// This many numbers.
    Vector(usize, VectorSpec),
    /// The number of boundaries that are at most the value.
    Bucket(BucketSpec),
    /// Frequency of a value among the training rows.
    Frequency,
    /// The predicted number, 0 to 1.
    Label(LabelSpec),
    /// Weight of a record.
    Weight(WeightSpec),
}

/// The encoded values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A row of a table.
    Row,
    /// Rows of a table, and their largest number.
    Bag(usize),
    /// Rows of a table in order, their largest number, and the side of the padding.
    Sequence(usize, Pad),
    /// Numbers, and their count.
    Numbers(usize),
}

impl Content {
    /// Rows of a table that a record has at most.
    pub fn rows(self) -> usize {
        match self {
            Content::Row => 1,
            Content::Bag(most) | Content::Sequence(most, _) => most,
            Content::Numbers(_) => 0,
        }
    }
}

/// The source of fields that are those of the user's earlier rows.
pub const HISTORY: &str = "history";

impl ColumnKind {
    /// The encoded values.
    pub fn content(&self) -> Content {
        match self {
            ColumnKind::Id(_) | ColumnKind::Bucket(_) => Content::Row,
            ColumnKind::Bag(BagSpec { max, .. }) | ColumnKind::Text(TextSpec { max, .. }) => {
                Content::Bag(max.0)
            }
            ColumnKind::Sequence(BagSpec { max, .. }, pad) => Content::Sequence(max.0, *pad),
            ColumnKind::Vector(width, _) => Content::Numbers(*width),
            ColumnKind::Float(_) | ColumnKind::Frequency | ColumnKind::Label(_) | ColumnKind::Weight(_) => {
                Content::Numbers(1)
            }
        }
    }

    /// Returns whether layers compute with it; others tell of the record.
    pub fn is_feature(&self) -> bool {
        match self {
            ColumnKind::Id(_)
            | ColumnKind::Bag(_)
            | ColumnKind::Sequence(..)
            | ColumnKind::Text(_)
            | ColumnKind::Float(_)
            | ColumnKind::Vector(..)
            | ColumnKind::Bucket(_) => true,
            ColumnKind::Frequency | ColumnKind::Label(_) | ColumnKind::Weight(_) => false,
        }
    }

    /// Returns whether a record has any number of keys in it.
    pub fn holds_many(&self) -> bool {
        matches!(self.content(), Content::Bag(_) | Content::Sequence(..))
    }

    /// Returns whether it can be looked up in a table.
    pub fn is_key(&self) -> bool {
        !matches!(self.content(), Content::Numbers(_))
    }
}
