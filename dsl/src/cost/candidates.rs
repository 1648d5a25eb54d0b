//! Costs that drawn candidates add to a step of training: their number, the towers that encode them, and the scores.

use super::Each;
use crate::model::{ColumnId, ColumnKind, InputId, NegativeSource, Op, TowerId};
use crate::plan::objective::TermKind;
use crate::plan::{Module, Plan, Step};

/// Number of candidates that are drawn for a step beside those of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// For each record, at most.
    pub for_each: u64,
    /// For all records; none is the whole catalogue, whose rows the data decide.
    pub for_all: Option<u64>,
}

/// A term of the objective that scores every record with every one of some candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftmaxCost {
    /// Name in the spec.
    pub name: &'static str,
    /// Width of the vectors.
    pub width: u64,
    /// True where it scores the candidates of the other records.
    pub in_batch: bool,
    /// True where it scores those drawn.
    pub drawn: bool,
}

impl SoftmaxCost {
    /// Candidates that a record is scored with.
    pub fn candidates(&self, records: u64, drawn: u64) -> u64 {
        let own = if self.in_batch { records } else { 1 };
        if self.drawn { own + drawn } else { own }
    }
}

impl Plan {
    /// Returns the number of drawn candidates.
    pub fn drawn(&self) -> Drawn {
        let Some(negatives) = &self.model.negatives else { return Drawn { for_each: 0, for_all: Some(0) } };
        match negatives.source {
            NegativeSource::All => Drawn { for_each: 0, for_all: None },
            NegativeSource::Drawn { count, .. } if negatives.per_record => {
                Drawn { for_each: count, for_all: Some(0) }
            }
            NegativeSource::Drawn { count, .. } => Drawn { for_each: 0, for_all: Some(count) },
            NegativeSource::Listed(column) => Drawn { for_each: self.keys(column), for_all: Some(0) },
        }
    }

    /// The terms that score every record with every candidate.
    pub fn softmaxes(&self) -> impl Iterator<Item = SoftmaxCost> {
        self.objective.terms().filter_map(|term| match term.kind {
            TermKind::Softmax { name, width, in_batch, drawn, .. } => {
                Some(SoftmaxCost { name, width: width as u64, in_batch, drawn })
            }
            TermKind::Bce { .. } | TermKind::Pairs { .. } | TermKind::DrawnPairs { .. } => None,
        })
    }

    /// Returns the number of times that an operation of a tower, or of the objective, is computed.
    pub(super) fn times(&self, input: InputId, module: &Module, step: &Step) -> Each {
        let scores_drawn = input == InputId::Objective
            && self.objective.terms().any(|term| {
                matches!(term.kind, TermKind::DrawnPairs { .. }) && term.steps.contains(&step.node)
            });
        let drawn = u64::from(scores_drawn || self.is_given_drawn(input));
        match self.model.nodes[step.node.0].op {
            // Its output is the tower's; only what is taken out of it is new: own candidates, and rows for pairs with drawn ones.
            Op::Tower(tower) => {
                let is_read = |other: &Step| self.model.nodes[other.node.0].inputs.contains(&step.node);
                let own = self.is_given_drawn(InputId::Tower(tower)) && module.steps.iter().any(is_read);
                Each { record: u64::from(own), drawn }
            }
            Op::Column(_) | Op::Lookup(..) | Op::Layer(_) => Each { record: 1, drawn },
        }
    }

    /// Returns whether an input, or its tower, holds drawn candidates too.
    pub(super) fn is_given_drawn(&self, input: InputId) -> bool {
        let is_candidate = |tower: &TowerId| InputId::Tower(*tower) == input;
        self.model.negatives.is_some() && self.candidates.iter().any(is_candidate)
    }

    /// Keys that a record has at most in a column.
    pub(super) fn keys(&self, column: ColumnId) -> u64 {
        match &self.model.columns[column.0].kind {
            ColumnKind::Bag { items, .. } | ColumnKind::Sequence { items, .. } => items.max,
            ColumnKind::Text { max, .. } => *max,
            ColumnKind::Id { .. }
            | ColumnKind::Float { .. }
            | ColumnKind::Vector { .. }
            | ColumnKind::Bucket { .. }
            | ColumnKind::Frequency
            | ColumnKind::Label { .. }
            | ColumnKind::Weight { .. } => 1,
        }
    }
}
