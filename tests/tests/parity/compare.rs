//! Comparison of the results of a program with a fixture.

use std::collections::BTreeMap;

use turret_tests::program::Device;

use crate::case::Case;
use crate::fixture::{Fixture, Tensor};
use crate::given::LEFT_OUT;

/// Maximum error of a tensor, relative to its largest value or 1, whichever is larger. Sums on a GPU have no
/// fixed order.
fn tolerance() -> f64 {
    match Device::asked() {
        Device::Cpu => 2e-5,
        Device::Cuda | Device::StandIn => 1e-4,
    }
}

/// Tensor with the largest error.
pub(crate) struct Worst {
    pub(crate) error: f64,
    pub(crate) tensor: String,
}

/// Results of a step by name.
pub(crate) type Results = BTreeMap<String, Tensor>;

/// Number of compared tensors, and the worst one.
pub(crate) struct Compared {
    pub(crate) outputs: usize,
    pub(crate) gradients: usize,
    pub(crate) worst: Worst,
}

/// Compares everything in the fixture. Returns the largest error. Losses and gradients of several specs are
/// added.
pub(crate) fn compare(fixture: &Fixture, cases: &[(&Case<'_>, Results)]) -> Result<Compared, String> {
    let losses = cases.iter().map(|(_, results)| results["loss"].values[0]);
    let mut errors = BTreeMap::from([("loss".to_string(), error(&[losses.sum()], fixture.tensor("loss")))]);
    for (case, results) in cases {
        for (name, given) in &case.outputs {
            let name = format!("out.{name}");
            let error = error(&given.values(results), fixture.tensor(&name));
            errors.insert(name, error);
        }
    }
    let mut gradients: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    cases.iter().for_each(|(case, results)| add_gradients(case, results, &mut gradients));
    for (name, computed) in &gradients {
        if let Some(name) = name.strip_prefix("param.").map(|name| format!("grad.{name}")) {
            let error = error(computed, fixture.tensor(&name));
            errors.insert(name, error);
        }
    }
    let told = fixture.tensors.keys().filter(|name| !is_given(name));
    let forgotten: Vec<&str> = told.filter(|name| !errors.contains_key(*name)).map(String::as_str).collect();
    if !forgotten.is_empty() {
        return Err(format!("not compared: {}", forgotten.join(", ")));
    }
    let tolerance = tolerance();
    let too_large: Vec<String> = errors
        .iter()
        // NaN is too large.
        .filter(|(_, error)| error.is_nan() || **error > tolerance)
        .map(|(name, error)| format!("{name} {error:.1e}"))
        .collect();
    if !too_large.is_empty() {
        return Err(format!("too large: {}", too_large.join(", ")));
    }
    let count = |kind: &str| errors.keys().filter(|name| name.starts_with(kind)).count();
    let (outputs, gradients) = (count("out."), count("grad."));
    let worst = errors.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (tensor, error) = worst.ok_or_else(|| "nothing is compared".to_string())?;
    Ok(Compared { outputs, gradients, worst: Worst { error, tensor } })
}

/// Returns whether a tensor of a fixture is an input of the program.
fn is_given(name: &str) -> bool {
    ["in.", "param.", "buffer."].iter().any(|kind| name.starts_with(kind))
}

/// Adds the gradient of each tensor of the fixture: the change of the weights in a step with learning rate 1.
/// A tensor that maps to several weights has the sum of their gradients.
fn add_gradients(case: &Case<'_>, results: &Results, gradients: &mut BTreeMap<String, Vec<f64>>) {
    for weight in &case.weights {
        let before = case.values(weight);
        let after = &results[&format!("weight.{}", weight.name)].values;
        let step: Vec<f64> = before.iter().zip(after).map(|(before, after)| before - after).collect();
        let widths: Vec<usize> = weight.tensors.iter().map(|name| case.row_width(name, weight)).collect();
        let mut from = 0;
        for (name, &width) in weight.tensors.iter().zip(&widths) {
            let columns = step.chunks(widths.iter().sum()).flat_map(|row| &row[from..from + width]);
            let gradient = gradients
                .entry(name.clone())
                .or_insert_with(|| vec![0.0; case.fixture.tensor(name).values.len()]);
            gradient.iter_mut().zip(columns).for_each(|(sum, &one)| *sum += one);
            from += width;
        }
    }
}

/// Largest difference, relative to the largest expected value or 1. Excluded scores of a softmax must be
/// excluded in both.
fn error(computed: &[f64], wanted: &Tensor) -> f64 {
    let left_out = |value: &f64| *value < LEFT_OUT;
    let pairs = || computed.iter().zip(&wanted.values);
    if computed.len() != wanted.values.len() || pairs().any(|(a, b)| left_out(a) != left_out(b)) {
        return f64::INFINITY;
    }
    let pairs = || pairs().filter(|(_, wanted)| !left_out(wanted));
    let largest = pairs().fold(1.0, |largest: f64, (_, wanted)| largest.max(wanted.abs()));
    let worst = |worst: f64, (computed, wanted): (&f64, &f64)| {
        let difference = (computed - wanted).abs();
        if difference.is_nan() { f64::INFINITY } else { worst.max(difference) }
    };
    pairs().fold(0.0, worst) / largest
}
