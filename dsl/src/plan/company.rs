//! Layers and losses that depend on the other records of a batch.

use super::Plan;
use crate::model::Op;

impl Plan {
    /// Returns the first layer or loss that needs two records in a batch, by its keyword.
    pub fn needs_company(&self) -> Option<&'static str> {
        let steps = self.modules().flat_map(|(_, module)| &module.steps);
        let layer = steps.filter_map(|step| match &self.model.nodes[step.node].op {
            Op::Layer(operation) => operation.needs_company().then(|| operation.name()),
            Op::Column(_) | Op::Lookup(..) | Op::Tower(_) => None,
        });
        let losses = self.model.losses();
        layer.chain(losses.filter(|loss| loss.rule.needs_company()).map(|loss| loss.rule.word)).next()
    }
}
