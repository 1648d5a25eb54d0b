//! Positional encodings: trained vectors, or sinusoids of many wavelengths.

use dfdx::shapes::{Axis, Const, Dtype, HasShape, Rank2};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, ReshapeTo};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, map_rows, vectorized};
use super::{Device, Recorder, Sequence, Vectors};

/// A vector of width `W` for each of `N` positions, Glorot-uniform at first.
#[derive(Clone, Debug)]
pub struct PositionEmbedding<const N: usize, const W: usize, E: Dtype, D: Storage<E>> {
    /// One row per position.
    pub weight: Tensor<Rank2<N, W>, E, D>,
}

weights!(PositionEmbedding<N, W> { weight: glorot_uniform });

/// Copies of vectors for each record on a device.
pub trait TileKernel: Tensors<f32> {
    /// `x` for each of `rows` records.
    fn tile<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Tensor<Rank2<N, W>, f32, Self, T>,
        rows: usize,
    ) -> Result<Vectors<N, W, Self, T>, Self::Err> {
        plain(x, rows)
    }
}

#[cfg(feature = "cuda")]
impl TileKernel for dfdx::tensor::Cuda {}

/// The copies in dfdx's own ops. They have memory of their own: a GPU multiplies no matrix that is broadcast.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Tensor<Rank2<N, W>, f32, D, T>,
    rows: usize,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let copies: Vectors<N, W, D, T> = x.try_broadcast_like::<_, Axis<0>>(&(rows, Const, Const))?;
    copies.try_contiguous()
}

impl TileKernel for Cpu {
    fn tile<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Tensor<Rank2<N, W>, f32, Self, T>,
        rows: usize,
    ) -> Result<Vectors<N, W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let input = values(&x);
        let mut output = vec![0.0; rows * N * W];
        for_rows(&mut output, N * W, N * W, |_, part| {
            part.chunks_exact_mut(N * W).for_each(|copy| copy.copy_from_slice(&input));
        });
        let y = tensor(x.device(), output, (rows, Const, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            let parts = map_rows(&mut g, N * W, N * W, |_, part| {
                let mut sum = vec![0.0; N * W];
                vectorized(|| part.chunks_exact(N * W).for_each(|g| add_scaled(&mut sum, 1.0, g)));
                sum
            });
            parts.iter().try_for_each(|part| add_gradient(gradients, &x, part))
        });
        Ok(result.put_tape(tape))
    }
}

/// The trained vector of each position of a sequence, masked as `x` is; what `x` holds does not matter.
pub fn position_embedding<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    layer: &PositionEmbedding<N, W, f32, D>,
    x: Sequence<N, W, D, T>,
) -> Result<Sequence<N, W, D, T>, D::Err> {
    at_positions(layer.weight.clone(), x)
}

/// `sin(t / 10000^(2i/W))` at column `2i` and `cos(t / 10000^(2i/W))` at column `2i + 1` of position `t`, counted in the padded
/// sequence (Vaswani et al., NeurIPS 2017); masked as `x` is, whatever `x` holds.
pub fn sinusoids<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
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

fn at_positions<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    vectors: Tensor<Rank2<N, W>, f32, D>,
    x: Sequence<N, W, D, T>,
) -> Result<Sequence<N, W, D, T>, D::Err> {
    let (values, tape) = x.values.split_tape();
    Ok(Sequence { values: D::tile(vectors.put_tape(tape), values.shape().0)?, mask: x.mask })
}
