//! Batch normalization of rows.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape, Rank1, Rank2};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, MeanTo, SelectTo, TryAdd, TryDiv, TryStack, TrySub};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::rows::columns::scale_and_shift;
use crate::ops::{BatchStatistics, Device, Pass, Rows, Tape};

/// Scale, shift and running statistics of a batch normalization.
#[derive(Clone, Debug)]
pub struct BatchNorm<const W: usize, D: Storage<f32>> {
    /// Scale of each column; initially 1.
    pub weight: Tensor<Rank1<W>, f32, D>,
    /// Shift of each column; initially 0.
    pub bias: Tensor<Rank1<W>, f32, D>,
    /// Running mean of each column, for inference.
    pub running_mean: Tensor<Rank1<W>, f32, D>,
    /// Running variance of each column, for inference.
    pub running_var: Tensor<Rank1<W>, f32, D>,
}

weights!(BatchNorm<W> { weight: Ones, bias: Zeros, running_mean: FixedZeros, running_var: FixedOnes });

impl<const W: usize, D: Device> BatchNorm<W, D> {
    /// Updates the running statistics: `momentum * old + (1 - momentum) * batch`.
    pub fn update_running_statistics(&mut self, layer: &str, momentum: f32, pass: &mut Pass<D>) {
        update_running_statistics(&mut self.running_mean, &mut self.running_var, layer, momentum, pass);
    }
}

/// Updates running statistics.
pub(crate) fn update_running_statistics<const W: usize, D: Device>(
    mean: &mut Tensor<Rank1<W>, f32, D>,
    variance: &mut Tensor<Rank1<W>, f32, D>,
    layer: &str,
    momentum: f32,
    pass: &mut Pass<D>,
) {
    while let Some(batch) = pass.take_statistics(layer) {
        blend(mean, &batch.mean, momentum);
        blend(variance, &batch.variance, momentum);
    }
}

fn blend<const W: usize, D: Device>(running: &mut Tensor<Rank1<W>, f32, D>, batch: &[f32], momentum: f32) {
    let mut values = running.as_vec();
    for (old, new) in values.iter_mut().zip(batch) {
        *old = momentum * *old + (1.0 - momentum) * new;
    }
    running.copy_from(&values);
}

/// Mean and biased variance of each column of the only input, which has `rows` rows.
struct Moments {
    rows: usize,
    width: usize,
}

impl Op for Moments {
    fn cost(&self) -> usize {
        4 * self.rows * self.width
    }

    fn saved(&self) -> Saved {
        Saved::INPUTS.output()
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let (mean, variance) = output.split_at_mut(self.width);
        let rows = || inputs[0].chunks_exact(self.width);
        let mut sums = vec![0.0f64; self.width];
        let mut average = |into: &mut [f32], value: &dyn Fn(usize, f32) -> f64| {
            sums.fill(0.0);
            for row in rows() {
                let columns = sums.iter_mut().zip(row).enumerate();
                columns.for_each(|(column, (sum, x))| *sum += value(column, *x));
            }
            let sums = into.iter_mut().zip(&sums);
            sums.for_each(|(average, sum)| *average = (sum / self.rows as f64) as f32);
        };
        average(mean, &|_, x| f64::from(x));
        let mean = &*mean;
        average(variance, &|column, x| (f64::from(x) - f64::from(mean[column])).powi(2));
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let (mean, (of_mean, of_variance)) = (&forward.output[..self.width], g.split_at(self.width));
        let scale = 1.0 / self.rows as f32;
        vectorized(|| {
            let rows = into[0].chunks_exact_mut(self.width).zip(forward.inputs[0].chunks_exact(self.width));
            for (into, x) in rows {
                let columns = into.iter_mut().zip(x.iter().zip(mean)).zip(of_mean.iter().zip(of_variance));
                for ((into, (x, mean)), (of_mean, of_variance)) in columns {
                    *into += scale * (of_mean + 2.0 * of_variance * (x - mean));
                }
            }
        });
    }
}

/// `(x - mean) / sqrt(variance + epsilon)` by column; inputs are `x`, and the means followed by the variances.
struct Standardize {
    width: usize,
    epsilon: f32,
}

impl Standardize {
    fn factors(&self, moments: &[f32]) -> Vec<f32> {
        moments[self.width..].iter().map(|variance| 1.0 / (variance + self.epsilon).sqrt()).collect()
    }
}

impl Op for Standardize {
    fn cost(&self) -> usize {
        2 * self.width
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let (mean, factors) = (&inputs[1][..self.width], self.factors(inputs[1]));
        vectorized(|| {
            let rows = output.chunks_exact_mut(self.width).zip(inputs[0].chunks_exact(self.width));
            for (y, x) in rows {
                let columns = y.iter_mut().zip(x).zip(mean.iter().zip(&factors));
                columns.for_each(|((y, x), (mean, factor))| *y = (x - mean) * factor);
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
        let moments = forward.inputs[1];
        let (mean, factors) = (&moments[..self.width], self.factors(moments));
        let (mut sums, mut products) = (vec![0.0; self.width], vec![0.0; self.width]);
        let [of_x, of_moments] = into else { return };
        vectorized(|| {
            let rows = of_x.chunks_exact_mut(self.width).zip(forward.inputs[0].chunks_exact(self.width));
            for ((into, x), g) in rows.zip(g.chunks_exact(self.width)) {
                into.iter_mut()
                    .zip(g.iter().zip(&factors))
                    .for_each(|(into, (g, factor))| *into += g * factor);
                add_scaled(&mut sums, 1.0, g);
                let columns = products.iter_mut().zip(g).zip(x.iter().zip(mean));
                columns.for_each(|((product, g), (x, mean))| *product += g * (x - mean));
            }
            let (of_mean, of_variance) = of_moments.split_at_mut(self.width);
            let of_mean = of_mean.iter_mut().zip(sums.iter().zip(&factors));
            of_mean.for_each(|(into, (sum, factor))| *into -= sum * factor);
            let of_variance = of_variance.iter_mut().zip(products.iter().zip(&factors));
            of_variance.for_each(|(into, (product, factor))| *into -= 0.5 * product * factor.powi(3));
        });
    }
}

/// Means and biased variances of columns.
pub(crate) type ColumnMoments<const W: usize, D, T> = Tensor<Rank2<2, W>, f32, D, T>;

/// Plain formulation of the means and variances.
pub(crate) fn plain_moments<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<ColumnMoments<W, D, T>, D::Err> {
    let shape = *x.shape();
    let (x, tape) = x.split_tape();
    let mean: Tensor<Rank1<W>, f32, D, T> = x.retaped::<T>().try_mean::<_, Axis<0>>()?;
    let (mean, recorded) = mean.split_tape();
    let centered = x.put_tape(tape).try_sub(mean.retaped::<T>().try_broadcast_like(&shape)?)?;
    let variance = centered.try_square()?.try_mean::<_, Axis<0>>()?;
    [mean.put_tape(recorded), variance].try_stack()
}

/// Plain formulation of the standardization.
pub(crate) fn plain_standardize<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    moments: Tensor<Rank2<2, W>, f32, D, T>,
    epsilon: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    let (shape, device) = (*x.shape(), x.device().clone());
    let (moments, tape) = moments.split_tape();
    let row = |at: usize| device.try_tensor_from_vec(vec![at], ());
    let mean = moments.retaped::<T>().try_select(row(0)?)?;
    let variance = moments.put_tape(tape).try_select(row(1)?)?;
    let deviation = variance.try_add(epsilon)?.try_sqrt()?;
    x.try_sub(mean.try_broadcast_like(&shape)?)?.try_div(deviation.try_broadcast_like(&shape)?)
}

/// Normalizes each column, in training by batch statistics, otherwise by running statistics.
pub(crate) fn standardize<const W: usize, D: Device, T: Tape<f32, D>>(
    (running_mean, running_var): (&Tensor<Rank1<W>, f32, D>, &Tensor<Rank1<W>, f32, D>),
    name: &'static str,
    x: Rows<W, D, T>,
    epsilon: f32,
    pass: &mut Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let (shape, device) = (*x.shape(), x.device().clone());
    // An empty batch has no statistics.
    let moments: ColumnMoments<W, D, _> = if pass.is_training() && shape.0 > 0 {
        let call = Call::new(&device, Moments { rows: shape.0, width: W }, 1).shared(&x);
        let moments = D::call(call, T::default(), (Const, Const), |_| plain_moments(x.retaped::<T>()))?;
        let (moments, recorded) = moments.split_tape();
        tape = tape.merge(recorded);
        if !tape.observe(name, &moments) {
            pass.record(BatchStatistics::new(name, &moments.as_vec()));
        }
        moments
    } else {
        device.try_tensor_from_vec([running_mean.as_vec(), running_var.as_vec()].concat(), (Const, Const))?
    };
    let call = Call::new(&device, Standardize { width: W, epsilon }, shape.0).of(&x).shared(&moments);
    D::call(call, tape, shape, |tape| plain_standardize(x.put_tape(tape), moments.retaped(), epsilon))
}

/// Normalizes each column, in training by batch statistics, otherwise by running statistics; then scales and
/// shifts it.
pub fn batch_norm<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &BatchNorm<W, D>,
    name: &'static str,
    x: Rows<W, D, T>,
    epsilon: f32,
    pass: &mut Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let unit = standardize((&layer.running_mean, &layer.running_var), name, x, epsilon, pass)?;
    scale_and_shift(unit, Some(&layer.weight), Some(&layer.bias))
}
