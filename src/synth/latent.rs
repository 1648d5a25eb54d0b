//! Latent vectors of users and items.

use super::draws::Draws;

/// A vector of standard normals.
pub(crate) fn normal<const WIDTH: usize>(draws: &mut Draws) -> [f64; WIDTH] {
    std::array::from_fn(|_| draws.normal())
}

/// Inner product.
pub(crate) fn dot<const WIDTH: usize>(a: &[f64; WIDTH], b: &[f64; WIDTH]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `into += scale * vector`.
pub(crate) fn add<const WIDTH: usize>(into: &mut [f64; WIDTH], scale: f64, vector: &[f64; WIDTH]) {
    into.iter_mut().zip(vector).for_each(|(into, value)| *into += scale * value);
}

/// Mean of vectors; zero if there are none.
pub(crate) fn mean<'a, const WIDTH: usize>(
    vectors: impl IntoIterator<Item = &'a [f64; WIDTH]>,
) -> [f64; WIDTH] {
    let mut sum = [0.0; WIDTH];
    let mut count = 0.0_f64;
    for vector in vectors {
        add(&mut sum, 1.0, vector);
        count += 1.0;
    }
    sum.map(|value| value / count.max(1.0))
}

/// Scales a vector to this norm; a zero vector stays zero.
pub(crate) fn scaled<const WIDTH: usize>(vector: &[f64; WIDTH], length: f64) -> [f64; WIDTH] {
    let norm = dot(vector, vector).sqrt().max(1e-12);
    vector.map(|value| value * length / norm)
}
