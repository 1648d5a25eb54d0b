//! Sequences: up to `N` vectors a record, with a mask that says which positions hold one. Layers that work on one vector at
//! a time see the `B` records of `N` positions as `B * N` rows, which is the same memory.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, NoneTape, PutTape, SplitTape, Storage, Tape, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, ReshapeTo, TryMul};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, vectorized};
use super::{Device, Recorder, Rows, Vectors};

/// For each record, 1 at the positions that hold a vector and 0 at the others.
pub type Mask<const N: usize, D> = Tensor<(usize, Const<N>), f32, D>;

/// Up to `N` vectors of width `W` a record. What stands at a masked position is finite but otherwise arbitrary: an op that
/// mixes positions masks its input, so that padding never changes a result or a gradient.
#[derive(Clone, Debug)]
pub struct Sequence<const N: usize, const W: usize, D: Storage<f32>, T = NoneTape> {
    /// The vectors, `[B, N, W]`.
    pub values: Vectors<N, W, D, T>,
    /// Mask of the positions that hold one, `[B, N]`.
    pub mask: Mask<N, D>,
}

impl<const N: usize, const W: usize, D: Storage<f32>, T: Default> WithEmptyTape for Sequence<N, W, D, T> {
    fn with_empty_tape(&self) -> Self {
        Self { values: self.values.with_empty_tape(), mask: self.mask.clone() }
    }
}

/// Side on which a shorter sequence is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad {
    /// After its vectors: the first one is at position 0.
    Back,
    /// Before its vectors: the last one is at position `N - 1`.
    Front,
}

/// Operations of a device on positions.
pub trait SequenceKernel: Tensors<f32> {
    /// Each row `N` times, one after the other.
    fn repeat<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain_repeat::<N, W, _, _>(x)
    }

    /// The positions that are valid in both.
    fn both<const N: usize>(a: Mask<N, Self>, b: &Mask<N, Self>) -> Result<Mask<N, Self>, Self::Err> {
        a.try_mul(b.clone())
    }

    /// Zeros at the masked positions.
    fn masked<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Sequence<N, W, Self, T>,
    ) -> Result<Vectors<N, W, Self, T>, Self::Err> {
        plain_masked(x)
    }
}

#[cfg(feature = "cuda")]
impl SequenceKernel for dfdx::tensor::Cuda {}

/// Repetition in dfdx's own ops.
pub(crate) fn plain_repeat<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = x.shape().0;
    let repeated: Vectors<N, W, D, T> = x.try_broadcast_like(&(rows, Const, Const))?;
    repeated.try_reshape_like(&(rows * N, Const))
}

/// Masking in dfdx's own ops.
pub(crate) fn plain_masked<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let shape = *x.values.shape();
    x.values.try_mul(x.mask.put_tape(T::default()).try_broadcast_like(&shape)?)
}

impl SequenceKernel for Cpu {
    fn repeat<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let rows = x.shape().0;
        let input = values(&x);
        let mut output = vec![0.0; rows * N * W];
        for_rows(&mut output, N * W, N * W, |first, part| {
            for (copies, row) in part.chunks_exact_mut(N * W).zip(input[first * W..].chunks_exact(W)) {
                copies.chunks_exact_mut(W).for_each(|copy| copy.copy_from_slice(row));
            }
        });
        let y = tensor(x.device(), output, (rows * N, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for_rows(gradients.get_or_alloc_mut(&x)?, W, N * W, |first, part| {
                vectorized(|| {
                    for (into, g) in part.chunks_exact_mut(W).zip(g[first * N * W..].chunks_exact(N * W)) {
                        g.chunks_exact(W).for_each(|g| add_scaled(into, 1.0, g));
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }

    fn both<const N: usize>(a: Mask<N, Self>, b: &Mask<N, Self>) -> Result<Mask<N, Self>, CpuError> {
        let mut valid = values(&a);
        vectorized(|| valid.iter_mut().zip(&values(b)).for_each(|(a, b)| *a *= b));
        tensor(a.device(), valid, *a.shape())
    }

    fn masked<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Sequence<N, W, Self, T>,
    ) -> Result<Vectors<N, W, Self, T>, CpuError> {
        let mask = values(&x.mask);
        let (x, mut tape) = x.values.split_tape();
        let mut output = values(&x);
        let clear = move |values: &mut [f32]| {
            let padding = values.chunks_exact_mut(W).zip(&mask).filter(|(_, mask)| **mask == 0.0);
            padding.for_each(|(position, _)| position.fill(0.0));
        };
        clear(&mut output);
        let y = tensor(x.device(), output, *x.shape())?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            clear(&mut g);
            add_gradient(gradients, &x, &g)
        });
        Ok(result.put_tape(tape))
    }
}

/// The vectors of all records as rows.
pub fn positions<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_reshape_like(&(rows * N, Const))
}

/// Rows as `N` vectors a record: undoes [`positions`].
pub fn vectors<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Rows<W, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let rows = x.shape().0 / N;
    x.try_reshape_like(&(rows, Const, Const))
}

/// Rows as a sequence that holds a vector where all the sequences do that it was computed from. Without masks every position
/// holds one.
pub fn sequence<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Rows<W, D, T>,
    masks: &[&Mask<N, D>],
) -> Result<Sequence<N, W, D, T>, D::Err> {
    let values: Vectors<N, W, D, T> = vectors(x)?;
    let mut mask: Option<Mask<N, D>> = None;
    for &other in masks {
        mask = Some(match mask {
            Some(mask) => D::both(mask, other)?,
            None => other.clone(),
        });
    }
    let mask = match mask {
        Some(mask) => mask,
        None => values.device().try_ones_like(&(values.shape().0, Const))?,
    };
    Ok(Sequence { values, mask })
}

/// Each row `N` times, one after the other: a vector for each position of a sequence.
pub fn repeat<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::repeat::<N, W, T>(x)
}

/// The vectors of a sequence, with zeros at the masked positions.
pub fn masked<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    D::masked(x)
}
