//! Limits of gradients.

use serde::{Deserialize, Serialize};

written! {
    /// Limit of the gradients of a step.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Clip {
        /// Largest Euclidean norm of all gradients together.
        Norm(norm: f32),
        /// Largest absolute value of each number.
        Value(value: f32),
    }
}
