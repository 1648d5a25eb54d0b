//! One vector from those of a sequence: their sum, mean, sum over the square root of their number, or maximum.

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, GatherTo, ReshapeTo, SumTo, TryMul};

use super::host::{take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, vectorized};
use super::pool::Combiner;
use super::sequence::{Sequence, plain_masked};
use super::{Device, Recorder, Rows};
use crate::data::NONE;

/// Pooling of a device.
pub trait SequencePoolKernel: Tensors<f32> {
    /// The combined vectors of each record; zeros for an empty one.
    fn pool_sequence<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Sequence<N, W, Self, T>,
        combiner: Combiner,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(x, combiner)
    }
}

#[cfg(feature = "cuda")]
impl SequencePoolKernel for dfdx::tensor::Cuda {}

/// Factors of the vectors of each record, so that each combiner but max is a sum.
fn coefficients(mask: &[f32], length: usize, combiner: Combiner) -> Vec<f32> {
    let coefficient = |mask: &[f32]| match mask.iter().sum::<f32>() {
        0.0 => 0.0,
        count if combiner == Combiner::Mean => 1.0 / count,
        count if combiner == Combiner::Sqrtn => 1.0 / count.sqrt(),
        _ => 1.0,
    };
    mask.chunks_exact(length).map(coefficient).collect()
}

/// For each record and column, where in the values the first largest one stands; `NONE` for an empty record.
fn winners(values: &[f32], mask: &[f32], length: usize, width: usize) -> Vec<u32> {
    let mut winners = vec![NONE; values.len() / length];
    for (record, winners) in winners.chunks_exact_mut(width).enumerate() {
        for position in (record * length..(record + 1) * length).filter(|&position| mask[position] != 0.0) {
            for (column, winner) in winners.iter_mut().enumerate() {
                let at = position * width + column;
                if *winner == NONE || values[at] > values[*winner as usize] {
                    *winner = at as u32;
                }
            }
        }
    }
    winners
}

/// Pooling in dfdx's own ops; the winners of a maximum are found on the host, so that a tie has one.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
    combiner: Combiner,
) -> Result<Rows<W, D, T>, D::Err> {
    let device = x.values.device().clone();
    let rows = x.values.shape().0;
    let mask = x.mask.as_vec();
    if combiner != Combiner::Max {
        let coefficients = device.try_tensor_from_vec(coefficients(&mask, N, combiner), (rows,))?;
        let sum = plain_masked(x)?.try_sum::<_, Axis<1>>()?;
        let coefficients = coefficients.put_tape(T::default()).try_broadcast_like(sum.shape())?;
        return sum.try_mul(coefficients);
    }
    let winners = winners(&x.values.as_vec(), &mask, N, W);
    let found = winners.iter().map(|&at| if at == NONE { 0.0 } else { 1.0 }).collect();
    let indices = winners.iter().map(|&at| if at == NONE { 0 } else { at as usize }).collect();
    let indices: Tensor<(usize,), usize, D> = device.try_tensor_from_vec(indices, (winners.len(),))?;
    let flat: Tensor<(usize, Const<1>), f32, D, T> =
        x.values.try_reshape_like(&(rows * N * W, Const::<1>))?;
    let largest: Tensor<(usize, Const<1>), f32, D, T> = flat.try_gather(indices)?;
    let largest: Rows<W, D, T> = largest.try_reshape_like(&(rows, Const))?;
    largest.try_mul(device.try_tensor_from_vec(found, (rows, Const))?.put_tape(T::default()))
}

impl SequencePoolKernel for Cpu {
    fn pool_sequence<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Sequence<N, W, Self, T>,
        combiner: Combiner,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let mask = values(&x.mask);
        let (x, mut tape) = x.values.split_tape();
        let (rows, input) = (x.shape().0, values(&x));
        if combiner == Combiner::Max {
            let winners = winners(&input, &mask, N, W);
            let output =
                winners.iter().map(|&at| if at == NONE { 0.0 } else { input[at as usize] }).collect();
            let y = tensor(x.device(), output, (rows, Const))?;
            let result = y.clone();
            tape.add_backward_op(move |gradients| {
                let g = take_gradient(gradients, &y)?;
                let into = gradients.get_or_alloc_mut(&x)?;
                for (&at, g) in winners.iter().zip(&g).filter(|(at, _)| **at != NONE) {
                    into[at as usize] += g;
                }
                Ok(())
            });
            return Ok(result.put_tape(tape));
        }
        let coefficients = coefficients(&mask, N, combiner);
        let mut output = vec![0.0; rows * W];
        for_rows(&mut output, W, N * W, |first, part| {
            vectorized(|| {
                for (index, sum) in part.chunks_exact_mut(W).enumerate() {
                    let record = first + index;
                    let vectors = input[record * N * W..(record + 1) * N * W].chunks_exact(W);
                    for (vector, mask) in vectors.zip(&mask[record * N..]) {
                        add_scaled(sum, mask * coefficients[record], vector);
                    }
                }
            })
        });
        let y = tensor(x.device(), output, (rows, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for_rows(gradients.get_or_alloc_mut(&x)?, N * W, N * W, |first, part| {
                vectorized(|| {
                    for (index, vectors) in part.chunks_exact_mut(N * W).enumerate() {
                        let record = first + index;
                        let g = &g[record * W..(record + 1) * W];
                        for (vector, mask) in vectors.chunks_exact_mut(W).zip(&mask[record * N..]) {
                            add_scaled(vector, mask * coefficients[record], g);
                        }
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// The combined vectors of each record. The gradient of a maximum arrives once, at the first of the largest.
pub fn pool<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Sequence<N, W, D, T>,
    combiner: Combiner,
) -> Result<Rows<W, D, T>, D::Err> {
    D::pool_sequence(x, combiner)
}
