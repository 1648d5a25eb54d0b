//! The vectors of a record, weighted by the softmax of a score for each of them.

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, SumTo, TryAdd, TryMul};

use super::host::{take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, inner, vectorized};
use super::{Device, Recorder, Rows, Sequence, Vectors, flatten};

/// Below every score: added where a mask is 0.
const EXCLUDED: f32 = -1e30;

/// Softmax pooling of a device.
pub trait SoftmaxPoolKernel: Tensors<f32> {
    /// `sum_p softmax_p(scores) x_p`, over the vectors whose mask is 1.
    fn softmax_pool<const N: usize, const W: usize, T: Tape<f32, Self>>(
        scores: Rows<N, Self, T>,
        x: Vectors<N, W, Self, T>,
        mask: Option<&Rows<N, Self>>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(scores, x, mask)
    }
}

#[cfg(feature = "cuda")]
impl SoftmaxPoolKernel for dfdx::tensor::Cuda {}

/// Softmax pooling in dfdx's own ops.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    scores: Rows<N, D, T>,
    x: Vectors<N, W, D, T>,
    mask: Option<&Rows<N, D>>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let weights = match mask {
        None => scores.try_softmax::<Axis<1>>()?,
        Some(mask) => {
            let excluded = mask.clone().try_mul(-EXCLUDED)?.try_add(EXCLUDED)?;
            let scores = scores.try_mul(mask.retaped::<T>())?.try_add(excluded.put_tape(T::default()))?;
            scores.try_softmax::<Axis<1>>()?.try_mul(mask.retaped::<T>())?
        }
    };
    x.try_mul(weights.try_broadcast_like::<_, Axis<2>>(&shape)?)?.try_sum::<_, Axis<1>>()
}

/// Turns scores into the weights of their softmax; those that a mask excludes, and all where nothing is left, into 0.
#[inline(always)]
fn softmax(scores: &mut [f32], mask: Option<&[f32]>) {
    let allowed = |at: usize| mask.is_none_or(|mask| mask[at] > 0.0);
    let largest =
        (0..scores.len()).filter(|&at| allowed(at)).fold(f32::NEG_INFINITY, |a, at| a.max(scores[at]));
    let mut sum = 0.0;
    for (at, score) in scores.iter_mut().enumerate() {
        *score = if allowed(at) { (*score - largest).exp() } else { 0.0 };
        sum += *score;
    }
    if sum > 0.0 {
        scores.iter_mut().for_each(|weight| *weight /= sum);
    }
}

impl SoftmaxPoolKernel for Cpu {
    fn softmax_pool<const N: usize, const W: usize, T: Tape<f32, Self>>(
        scores: Rows<N, Self, T>,
        x: Vectors<N, W, Self, T>,
        mask: Option<&Rows<N, Self>>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (scores, tape) = scores.split_tape();
        let (x, other) = x.split_tape();
        let mut tape = tape.merge(other);
        let batch = x.shape().0;
        let (input, mask) = (values(&x), mask.map(values));
        let mut weights = values(&scores);
        for_rows(&mut weights, N, 16 * N, |first, part| {
            for (index, scores) in part.chunks_exact_mut(N).enumerate() {
                softmax(scores, mask.as_ref().map(|mask| &mask[(first + index) * N..][..N]));
            }
        });
        let mut output = vec![0.0; batch * W];
        for_rows(&mut output, W, 2 * N * W, |first, part| {
            vectorized(|| {
                for (index, y) in part.chunks_exact_mut(W).enumerate() {
                    let at = first + index;
                    let vectors = input[at * N * W..][..N * W].chunks_exact(W);
                    vectors.zip(&weights[at * N..]).for_each(|(x, weight)| add_scaled(y, *weight, x));
                }
            })
        });
        let y = tensor(x.device(), output, (batch, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for_rows(gradients.get_or_alloc_mut(&x)?, N * W, 2 * N * W, |first, part| {
                vectorized(|| {
                    for (index, into) in part.chunks_exact_mut(N * W).enumerate() {
                        let at = first + index;
                        let into = into.chunks_exact_mut(W).zip(&weights[at * N..]);
                        into.for_each(|(into, weight)| add_scaled(into, *weight, &g[at * W..][..W]));
                    }
                })
            });
            for_rows(gradients.get_or_alloc_mut(&scores)?, N, 2 * N * W, |first, part| {
                vectorized(|| {
                    let mut along = vec![0.0; N];
                    for (index, into) in part.chunks_exact_mut(N).enumerate() {
                        let at = first + index;
                        let weights = &weights[at * N..][..N];
                        let vectors = input[at * N * W..][..N * W].chunks_exact(W);
                        along
                            .iter_mut()
                            .zip(vectors)
                            .for_each(|(along, x)| *along = inner(x, &g[at * W..][..W]));
                        let mean = inner(&along, weights);
                        let parts = into.iter_mut().zip(weights.iter().zip(&along));
                        parts.for_each(|(into, (weight, along))| *into += weight * (along - mean));
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// `sum_p softmax_p(scores) x_p` over the vectors of each record whose mask is 1; zero where there are none.
pub fn softmax_pool<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    scores: Rows<N, D, T>,
    x: Vectors<N, W, D, T>,
    mask: Option<&Rows<N, D>>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::softmax_pool(scores, x, mask)
}

/// `sum_t softmax_t(scores) x_t` over the positions that hold a vector in both; zero where there are none.
pub fn pool_by_scores<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    scores: Sequence<N, 1, D, T>,
    x: Sequence<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let mask = D::both(x.mask, &scores.mask)?;
    D::softmax_pool(flatten(scores.values)?, x.values, Some(&mask))
}
