//! Losses of numbers and their targets.

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{Device as Tensors, SumTo, TryAdd, TryMul, TrySub};

use super::Loss;
use super::call::{Objective, of_rows};
use super::pointwise::row_factors;
use crate::ops::scratch::Scratch;
use crate::ops::{Device, Reduction, Scores, Tape};

/// Loss of a number `z` and its target `y`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Regression {
    /// `(z - y)^2`.
    Squared,
    /// `|z - y|`.
    Absolute,
    /// `(z - y)^2 / 2` up to this distance, then linear.
    Huber(f32),
    /// `e^z - y z`, of the logarithm of an expected count.
    Poisson,
}

impl Regression {
    /// Returns the loss and its slope.
    #[inline(always)]
    fn of(self, z: f32, y: f32) -> (f32, f32) {
        let distance = z - y;
        match self {
            Self::Squared => (distance * distance, 2.0 * distance),
            Self::Absolute => {
                let sign = if distance == 0.0 { 0.0 } else { distance.signum() };
                (distance.abs(), sign)
            }
            Self::Huber(delta) => {
                let near = distance.clamp(-delta, delta);
                (near * (distance - 0.5 * near), near)
            }
            Self::Poisson => {
                let rate = z.exp();
                (rate - y * z, rate - y)
            }
        }
    }
}

/// `sum_i factor_i loss(z_i, y_i)`.
struct Summed {
    regression: Regression,
    targets: Vec<f32>,
    factors: Vec<f32>,
}

impl Objective for Summed {
    fn cost(&self) -> usize {
        1
    }

    fn sum(
        &self,
        first: usize,
        rows: usize,
        inputs: &[&[f32]],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) -> f64 {
        let rows = first..first + rows;
        let known = self.targets[rows.clone()].iter().zip(&self.factors[rows]);
        let values = inputs[0].iter().zip(known);
        for (into, (&z, (&y, factor))) in into[0].iter_mut().zip(values.clone()) {
            *into += factor * self.regression.of(z, y).1;
        }
        values.map(|(&z, (&y, factor))| f64::from(factor * self.regression.of(z, y).0)).sum()
    }
}

fn regression<D: Device, T: Tape<f32, D>>(
    values: Scores<D, T>,
    targets: &[f32],
    regression: Regression,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(targets.len(), weights, reduction);
    let objective = Summed { regression, targets: targets.to_vec(), factors: factors.clone() };
    of_rows(values, objective, |values| plain(values, targets, regression, factors))
}

/// Plain formulation of the losses.
pub(crate) fn plain<D: Tensors<f32>, T: Tape<f32, D>>(
    values: Scores<D, T>,
    targets: &[f32],
    regression: Regression,
    factors: Vec<f32>,
) -> Result<Loss<D, T>, D::Err> {
    let (device, shape) = (values.device().clone(), *values.shape());
    let targets = device.try_tensor_from_vec(targets.to_vec(), shape)?;
    let factors = device.try_tensor_from_vec(factors, shape)?.put_tape(T::default());
    let losses = match regression {
        Regression::Squared => values.try_sub(targets.put_tape(T::default()))?.try_square()?,
        Regression::Absolute => values.try_sub(targets.put_tape(T::default()))?.try_abs()?,
        Regression::Huber(delta) => {
            // Of the absolute distance `a` and `n = min(a, delta)`: `n (a - n / 2)`.
            let (far, tape) = values.try_sub(targets.put_tape(T::default()))?.try_abs()?.split_tape();
            let near = far.retaped::<T>().try_clamp(0.0, delta)?;
            let (near, of_near) = near.split_tape();
            let rest = far.put_tape(tape).try_sub(near.retaped::<T>().try_mul(0.5)?)?;
            rest.try_mul(near.put_tape(of_near))?
        }
        Regression::Poisson => {
            let (values, tape) = values.split_tape();
            let rates = values.retaped::<T>().try_exp()?;
            let linear = values.put_tape(tape).try_mul(targets.put_tape(T::default()))?;
            rates.try_add(linear.try_negate()?)?
        }
    };
    losses.try_mul(factors)?.try_sum()
}

/// Squared error: `(z - y)^2`.
pub fn mse<D: Device, T: Tape<f32, D>>(
    values: Scores<D, T>,
    targets: &[f32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    regression(values, targets, Regression::Squared, weights, reduction)
}

/// Absolute error: `|z - y|`.
pub fn mae<D: Device, T: Tape<f32, D>>(
    values: Scores<D, T>,
    targets: &[f32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    regression(values, targets, Regression::Absolute, weights, reduction)
}

/// Huber's loss: `(z - y)^2 / 2` for distances up to `delta`, else `delta (|z - y| - delta / 2)`. Huber, "Robust
/// estimation of a location parameter", 1964.
pub fn huber<D: Device, T: Tape<f32, D>>(
    values: Scores<D, T>,
    targets: &[f32],
    delta: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    regression(values, targets, Regression::Huber(delta), weights, reduction)
}

/// Negative log-likelihood of counts `y` under a Poisson distribution with the rate `e^z`, without the term that only
/// depends on the counts: `e^z - y z`.
pub fn poisson<D: Device, T: Tape<f32, D>>(
    log_rates: Scores<D, T>,
    targets: &[f32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    regression(log_rates, targets, Regression::Poisson, weights, reduction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_the_formulas() {
        let near = |found: (f32, f32), expected: (f32, f32)| {
            assert!((found.0 - expected.0).abs() < 1e-6 && (found.1 - expected.1).abs() < 1e-6, "{found:?}");
        };
        near(Regression::Squared.of(3.0, 1.0), (4.0, 4.0));
        near(Regression::Absolute.of(-3.0, 1.0), (4.0, -1.0));
        near(Regression::Absolute.of(1.0, 1.0), (0.0, 0.0));
        near(Regression::Huber(2.0).of(2.0, 1.0), (0.5, 1.0));
        near(Regression::Huber(2.0).of(-4.0, 1.0), (2.0 * (5.0 - 1.0), -2.0));
        near(Regression::Poisson.of(0.5, 3.0), (0.5f32.exp() - 1.5, 0.5f32.exp() - 3.0));
    }
}
