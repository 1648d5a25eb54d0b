//! Trials of a search.

use serde::{Deserialize, Serialize};

use crate::costs::Costs;
use crate::dense::DenseSpec;
use crate::description::{Description, SpecInfo};
use crate::text::Text;
use crate::training::TrainSpec;

/// Part of a description that trials of one shape do not share. The program of the shape receives it when it starts, so
/// that it is compiled once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Compiled text, with the values of the trial.
    pub text: Text,
    /// Fingerprint of the text.
    pub fingerprint: Text,
    /// Settings of training. Early stopping is that of the shape.
    pub training: TrainSpec,
    /// Training of dense weights, where it differs.
    pub dense: Vec<DenseSpec>,
    /// Costs of a step, which depend on the optimizer.
    pub costs: Costs,
}

impl Trial {
    /// The part of a description.
    pub fn of(description: Description) -> Self {
        let Description { spec: SpecInfo { text, fingerprint, .. }, training, dense, costs, .. } =
            description;
        Self { text, fingerprint, training, dense, costs }
    }

    /// Returns the description of the trial, given that of its shape.
    #[must_use]
    pub fn describe(self, shape: Description) -> Description {
        let Self { text, fingerprint, training, dense, costs } = self;
        let training = TrainSpec { stop: shape.training.stop, ..training };
        Description { spec: SpecInfo { text, fingerprint, ..shape.spec }, training, dense, costs, ..shape }
    }
}
