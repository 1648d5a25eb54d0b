//! Weights of the losses of tasks in a step.

use dfdx::tensor::{Cpu, CpuError, Gradients};

use super::recording::{Record, Work};
use crate::ops::call::Operand;

/// Learned weights of the losses of tasks: `factor exp(-s)` with the trained log variance `s` of each.
pub(in crate::ops) struct LearnedWeights {
    pub(in crate::ops) log_variances: Box<dyn Operand<Cpu>>,
    pub(in crate::ops) factors: Vec<f32>,
}

/// Learned weights with their values in a step. Empty if none are learned.
#[derive(Default)]
pub(super) struct StepWeights<'r> {
    learned: Option<&'r LearnedWeights>,
    log_variances: Vec<f32>,
    /// Weight of each task.
    pub(super) values: Vec<f32>,
}

impl<'r> StepWeights<'r> {
    /// Weights of the tasks whose sum a record is.
    pub(super) fn of(record: Option<&'r Record>) -> Self {
        let Some(Work::Tasks { learned: Some(learned), .. }) = record.map(|record| &record.work) else {
            return Self::default();
        };
        let log_variances = learned.log_variances.values();
        let values = learned.factors.iter().zip(&log_variances).map(|(factor, s)| factor * (-s).exp());
        Self { learned: Some(learned), values: values.collect(), log_variances }
    }

    /// Total of the losses of tasks.
    pub(super) fn total(&self, losses: &[f64]) -> f64 {
        if self.learned.is_none() {
            return losses.iter().sum();
        }
        let weighted = losses.iter().zip(&self.values).map(|(loss, weight)| f64::from(*weight) * loss);
        weighted.zip(&self.log_variances).map(|(weighted, s)| weighted + 0.5 * f64::from(*s)).sum()
    }

    /// Adds the gradients of the log variances.
    pub(super) fn add_gradients(
        &self,
        losses: &[f32],
        gradients: &mut Gradients<f32, Cpu>,
    ) -> Result<(), CpuError> {
        let Some(learned) = self.learned else { return Ok(()) };
        let into = learned.log_variances.gradient(gradients)?.iter_mut();
        into.zip(self.values.iter().zip(losses)).for_each(|(g, (weight, loss))| *g += 0.5 - weight * loss);
        Ok(())
    }
}

/// Factor of the gradients of a loss: its own, times the learned weight of its task.
pub(super) fn weighted(factor: f32, task: Option<usize>, weights: &[f32]) -> f32 {
    task.and_then(|task| weights.get(task)).map_or(factor, |weight| factor * weight)
}
