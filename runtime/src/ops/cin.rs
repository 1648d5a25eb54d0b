//! A layer of the compressed interaction network of xDeepFM (Lian et al., KDD 2018).

use dfdx::shapes::{Axes3, Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, ReshapeTo, SumTo, TryMatMul, TryMul};

use super::elementwise::distinct;
use super::host::{add_gradient, take_gradient, tensor, values};
use super::matmul::{View, add_matmul, matmul};
use super::parallel::{add_scaled, for_rows, map_rows, vectorized};
use super::per_record::{RecordFunction, per_record};
use super::{Device, Recorder, Rows, UnbiasedLinear, Vectors};

/// Layers of compressed interaction networks of a device. `I` is `F * G`.
pub trait CinKernel: Tensors<f32> {
    /// `y_h = sum_{i,j} weight[h, i * G + j] first_i * x_j`, element by element.
    fn cin<
        const F: usize,
        const G: usize,
        const I: usize,
        const H: usize,
        const W: usize,
        T: Tape<f32, Self>,
    >(
        layer: &UnbiasedLinear<I, H, f32, Self>,
        first: Vectors<F, W, Self, T>,
        x: Vectors<G, W, Self, T>,
    ) -> Result<Vectors<H, W, Self, T>, Self::Err> {
        plain(layer, first, x)
    }

    /// The sum of the numbers of each vector.
    fn vector_sums<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Vectors<N, W, Self, T>,
    ) -> Result<Rows<N, Self, T>, Self::Err> {
        x.try_sum::<_, Axis<2>>()
    }
}

#[cfg(feature = "cuda")]
impl CinKernel for dfdx::tensor::Cuda {}

/// The layer in dfdx's own ops.
pub(crate) fn plain<
    const F: usize,
    const G: usize,
    const I: usize,
    const H: usize,
    const W: usize,
    D: Tensors<f32>,
    T: Tape<f32, D>,
>(
    layer: &UnbiasedLinear<I, H, f32, D>,
    first: Vectors<F, W, D, T>,
    x: Vectors<G, W, D, T>,
) -> Result<Vectors<H, W, D, T>, D::Err> {
    let batch = x.shape().0;
    let shape = (batch, Const::<F>, Const::<G>, Const::<W>);
    let first = distinct(first)?.try_broadcast_like::<_, Axis<2>>(&shape)?;
    let products = first.try_mul(x.try_broadcast_like::<_, Axis<1>>(&shape)?)?;
    let products: Vectors<I, W, D, T> = products.try_reshape_like(&(batch, Const, Const))?;
    // A GPU multiplies no matrix that is broadcast: the weight meets all columns as rows.
    let columns = products.try_permute::<_, Axes3<0, 2, 1>>()?;
    let columns: Rows<I, D, T> = columns.try_reshape_like(&(batch * W, Const))?;
    let sums = columns.try_matmul(layer.weight.retaped::<T>().try_permute()?)?;
    let sums: Vectors<W, H, D, T> = sums.try_reshape_like(&(batch, Const, Const))?;
    sums.try_permute::<_, Axes3<0, 2, 1>>()?.try_reshape_like(&(batch, Const, Const))
}

/// The sum of the numbers of each vector of a record.
#[derive(Clone, Copy)]
struct VectorSums {
    count: usize,
    width: usize,
}

impl RecordFunction for VectorSums {
    fn cost(&self) -> usize {
        self.count * self.width
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(x.chunks_exact(self.width)).for_each(|(y, x)| *y = x.iter().sum());
    }

    #[inline(always)]
    fn backward(&self, _: &[f32], g: &[f32], into: &mut [f32]) {
        let parts = into.chunks_exact_mut(self.width).zip(g);
        parts.for_each(|(into, g)| into.iter_mut().for_each(|into| *into += g));
    }
}

/// The products of the vectors of a record, `[i * G + j]` that of `first_i` and `x_j`.
#[inline(always)]
fn products(first: &[f32], x: &[f32], width: usize, into: &mut [f32]) {
    let pairs = first.chunks_exact(width).flat_map(|a| x.chunks_exact(width).map(move |b| (a, b)));
    for ((a, b), into) in pairs.zip(into.chunks_exact_mut(width)) {
        into.iter_mut().zip(a.iter().zip(b)).for_each(|(into, (a, b))| *into = a * b);
    }
}

/// Adds, for each pair of vectors, the products of its gradient and the partner: to that of the first or of the second.
#[inline(always)]
fn add_partners(
    g: &[f32],
    partners: &[f32],
    width: usize,
    into: &mut [f32],
    own: impl Fn(usize) -> usize,
    other: impl Fn(usize) -> usize,
) {
    for (pair, g) in g.chunks_exact(width).enumerate() {
        let (own, other) = (own(pair) * width, other(pair) * width);
        for a in 0..width {
            into[own + a] += g[a] * partners[other + a];
        }
    }
}

impl CinKernel for Cpu {
    fn cin<
        const F: usize,
        const G: usize,
        const I: usize,
        const H: usize,
        const W: usize,
        T: Tape<f32, Self>,
    >(
        layer: &UnbiasedLinear<I, H, f32, Self>,
        first: Vectors<F, W, Self, T>,
        x: Vectors<G, W, Self, T>,
    ) -> Result<Vectors<H, W, Self, T>, CpuError> {
        let (first, tape) = first.split_tape();
        let (x, other) = x.split_tape();
        let mut tape = tape.merge(other);
        let batch = x.shape().0;
        let (weight, starts, inputs) = (values(&layer.weight), values(&first), values(&x));
        let mut output = vec![0.0; batch * H * W];
        for_rows(&mut output, H * W, 2 * H * I * W, |begin, part| {
            let mut pairs = vec![0.0; I * W];
            for (index, y) in part.chunks_exact_mut(H * W).enumerate() {
                let at = begin + index;
                let record = (&starts[at * F * W..][..F * W], &inputs[at * G * W..][..G * W]);
                vectorized(|| products(record.0, record.1, W, &mut pairs));
                matmul(1.0, View::new(&weight, H, I), View::new(&pairs, I, W), y);
            }
        });
        let y = tensor(x.device(), output, (batch, Const, Const))?;
        let (result, layer_weight) = (y.clone(), layer.weight.clone());
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            // For each worker, the gradient of the weight, and those of its records.
            let parts = map_rows(&mut g, H * W, 4 * H * I * W, |begin, g| {
                let records = g.len() / (H * W);
                let mut weight_gradient = vec![0.0; H * I];
                let (mut first, mut second) = (vec![0.0; records * F * W], vec![0.0; records * G * W]);
                let (mut pairs, mut pair_gradients) = (vec![0.0; I * W], vec![0.0; I * W]);
                for (index, g) in g.chunks_exact(H * W).enumerate() {
                    let at = begin + index;
                    let record = (&starts[at * F * W..][..F * W], &inputs[at * G * W..][..G * W]);
                    vectorized(|| products(record.0, record.1, W, &mut pairs));
                    let g = View::new(g, H, W);
                    add_matmul(1.0, g, View::new(&pairs, I, W).transposed(), &mut weight_gradient, I);
                    matmul(1.0, View::new(&weight, H, I).transposed(), g, &mut pair_gradients);
                    let (first, second) =
                        (&mut first[index * F * W..][..F * W], &mut second[index * G * W..][..G * W]);
                    vectorized(|| {
                        add_partners(&pair_gradients, record.1, W, first, |pair| pair / G, |pair| pair % G);
                        add_partners(&pair_gradients, record.0, W, second, |pair| pair % G, |pair| pair / G);
                    });
                }
                (weight_gradient, first, second)
            });
            let (mut at_first, mut at_second) = (0, 0);
            for (weight, first_part, second_part) in &parts {
                add_gradient(gradients, &layer_weight, weight)?;
                add_scaled(&mut gradients.get_or_alloc_mut(&first)?[at_first..], 1.0, first_part);
                add_scaled(&mut gradients.get_or_alloc_mut(&x)?[at_second..], 1.0, second_part);
                (at_first, at_second) = (at_first + first_part.len(), at_second + second_part.len());
            }
            Ok(())
        });
        Ok(result.put_tape(tape))
    }

    fn vector_sums<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Vectors<N, W, Self, T>,
    ) -> Result<Rows<N, Self, T>, CpuError> {
        let shape = (x.shape().0, Const);
        per_record(x, shape, VectorSums { count: N, width: W })
    }
}

/// `y_h = sum_{i,j} weight[h, i * G + j] first_i * x_j`, element by element, where `first` are the fields that the network begins with;
/// `I` is `F * G`.
pub fn cin<
    const F: usize,
    const G: usize,
    const I: usize,
    const H: usize,
    const W: usize,
    D: Device,
    T: Recorder<D>,
>(
    layer: &UnbiasedLinear<I, H, f32, D>,
    first: Vectors<F, W, D, T>,
    x: Vectors<G, W, D, T>,
) -> Result<Vectors<H, W, D, T>, D::Err> {
    D::cin(layer, first, x)
}

/// The sum of the numbers of each vector of a record.
pub fn vector_sums<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<N, D, T>, D::Err> {
    D::vector_sums(x)
}
