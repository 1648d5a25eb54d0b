//! What a program gave beside what the fixture says.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, Given};
use crate::fixture::{Fixture, Tensor};

/// Largest error of a tensor, as a share of its largest value or of 1, whichever is larger.
const TOLERANCE: f64 = 2e-5;

/// The tensor with the largest error.
pub(crate) struct Worst {
    pub(crate) error: f64,
    pub(crate) tensor: String,
}

/// The results of a step, by name.
pub(crate) type Results = BTreeMap<String, Tensor>;

/// Compares everything that the fixture tells of, and says where the error is largest. Losses and gradients of several specs add up.
pub(crate) fn compare(fixture: &Fixture, cases: &[(&Case<'_>, Results)]) -> Result<Worst, String> {
    let losses = cases.iter().map(|(case, results)| results["loss"].values[0] - case.added_loss);
    let mut errors = vec![("loss".to_string(), error(&[losses.sum()], &fixture.tensor("loss").values))];
    let outputs =
        || cases.iter().flat_map(|(case, results)| case.outputs.iter().map(move |output| (output, results)));
    for ((name, given), results) in outputs() {
        let Some(computed) = computed(given, results) else { continue };
        let name = format!("out.{name}");
        errors.push((name.clone(), error(&computed, &fixture.tensor(&name).values)));
    }
    let mut gradients: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    cases.iter().for_each(|(case, results)| add_gradients(case, results, &mut gradients));
    for (name, computed) in &gradients {
        if let Some(name) = name.strip_prefix("param.").map(|name| format!("grad.{name}")) {
            errors.push((name.clone(), error(computed, &fixture.tensor(&name).values)));
        }
    }
    let compared: BTreeSet<String> = outputs().map(|((name, _), _)| format!("out.{name}")).collect();
    let forgotten: Vec<&str> = fixture
        .tensors
        .keys()
        .filter(|name| name.starts_with("out.") && !compared.contains(*name))
        .chain(
            fixture
                .tensors
                .keys()
                .filter(|name| name.starts_with("param.") && !gradients.contains_key(*name)),
        )
        .map(String::as_str)
        .collect();
    if !forgotten.is_empty() {
        return Err(format!("not compared: {}", forgotten.join(", ")));
    }
    let too_large: Vec<String> = errors
        .iter()
        // what is no number is too large
        .filter(|(_, error)| error.is_nan() || *error > TOLERANCE)
        .map(|(name, error)| format!("{name} {error:.1e}"))
        .collect();
    if !too_large.is_empty() {
        return Err(format!("too large: {}", too_large.join(", ")));
    }
    let worst = errors.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b));
    worst.map(|(tensor, error)| Worst { error, tensor }).ok_or_else(|| "nothing is compared".to_string())
}

/// What the program gave for an output, if anything.
fn computed(given: &Given, results: &Results) -> Option<Vec<f64>> {
    match given {
        Given::Is(name) => Some(results[name].values.clone()),
        Given::Columns(name, columns) => {
            Some(results[name].rows().flat_map(|row| row[columns.clone()].to_vec()).collect())
        }
        Given::Records(given, records) => {
            let values = computed(given, results)?;
            let width = values.len() / results["score"].values.len();
            Some(records.iter().flat_map(|&record| values[record * width..][..width].to_vec()).collect())
        }
        Given::Sigmoid(given) => {
            let values = computed(given, results)?;
            Some(values.iter().map(|value| 1.0 / (1.0 + (-value).exp())).collect())
        }
        Given::OnTheWay => None,
    }
}

/// Adds the gradient of each tensor of the fixture: a step with a learning rate of 1 takes it away from the weights. What stands for
/// several weights has the sum of their gradients.
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

/// The largest difference, as a share of the largest wanted value or of 1. What is masked has no value.
fn error(computed: &[f64], wanted: &[f64]) -> f64 {
    if computed.len() != wanted.len() {
        return f64::INFINITY;
    }
    let pairs = || computed.iter().zip(wanted).filter(|(_, wanted)| **wanted > -1e29);
    let largest = pairs().fold(1.0, |largest: f64, (_, wanted)| largest.max(wanted.abs()));
    let worst = |worst: f64, (computed, wanted): (&f64, &f64)| {
        let difference = (computed - wanted).abs();
        if difference.is_nan() { f64::INFINITY } else { worst.max(difference) }
    };
    pairs().fold(0.0, worst) / largest
}
