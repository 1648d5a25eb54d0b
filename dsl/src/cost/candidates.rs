//! Costs that drawn candidates add to a step of training: their number, the towers that encode them, and the scores.

use super::{Drawn, Each, SoftmaxCost};
use crate::model::{ColumnId, InputId, NegativeSource, Op, TowerId};
use crate::plan::objective::TermKind;
use crate::plan::{Module, Plan, Step};

impl Plan {
    /// Returns the number of drawn candidates.
    pub fn drawn(&self) -> Drawn {
        let Some(negatives) = &self.model.negatives else { return Drawn::Nothing };
        match (negatives.source, negatives.column) {
            (NegativeSource::All, _) => Drawn::Catalog,
            (NegativeSource::Drawn { count, .. }, _) if negatives.per_record => Drawn::ForEach(count as u64),
            (NegativeSource::Drawn { count, .. }, _) => Drawn::ForAll(count as u64),
            (NegativeSource::Listed, Some(column)) => Drawn::ForEach(self.keys(column)),
            (NegativeSource::Listed, None) => Drawn::Nothing,
        }
    }

    /// The terms that score every record with every candidate, with their names in the spec.
    pub fn softmaxes(&self) -> impl Iterator<Item = (&'static str, SoftmaxCost)> {
        self.objective.terms().filter_map(|term| match term.kind {
            TermKind::Softmax { name, width, in_batch, drawn, .. } => {
                Some((name, SoftmaxCost::new(width as u64, in_batch, drawn)))
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
        match self.model.nodes[step.node].op {
            // Its output is the tower's; only what is taken out of it is new: own candidates, and rows for pairs with drawn ones.
            Op::Tower(tower) => {
                let is_read = |other: &Step| self.model.nodes[other.node].inputs.contains(&step.node);
                let own = self.is_given_drawn(InputId::Tower(tower)) && module.steps.iter().any(is_read);
                Each::new(u64::from(own), drawn)
            }
            Op::Column(_) | Op::Lookup(..) | Op::Layer(_) => Each::new(1, drawn),
        }
    }

    /// Returns whether an input, or its tower, holds drawn candidates too.
    pub(super) fn is_given_drawn(&self, input: InputId) -> bool {
        let is_candidate = |tower: &TowerId| InputId::Tower(*tower) == input;
        self.model.negatives.is_some() && self.candidates.iter().any(is_candidate)
    }

    /// Keys that a record has at most in a column.
    pub(super) fn keys(&self, column: ColumnId) -> u64 {
        self.model.columns[column].kind.content().rows() as u64
    }
}
