//! Softmax-weighted sums of the vectors of a record.

use dfdx::shapes::{Const, HasShape};

use crate::ops::attention::weighted_sum::attend;
use crate::ops::reshape::Reshape as _;
use crate::ops::sequence::both;
use crate::ops::{Device, Mask, Rows, Sequence, Tape, Vectors, Weighting, flatten};

/// `sum_p softmax_p(scores) x_p` over the unmasked vectors of each record; zero if there are none.
pub fn softmax_pool<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    scores: Rows<N, D, T>,
    x: Vectors<N, W, D, T>,
    mask: Option<&Mask<N, D>>,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = x.shape().0;
    let mask = match mask {
        Some(mask) => mask.clone(),
        None => x.device().try_ones_like(&(rows, Const))?,
    };
    let scores: Vectors<N, 1, D, T> = scores.reshaped((rows, Const, Const))?;
    flatten(attend(x, scores, &mask, Weighting::Softmax, None)?)
}

/// `sum_t softmax_t(scores) x_t` over the positions that are valid in both; zero if there are none.
pub fn pool_by_scores<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    scores: Sequence<N, 1, D, T>,
    x: Sequence<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let mask = both(x.mask, &scores.mask)?;
    flatten(attend(x.values, scores.values, &mask, Weighting::Softmax, None)?)
}
