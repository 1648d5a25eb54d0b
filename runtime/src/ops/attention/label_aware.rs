//! Label-aware attention of MIND (Li et al., CIKM 2019): selects interests of a user for a candidate.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};

use super::weighted_sum::attend;
use crate::ops::reshape::Reshape as _;
use crate::ops::{Device, Rows, Sequence, Tape, Vectors, Weighting, dot, positions, repeat};

/// Minimum power that is one-hot attention.
const HARD: u32 = 100;

/// Maximum absolute power of a score.
const LARGEST: f32 = 1e30;

/// Sum of the interests of each record, with weights `softmax_k(s_k^power)` of their scores `s_k = interest_k
/// . target`. Powers of 100 or more give weight 1 to the interest with the maximum score and 0 to the others.
/// Powers of scores are clipped to 1e30.
pub fn label_aware_attention<const K: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    interests: Sequence<K, W, D, T>,
    target: Rows<W, D, T>,
    power: u32,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = interests.mask.shape().0;
    let (vectors, tape) = interests.values.split_tape();
    let scores = dot(positions(vectors.retaped::<T>())?, repeat::<K, W, D, T>(target)?)?;
    let scores: Vectors<K, 1, D, T> = scores.reshaped((rows, Const, Const))?;
    let (scores, weighting) = if power < HARD {
        let bound = LARGEST.powf(1.0 / power as f32);
        (scores.try_clamp(-bound, bound)?.try_powi(power as i32)?, Weighting::Softmax)
    } else {
        let chosen = largest(&scores.as_vec(), &interests.mask.as_vec(), K);
        let (scores, tape) = scores.split_tape();
        let chosen = scores.device().try_tensor_from_vec(chosen, *scores.shape())?;
        (chosen.put_tape(tape), Weighting::Scores)
    };
    let sum: Vectors<1, W, D, T> = attend(vectors.put_tape(tape), scores, &interests.mask, weighting)?;
    sum.reshaped((rows, Const))
}

/// One-hot at the first maximum score of each record that is not masked.
fn largest(scores: &[f32], mask: &[f32], kinds: usize) -> Vec<f32> {
    let mut chosen = vec![0.0; scores.len()];
    for (record, chosen) in chosen.chunks_exact_mut(kinds).enumerate() {
        let (scores, mask) = (&scores[record * kinds..], &mask[record * kinds..]);
        let valid = (0..kinds).filter(|&kind| mask[kind] != 0.0);
        if let Some(best) = valid.reduce(|best, kind| if scores[kind] > scores[best] { kind } else { best }) {
            chosen[best] = 1.0;
        }
    }
    chosen
}
