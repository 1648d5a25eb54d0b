//! Settings of the weights of a layer, or of all layers: `initializer`, `l2` and `weight_decay`.

use turret_schema::Initializer;

use crate::arguments::Bound;
use crate::diag::Errors;
use crate::initializers::read_initializer;
use crate::span::Span;

/// First values and penalties of weights, each with its place. Without a setting, that of the whole model applies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightSettings {
    /// Initial values of the weights that are Glorot-uniform otherwise.
    pub initializer: Option<(Initializer, Span)>,
    /// Factor of the penalty `l2 * sum w^2`.
    pub l2: Option<(f64, Span)>,
    /// Share of a weight, times the learning rate, that each step removes.
    pub weight_decay: Option<(f64, Span)>,
}

impl WeightSettings {
    /// Reads the settings of a call or of a block.
    pub fn read(bound: &Bound<'_>, errors: &mut Errors) -> Self {
        let mut number = |name: &str| {
            let span = bound.get(name)?.span;
            Some((bound.number(name, 0.0..=1e6, errors).ok()?, span))
        };
        let (l2, weight_decay) = (number("l2"), number("weight_decay"));
        let place = bound.get("initializer").map(|value| value.span);
        Self { initializer: read_initializer(bound, errors).zip(place), l2, weight_decay }
    }

    /// Returns the place of one of the settings, if any is given.
    pub fn place(&self) -> Option<Span> {
        let penalties = [self.l2, self.weight_decay].into_iter().flatten().map(|(_, span)| span);
        penalties.chain(self.initializer.map(|(_, span)| span)).next()
    }
}
