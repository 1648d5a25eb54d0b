//! Learning rates of the steps of a run.

use turret_schema::{Decay, ScheduleSpec, TrainSpec};

use crate::optim::rate_factor;
use crate::run::RunInfo;

/// Number of steps between logged rates.
const LOGGED: u64 = 10;

/// Learning rates of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    schedule: ScheduleSpec,
    lr: f64,
    /// Steps of the whole training.
    total: u64,
}

impl Rates {
    /// Rates of a run with this number of steps in an epoch.
    pub(super) fn new(training: &TrainSpec, info: &RunInfo, steps_of_epoch: usize) -> Self {
        let before = info.steps - info.position.step as u64;
        let epochs = info.epochs.saturating_sub(info.position.epochs) as u64;
        Self {
            schedule: training.schedule,
            lr: f64::from(info.lr.unwrap_or(training.optimizer.lr())),
            total: info.max_steps.unwrap_or(before + epochs * steps_of_epoch as u64),
        }
    }

    /// Returns the factor of all learning rates at a step, from 1.
    pub(super) fn factor(&self, step: u64) -> f64 {
        rate_factor(&self.schedule, step, self.total)
    }

    /// Returns the rate of a step. `None` if all steps have the same.
    pub(super) fn rate(&self, step: u64) -> Option<f64> {
        (!self.schedule.is_constant()).then(|| self.lr * self.factor(step))
    }

    /// Returns the rate of a step that is logged.
    pub(super) fn logged(&self, step: u64) -> Option<f64> {
        self.rate(step).filter(|_| step == 1 || step.is_multiple_of(LOGGED))
    }
}

/// Returns whether a schedule depends on the number of steps of the whole training.
pub(super) fn depends_on_end(schedule: &ScheduleSpec) -> bool {
    match schedule.decay {
        Decay::Cosine { until, .. } | Decay::Linear { until, .. } => until.is_none(),
        Decay::Constant | Decay::Step { .. } | Decay::Exponential { .. } => false,
    }
}
