//! A planted factorization machine: effects of values, and their sums over a row.

use super::draws::Draws;
use super::latent;

/// Width of the latent vectors.
pub(crate) const WIDTH: usize = 2;

/// First-order weight and vector of a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    pub(crate) weight: f64,
    pub(crate) latent: [f64; WIDTH],
}

impl Effect {
    pub(crate) fn draw(mut draws: Draws) -> Self {
        Effect { weight: draws.normal(), latent: latent::normal(&mut draws) }
    }

    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Effect { weight: factor * self.weight, latent: self.latent.map(|value| factor * value) }
    }
}

/// Sums of the effects of a row.
#[derive(Debug, Default)]
pub(crate) struct Factorization {
    /// Sum of the first-order terms.
    pub(crate) first: f64,
    sum: [f64; WIDTH],
    /// Sum of the squared norms of the vectors in `sum`.
    squares: f64,
}

impl Factorization {
    /// Adds a field with a value.
    pub(crate) fn add(&mut self, effect: &Effect, value: f64) {
        self.first += value * effect.weight;
        latent::add(&mut self.sum, value, &effect.latent);
        self.squares += value * value * latent::dot(&effect.latent, &effect.latent);
    }

    /// Sum of the products of all pairs.
    pub(crate) fn pairs(&self) -> f64 {
        (latent::dot(&self.sum, &self.sum) - self.squares) / 2.0
    }
}

/// Standard deviation of the sum of the products of all pairs of fields.
pub(crate) fn deviation_of_pairs(fields: usize) -> f64 {
    let fields = fields as f64;
    (fields * (fields - 1.0) / 2.0 * WIDTH as f64).sqrt()
}
