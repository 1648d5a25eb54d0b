//! Optimizers and their settings.

use serde::Serialize;

written! {
    /// An optimizer and its settings.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    #[serde(tag = "name", rename_all = "snake_case")]
    pub enum OptimizerSpec {
        /// Gradient descent, with momentum where it is not 0.
        Sgd {
            /// Learning rate.
            lr: f32,
            /// Share of the last step that the next one keeps.
            momentum: f32,
        } by sgd(lr),
        /// Adagrad (Duchi et al. 2011).
        Adagrad {
            /// Learning rate.
            lr: f32,
            /// Sum of squares before the first step.
            initial_accumulator: f32,
            /// Added under the root.
            epsilon: f32,
        } by adagrad(lr),
        /// Adagrad with one accumulator per row of a table: the mean of the squares. Dense weights use Adagrad.
        RowWiseAdagrad {
            /// Learning rate.
            lr: f32,
            /// Sum of squares before the first step.
            initial_accumulator: f32,
            /// Added under the root.
            epsilon: f32,
        } by row_wise_adagrad(lr),
        /// Adam (Kingma & Ba 2015); on tables, lazily: rows that a batch does not touch keep their moments.
        Adam {
            /// Learning rate.
            lr: f32,
            /// Decay of the mean.
            beta1: f32,
            /// Decay of the mean square.
            beta2: f32,
            /// Added to the root.
            epsilon: f32,
        } by adam(lr),
        /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
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
        } by adamw(lr),
    }
}

impl OptimizerSpec {
    /// SGD without momentum.
    pub const fn sgd(lr: f32) -> Self {
        Self::Sgd { lr, momentum: 0.0 }
    }

    /// Adagrad with the defaults of Keras.
    pub const fn adagrad(lr: f32) -> Self {
        Self::Adagrad { lr, initial_accumulator: 0.1, epsilon: 1e-7 }
    }

    /// Row-wise Adagrad with the defaults of Adagrad.
    pub const fn row_wise_adagrad(lr: f32) -> Self {
        Self::RowWiseAdagrad { lr, initial_accumulator: 0.1, epsilon: 1e-7 }
    }

    /// Adam with the defaults of Keras.
    pub const fn adam(lr: f32) -> Self {
        Self::Adam { lr, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
    }

    /// AdamW with the decay of Loshchilov & Hutter, and else the defaults of Keras.
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

    /// The optimizer of dense weights, which have no rows.
    #[must_use]
    pub const fn of_dense(self) -> Self {
        match self {
            Self::RowWiseAdagrad { lr, initial_accumulator, epsilon } => {
                Self::Adagrad { lr, initial_accumulator, epsilon }
            }
            Self::Sgd { .. } | Self::Adagrad { .. } | Self::Adam { .. } | Self::AdamW { .. } => self,
        }
    }

    /// Numbers of state for a row of `width` weights: of the first kind, and of the second.
    pub const fn state(self, width: usize) -> [usize; 2] {
        match self {
            Self::Sgd { momentum, .. } => [if momentum == 0.0 { 0 } else { width }, 0],
            Self::Adagrad { .. } => [width, 0],
            Self::RowWiseAdagrad { .. } => [1, 0],
            Self::Adam { .. } | Self::AdamW { .. } => [width, width],
        }
    }
}
