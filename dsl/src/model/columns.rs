//! Columns: kinds, encoded values, and sources.

pub use turret_schema::{ColumnKind, ColumnRole, Content};

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
    /// Further fields of the same source that belong to the field.
    pub compound: Compound,
    /// True if it reads the field from the user's earlier rows.
    pub earlier: bool,
    /// Keyword of the kind.
    pub word: &'static str,
    /// Kind of its values.
    pub kind: ColumnKind,
    /// Vocabulary of its keys.
    pub vocabulary: Option<VocabularyId>,
}

/// Further fields of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compound {
    /// None.
    #[default]
    Nothing,
    /// The number of items of a padded list.
    Length(String),
    /// The weights of the items of a list.
    Weights(String),
    /// Further items, one per field.
    Items(Vec<String>),
}

impl Compound {
    /// Names of the fields.
    pub fn fields(&self) -> &[String] {
        match self {
            Compound::Nothing => &[],
            Compound::Length(field) | Compound::Weights(field) => std::slice::from_ref(field),
            Compound::Items(fields) => fields,
        }
    }
}

impl Column {
    /// Names of all fields.
    pub fn fields(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.field).chain(self.compound.fields())
    }
}

/// Source name of fields from the user's earlier rows.
pub const HISTORY: &str = "history";
