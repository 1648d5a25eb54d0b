//! Learning rate by step.

use std::f64::consts::PI;

use turret_schema::{Decay, ScheduleSpec};

/// Returns the factor of the learning rate at a step, counted from 1, of a training of `total` steps.
pub fn rate_factor(schedule: &ScheduleSpec, step: u64, total: u64) -> f64 {
    let warm_up = schedule.warm_up as u64;
    if step <= warm_up {
        return step as f64 / warm_up as f64;
    }
    // Steps of the decay before this one.
    let done = (step - warm_up - 1) as f64;
    let part = |until: Option<usize>| {
        let end = until.map_or(total, |until| until as u64);
        (done / end.saturating_sub(warm_up).max(1) as f64).min(1.0)
    };
    match schedule.decay {
        Decay::Constant => 1.0,
        Decay::Step { every, factor } => factor.powf((done / every as f64).floor()),
        Decay::Exponential { every, factor } => factor.powf(done / every as f64),
        Decay::Cosine { until, floor } => floor + (1.0 - floor) * 0.5 * (1.0 + (PI * part(until)).cos()),
        Decay::Linear { until, floor } => floor + (1.0 - floor) * (1.0 - part(until)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(decay: Decay, warm_up: usize, total: u64) -> Vec<f64> {
        let schedule = ScheduleSpec::new(decay).warm_up(warm_up);
        (1..=total).map(|step| rate_factor(&schedule, step, total)).collect()
    }

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        let is_close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(is_close, "{found:?} {expected:?}");
    }

    #[test]
    fn factors_are_those_of_the_formulas() {
        assert_eq!(factors(Decay::Constant, 0, 3), [1.0; 3]);
        close(&factors(Decay::Constant, 4, 6), &[0.25, 0.5, 0.75, 1.0, 1.0, 1.0]);
        let step = Decay::Step { every: 2, factor: 0.1 };
        close(&factors(step, 0, 5), &[1.0, 1.0, 0.1, 0.1, 0.01]);
        close(&factors(step, 2, 5), &[0.5, 1.0, 1.0, 1.0, 0.1]);
        let exponential = Decay::Exponential { every: 2, factor: 0.25 };
        close(&factors(exponential, 0, 4), &[1.0, 0.5, 0.25, 0.125]);
        let linear = |until, floor| Decay::Linear { until, floor };
        close(&factors(linear(None, 0.0), 0, 4), &[1.0, 0.75, 0.5, 0.25]);
        close(&factors(linear(Some(2), 0.2), 0, 4), &[1.0, 0.6, 0.2, 0.2]);
        close(&factors(linear(None, 0.0), 2, 4), &[0.5, 1.0, 1.0, 0.5]);
        let cosine = |until, floor| Decay::Cosine { until, floor };
        close(&factors(cosine(None, 0.0), 0, 4), &[1.0, 0.5 + 0.125_f64.sqrt(), 0.5, 0.5 - 0.125_f64.sqrt()]);
        close(&factors(cosine(Some(2), 0.5), 0, 3), &[1.0, 0.75, 0.5]);
        // A warm-up that is longer than the training.
        close(&factors(cosine(None, 0.0), 10, 3), &[0.1, 0.2, 0.3]);
    }
}
