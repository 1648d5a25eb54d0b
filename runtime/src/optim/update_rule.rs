//! Update rules: the arithmetic of a step for a table row or a dense weight.

use super::OptimizerSpec;

/// Update rule of an optimizer at a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpdateRule {
    spec: OptimizerSpec,
    /// Learning rate of this step.
    lr: f32,
    /// The same, with Adam's bias correction.
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
        let rate = match self.spec {
            OptimizerSpec::Adam { beta1, beta2, .. } | OptimizerSpec::AdamW { beta1, beta2, .. } => {
                let power = |beta: f32| f64::from(beta).powf(step as f64);
                let correction = (1.0 - power(beta2)).sqrt() / (1.0 - power(beta1));
                lr * correction
            }
            OptimizerSpec::Sgd { .. }
            | OptimizerSpec::Adagrad { .. }
            | OptimizerSpec::RowWiseAdagrad { .. } => lr,
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
                let kept = 1.0 - self.lr * weight_decay;
                Moments { beta1, beta2, epsilon, rate, kept }.apply(weights, gradient, first, second);
            }
        }
    }
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
