//! Numbers as fields: each has a trained vector, which it is multiplied with.

use dfdx::shapes::{Axis, Const, Dtype, HasShape, Rank2};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryMul};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, inner, map_rows, vectorized};
use super::{Device, Recorder, Rows, Vectors};

/// A vector of width `W` for each of `N` numbers, Glorot-uniform at first.
#[derive(Clone, Debug)]
pub struct NumberEmbedding<const N: usize, const W: usize, E: Dtype, D: Storage<E>> {
    /// One row per number.
    pub weight: Tensor<Rank2<N, W>, E, D>,
}

weights!(NumberEmbedding<N, W> { weight: glorot_uniform });

/// Embedding of numbers of a device.
pub trait NumberEmbeddingKernel: Tensors<f32> {
    /// `x_i weight_i`.
    fn embed_numbers<const N: usize, const W: usize, T: Tape<f32, Self>>(
        layer: &NumberEmbedding<N, W, f32, Self>,
        x: Rows<N, Self, T>,
    ) -> Result<Vectors<N, W, Self, T>, Self::Err> {
        plain(layer, x)
    }
}

#[cfg(feature = "cuda")]
impl NumberEmbeddingKernel for dfdx::tensor::Cuda {}

/// The embedding in dfdx's own ops.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &NumberEmbedding<N, W, f32, D>,
    x: Rows<N, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let shape = (x.shape().0, Const::<N>, Const::<W>);
    let weight = layer.weight.retaped::<T>().try_broadcast_like::<_, Axis<0>>(&shape)?;
    x.try_broadcast_like::<_, Axis<2>>(&shape)?.try_mul(weight)
}

impl NumberEmbeddingKernel for Cpu {
    fn embed_numbers<const N: usize, const W: usize, T: Tape<f32, Self>>(
        layer: &NumberEmbedding<N, W, f32, Self>,
        x: Rows<N, Self, T>,
    ) -> Result<Vectors<N, W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let batch = x.shape().0;
        let (input, weight) = (values(&x), values(&layer.weight));
        let mut output = vec![0.0; batch * N * W];
        for_rows(&mut output, N * W, N * W, |first, part| {
            vectorized(|| {
                let vectors = weight.chunks_exact(W).cycle();
                let numbers = input[first * N..].iter().zip(vectors);
                for (y, (x, vector)) in part.chunks_exact_mut(W).zip(numbers) {
                    add_scaled(y, *x, vector);
                }
            })
        });
        let y = tensor(x.device(), output, (batch, Const, Const))?;
        let (result, layer) = (y.clone(), layer.clone());
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            let parts = map_rows(&mut g, N * W, 2 * N * W, |first, g| {
                let mut sum = vec![0.0; N * W];
                vectorized(|| {
                    for (g, x) in g.chunks_exact(N * W).zip(input[first * N..].chunks_exact(N)) {
                        let vectors = sum.chunks_exact_mut(W).zip(g.chunks_exact(W));
                        vectors.zip(x).for_each(|((sum, g), x)| add_scaled(sum, *x, g));
                    }
                });
                sum
            });
            for part in &parts {
                add_gradient(gradients, &layer.weight, part)?;
            }
            for_rows(gradients.get_or_alloc_mut(&x)?, N, 2 * N * W, |first, part| {
                vectorized(|| {
                    let vectors = g[first * N * W..].chunks_exact(W).zip(weight.chunks_exact(W).cycle());
                    part.iter_mut().zip(vectors).for_each(|(into, (g, vector))| *into += inner(g, vector));
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// Each number of a row times its vector.
pub fn embed_numbers<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    layer: &NumberEmbedding<N, W, f32, D>,
    x: Rows<N, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    D::embed_numbers(layer, x)
}
