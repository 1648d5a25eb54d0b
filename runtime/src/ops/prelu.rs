//! A rectifier whose slope below 0 is trained (He et al., ICCV 2015).

use dfdx::shapes::{Const, Dtype, HasShape, Rank1, Shape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryMul, TrySub};

use super::activation::halves;
use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::{for_rows, map_rows, vectorized};
use super::{Device, Recorder, Rows};

/// A slope below 0 for each column, 0.25 at first.
#[derive(Clone, Debug)]
pub struct Prelu<const W: usize, E: Dtype, D: Storage<E>> {
    /// The slopes.
    pub alpha: Tensor<Rank1<W>, E, D>,
}

weights!(Prelu<W> { alpha: quarters });

/// Sets all numbers to 0.25, as the paper does.
pub(crate) fn fill_with_quarters<S: Shape, E: Dtype, D: Tensors<E>>(
    tensor: &mut Tensor<S, E, D>,
) -> Result<(), D::Err> {
    let quarters = vec![E::from_f64(0.25).unwrap_or_default(); tensor.shape().num_elements()];
    tensor.copy_from(&quarters);
    Ok(())
}

/// Parametric rectifiers of a device.
pub trait PreluKernel: Tensors<f32> {
    /// `x` where it is above 0, else `alpha x`.
    fn prelu<const W: usize, T: Tape<f32, Self>>(
        layer: &Prelu<W, f32, Self>,
        x: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(layer, x)
    }
}

#[cfg(feature = "cuda")]
impl PreluKernel for dfdx::tensor::Cuda {}

/// The layer in dfdx's own ops.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &Prelu<W, f32, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let (above, below) = halves(x)?;
    above.try_sub(below.try_mul(layer.alpha.retaped::<T>().try_broadcast_like(&shape)?)?)
}

impl PreluKernel for Cpu {
    fn prelu<const W: usize, T: Tape<f32, Self>>(
        layer: &Prelu<W, f32, Self>,
        x: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let (alpha, input) = (values(&layer.alpha), values(&x));
        let mut output = input.clone();
        for_rows(&mut output, W, 2 * W, |_, part| {
            vectorized(|| {
                for y in part.chunks_exact_mut(W) {
                    y.iter_mut().zip(&alpha).for_each(|(y, alpha)| *y *= if *y > 0.0 { 1.0 } else { *alpha });
                }
            })
        });
        let y = tensor(x.device(), output, (x.shape().0, Const))?;
        let (result, layer) = (y.clone(), layer.clone());
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            let slopes = map_rows(&mut g, W, 4 * W, |first, part| {
                let mut slopes = vec![0.0; W];
                vectorized(|| {
                    for (g, x) in part.chunks_exact_mut(W).zip(input[first * W..].chunks_exact(W)) {
                        for (((g, x), slope), alpha) in g.iter_mut().zip(x).zip(&mut slopes).zip(&alpha) {
                            let above = *x > 0.0;
                            *slope += if above { 0.0 } else { *g * x };
                            *g *= if above { 1.0 } else { *alpha };
                        }
                    }
                });
                slopes
            });
            for slopes in &slopes {
                add_gradient(gradients, &layer.alpha, slopes)?;
            }
            add_gradient(gradients, &x, &g)
        });
        Ok(result.put_tape(tape))
    }
}

/// `x` where it is above 0, else `alpha x`.
pub fn prelu<const W: usize, D: Device, T: Recorder<D>>(
    layer: &Prelu<W, f32, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::prelu(layer, x)
}
