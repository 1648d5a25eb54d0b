//! Columns: kinds, encoded values, and sources.

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
    /// Place of the kind.
    pub kind_span: Span,
    /// Place of `from`, if there is one.
    pub from: Option<Span>,
    /// Source of the field. The first source if the spec has no `data` block.
    pub source: SourceId,
    /// Field.
    pub field: String,
    /// True if it reads the field from the user's earlier rows.
    pub earlier: bool,
    /// Keyword of the kind.
    pub word: &'static str,
    /// Kind of its values.
    pub kind: ColumnKind,
    /// Vocabulary of its keys.
    pub vocabulary: Option<VocabularyId>,
}

/// Kind of the values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnKind {
    /// A key.
    Id(IdSpec),
    /// A bag of keys, weighted or not.
    Bag(BagSpec),
    /// Ordered keys, and the padding side of shorter sequences.
    Sequence(BagSpec, Pad),
    /// Words of a text.
    Text(TextSpec),
    /// A number.
    Float(FloatSpec),
    /// A vector of this width.
    Vector(usize, VectorSpec),
    /// Bucket index: the number of boundaries <= the value.
    Bucket(BucketSpec),
    /// Frequency of the value in the training rows.
    Frequency,
    /// Target value, from 0 to 1.
    Label(LabelSpec),
    /// Weight of a record.
    Weight(WeightSpec),
}

/// Encoded values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A table row.
    Row,
    /// Table rows; maximum number.
    Bag(usize),
    /// Ordered table rows; maximum number, and padding side.
    Sequence(usize, Pad),
    /// Numbers; count.
    Numbers(usize),
}

impl Content {
    /// Maximum number of table rows per record.
    pub fn rows(self) -> usize {
        match self {
            Content::Row => 1,
            Content::Bag(most) | Content::Sequence(most, _) => most,
            Content::Numbers(_) => 0,
        }
    }
}

/// Source name of fields from the user's earlier rows.
pub const HISTORY: &str = "history";

impl ColumnKind {
    /// Returns the kind of the encoded values.
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

    /// Returns whether it is an input of layers. Others are labels, weights and the like.
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

    /// Returns whether a record can have several keys in it.
    pub fn holds_many(&self) -> bool {
        matches!(self.content(), Content::Bag(_) | Content::Sequence(..))
    }

    /// Returns whether it can be looked up in a table.
    pub fn is_key(&self) -> bool {
        !matches!(self.content(), Content::Numbers(_))
    }
}
