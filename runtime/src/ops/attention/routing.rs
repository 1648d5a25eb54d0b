//! Dynamic routing of positions to capsules (Sabour, Frosst & Hinton, NeurIPS 2017), with one map for all of them.

use std::ops::Range;

use dfdx::shapes::{Axes3, Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, SumTo, TryAdd, TryDiv, TryMatMul, TryMul};

use crate::ops::call::{Call, of_records};
use crate::ops::loss::exp_negative;
use crate::ops::matmul::transpose_matrix;
use crate::ops::op::{Forward, Op, RecordFunction, Saved, Scratch, records, records_mut};
use crate::ops::parallel::{add_scaled, inner, vectorized};
use crate::ops::reshape::Reshape as _;
use crate::ops::{Device, Mask, Rows, Tape, Vectors, Weighting};

/// Added to a squared norm before its square root.
const EPSILON: f32 = 1e-9;

/// Routing weights of positions for interests after the iterations; zero if either is masked. Inputs:
/// vectors, their mask, logits, and the mask of the interests. The weights are constants without gradient.
struct Routing {
    length: usize,
    kinds: usize,
    width: usize,
    iterations: usize,
}

impl Op for Routing {
    fn cost(&self) -> usize {
        4 * self.iterations * self.length * self.kinds * self.width
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
        scratch: &mut Scratch,
    ) {
        let rows = rows.len();
        let (length, kinds, width) = (self.length, self.kinds, self.width);
        let lengths = [kinds * length, kinds * length, kinds * width, width * length, length, length];
        let (_, [routing, own_logits, capsules, columns, largest, totals]) = scratch.split(lengths);
        let mut record = Record { weights: routing, logits: own_logits, capsules, columns, largest, totals };
        let [x, mask, logits, interests] = [0, 1, 2, 3].map(|input| records(inputs[input], rows));
        let found = x.zip(mask).zip(logits).zip(interests);
        vectorized(
            #[inline(always)]
            || {
                for (weights, (((x, mask), logits), interests)) in records_mut(output, rows).zip(found) {
                    transpose_matrix(logits, kinds, record.logits);
                    transpose_matrix(x, width, record.columns);
                    record.route(x, mask, interests, self.iterations);
                    transpose_matrix(record.weights, length, weights);
                }
            },
        );
    }

    fn backward(&self, _: usize, _: &Forward<'_>, _: &mut [f32], _: &mut [&mut [f32]], _: &mut Scratch) {}
}

/// Plain formulation of the routing.
pub(crate) fn plain_routing<const L: usize, const W: usize, const K: usize, D: Tensors<f32>>(
    x: Vectors<L, W, D>,
    mask: &Mask<L, D>,
    mut logits: Vectors<L, K, D>,
    interests: &Mask<K, D>,
    iterations: usize,
) -> Result<Vectors<L, K, D>, D::Err> {
    let rows = x.shape().0;
    let shape = (rows, Const::<L>, Const::<K>);
    let valid: Vectors<L, K, D> = mask.clone().try_broadcast_like(&shape)?;
    let kept: Vectors<L, K, D> = interests.clone().try_broadcast_like(&shape)?;
    let left_out = kept.clone().try_add(-1.0)?.try_mul(1e30)?;
    let mut iteration = 1;
    loop {
        let masked = logits.clone().try_mul(kept.clone())?.try_add(left_out.clone())?;
        let weights = masked.try_softmax::<Axis<2>>()?.try_mul(valid.clone())?;
        if iteration == iterations {
            return Ok(weights);
        }
        let sums =
            crate::ops::attention::weighted_sum::plain(x.clone(), weights, mask, Weighting::Scores, None)?;
        let sums: Rows<W, D> = sums.reshaped((rows * K, Const))?;
        let capsules: Vectors<K, W, D> = plain_squash(sums)?.reshaped((rows, Const, Const))?;
        let columns: Vectors<W, K, D> = capsules.try_permute::<_, Axes3<0, 2, 1>>()?;
        logits = logits.try_add(x.clone().try_matmul(columns)?)?;
        iteration += 1;
    }
}

/// Plain formulation of the squashing.
pub(crate) fn plain_squash<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    z: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *z.shape();
    let (z, tape) = z.split_tape();
    let squares = z.retaped::<T>().try_square()?.try_sum::<_, Axis<1>>()?;
    let (squares, recorded) = squares.split_tape();
    let lengths = squares.retaped::<T>().try_add(EPSILON)?.try_sqrt()?;
    let shares = squares.retaped::<T>().try_div(squares.put_tape(recorded).try_add(1.0)?)?;
    let scales = shares.try_div(lengths)?;
    z.put_tape(tape).try_mul(scales.try_broadcast_like(&shape)?)
}

/// `n / (1 + n) / sqrt(n + 1e-9)`: scale factor of a vector of squared norm `n`.
#[inline(always)]
fn scale(square: f32) -> f32 {
    square / (1.0 + square) / (square + EPSILON).sqrt()
}

/// Buffers for the routing of a record of `L` positions and `K` interests. Positions are next to each other in memory,
/// so that all loops run over vectors of them.
struct Record<'a> {
    /// `[K, L]`.
    weights: &'a mut [f32],
    /// `[K, L]`.
    logits: &'a mut [f32],
    /// `[K, W]`.
    capsules: &'a mut [f32],
    /// The vectors of the positions, transposed: `[W, L]`.
    columns: &'a mut [f32],
    /// Maximum logit of each position.
    largest: &'a mut [f32],
    /// Sum of the exponentials of each position, and its reciprocal.
    totals: &'a mut [f32],
}

impl Record<'_> {
    /// Replaces the weights. Changes the logits.
    #[inline(always)]
    fn route(&mut self, x: &[f32], mask: &[f32], interests: &[f32], iterations: usize) {
        let (length, width) = (mask.len(), self.capsules.len() / interests.len());
        for iteration in 1..=iterations {
            self.softmax(mask, interests);
            if iteration == iterations {
                return;
            }
            let capsules = self.capsules.chunks_exact_mut(width).zip(self.weights.chunks_exact(length));
            for ((capsule, weights), logits) in capsules.zip(self.logits.chunks_exact_mut(length)) {
                capsule.fill(0.0);
                let positions = x.chunks_exact(width).zip(weights);
                positions.for_each(|(x, weight)| add_scaled(capsule, *weight, x));
                let scale = scale(inner(capsule, capsule));
                let coordinates = self.columns.chunks_exact(length).zip(&*capsule);
                coordinates.for_each(|(column, x)| add_scaled(logits, scale * x, column));
            }
        }
    }

    /// Softmax of each position over the logits of unmasked interests; zeros for masked positions.
    #[inline(always)]
    fn softmax(&mut self, mask: &[f32], interests: &[f32]) {
        let length = mask.len();
        self.largest.fill(f32::NEG_INFINITY);
        self.totals.fill(0.0);
        for (logits, _) in self.logits.chunks_exact(length).zip(interests).filter(|(_, kept)| **kept != 0.0) {
            let pairs = self.largest.iter_mut().zip(logits);
            pairs.for_each(|(largest, logit)| *largest = if *logit > *largest { *logit } else { *largest });
        }
        let kinds =
            self.weights.chunks_exact_mut(length).zip(self.logits.chunks_exact(length)).zip(interests);
        for ((weights, logits), kept) in kinds {
            if *kept == 0.0 {
                weights.fill(0.0);
                continue;
            }
            let exponents = logits.iter().zip(&*self.largest).zip(&mut *self.totals);
            for (weight, ((logit, largest), total)) in weights.iter_mut().zip(exponents) {
                *weight = exp_negative(logit - largest);
                *total += *weight;
            }
        }
        let totals = self.totals.iter_mut().zip(mask);
        totals.for_each(|(total, valid)| *total = if *valid == 0.0 { 0.0 } else { 1.0 / *total });
        for weights in self.weights.chunks_exact_mut(length) {
            weights.iter_mut().zip(&*self.totals).for_each(|(weight, share)| *weight *= share);
        }
    }
}

/// Routing weight of each position and interest after the iterations; zero if either is masked. The weights
/// are constants without gradient.
pub fn routing_weights<const L: usize, const W: usize, const K: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<L, W, D, T>,
    mask: &Mask<L, D>,
    logits: Vectors<L, K, D, T>,
    interests: &Mask<K, D>,
    iterations: usize,
) -> Result<Vectors<L, K, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let (logits, other) = logits.split_tape();
    let rows = x.shape().0;
    let op = Routing { length: L, kinds: K, width: W, iterations };
    let call =
        Call::new(x.device(), op, rows).constant(&x).constant(mask).constant(&logits).constant(interests);
    D::call(call, tape.merge(other), (rows, Const, Const), |tape| {
        Ok(plain_routing(x, mask, logits, interests, iterations)?.put_tape(tape))
    })
}

/// `|z|^2 / (1 + |z|^2) * z / sqrt(|z|^2 + 1e-9)`, for each row `z`.
pub(crate) fn squash<const W: usize, D: Device, T: Tape<f32, D>>(
    z: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *z.shape();
    of_records(z, shape, Squash { width: W }, plain_squash)
}

#[derive(Clone, Copy)]
struct Squash {
    width: usize,
}

impl RecordFunction for Squash {
    fn cost(&self) -> usize {
        4 * self.width
    }

    #[inline(always)]
    fn forward(&self, z: &[f32], y: &mut [f32]) {
        let scale = scale(inner(z, z));
        y.iter_mut().zip(z).for_each(|(y, z)| *y = scale * z);
    }

    #[inline(always)]
    fn backward(&self, z: &[f32], g: &[f32], into: &mut [f32]) {
        let square = inner(z, z);
        let length = (square + EPSILON).sqrt();
        let slope = (1.0 / (1.0 + square) - 0.5 * square / (square + EPSILON)) / ((1.0 + square) * length);
        add_scaled(into, scale(square), g);
        add_scaled(into, 2.0 * slope * inner(g, z), z);
    }
}
