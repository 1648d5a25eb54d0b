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
    /// True if it reads the field from the user's earlier rows.
    pub earlier: bool,
    /// Keyword of the kind.
    pub word: &'static str,
    /// Kind of its values.
    pub kind: ColumnKind,
    /// Vocabulary of its keys.
    pub vocabulary: Option<VocabularyId>,
}

/// Source name of fields from the user's earlier rows.
pub const HISTORY: &str = "history";
