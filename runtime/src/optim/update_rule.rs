//! Update rules: the arithmetic of a step for a table row or a dense weight.

#[cfg(test)]
mod tests;

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
            | OptimizerSpec::Adadelta { .. }
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
            OptimizerSpec::Adadelta { rho, epsilon, .. } => {
                for (((w, g), square), of_steps) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                    *square += (1.0 - rho) * (g * g - *square);
                    let step = (*of_steps + epsilon).sqrt() * g / (*square + epsilon).sqrt();
                    *of_steps += (1.0 - rho) * (step * step - *of_steps);
                    *w -= rate * step;
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
