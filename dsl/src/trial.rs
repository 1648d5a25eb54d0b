//! Plans of the trials of a search.

use turret_schema::{TrainSpec, Trial};

use crate::layers::WeightSettings;
use crate::plan::Plan;

impl Plan {
    /// Returns the part of the description that this plan does not share with the others of its shape.
    pub fn trial(&self) -> Trial {
        Trial::of(self.description())
    }

    /// Returns the plan that is common to all of its shape: without the text and the settings of training, which
    /// [`Plan::trial`] has.
    #[must_use]
    pub fn of_shape(&self) -> Plan {
        let mut shape = self.clone();
        shape.text.clear();
        shape.fingerprint.clear();
        shape.model.weights = WeightSettings::default();
        shape.model.nodes.iter_mut().for_each(|node| node.settings = WeightSettings::default());
        shape.model.optimizers.clear();
        shape.model.train = TrainSpec { stop: self.model.train.stop, ..TrainSpec::default() };
        shape
    }
}
