//! Latent vectors: the tastes that are planted.

use super::draws::Draws;

/// Width of the latent vectors.
pub(crate) const WIDTH: usize = 8;

/// A taste, or what suits one.
pub(crate) type Latent = [f64; WIDTH];

/// A vector of standard normals.
pub(crate) fn normal(draws: &mut Draws) -> Latent {
    std::array::from_fn(|_| draws.normal())
}

/// Inner product.
pub(crate) fn dot(a: &Latent, b: &Latent) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `into += scale * vector`.
pub(crate) fn add(into: &mut Latent, scale: f64, vector: &Latent) {
    into.iter_mut().zip(vector).for_each(|(into, value)| *into += scale * value);
}

/// The mean of some vectors; zero when there are none.
pub(crate) fn mean<'a>(vectors: impl IntoIterator<Item = &'a Latent>) -> Latent {
    let mut sum = [0.0; WIDTH];
    let mut count = 0.0_f64;
    for vector in vectors {
        add(&mut sum, 1.0, vector);
        count += 1.0;
    }
    sum.map(|value| value / count.max(1.0))
}

/// Scaled to the given length; a zero vector stays one.
pub(crate) fn scaled(vector: &Latent, length: f64) -> Latent {
    let norm = dot(vector, vector).sqrt().max(1e-12);
    vector.map(|value| value * length / norm)
}
