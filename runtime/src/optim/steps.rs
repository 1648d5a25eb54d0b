//! The arithmetic of a step, for a row of a table or for a whole dense weight.

use super::OptimizerSpec;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Sgd,
    Momentum(f32),
    Adagrad,
    RowWise,
    Adam { beta1: f32, beta2: f32, decay: f32 },
}

/// An optimizer at one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    kind: Kind,
    lr: f32,
    /// The rate of this step: Adam's with its bias correction.
    rate: f32,
    epsilon: f32,
    /// First value of the first state.
    pub(crate) initial: f32,
}

impl Steps {
    /// The optimizer before its first step.
    pub(crate) fn of(spec: &OptimizerSpec) -> Self {
        let (kind, lr, epsilon, initial) = match *spec {
            OptimizerSpec::Sgd { lr, momentum: 0.0 } => (Kind::Sgd, lr, 0.0, 0.0),
            OptimizerSpec::Sgd { lr, momentum } => (Kind::Momentum(momentum), lr, 0.0, 0.0),
            OptimizerSpec::Adagrad { lr, initial_accumulator, epsilon } => {
                (Kind::Adagrad, lr, epsilon, initial_accumulator)
            }
            OptimizerSpec::RowWiseAdagrad { lr, initial_accumulator, epsilon } => {
                (Kind::RowWise, lr, epsilon, initial_accumulator)
            }
            OptimizerSpec::Adam { lr, beta1, beta2, epsilon } => {
                (Kind::Adam { beta1, beta2, decay: 0.0 }, lr, epsilon, 0.0)
            }
            OptimizerSpec::AdamW { lr, beta1, beta2, epsilon, weight_decay } => {
                (Kind::Adam { beta1, beta2, decay: weight_decay }, lr, epsilon, 0.0)
            }
        };
        Self { kind, lr, rate: lr, epsilon, initial }
    }

    /// As `of` for a dense weight, which has no rows.
    pub(crate) fn of_dense(spec: &OptimizerSpec) -> Self {
        let steps = Self::of(spec);
        match steps.kind {
            Kind::RowWise => Self { kind: Kind::Adagrad, ..steps },
            _ => steps,
        }
    }

    /// The optimizer at a step, counted from 1.
    pub(crate) fn at(self, step: u64) -> Self {
        let Kind::Adam { beta1, beta2, .. } = self.kind else { return self };
        let power = |beta: f32| f64::from(beta).powf(step as f64);
        let correction = (1.0 - power(beta2)).sqrt() / (1.0 - power(beta1));
        Self { rate: (f64::from(self.lr) * correction) as f32, ..self }
    }

    /// Numbers of first state for a row of `width` weights.
    pub(crate) fn first_per_row(&self, width: usize) -> usize {
        match self.kind {
            Kind::Sgd => 0,
            Kind::RowWise => 1,
            Kind::Momentum(_) | Kind::Adagrad | Kind::Adam { .. } => width,
        }
    }

    /// Numbers of second state for a row of `width` weights.
    pub(crate) fn second_per_row(&self, width: usize) -> usize {
        if matches!(self.kind, Kind::Adam { .. }) { width } else { 0 }
    }

    /// Moves the weights against the gradient.
    #[inline(always)]
    pub(crate) fn apply(&self, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        let (rate, epsilon) = (self.rate, self.epsilon);
        let pairs = weights.iter_mut().zip(gradient);
        match self.kind {
            Kind::Sgd => pairs.for_each(|(w, g)| *w -= rate * g),
            Kind::Momentum(momentum) => {
                for ((w, g), velocity) in pairs.zip(first) {
                    *velocity = momentum * *velocity + g;
                    *w -= rate * *velocity;
                }
            }
            Kind::Adagrad => {
                for ((w, g), sum) in pairs.zip(first) {
                    *sum += g * g;
                    *w -= rate * g / (*sum + epsilon).sqrt();
                }
            }
            Kind::RowWise => {
                let mean = gradient.iter().map(|g| g * g).sum::<f32>() / gradient.len().max(1) as f32;
                first[0] += mean;
                let rate = rate / (first[0] + epsilon).sqrt();
                pairs.for_each(|(w, g)| *w -= rate * g);
            }
            Kind::Adam { beta1, beta2, decay } => {
                let kept = 1.0 - self.lr * decay;
                for (((w, g), mean), square) in pairs.zip(first).zip(second) {
                    *mean += (1.0 - beta1) * (g - *mean);
                    *square += (1.0 - beta2) * (g * g - *square);
                    *w = *w * kept - rate * *mean / (square.sqrt() + epsilon);
                }
            }
        }
    }
}
