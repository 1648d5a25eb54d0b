//! Candidates that a term of the objective draws from the catalogue.

use super::{ColumnId, TowerId};
use crate::span::Span;

/// Treatment of negatives that are the own candidate again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AccidentalHits {
    /// They count as any other.
    Kept,
    /// They are left out; this column tells which they are.
    Column(ColumnId),
    /// They are left out; their rows of the catalogue tell which they are.
    Catalogue,
}

/// Candidates drawn from the catalogue for a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Negatives {
    /// Source of the negatives.
    pub source: NegativeSource,
    /// True where each record has its own.
    pub per_record: bool,
    /// True where the candidates of the other records are negatives too.
    pub in_batch: bool,
    /// True where scores are corrected for how often a candidate is expected.
    pub log_q: bool,
    /// The towers of candidates; none: those over the columns of the catalogue.
    pub candidates: Vec<TowerId>,
    /// Place of the term.
    pub span: Span,
}

/// Source of negatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NegativeSource {
    /// Drawn at random.
    Drawn {
        /// Number of candidates, for all records or for each.
        count: u64,
        /// With which probabilities.
        sampler: Sampler,
        /// True where they are distinct.
        unique: bool,
    },
    /// The whole catalogue.
    All,
    /// The keys in a column.
    Listed(ColumnId),
}

/// With which probability a candidate is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampler {
    /// The same for all.
    Uniform,
    /// Falling with the rank by frequency.
    LogUniform,
    /// In proportion to this power of the frequency.
    Frequency(f64),
    /// In proportion to a column.
    Given(ColumnId),
}
