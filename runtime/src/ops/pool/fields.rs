//! Mean, sum or maximum of the vectors of a record.

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::PutTape;
use dfdx::tensor_ops::{Device as Tensors, SumTo, TryMul};

use crate::ops::call::of_records;
use crate::ops::op::RecordFunction;
use crate::ops::parallel::add_scaled;
use crate::ops::{Device, Rows, Tape, Vectors, scale};

/// Plain formulation of the maximum: the sum after masking all but the first maximum.
pub(crate) fn plain_max<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (values, shape) = (x.as_vec(), *x.shape());
    let mut winners = vec![0.0; values.len()];
    for (values, winners) in values.chunks_exact(N * W).zip(winners.chunks_exact_mut(N * W)) {
        (0..W).for_each(|column| winners[winner(values, W, column)] = 1.0);
    }
    let winners: Vectors<N, W, D> = x.device().try_tensor_from_vec(winners, shape)?;
    x.try_mul(winners.put_tape(T::default()))?.try_sum::<_, Axis<1>>()
}

/// Returns the index of the first maximum of a column.
#[inline(always)]
fn winner(x: &[f32], width: usize, column: usize) -> usize {
    let at = (column..x.len()).step_by(width);
    at.fold(column, |best, at| if x[at] > x[best] { at } else { best })
}

#[derive(Clone, Copy)]
struct Sum {
    count: usize,
    width: usize,
}

impl RecordFunction for Sum {
    const READS_INPUT: bool = false;

    fn cost(&self) -> usize {
        self.count * self.width
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        y.fill(0.0);
        x.chunks_exact(self.width).for_each(|x| add_scaled(y, 1.0, x));
    }

    #[inline(always)]
    fn backward(&self, _: &[f32], g: &[f32], into: &mut [f32]) {
        into.chunks_exact_mut(self.width).for_each(|into| add_scaled(into, 1.0, g));
    }
}

#[derive(Clone, Copy)]
struct Max(Sum);

impl RecordFunction for Max {
    fn cost(&self) -> usize {
        self.0.cost()
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        let winner = |column| x[winner(x, self.0.width, column)];
        y.iter_mut().enumerate().for_each(|(column, y)| *y = winner(column));
    }

    #[inline(always)]
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]) {
        for (column, g) in g.iter().enumerate() {
            into[winner(x, self.0.width, column)] += g;
        }
    }
}

/// The sum of the vectors of each record.
pub fn sum_fields<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = (x.shape().0, Const);
    of_records(x, shape, Sum { count: N, width: W }, |x| x.try_sum::<_, Axis<1>>())
}

/// The mean of the vectors of each record.
pub fn mean_fields<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    scale(sum_fields(x)?, 1.0 / N as f32)
}

/// Maximum of each column over the vectors of each record. In a tie the first gets the gradient.
pub fn max_fields<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = (x.shape().0, Const);
    of_records(x, shape, Max(Sum { count: N, width: W }), plain_max)
}
