//! The convolutions of Caser (Tang & Wang, WSDM 2018) over a sequence seen as an image: windows of some positions, and columns.
//! Masked positions are zero and take part.

use dfdx::shapes::{Axes3, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, GatherTo, PermuteTo, ReshapeTo, SelectTo};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::matmul::{View, add_matmul};
use super::parallel::{add_scaled, for_rows, map_rows, vectorized};
use super::per_record::{RecordFunction, per_record};
use super::{Activation, Device, Linear, Recorder, Rows, Sequence, Vectors, dense, masked};

/// Records whose windows are one matrix product.
const TILE: usize = 32;

/// Convolutions of a device.
pub trait ConvolutionKernel: Tensors<f32> {
    /// For each filter, the largest of what the layer gives for the windows of `C / W` positions.
    fn largest_of_windows<const L: usize, const W: usize, const C: usize, const F: usize, T>(
        layer: &Linear<C, F, f32, Self>,
        x: Vectors<L, W, Self, T>,
        activation: Activation,
    ) -> Result<Rows<F, Self, T>, Self::Err>
    where
        T: Tape<f32, Self>,
    {
        plain_largest(layer, x, activation)
    }

    /// The columns of each record as rows: `W` rows a record.
    fn columns<const L: usize, const W: usize, T: Tape<f32, Self>>(
        x: Vectors<L, W, Self, T>,
    ) -> Result<Rows<L, Self, T>, Self::Err> {
        plain_columns(x)
    }
}

#[cfg(feature = "cuda")]
impl ConvolutionKernel for dfdx::tensor::Cuda {}

/// The largest of the windows in dfdx's own ops; which window that is is found on the host, the first of equal ones.
pub(crate) fn plain_largest<const L: usize, const W: usize, const C: usize, const F: usize, D, T>(
    layer: &Linear<C, F, f32, D>,
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
    let all = super::dense::plain(layer, gathered.try_reshape_like(&(rows * windows, Const))?, activation)?;
    let winners = winners(&all.as_vec(), rows, windows, F);
    let winners: Tensor<(usize, Const<F>), usize, D> = device.try_tensor_from_vec(winners, (rows, Const))?;
    let all: Tensor<(usize, usize, Const<F>), f32, D, T> = all.try_reshape_like(&(rows, windows, Const))?;
    all.try_permute::<_, Axes3<0, 2, 1>>()?.try_select(winners)
}

/// The first largest window of each record and filter.
fn winners(all: &[f32], rows: usize, windows: usize, filters: usize) -> Vec<usize> {
    let largest = |at: usize| {
        let value = |window: usize| all[(at / filters * windows + window) * filters + at % filters];
        (1..windows).fold(0, |best, window| if value(window) > value(best) { window } else { best })
    };
    (0..rows * filters).map(largest).collect()
}

/// The columns in dfdx's own ops.
pub(crate) fn plain_columns<const L: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<L, W, D, T>,
) -> Result<Rows<L, D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_permute::<_, Axes3<0, 2, 1>>()?.try_reshape_like(&(rows * W, Const))
}

impl ConvolutionKernel for Cpu {
    fn largest_of_windows<const L: usize, const W: usize, const C: usize, const F: usize, T>(
        layer: &Linear<C, F, f32, Self>,
        x: Vectors<L, W, Self, T>,
        activation: Activation,
    ) -> Result<Rows<F, Self, T>, CpuError>
    where
        T: Tape<f32, Self>,
    {
        const { assert!(C.is_multiple_of(W) && C / W <= L, "a window is some of the positions") };
        let (x, mut tape) = x.split_tape();
        let rows = x.shape().0;
        let (input, weight, bias) = (values(&x), values(&layer.weight), values(&layer.bias));
        let windows = L + 1 - C / W;
        let mut output = vec![0.0; rows * F];
        // Where each filter was largest, and what its activation's gradient needs.
        let found = map_rows(&mut output, F, 2 * windows * C * F, |first, part| {
            let (mut places, mut saved) = (Vec::with_capacity(part.len()), Vec::with_capacity(part.len()));
            for (tile, part) in part.chunks_mut(TILE * F).enumerate() {
                let records = part.len() / F;
                let input = &input[(first + tile * TILE) * L * W..];
                // Windows that reach into the next record are computed too, and not looked at.
                let all = records * L + 1 - C / W;
                let mut sums = bias.repeat(records * L);
                let weight = View::new(&weight, F, C).transposed();
                add_matmul(1.0, View::strided(input, all, C, W), weight, &mut sums, F);
                let mut activated = sums.clone();
                activation.apply(&mut activated);
                for record in 0..records {
                    let own = record * L * F..(record * L + windows) * F;
                    let winners = winners(&activated[own.clone()], 1, windows, F);
                    for (filter, winner) in winners.into_iter().enumerate() {
                        let at = own.start + winner * F + filter;
                        part[record * F + filter] = activated[at];
                        saved.push(if activation.needs_input() { sums[at] } else { activated[at] });
                        places.push(winner);
                    }
                }
            }
            (places, saved)
        });
        let (places, saved): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let (places, saved) = (places.concat(), saved.concat());
        let y = tensor(x.device(), output, (rows, Const))?;
        let result = y.clone();
        let layer = layer.clone();
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            activation.differentiate(&mut g, &saved);
            let parts = map_rows(&mut g, F, 2 * C * F, |first, g| {
                let (mut weight, mut bias) = (vec![0.0; F * C], vec![0.0; F]);
                vectorized(|| {
                    for (index, g) in g.iter().enumerate() {
                        let (record, filter) = (first + index / F, index % F);
                        let start = (record * L + places[first * F + index]) * W;
                        add_scaled(&mut weight[filter * C..(filter + 1) * C], *g, &input[start..start + C]);
                        bias[filter] += g;
                    }
                });
                (weight, bias)
            });
            for (weight, bias) in &parts {
                add_gradient(gradients, &layer.weight, weight)?;
                add_gradient(gradients, &layer.bias, bias)?;
            }
            for_rows(gradients.get_or_alloc_mut(&x)?, L * W, 2 * C * F, |first, part| {
                vectorized(|| {
                    for (index, into) in part.chunks_exact_mut(L * W).enumerate() {
                        let record = first + index;
                        for filter in 0..F {
                            let (start, g) = (places[record * F + filter] * W, g[record * F + filter]);
                            add_scaled(&mut into[start..start + C], g, &weight[filter * C..(filter + 1) * C]);
                        }
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }

    fn columns<const L: usize, const W: usize, T: Tape<f32, Self>>(
        x: Vectors<L, W, Self, T>,
    ) -> Result<Rows<L, Self, T>, CpuError> {
        let rows = x.shape().0;
        let shape = (rows, Const::<W>, Const::<L>);
        per_record(x, shape, Transposition { rows: L, columns: W })?.try_reshape_like(&(rows * W, Const))
    }
}

/// The columns of a matrix as rows.
#[derive(Clone, Copy)]
struct Transposition {
    rows: usize,
    columns: usize,
}

impl RecordFunction for Transposition {
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
    layer: &Linear<C, F, f32, D>,
    x: Sequence<L, W, D, T>,
    activation: Activation,
) -> Result<Rows<F, D, T>, D::Err>
where
    D: Device,
    T: Recorder<D>,
{
    D::largest_of_windows(layer, masked(x)?, activation)
}

/// `sum_t w_nt x_tc + b_n` for each coordinate `c` and filter `n`, at `c * F + n`; `C` is `W * F`.
pub fn vertical_convolution<const L: usize, const W: usize, const F: usize, const C: usize, D, T>(
    layer: &Linear<L, F, f32, D>,
    x: Sequence<L, W, D, T>,
) -> Result<Rows<C, D, T>, D::Err>
where
    D: Device,
    T: Recorder<D>,
{
    const { assert!(C == W * F, "a number for each coordinate and filter") };
    let rows = x.values.shape().0;
    let sums = dense(layer, D::columns(masked(x)?)?, Activation::Linear)?;
    sums.try_reshape_like(&(rows, Const))
}
