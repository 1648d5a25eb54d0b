//! Label-aware attention of MIND (Li et al., CIKM 2019): selects interests of a user for a candidate.

use std::ops::Range;

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};

use super::weighted_sum::attend;
use crate::ops::call::{Call, of_records};
use crate::ops::op::{Forward, Op, RecordFunction, Saved, Scratch};
use crate::ops::reshape::Reshape as _;
use crate::ops::{Device, Mask, Rows, Sequence, Tape, Vectors, Weighting, dot, positions, repeat};

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
        (raised(scores, power)?, Weighting::Softmax)
    } else {
        (largest(scores, &interests.mask)?, Weighting::Scores)
    };
    let sum: Vectors<1, W, D, T> = attend(vectors.put_tape(tape), scores, &interests.mask, weighting, None)?;
    sum.reshaped((rows, Const))
}

/// `x^power`, with `x` clipped so that the power is at most 1e30.
#[derive(Clone, Copy)]
struct Power {
    count: usize,
    power: i32,
    bound: f32,
}

impl RecordFunction for Power {
    fn cost(&self) -> usize {
        8 * self.count
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y = x.clamp(-self.bound, self.bound).powi(self.power));
    }

    #[inline(always)]
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]) {
        let inside = into.iter_mut().zip(x.iter().zip(g)).filter(|(_, (x, _))| x.abs() <= self.bound);
        inside.for_each(|(into, (x, g))| *into += g * self.power as f32 * x.powi(self.power - 1));
    }
}

fn raised<const K: usize, D: Device, T: Tape<f32, D>>(
    scores: Vectors<K, 1, D, T>,
    power: u32,
) -> Result<Vectors<K, 1, D, T>, D::Err> {
    let (shape, bound) = (*scores.shape(), LARGEST.powf(1.0 / power as f32));
    let function = Power { count: K, power: power as i32, bound };
    of_records(scores, shape, function, |x| x.try_clamp(-bound, bound)?.try_powi(power as i32))
}

/// 1 at the first maximum score of each record that is not masked, else 0. Inputs are scores and mask.
struct Largest {
    kinds: usize,
}

impl Op for Largest {
    fn cost(&self) -> usize {
        self.kinds
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        output.fill(0.0);
        choose(inputs[0], inputs[1], self.kinds, output);
    }

    fn backward(&self, _: usize, _: &Forward<'_>, _: &mut [f32], _: &mut [&mut [f32]], _: &mut Scratch) {}
}

fn choose(scores: &[f32], mask: &[f32], kinds: usize, chosen: &mut [f32]) {
    for (record, chosen) in chosen.chunks_exact_mut(kinds).enumerate() {
        let (scores, mask) = (&scores[record * kinds..], &mask[record * kinds..]);
        let valid = (0..kinds).filter(|&kind| mask[kind] != 0.0);
        if let Some(best) = valid.reduce(|best, kind| if scores[kind] > scores[best] { kind } else { best }) {
            chosen[best] = 1.0;
        }
    }
}

fn largest<const K: usize, D: Device, T: Tape<f32, D>>(
    scores: Vectors<K, 1, D, T>,
    mask: &Mask<K, D>,
) -> Result<Vectors<K, 1, D, T>, D::Err> {
    let (scores, tape) = scores.split_tape();
    let shape = *scores.shape();
    let call = Call::new(scores.device(), Largest { kinds: K }, shape.0).constant(&scores).constant(mask);
    D::call(call, tape, shape, |tape| {
        let mut chosen = vec![0.0; shape.0 * K];
        choose(&scores.as_vec(), &mask.as_vec(), K, &mut chosen);
        Ok(scores.device().try_tensor_from_vec(chosen, shape)?.put_tape(tape))
    })
}
