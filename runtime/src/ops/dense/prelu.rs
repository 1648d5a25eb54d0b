//! Rectifier with a trained negative slope (He et al., ICCV 2015).

use std::ops::Range;

use dfdx::shapes::{HasShape, Rank1};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryMul, TrySub};

use super::activation::halves;
use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Scratch};
use crate::ops::parallel::vectorized;
use crate::ops::{Device, Rows, Tape};

/// Negative slope of each column; initially 0.25.
#[derive(Clone, Debug)]
pub struct Prelu<const W: usize, D: Storage<f32>> {
    /// Slopes.
    pub alpha: Tensor<Rank1<W>, f32, D>,
}

weights!(Prelu<W> { alpha: Quarters });

/// `x` if it is positive, else `alpha x`; inputs are `x` and `alpha`.
struct Rectifier {
    width: usize,
}

impl Op for Rectifier {
    fn cost(&self) -> usize {
        4 * self.width
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        vectorized(|| {
            let rows = output.chunks_exact_mut(self.width).zip(inputs[0].chunks_exact(self.width));
            for (y, x) in rows {
                let terms = x.iter().zip(inputs[1]);
                y.iter_mut()
                    .zip(terms)
                    .for_each(|(y, (x, alpha))| *y = x * if *x > 0.0 { 1.0 } else { *alpha });
            }
        });
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let [of_x, of_alpha] = into else { return };
        let rows = forward.inputs[0].chunks_exact(self.width).zip(of_x.chunks_exact_mut(self.width));
        vectorized(|| {
            for (g, (x, into)) in g.chunks_exact(self.width).zip(rows) {
                let columns = of_alpha.iter_mut().zip(forward.inputs[1]);
                for ((g, (x, into)), (slope, alpha)) in g.iter().zip(x.iter().zip(into)).zip(columns) {
                    let above = *x > 0.0;
                    *slope += if above { 0.0 } else { g * x };
                    *into += g * if above { 1.0 } else { *alpha };
                }
            }
        });
    }
}

/// Plain formulation of the layer.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &Prelu<W, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let (above, below) = halves(x)?;
    above.try_sub(below.try_mul(layer.alpha.retaped::<T>().try_broadcast_like(&shape)?)?)
}

/// `x` if it is positive, else `alpha x`.
pub fn prelu<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &Prelu<W, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let shape = *x.shape();
    let call = Call::new(x.device(), Rectifier { width: W }, shape.0).of(&x).shared(&layer.alpha);
    D::call(call, tape, shape, |tape| plain(layer, x.put_tape(tape)))
}
