//! Convolutions of Caser (Tang & Wang, WSDM 2018) over a sequence as an image: horizontal (windows of
//! positions) and vertical (columns). Masked positions are zeros and take part.

use std::ops::Range;

use dfdx::shapes::{Axes3, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, GatherTo, PermuteTo, SelectTo};

use crate::ops::call::{Call, of_records};
use crate::ops::dense::activation;
use crate::ops::matmul::View;
use crate::ops::op::{Forward, Op, RecordFunction, Saved, Scratch};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::reshape::Reshape as _;
use crate::ops::{Activation, Device, Linear, Rows, Sequence, Tape, Vectors, dense, masked, positions};

/// Number of records whose windows are one matrix product.
const TILE: usize = 32;

/// Maximum output of each filter over the windows of `size` numbers of a record; inputs `x`, `weight` and
/// `bias`. Saves the position of each maximum and the number that the gradient of the activation needs.
struct LargestOfWindows {
    length: usize,
    width: usize,
    size: usize,
    filters: usize,
    activation: Activation,
}

impl LargestOfWindows {
    fn windows(&self) -> usize {
        self.length + 1 - self.size / self.width
    }

    fn weight<'a>(&self, weight: &'a [f32]) -> View<'a> {
        View::new(weight, self.filters, self.size)
    }
}

impl Op for LargestOfWindows {
    fn cost(&self) -> usize {
        2 * self.size * self.filters
    }

    fn saved(&self) -> Saved {
        Saved::INPUTS.numbers(2 * self.filters)
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let rows = rows.len();
        let (length, filters) = (self.length, self.filters);
        let products = scratch.products();
        for first in (0..rows).step_by(TILE) {
            let records = TILE.min(rows - first);
            // Windows that overlap the next record are computed too, and ignored.
            let all = records * length + 1 - self.size / self.width;
            let mut sums = inputs[2].repeat(records * length);
            let windows =
                View::strided(&inputs[0][first * length * self.width..], all, self.size, self.width);
            products.add(1.0, windows, self.weight(inputs[1]).transposed(), &mut sums, filters);
            let mut activated = sums.clone();
            activation::apply(self.activation, &mut activated);
            for record in 0..records {
                let own = record * length * filters..(record * length + self.windows()) * filters;
                let winners = winners(&activated[own.clone()], 1, self.windows(), filters);
                for (filter, winner) in winners.into_iter().enumerate() {
                    let (at, into) =
                        (own.start + winner * filters + filter, (first + record) * filters + filter);
                    output[into] = activated[at];
                    saved[2 * into] = f32::from_bits(winner as u32);
                    saved[2 * into + 1] =
                        if self.activation.needs_input() { sums[at] } else { activated[at] };
                }
            }
        }
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let [of_x, of_weight, of_bias] = into else { return };
        let saved: Vec<f32> = forward.saved.chunks_exact(2).map(|saved| saved[1]).collect();
        activation::differentiate(self.activation, g, &saved);
        vectorized(|| {
            for (at, (g, saved)) in g.iter().zip(forward.saved.chunks_exact(2)).enumerate() {
                let (record, filter) = (at / self.filters, at % self.filters);
                let start = (record * self.length + saved[0].to_bits() as usize) * self.width;
                let (window, own) = (start..start + self.size, filter * self.size..(filter + 1) * self.size);
                add_scaled(&mut of_weight[own.clone()], *g, &forward.inputs[0][window.clone()]);
                of_bias[filter] += g;
                add_scaled(&mut of_x[window], *g, &forward.inputs[1][own]);
            }
        });
    }
}

/// Plain formulation of the maximum over windows. Its window is found on the host; the first of equal ones.
pub(crate) fn plain_largest<const L: usize, const W: usize, const C: usize, const F: usize, D, T>(
    layer: &Linear<C, F, D>,
    x: Vectors<L, W, D, T>,
    activation: Activation,
) -> Result<Rows<F, D, T>, D::Err>
where
    D: Tensors<f32>,
    T: Tape<f32, D>,
{
    let (rows, height) = (x.shape().0, C / W);
    let windows = L + 1 - height;
    let device = x.device().clone();
    let positions = (0..windows).flat_map(|window| window..window + height).collect::<Vec<_>>().repeat(rows);
    let positions: Tensor<(usize, usize), usize, D> =
        device.try_tensor_from_vec(positions, (rows, windows * height))?;
    let gathered: Tensor<(usize, usize, Const<W>), f32, D, T> = x.try_gather(positions)?;
    let all = crate::ops::dense::plain_dense(layer, gathered.reshaped((rows * windows, Const))?, activation)?;
    let winners = winners(&all.as_vec(), rows, windows, F);
    let winners: Tensor<(usize, Const<F>), usize, D> = device.try_tensor_from_vec(winners, (rows, Const))?;
    let all: Tensor<(usize, usize, Const<F>), f32, D, T> = all.reshaped((rows, windows, Const))?;
    all.try_permute::<_, Axes3<0, 2, 1>>()?.try_select(winners)
}

/// Index of the first maximum for each record and filter.
fn winners(all: &[f32], rows: usize, windows: usize, filters: usize) -> Vec<usize> {
    let largest = |at: usize| {
        let value = |window: usize| all[(at / filters * windows + window) * filters + at % filters];
        (1..windows).fold(0, |best, window| if value(window) > value(best) { window } else { best })
    };
    (0..rows * filters).map(largest).collect()
}

/// Plain formulation of the columns.
pub(crate) fn plain_columns<const L: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<L, W, D, T>,
) -> Result<Rows<L, D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_permute::<_, Axes3<0, 2, 1>>()?.reshaped((rows * W, Const))
}

/// Transposes the matrix of a record.
#[derive(Clone, Copy)]
struct Transposition {
    rows: usize,
    columns: usize,
}

impl RecordFunction for Transposition {
    const READS_INPUT: bool = false;

    fn cost(&self) -> usize {
        self.rows * self.columns
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (column, y) in y.chunks_exact_mut(self.rows).enumerate() {
            let numbers = x[column..].iter().step_by(self.columns);
            y.iter_mut().zip(numbers).for_each(|(y, x)| *y = *x);
        }
    }

    #[inline(always)]
    fn backward(&self, _: &[f32], g: &[f32], into: &mut [f32]) {
        for (row, into) in into.chunks_exact_mut(self.columns).enumerate() {
            let numbers = g[row..].iter().step_by(self.rows);
            into.iter_mut().zip(numbers).for_each(|(into, g)| *into += g);
        }
    }
}

/// `max_t activation(w_n . [x_t; x_(t+1); ...] + b_n)` for each filter `n`, over all windows of `C / W` positions.
pub fn horizontal_convolution<const L: usize, const W: usize, const C: usize, const F: usize, D, T>(
    layer: &Linear<C, F, D>,
    x: Sequence<L, W, D, T>,
    activation: Activation,
) -> Result<Rows<F, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    const { assert!(C.is_multiple_of(W) && C / W <= L, "a window is some of the positions") };
    let (x, tape) = masked(x)?.split_tape();
    let rows = x.shape().0;
    let op = LargestOfWindows { length: L, width: W, size: C, filters: F, activation };
    let call = Call::new(x.device(), op, rows).of(&x).shared(&layer.weight).shared(&layer.bias);
    D::call(call, tape, (rows, Const), |tape| plain_largest(layer, x.put_tape(tape), activation))
}

/// `sum_t w_nt x_tc + b_n` for each coordinate `c` and filter `n`, at `c * F + n`; `C` is `W * F`.
pub fn vertical_convolution<const L: usize, const W: usize, const F: usize, const C: usize, D, T>(
    layer: &Linear<L, F, D>,
    x: Sequence<L, W, D, T>,
) -> Result<Rows<C, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    const { assert!(C == W * F, "a number for each coordinate and filter") };
    let rows = x.values.shape().0;
    let transposed: Vectors<W, L, D, T> =
        of_records(masked(x)?, (rows, Const, Const), Transposition { rows: L, columns: W }, |x| {
            plain_columns(x)?.reshaped((rows, Const, Const))
        })?;
    let sums = dense(layer, positions(transposed)?, Activation::Linear)?;
    sums.reshaped((rows, Const))
}
