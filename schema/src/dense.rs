//! Training of dense weights.

use serde::{Deserialize, Serialize};

use crate::initializer::Initializer;
use crate::optimizer::OptimizerSpec;
use crate::text::Text;

written! {
    /// Training of the dense weights whose names begin with a prefix.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct DenseSpec by new(prefix) {
        /// Beginning of the names. Empty for all weights.
        pub prefix: Text,
        /// Optimizer, if it differs from that of the model.
        pub optimizer: Option<OptimizerSpec>,
        /// Initial values of the weights that are Glorot-uniform otherwise.
        pub initializer: Option<Initializer>,
        /// Factor of the penalty `l2 * sum w^2`.
        pub l2: Option<f32>,
        /// Share of a weight, times the learning rate, that each step removes.
        pub weight_decay: Option<f32>,
    }
}

impl DenseSpec {
    /// No setting for the weights with this prefix.
    pub fn new(prefix: impl Into<Text>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// Sets the optimizer.
    #[must_use]
    pub fn optimizer(self, optimizer: OptimizerSpec) -> Self {
        Self { optimizer: Some(optimizer), ..self }
    }

    /// Sets the initial values.
    #[must_use]
    pub fn initializer(self, initializer: Initializer) -> Self {
        Self { initializer: Some(initializer), ..self }
    }

    /// Sets the factor of the penalty.
    #[must_use]
    pub fn l2(self, l2: f32) -> Self {
        Self { l2: Some(l2), ..self }
    }

    /// Sets the share that each step removes.
    #[must_use]
    pub fn weight_decay(self, weight_decay: f32) -> Self {
        Self { weight_decay: Some(weight_decay), ..self }
    }

    /// Returns the settings of a weight. Each is that of the last specification with a prefix of its name that has it.
    pub fn of(specs: &[Self], weight: &str) -> Self {
        let matching = specs.iter().filter(|spec| weight.starts_with(&*spec.prefix));
        matching.fold(Self::new(weight.to_owned()), |before, spec| Self {
            optimizer: spec.optimizer.or(before.optimizer),
            initializer: spec.initializer.or(before.initializer),
            l2: spec.l2.or(before.l2),
            weight_decay: spec.weight_decay.or(before.weight_decay),
            ..before
        })
    }
}

#[cfg(test)]
mod tests {
    use super::DenseSpec;
    use crate::initializer::Initializer;
    use crate::optimizer::OptimizerSpec;

    #[test]
    fn later_settings_take_precedence() {
        let ftrl = OptimizerSpec::ftrl(0.1);
        let specs = [
            DenseSpec::new("").l2(0.5).weight_decay(0.1).initializer(Initializer::He),
            DenseSpec::new("wide.").optimizer(ftrl),
            DenseSpec::new("wide.hidden_1.").l2(0.0).initializer(Initializer::Zeros),
        ];
        let of = |weight: &str| DenseSpec::of(&specs, weight);
        let all =
            DenseSpec::new("deep.hidden_1.weight").l2(0.5).weight_decay(0.1).initializer(Initializer::He);
        assert_eq!(of("deep.hidden_1.weight"), all);
        let wide = DenseSpec { prefix: "wide.hidden_10.weight".into(), ..all };
        assert_eq!(of("wide.hidden_10.weight"), wide.optimizer(ftrl));
        let own = DenseSpec::new("wide.hidden_1.weight").l2(0.0).weight_decay(0.1).optimizer(ftrl);
        assert_eq!(of("wide.hidden_1.weight"), own.initializer(Initializer::Zeros));
    }
}
