//! Schedules of the learning rate.

use serde::{Deserialize, Serialize};

written! {
    /// Schedule of the learning rate by step: a linear warm-up, then a decay.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct ScheduleSpec by new(decay) {
        /// Decay after the warm-up.
        pub decay: Decay,
        /// Steps over which the rate rises to that of the optimizer. 0: none.
        pub warm_up: usize,
    }

    /// Decay of the learning rate. Steps are counted from the end of the warm-up.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "name", rename_all = "snake_case")]
    pub enum Decay {
        /// The rate of the optimizer.
        #[default]
        Constant,
        /// Multiplied by a factor after each number of steps.
        Step {
            /// Number of steps.
            every: usize,
            /// The factor.
            factor: f64,
        },
        /// Multiplied by a power of a factor: the factor itself after a number of steps.
        Exponential {
            /// Number of steps.
            every: usize,
            /// The factor.
            factor: f64,
        },
        /// Half a cosine.
        Cosine {
            /// Last step of the decay. None: that of training.
            until: Option<usize>,
            /// Share of the rate that is left at its end.
            floor: f64,
        },
        /// A line.
        Linear {
            /// Last step of the decay. None: that of training.
            until: Option<usize>,
            /// Share of the rate that is left at its end.
            floor: f64,
        },
    }
}

impl ScheduleSpec {
    /// A decay without a warm-up.
    pub const fn new(decay: Decay) -> Self {
        Self { decay, warm_up: 0 }
    }

    /// Sets the number of steps of the warm-up.
    #[must_use]
    pub const fn warm_up(self, warm_up: usize) -> Self {
        Self { warm_up, ..self }
    }

    /// Returns whether all steps have the rate of the optimizer.
    pub fn is_constant(&self) -> bool {
        self.warm_up == 0 && self.decay == Decay::Constant
    }
}
