//! Update rules: the arithmetic of a step for a table row or a dense weight.

use super::OptimizerSpec;

/// Partial sums of a norm.
const PARTIAL_SUMS: usize = 8;

/// Update rule of an optimizer at a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpdateRule {
    spec: OptimizerSpec,
    /// Learning rate of this step.
    lr: f32,
    /// The same, with Adam's bias correction. Of LAMB, the correction alone.
    rate: f32,
}

impl UpdateRule {
    /// Update rule before the first step.
    pub(crate) fn of(spec: OptimizerSpec) -> Self {
        Self { spec, lr: spec.lr(), rate: spec.lr() }
    }

    /// Update rule at a step, counted from 1, with a factor of the learning rate.
    pub(crate) fn at(self, step: u64, factor: f64) -> Self {
        let lr = f64::from(self.spec.lr()) * factor;
        let correction = |beta1: f32, beta2: f32| {
            let power = |beta: f32| f64::from(beta).powf(step as f64);
            (1.0 - power(beta2)).sqrt() / (1.0 - power(beta1))
        };
        let rate = match self.spec {
            OptimizerSpec::Adam { beta1, beta2, .. } | OptimizerSpec::AdamW { beta1, beta2, .. } => {
                lr * correction(beta1, beta2)
            }
            OptimizerSpec::Lamb { beta1, beta2, .. } => correction(beta1, beta2),
            OptimizerSpec::Sgd { .. }
            | OptimizerSpec::Adagrad { .. }
            | OptimizerSpec::RowWiseAdagrad { .. }
            | OptimizerSpec::RmsProp { .. }
            | OptimizerSpec::Ftrl { .. } => lr,
        };
        Self { lr: lr as f32, rate: rate as f32, ..self }
    }

    /// Initial value of the first state.
    pub(crate) fn initial(&self) -> f32 {
        self.spec.initial()
    }

    /// Floats of first and second state for a row of `width` weights.
    pub(crate) fn state(&self, width: usize) -> [usize; 2] {
        self.spec.state(width)
    }

    /// Share of a weight that a decay of weights keeps at this step.
    pub(crate) fn kept(&self, weight_decay: f32) -> f32 {
        1.0 - self.lr * weight_decay
    }

    /// Updates the weights by the gradient.
    #[inline(always)]
    pub(crate) fn apply(&self, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        let rate = self.rate;
        match self.spec {
            OptimizerSpec::Sgd { momentum: 0.0, .. } => {
                weights.iter_mut().zip(gradient).for_each(|(w, g)| *w -= rate * g);
            }
            OptimizerSpec::Sgd { momentum, .. } => {
                for ((w, g), velocity) in weights.iter_mut().zip(gradient).zip(first) {
                    *velocity = momentum * *velocity + g;
                    *w -= rate * *velocity;
                }
            }
            OptimizerSpec::Adagrad { epsilon, .. } => {
                for ((w, g), sum) in weights.iter_mut().zip(gradient).zip(first) {
                    *sum += g * g;
                    *w -= rate * g / (*sum + epsilon).sqrt();
                }
            }
            OptimizerSpec::RowWiseAdagrad { epsilon, .. } => {
                let mean = gradient.iter().map(|g| g * g).sum::<f32>() / gradient.len().max(1) as f32;
                first[0] += mean;
                let rate = rate / (first[0] + epsilon).sqrt();
                weights.iter_mut().zip(gradient).for_each(|(w, g)| *w -= rate * g);
            }
            OptimizerSpec::Adam { beta1, beta2, epsilon, .. } => {
                Moments { beta1, beta2, epsilon, rate, kept: 1.0 }.apply(weights, gradient, first, second);
            }
            OptimizerSpec::AdamW { beta1, beta2, epsilon, weight_decay, .. } => {
                let kept = self.kept(weight_decay);
                Moments { beta1, beta2, epsilon, rate, kept }.apply(weights, gradient, first, second);
            }
            OptimizerSpec::RmsProp { rho, momentum: 0.0, epsilon, .. } => {
                for ((w, g), square) in weights.iter_mut().zip(gradient).zip(first) {
                    *square += (1.0 - rho) * (g * g - *square);
                    *w -= rate * g / (*square + epsilon).sqrt();
                }
            }
            OptimizerSpec::RmsProp { rho, momentum, epsilon, .. } => {
                for (((w, g), square), velocity) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                    *square += (1.0 - rho) * (g * g - *square);
                    *velocity = momentum * *velocity + g / (*square + epsilon).sqrt();
                    *w -= rate * *velocity;
                }
            }
            OptimizerSpec::Ftrl { l1, l2, beta, lr_power, .. } => {
                let proximal = Proximal { lr: rate, l1, l2, beta };
                if lr_power == -0.5 {
                    proximal.apply(weights, gradient, first, second, f32::sqrt);
                } else {
                    proximal.apply(weights, gradient, first, second, |sum| sum.powf(-lr_power));
                }
            }
            OptimizerSpec::Lamb { beta1, beta2, epsilon, weight_decay, .. } => {
                let layerwise = Layerwise { beta1, beta2, epsilon, correction: rate, weight_decay };
                layerwise.apply(weights, gradient, first, second, self.lr);
            }
        }
    }
}

/// Adds the gradient of the penalty `l2 * w^2` to the gradient of a weight.
#[inline(always)]
pub(crate) fn penalized(gradient: f32, l2: f32, weight: f32) -> f32 {
    gradient + 2.0 * l2 * weight
}

/// Adam step.
struct Moments {
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    rate: f32,
    /// Factor of weight decay.
    kept: f32,
}

impl Moments {
    #[inline(always)]
    fn apply(&self, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        for (((w, g), mean), square) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
            *mean += (1.0 - self.beta1) * (g - *mean);
            *square += (1.0 - self.beta2) * (g * g - *square);
            *w = *w * self.kept - self.rate * *mean / (square.sqrt() + self.epsilon);
        }
    }
}

/// FTRL step.
struct Proximal {
    lr: f32,
    l1: f32,
    l2: f32,
    beta: f32,
}

impl Proximal {
    /// Updates weights. `power` is the power of a sum of squares that divides the learning rate.
    #[inline(always)]
    fn apply(
        &self,
        weights: &mut [f32],
        gradient: &[f32],
        sums: &mut [f32],
        linear: &mut [f32],
        power: impl Fn(f32) -> f32,
    ) {
        // A schedule may end with a rate of 0, at which nothing moves.
        if self.lr == 0.0 {
            return;
        }
        for (((w, g), sum), z) in weights.iter_mut().zip(gradient).zip(sums).zip(linear) {
            let before = power(*sum);
            *sum += g * g;
            let after = power(*sum);
            *z += g - (after - before) / self.lr * *w;
            let curvature = (after + self.beta) / self.lr + 2.0 * self.l2;
            *w = (z.clamp(-self.l1, self.l1) - *z) / curvature;
        }
    }
}

/// LAMB step.
struct Layerwise {
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    /// Bias correction.
    correction: f32,
    weight_decay: f32,
}

impl Layerwise {
    /// Direction of the step of a weight.
    #[inline(always)]
    fn direction(&self, weight: f32, mean: f32, square: f32) -> f32 {
        self.correction * mean / (square.sqrt() + self.epsilon) + self.weight_decay * weight
    }

    #[inline(always)]
    fn apply(&self, weights: &mut [f32], gradient: &[f32], means: &mut [f32], squares: &mut [f32], lr: f32) {
        let mut norms = [[0.0_f64; PARTIAL_SUMS]; 2];
        for (at, (((w, g), mean), square)) in
            weights.iter().zip(gradient).zip(&mut *means).zip(&mut *squares).enumerate()
        {
            *mean += (1.0 - self.beta1) * (g - *mean);
            *square += (1.0 - self.beta2) * (g * g - *square);
            let of_both = [*w, self.direction(*w, *mean, *square)].map(f64::from);
            norms.iter_mut().zip(of_both).for_each(|(sums, value)| sums[at % PARTIAL_SUMS] += value * value);
        }
        let [of_weights, of_direction] = norms.map(|sums| sums.iter().sum::<f64>().sqrt());
        let is_trusted = of_weights > 0.0 && of_direction > 0.0;
        let rate = if is_trusted { lr * (of_weights / of_direction) as f32 } else { lr };
        for ((w, mean), square) in weights.iter_mut().zip(means).zip(squares) {
            *w -= rate * self.direction(*w, *mean, *square);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    const WIDTH: usize = 5;
    const STEPS: u64 = 30;

    /// Weights after steps of the rule, and after steps of a formula in `f64`, with the same gradients.
    fn both(
        spec: OptimizerSpec,
        formula: impl Fn(usize, &[f64], &[f64], &mut [Vec<f64>; 2]) -> Vec<f64>,
    ) -> [Vec<f64>; 2] {
        let stream = Stream::new(3, "weights");
        let mut weights: Vec<f32> = (0..WIDTH as u64).map(|at| stream.normal(at)).collect();
        let mut expected: Vec<f64> = weights.iter().copied().map(f64::from).collect();
        let rule = UpdateRule::of(spec);
        let [first, second] = rule.state(WIDTH);
        let (mut first, mut second) = (vec![rule.initial(); first], vec![0.0; second]);
        let mut state = [vec![f64::from(rule.initial()); WIDTH], vec![0.0; WIDTH]];
        for step in 1..=STEPS {
            let stream = stream.part(step);
            let gradient: Vec<f32> = (0..WIDTH as u64).map(|at| stream.normal(at)).collect();
            rule.at(step, 1.0).apply(&mut weights, &gradient, &mut first, &mut second);
            let gradient: Vec<f64> = gradient.into_iter().map(f64::from).collect();
            expected = formula(step as usize, &expected, &gradient, &mut state);
        }
        [weights.into_iter().map(f64::from).collect(), expected]
    }

    fn assert_close([found, expected]: &[Vec<f64>; 2]) {
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-5 * b.abs().max(1.0), "{found:?} {expected:?}");
        }
    }

    #[test]
    fn rmsprop_is_its_formula() {
        for momentum in [0.0, 0.9] {
            let spec = OptimizerSpec::RmsProp { lr: 0.01, rho: 0.8, momentum, epsilon: 1e-3 };
            let steps = both(spec, |_, w, g, [square, velocity]| {
                let step = |at: usize| {
                    square[at] = 0.8 * square[at] + 0.2 * g[at] * g[at];
                    velocity[at] =
                        f64::from(momentum) * velocity[at] + 0.01 * g[at] / (square[at] + 1e-3).sqrt();
                    w[at] - velocity[at]
                };
                (0..WIDTH).map(step).collect()
            });
            assert_close(&steps);
        }
    }

    /// The algorithm of McMahan et al. with the settings of Keras.
    #[test]
    fn ftrl_is_its_formula_and_zeroes_weights() {
        for (l1, lr_power) in [(0.0, -0.5), (0.3, -0.5), (0.3, -0.7), (40.0, -0.5)] {
            let spec =
                OptimizerSpec::Ftrl { lr: 0.1, l1, l2: 0.02, beta: 0.5, lr_power, initial_accumulator: 0.2 };
            let steps = both(spec, |_, w, g, [sum, z]| {
                let power = |sum: f64| sum.powf(-f64::from(lr_power));
                let step = |at: usize| {
                    let sigma = (power(sum[at] + g[at] * g[at]) - power(sum[at])) / 0.1;
                    z[at] += g[at] - sigma * w[at];
                    sum[at] += g[at] * g[at];
                    if z[at].abs() <= f64::from(l1) {
                        return 0.0;
                    }
                    -(z[at] - z[at].signum() * f64::from(l1)) / ((0.5 + power(sum[at])) / 0.1 + 2.0 * 0.02)
                };
                (0..WIDTH).map(step).collect()
            });
            assert_close(&steps);
            assert_eq!(steps[0].iter().all(|weight| *weight == 0.0), l1 == 40.0);
        }
        let (mut weight, mut first, mut second) = ([1.0], [0.1], [0.0]);
        let rule = UpdateRule::of(OptimizerSpec::ftrl(0.1)).at(9, 0.0);
        rule.apply(&mut weight, &[2.0], &mut first, &mut second);
        assert_eq!(weight, [1.0]);
    }

    /// The length of a step is the share `lr` of the length of the weights.
    #[test]
    fn lamb_is_its_formula() {
        for weight_decay in [0.0, 0.1] {
            let spec = OptimizerSpec::Lamb { lr: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weight_decay };
            let steps = both(spec, |step, w, g, [mean, square]| {
                let direction = |at: usize| {
                    mean[at] = 0.8 * mean[at] + 0.2 * g[at];
                    square[at] = 0.95 * square[at] + 0.05 * g[at] * g[at];
                    let unbiased = |moment: f64, beta: f64| moment / (1.0 - beta.powi(step as i32));
                    unbiased(mean[at], 0.8) / (unbiased(square[at], 0.95).sqrt() + 1e-6)
                        + f64::from(weight_decay) * w[at]
                };
                let direction: Vec<f64> = (0..WIDTH).map(direction).collect();
                let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
                let rate = 0.02 * norm(w) / norm(&direction);
                w.iter().zip(&direction).map(|(w, direction)| w - rate * direction).collect()
            });
            assert_close(&steps);
        }
        let (mut weight, mut first, mut second) = ([0.0], [0.0], [0.0]);
        UpdateRule::of(OptimizerSpec::lamb(0.5)).at(1, 1.0).apply(
            &mut weight,
            &[2.0],
            &mut first,
            &mut second,
        );
        assert!((weight[0] + 0.5).abs() < 1e-6, "weights of 0 move at the rate itself: {weight:?}");
    }
}
