//! The latest vector of a sequence.

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, SumTo, TryMul};

use super::host::{take_gradient, tensor, values};
use super::{Device, Mask, Recorder, Rows, Sequence};

/// The latest vectors on a device.
pub trait LastKernel: Tensors<f32> {
    /// The vector at the last position of each record that holds one; zeros where none does.
    fn last<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Sequence<N, W, Self, T>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(x)
    }
}

#[cfg(feature = "cuda")]
impl LastKernel for dfdx::tensor::Cuda {}

/// The last position of each record that a mask lets through.
fn positions(mask: &[f32], length: usize) -> impl Iterator<Item = Option<usize>> + '_ {
    mask.chunks_exact(length).map(|mask| mask.iter().rposition(|&mask| mask != 0.0))
}

/// The latest vectors in dfdx's own ops: a sum in which every other one counts nothing.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let mut chosen = vec![0.0; x.mask.shape().0 * N];
    for (record, position) in positions(&x.mask.as_vec(), N).enumerate() {
        if let Some(position) = position {
            chosen[record * N + position] = 1.0;
        }
    }
    let chosen: Mask<N, D> = x.mask.device().try_tensor_from_vec(chosen, *x.mask.shape())?;
    let chosen = chosen.put_tape(T::default()).try_broadcast_like::<_, Axis<2>>(x.values.shape())?;
    x.values.try_mul(chosen)?.try_sum::<_, Axis<1>>()
}

impl LastKernel for Cpu {
    fn last<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Sequence<N, W, Self, T>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let starts = positions(&values(&x.mask), N)
            .enumerate()
            .map(|(record, position)| position.map(|position| (record * N + position) * W))
            .collect::<Vec<_>>();
        let (x, mut tape) = x.values.split_tape();
        let input = values(&x);
        let mut output = vec![0.0; starts.len() * W];
        for (row, start) in output.chunks_exact_mut(W).zip(&starts) {
            if let Some(start) = *start {
                row.copy_from_slice(&input[start..start + W]);
            }
        }
        let y = tensor(x.device(), output, (starts.len(), Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            let into = gradients.get_or_alloc_mut(&x)?;
            for (g, start) in g.chunks_exact(W).zip(&starts) {
                if let Some(start) = *start {
                    into[start..start + W].iter_mut().zip(g).for_each(|(into, g)| *into += g);
                }
            }
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// The latest vector of each record; zeros for an empty sequence.
pub fn last<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::last(x)
}
