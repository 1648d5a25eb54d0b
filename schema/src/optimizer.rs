//! Optimizers and their settings.

use serde::Serialize;

written! {
    /// An optimizer and its settings.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    #[serde(tag = "name", rename_all = "snake_case")]
    pub enum OptimizerSpec {
        /// Gradient descent, with momentum if it is not 0.
        Sgd {
            /// Learning rate.
            lr: f32,
            /// Share of the previous step that is added to the next.
            momentum: f32,
        } by sgd(lr),
        /// Adagrad (Duchi et al. 2011).
        Adagrad {
            /// Learning rate.
            lr: f32,
            /// Sum of squares before the first step.
            initial_accumulator: f32,
            /// Added under the square root.
            epsilon: f32,
        } by adagrad(lr),
        /// Adagrad with one accumulator per row of a table: the mean of the squared gradients. Dense weights
        /// use Adagrad.
        RowWiseAdagrad {
            /// Learning rate.
            lr: f32,
            /// Sum of squares before the first step.
            initial_accumulator: f32,
            /// Added under the square root.
            epsilon: f32,
        } by row_wise_adagrad(lr),
        /// Adam (Kingma & Ba 2015). Lazy on tables: rows that are not in a batch keep their moments.
        Adam {
            /// Learning rate.
            lr: f32,
            /// Decay of the first moment.
            beta1: f32,
            /// Decay of the second moment.
            beta2: f32,
            /// Added to the square root.
            epsilon: f32,
        } by adam(lr),
        /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
        AdamW {
            /// Learning rate.
            lr: f32,
            /// Decay of the first moment.
            beta1: f32,
            /// Decay of the second moment.
            beta2: f32,
            /// Added to the square root.
            epsilon: f32,
            /// Decay rate; each step subtracts this share of a weight, times the learning rate.
            weight_decay: f32,
        } by adamw(lr),
    }
}

impl OptimizerSpec {
    /// SGD without momentum.
    pub const fn sgd(lr: f32) -> Self {
        Self::Sgd { lr, momentum: 0.0 }
    }

    /// Adagrad with the Keras defaults.
    pub const fn adagrad(lr: f32) -> Self {
        Self::Adagrad { lr, initial_accumulator: 0.1, epsilon: 1e-7 }
    }

    /// Row-wise Adagrad with the defaults of [`adagrad`](Self::adagrad).
    pub const fn row_wise_adagrad(lr: f32) -> Self {
        Self::RowWiseAdagrad { lr, initial_accumulator: 0.1, epsilon: 1e-7 }
    }

    /// Adam with the Keras defaults.
    pub const fn adam(lr: f32) -> Self {
        Self::Adam { lr, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    }

    /// AdamW with the weight decay of Loshchilov & Hutter and the Keras defaults.
    pub const fn adamw(lr: f32) -> Self {
        Self::AdamW { lr, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weight_decay: 0.01 }
    }

    /// Learning rate.
    pub const fn lr(self) -> f32 {
        match self {
            Self::Sgd { lr, .. }
            | Self::Adagrad { lr, .. }
            | Self::RowWiseAdagrad { lr, .. }
            | Self::Adam { lr, .. }
            | Self::AdamW { lr, .. } => lr,
        }
    }

    /// The same optimizer with another learning rate.
    #[must_use]
    pub const fn with_lr(mut self, rate: f32) -> Self {
        match &mut self {
            Self::Sgd { lr, .. }
            | Self::Adagrad { lr, .. }
            | Self::RowWiseAdagrad { lr, .. }
            | Self::Adam { lr, .. }
            | Self::AdamW { lr, .. } => *lr = rate,
        }
        self
    }

    /// The optimizer for dense weights, which have no rows.
    #[must_use]
    pub const fn of_dense(self) -> Self {
        match self {
            Self::RowWiseAdagrad { lr, initial_accumulator, epsilon } => {
                Self::Adagrad { lr, initial_accumulator, epsilon }
            }
            Self::Sgd { .. } | Self::Adagrad { .. } | Self::Adam { .. } | Self::AdamW { .. } => self,
        }
    }

    /// Floats of each of the two optimizer states for a row of `width` weights.
    pub const fn state(self, width: usize) -> [usize; 2] {
        match self {
            Self::Sgd { momentum, .. } => [if momentum == 0.0 { 0 } else { width }, 0],
            Self::Adagrad { .. } => [width, 0],
            Self::RowWiseAdagrad { .. } => [1, 0],
            Self::Adam { .. } | Self::AdamW { .. } => [width, width],
        }
    }
}
