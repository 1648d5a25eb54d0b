//! Candidates that a term of the objective samples from the catalog, or queues.

use super::{ColumnId, NegativeSource, TowerId};
use crate::span::Span;

/// Treatment of sampled negatives that equal the record's own candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AccidentalHits {
    /// Kept as negatives.
    Kept,
    /// Removed, by comparing the ids in this column.
    Column(ColumnId),
    /// Removed, by comparing rows of the catalog.
    Catalog,
}

/// Negatives of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Negatives {
    /// Source of the negatives.
    pub source: NegativeSource,
    /// Column that lists them, or column of sampling weights.
    pub column: Option<ColumnId>,
    /// True if each record has its own negatives.
    pub per_record: bool,
    /// True if the candidates of the other records are negatives too.
    pub in_batch: bool,
    /// True if scores are corrected by the log expected count.
    pub log_q: bool,
    /// Place of `exclude_seen`, if items of the user's training rows are not negatives.
    pub exclude_seen: Option<Span>,
    /// Group that identifies the user of a row, if `exclude_seen` is set.
    pub user: Option<usize>,
    /// Candidate towers. Empty: the towers over columns of the catalog.
    pub candidates: Vec<TowerId>,
    /// Place of the term.
    pub span: Span,
}

/// Candidates of earlier batches that are negatives of a term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CandidateQueue {
    /// Maximum number of candidates.
    pub size: usize,
    /// Place of the argument.
    pub span: Span,
}
