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
                velocity[at] = f64::from(momentum) * velocity[at] + 0.01 * g[at] / (square[at] + 1e-3).sqrt();
                w[at] - velocity[at]
            };
            (0..WIDTH).map(step).collect()
        });
        assert_close(&steps);
    }
}

#[test]
fn adadelta_is_its_formula() {
    let spec = OptimizerSpec::Adadelta { lr: 0.5, rho: 0.8, epsilon: 1e-3 };
    let steps = both(spec, |_, w, g, [square, of_steps]| {
        let step = |at: usize| {
            square[at] = 0.8 * square[at] + 0.2 * g[at] * g[at];
            let step = ((of_steps[at] + 1e-3) / (square[at] + 1e-3)).sqrt() * g[at];
            of_steps[at] = 0.8 * of_steps[at] + 0.2 * step * step;
            w[at] - 0.5 * step
        };
        (0..WIDTH).map(step).collect()
    });
    assert_close(&steps);
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
    UpdateRule::of(OptimizerSpec::lamb(0.5)).at(1, 1.0).apply(&mut weight, &[2.0], &mut first, &mut second);
    assert!((weight[0] + 0.5).abs() < 1e-6, "weights of 0 move at the rate itself: {weight:?}");
}
