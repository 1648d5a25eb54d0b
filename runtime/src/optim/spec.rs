//! Training settings of a spec.

use serde::Serialize;

/// Optimizer, batches and epochs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainSpec {
    /// The optimizer.
    pub optimizer: OptimizerSpec,
    /// Rows per step.
    pub batch: usize,
    /// Passes over the training rows.
    pub epochs: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// True if each epoch has an order of its own.
    pub shuffle: bool,
}

impl TrainSpec {
    /// Learning rate of the optimizer.
    pub fn lr(&self) -> f32 {
        match self.optimizer {
            OptimizerSpec::Sgd { lr, .. }
            | OptimizerSpec::Adagrad { lr, .. }
            | OptimizerSpec::RowWiseAdagrad { lr, .. }
            | OptimizerSpec::Adam { lr, .. }
            | OptimizerSpec::AdamW { lr, .. } => lr,
        }
    }

    /// Replaces the learning rate.
    pub fn set_lr(&mut self, rate: f32) {
        match &mut self.optimizer {
            OptimizerSpec::Sgd { lr, .. }
            | OptimizerSpec::Adagrad { lr, .. }
            | OptimizerSpec::RowWiseAdagrad { lr, .. }
            | OptimizerSpec::Adam { lr, .. }
            | OptimizerSpec::AdamW { lr, .. } => *lr = rate,
        }
    }
}

/// An optimizer and its settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum OptimizerSpec {
    /// Gradient descent, with momentum where it is not 0.
    Sgd {
        /// Learning rate.
        lr: f32,
        /// Share of the last step that the next one keeps.
        momentum: f32,
    },
    /// Adagrad.
    Adagrad {
        /// Learning rate.
        lr: f32,
        /// Sum of squares before the first step.
        initial_accumulator: f32,
        /// Added under the root.
        epsilon: f32,
    },
    /// Adagrad with one accumulator a row of a table: the mean of the squares. Dense weights use Adagrad.
    RowWiseAdagrad {
        /// Learning rate.
        lr: f32,
        /// Sum of squares before the first step.
        initial_accumulator: f32,
        /// Added under the root.
        epsilon: f32,
    },
    /// Adam; on tables, lazily: rows that a batch does not touch keep their moments.
    Adam {
        /// Learning rate.
        lr: f32,
        /// Decay of the mean.
        beta1: f32,
        /// Decay of the mean square.
        beta2: f32,
        /// Added to the root.
        epsilon: f32,
    },
    /// Adam with decoupled weight decay.
    AdamW {
        /// Learning rate.
        lr: f32,
        /// Decay of the mean.
        beta1: f32,
        /// Decay of the mean square.
        beta2: f32,
        /// Added to the root.
        epsilon: f32,
        /// Share of a weight, times the learning rate, that each step removes.
        weight_decay: f32,
    },
}

impl OptimizerSpec {
    /// SGD without momentum.
    pub fn sgd(lr: f32) -> Self {
        Self::Sgd { lr, momentum: 0.0 }
    }

    /// Adagrad with the defaults of Keras.
    pub fn adagrad(lr: f32) -> Self {
        Self::Adagrad { lr, initial_accumulator: 0.1, epsilon: 1e-7 }
    }

    /// Row-wise Adagrad with the defaults of Adagrad.
    pub fn row_wise_adagrad(lr: f32) -> Self {
        Self::RowWiseAdagrad { lr, initial_accumulator: 0.1, epsilon: 1e-7 }
    }

    /// Adam with the defaults of Keras.
    pub fn adam(lr: f32) -> Self {
        Self::Adam { lr, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    }

    /// AdamW with the decay of Loshchilov & Hutter, as the language has it, and else the defaults of Keras.
    pub fn adamw(lr: f32) -> Self {
        Self::AdamW { lr, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weight_decay: 0.01 }
    }
}
