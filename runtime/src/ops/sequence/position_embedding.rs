//! Positional encodings: trained vectors, or sinusoids.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape, Rank2};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, ReshapeTo};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch, records, records_mut};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::{Device, Sequence, Tape, Vectors};

/// A trained vector of width `W` for each of `N` positions; initially Glorot-uniform.
#[derive(Clone, Debug)]
pub struct PositionEmbedding<const N: usize, const W: usize, D: Storage<f32>> {
    /// One row per position.
    pub weight: Tensor<Rank2<N, W>, f32, D>,
}

weights!(PositionEmbedding<N, W> { weight: GlorotUniform });

/// Copies of the only input, which all records share.
struct Copies {
    size: usize,
}

impl Op for Copies {
    fn cost(&self) -> usize {
        self.size
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let rows = rows.len();
        records_mut(output, rows).for_each(|copy| copy.copy_from_slice(inputs[0]));
    }

    fn backward(
        &self,
        rows: usize,
        _: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        vectorized(|| records(g, rows).for_each(|g| add_scaled(into[0], 1.0, g)));
    }
}

/// Plain formulation of the copies. They are materialized, because the GPU matrix product does not support
/// broadcast matrices.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Tensor<Rank2<N, W>, f32, D, T>,
    rows: usize,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let copies: Vectors<N, W, D, T> = x.try_broadcast_like::<_, Axis<0>>(&(rows, Const, Const))?;
    copies.try_contiguous()
}

/// The trained vector of each position, with the mask of `x`. The values of `x` are ignored.
pub fn position_embedding<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &PositionEmbedding<N, W, D>,
    x: Sequence<N, W, D, T>,
) -> Result<Sequence<N, W, D, T>, D::Err> {
    at_positions(layer.weight.clone(), x)
}

/// Sinusoids: `sin(t / 10000^(2i/W))` at column `2i` and `cos(t / 10000^(2i/W))` at column `2i + 1` of
/// position `t` in the padded sequence (Vaswani et al., NeurIPS 2017), with the mask of `x`. The values of
/// `x` are ignored.
pub fn sinusoids<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Sequence<N, W, D, T>, D::Err> {
    let wave = |at: usize| {
        let (position, column) = ((at / W) as f64, at % W);
        let angle = position / 10000f64.powf((2 * (column / 2)) as f64 / W as f64);
        if column.is_multiple_of(2) { angle.sin() as f32 } else { angle.cos() as f32 }
    };
    let waves = x.values.device().try_tensor_from_vec((0..N * W).map(wave).collect(), Default::default())?;
    at_positions(waves, x)
}

fn at_positions<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    vectors: Tensor<Rank2<N, W>, f32, D>,
    x: Sequence<N, W, D, T>,
) -> Result<Sequence<N, W, D, T>, D::Err> {
    let (values, tape) = x.values.split_tape();
    let rows = values.shape().0;
    let call = Call::new(vectors.device(), Copies { size: N * W }, rows).shared(&vectors);
    let plain = |tape| plain(vectors.put_tape(tape), rows);
    Ok(Sequence { values: D::call(call, tape, (rows, Const, Const), plain)?, mask: x.mask })
}
