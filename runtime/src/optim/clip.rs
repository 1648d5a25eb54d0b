//! Limits of gradients.

use turret_schema::Clip;

use crate::ops::vectorized;

/// Applies a limit to the gradients of a step: of all dense weights, and of the rows of a batch. Sums go through the
/// gradients in their order.
pub(crate) fn clip_gradients<'g>(clip: Clip, gradients: impl Iterator<Item = &'g mut [f32]>) {
    let gradients: Vec<&mut [f32]> = gradients.collect();
    match clip {
        Clip::Value(most) => gradients.into_iter().for_each(|gradient| {
            vectorized(|| gradient.iter_mut().for_each(|value| *value = value.clamp(-most, most)));
        }),
        Clip::Norm(most) => {
            let square =
                |gradient: &&mut [f32]| gradient.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
            let norm = gradients.iter().map(square).sum::<f64>().sqrt();
            if norm > f64::from(most) {
                let factor = (f64::from(most) / norm) as f32;
                gradients.into_iter().for_each(|gradient| {
                    vectorized(|| gradient.iter_mut().for_each(|value| *value *= factor));
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clipped(clip: Clip, mut gradients: [Vec<f32>; 2]) -> [Vec<f32>; 2] {
        clip_gradients(clip, gradients.iter_mut().map(Vec::as_mut_slice));
        gradients
    }

    #[test]
    fn gradients_are_clipped_together() {
        let of = || [vec![3.0, -4.0], vec![12.0]];
        assert_eq!(clipped(Clip::Norm(13.0), of()), of());
        assert_eq!(clipped(Clip::Norm(6.5), of()), [vec![1.5, -2.0], vec![6.0]]);
        assert_eq!(clipped(Clip::Value(3.5), of()), [vec![3.0, -3.5], vec![3.5]]);
        assert_eq!(clipped(Clip::Norm(1.0), [vec![], vec![0.0]]), [vec![], vec![0.0]]);
    }
}
