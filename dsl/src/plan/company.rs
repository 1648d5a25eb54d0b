//! Layers and losses that depend on the other records of a batch.

use super::Plan;
use crate::model::{Loss, Op};

impl Plan {
    /// Returns the first layer or loss that needs two records in a batch, by its keyword.
    pub fn needs_company(&self) -> Option<&'static str> {
        let steps = self.modules().flat_map(|(_, module)| &module.steps);
        let layer = steps.filter_map(|step| match &self.model.nodes[step.node].op {
            Op::Layer(operation) if operation.needs_company() => Some(operation.name()),
            _ => None,
        });
        let loss = self.model.objective.iter().filter_map(|(_, loss)| match loss {
            // Sampled candidates count as other records.
            Loss::Softmax { in_batch: true, sampled: false, .. } => Some(loss.word()),
            _ => None,
        });
        layer.chain(loss).next()
    }
}
