//! Costs of sampled candidates in a training step: their number, the towers that encode them, and their
//! scores.

use super::{Each, SampledCount, SoftmaxCost};
use crate::model::{ColumnId, ColumnKind, InputId, NegativeSource, Op, TowerId};
use crate::plan::objective::TermKind;
use crate::plan::{Module, Plan, Step};
use turret_schema::BagSpec;

impl Plan {
    /// Returns the number of sampled candidates.
    pub fn sampled(&self) -> SampledCount {
        let Some(negatives) = &self.model.negatives else { return SampledCount::Nothing };
        match (negatives.source, negatives.column) {
            (NegativeSource::All, _) => SampledCount::Catalog,
            (NegativeSource::Sampled { count, .. }, _) if negatives.per_record => {
                SampledCount::ForEach(count as u64)
            }
            (NegativeSource::Sampled { count, .. }, _) => SampledCount::ForAll(count as u64),
            (NegativeSource::Listed, Some(column)) => SampledCount::ForEach(self.keys(column)),
            (NegativeSource::Listed, None) => SampledCount::Nothing,
        }
    }

    /// Returns the softmax terms and their names in the spec.
    pub fn softmaxes(&self) -> impl Iterator<Item = (&'static str, SoftmaxCost)> {
        self.objective.terms().filter_map(|term| match term.kind {
            TermKind::Candidates { width, queued, .. } => {
                let (rule, sampled) = (term.rule, term.rule.has_catalog_negatives());
                let queue = self.model.queue.filter(|_| queued).map_or(0, |queue| queue.size as u64);
                Some((rule.word, SoftmaxCost::new(width as u64, rule.in_batch, sampled).queue(queue)))
            }
            TermKind::Label { .. } | TermKind::Pairs { .. } | TermKind::SampledPairs { .. } => None,
        })
    }

    /// Returns how often an operation of a tower or of the objective is computed.
    pub(super) fn times(&self, input: InputId, module: &Module, step: &Step) -> Each {
        let scores_sampled = input == InputId::Objective
            && self.objective.terms().any(|term| {
                matches!(term.kind, TermKind::SampledPairs { .. }) && term.steps.contains(&step.node)
            });
        let sampled = u64::from(scores_sampled || self.has_sampled(input));
        match self.model.nodes[step.node].op {
            // The output is already counted with the tower. Only the rows that are taken from it are new: own
            // candidates, and rows for pairs with sampled ones.
            Op::Tower(tower) => {
                let is_read = |other: &Step| self.model.nodes[other.node].inputs.contains(&step.node);
                let own = self.has_sampled(InputId::Tower(tower)) && module.steps.iter().any(is_read);
                Each::new(u64::from(own), sampled)
            }
            Op::Column(_) | Op::Lookup(..) | Op::Layer(_) => Each::new(1, sampled),
        }
    }

    /// Returns whether an input, or its tower, includes sampled candidates.
    pub(super) fn has_sampled(&self, input: InputId) -> bool {
        let is_candidate = |tower: &TowerId| InputId::Tower(*tower) == input;
        self.model.negatives.is_some() && self.candidates.iter().any(is_candidate)
    }

    /// Maximum number of keys of a record in a column.
    pub(super) fn keys(&self, column: ColumnId) -> u64 {
        self.model.columns[column].kind.content().rows() as u64
    }

    /// Maximum number of weights of the keys of a record in a column.
    pub(super) fn weights_of_keys(&self, column: ColumnId) -> u64 {
        match &self.model.columns[column].kind {
            ColumnKind::Bag(BagSpec { weight_separator: Some(_), .. }) => self.keys(column),
            _ => 0,
        }
    }
}
