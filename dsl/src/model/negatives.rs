//! Candidates that a term of the objective draws from the catalog.

use super::{ColumnId, NegativeSource, TowerId};
use crate::span::Span;

/// Treatment of negatives that are the own candidate again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AccidentalHits {
    /// They count as any other.
    Kept,
    /// They are left out; this column tells which they are.
    Column(ColumnId),
    /// They are left out; their rows of the catalog tell which they are.
    Catalog,
}

/// Candidates sampled from the catalog for a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Negatives {
    /// Source of the negatives.
    pub source: NegativeSource,
    /// The column that lists them, or that tells how likely each candidate is sampled.
    pub column: Option<ColumnId>,
    /// True where each record has its own.
    pub per_record: bool,
    /// True where the candidates of the other records are negatives too.
    pub in_batch: bool,
    /// True where scores are corrected for how often a candidate is expected.
    pub log_q: bool,
    /// The towers of candidates; none: those over the columns of the catalog.
    pub candidates: Vec<TowerId>,
    /// Place of the term.
    pub span: Span,
}
