//! A layer of the compressed interaction network of xDeepFM (Lian et al., KDD 2018).

use std::ops::Range;

use dfdx::shapes::{Axes3, Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, SumTo, TryMatMul, TryMul};

use crate::ops::call::{Call, of_records};
use crate::ops::matmul::View;
use crate::ops::op::{Forward, Op, RecordFunction, Scratch, records, records_mut};
use crate::ops::parallel::{total, vectorized};
use crate::ops::reshape::Reshape as _;
use crate::ops::rows::arithmetic::distinct;
use crate::ops::{Device, Rows, Tape, UnbiasedLinear, Vectors};

/// `y_h = sum_{i,j} weight[h, i * G + j] first_i * x_j`; inputs are `first` (`F` vectors), `x` (`G` vectors)
/// and `weight`.
struct Compression {
    first: usize,
    second: usize,
    outputs: usize,
    width: usize,
}

impl Compression {
    fn pairs(&self) -> usize {
        self.first * self.second
    }

    fn weight<'a>(&self, weight: &'a [f32]) -> View<'a> {
        View::new(weight, self.outputs, self.pairs())
    }
}

impl Op for Compression {
    fn cost(&self) -> usize {
        4 * self.outputs * self.pairs() * self.width
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let rows = rows.len();
        let (products, [pairs]) = scratch.split([self.pairs() * self.width]);
        let found = records(inputs[0], rows).zip(records(inputs[1], rows));
        for (y, (first, x)) in records_mut(output, rows).zip(found) {
            vectorized(|| multiply(first, x, self.width, pairs));
            products.set(1.0, self.weight(inputs[2]), View::new(pairs, self.pairs(), self.width), y);
        }
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) {
        let [of_first, of_x, of_weight] = into else { return };
        let (width, second) = (self.width, self.second);
        let (products, [pairs, of_pairs]) = scratch.split([self.pairs() * width; 2]);
        let found = records(forward.inputs[0], rows).zip(records(forward.inputs[1], rows));
        let gradients = records_mut(of_first, rows).zip(records_mut(of_x, rows));
        for (g, ((first, x), (of_first, of_x))) in records(g, rows).zip(found.zip(gradients)) {
            vectorized(|| multiply(first, x, width, pairs));
            let g = View::new(g, self.outputs, width);
            products.add(1.0, g, View::new(pairs, self.pairs(), width).transposed(), of_weight, self.pairs());
            products.set(1.0, self.weight(forward.inputs[2]).transposed(), g, of_pairs);
            vectorized(|| {
                add_partners(of_pairs, x, width, of_first, |pair| pair / second, |pair| pair % second);
                add_partners(of_pairs, first, width, of_x, |pair| pair % second, |pair| pair / second);
            });
        }
    }
}

/// Plain formulation of the layer.
pub(crate) fn plain<
    const F: usize,
    const G: usize,
    const I: usize,
    const H: usize,
    const W: usize,
    D: Tensors<f32>,
    T: Tape<f32, D>,
>(
    layer: &UnbiasedLinear<I, H, D>,
    first: Vectors<F, W, D, T>,
    x: Vectors<G, W, D, T>,
) -> Result<Vectors<H, W, D, T>, D::Err> {
    let batch = x.shape().0;
    let shape = (batch, Const::<F>, Const::<G>, Const::<W>);
    let first = distinct(first)?.try_broadcast_like::<_, Axis<2>>(&shape)?;
    let products = first.try_mul(x.try_broadcast_like::<_, Axis<1>>(&shape)?)?;
    let products: Vectors<I, W, D, T> = products.reshaped((batch, Const, Const))?;
    // The GPU matrix product does not support broadcast matrices, so all columns are the rows of one product.
    let columns = products.try_permute::<_, Axes3<0, 2, 1>>()?;
    let columns: Rows<I, D, T> = columns.reshaped((batch * W, Const))?;
    let sums = columns.try_matmul(layer.weight.retaped::<T>().try_permute()?)?;
    let sums: Vectors<W, H, D, T> = sums.reshaped((batch, Const, Const))?;
    sums.try_permute::<_, Axes3<0, 2, 1>>()?.reshaped((batch, Const, Const))
}

/// Sum of each vector of a record.
#[derive(Clone, Copy)]
struct VectorSums {
    count: usize,
    width: usize,
}

impl RecordFunction for VectorSums {
    const READS_INPUT: bool = false;

    fn cost(&self) -> usize {
        self.count * self.width
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        y.iter_mut().zip(x.chunks_exact(self.width)).for_each(|(y, x)| *y = total(x));
    }

    #[inline(always)]
    fn backward(&self, _: &[f32], g: &[f32], into: &mut [f32]) {
        let parts = into.chunks_exact_mut(self.width).zip(g);
        parts.for_each(|(into, g)| into.iter_mut().for_each(|into| *into += g));
    }
}

/// Products of the vectors of a record: index `i * G + j` for `first_i` and `x_j`.
#[inline(always)]
fn multiply(first: &[f32], x: &[f32], width: usize, into: &mut [f32]) {
    let pairs = first.chunks_exact(width).flat_map(|a| x.chunks_exact(width).map(move |b| (a, b)));
    for ((a, b), into) in pairs.zip(into.chunks_exact_mut(width)) {
        into.iter_mut().zip(a.iter().zip(b)).for_each(|(into, (a, b))| *into = a * b);
    }
}

/// Adds, for each pair of vectors, its gradient times the partner to the gradient of the first or second
/// vector.
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

/// `y_h = sum_{i,j} weight[h, i * G + j] first_i * x_j`, elementwise, where `first` are the input fields of
/// the network; `I` is `F * G`.
pub fn cin<
    const F: usize,
    const G: usize,
    const I: usize,
    const H: usize,
    const W: usize,
    D: Device,
    T: Tape<f32, D>,
>(
    layer: &UnbiasedLinear<I, H, D>,
    first: Vectors<F, W, D, T>,
    x: Vectors<G, W, D, T>,
) -> Result<Vectors<H, W, D, T>, D::Err> {
    let (first, tape) = first.split_tape();
    let (x, other) = x.split_tape();
    let rows = x.shape().0;
    let op = Compression { first: F, second: G, outputs: H, width: W };
    let call = Call::new(x.device(), op, rows).of(&first).of(&x).shared(&layer.weight);
    let shape = (rows, Const, Const);
    D::call(call, tape.merge(other), shape, |tape| plain(layer, first.put_tape(tape), x.retaped()))
}

/// Sum of each vector of a record.
pub fn vector_sums<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<N, D, T>, D::Err> {
    let shape = (x.shape().0, Const);
    of_records(x, shape, VectorSums { count: N, width: W }, |x| x.try_sum::<_, Axis<2>>())
}
