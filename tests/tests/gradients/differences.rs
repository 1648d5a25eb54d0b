//! Gradients of a program's loss against finite differences, for each weight.

use std::error::Error;
use std::path::Path;

use turret_runtime::data::encode;
use turret_runtime::device::{AutoDevice, Start};
use turret_runtime::error::DeviceError;
use turret_runtime::ops::Pass;
use turret_runtime::prepare::prepare_fitting;
use turret_runtime::program::{BatchOf, Program};
use turret_runtime::rng::Stream;
use turret_runtime::state::{NamedTensor, StateFile, write_state};

/// Step size: large enough for single precision, small enough to cross few kinks.
const STEP: f64 = 5e-4;
/// Tolerance for single precision and curvature: relative and absolute.
const TOLERANCE: (f64, f64) = (2e-2, 5e-4);
/// Number of random directions in addition to the gradient.
const DIRECTIONS: u64 = 3;

type Weights = Vec<NamedTensor<'static>>;

/// Compares the derivatives of the loss along the gradient and along random directions in each weight.
pub fn run<P: Program<AutoDevice>>(folder: &Path) -> Result<(), Box<dyn Error>> {
    let device = AutoDevice::start()?;
    let (data, features, _) = prepare_fitting(P::description(), P::Features::default(), folder)?;
    let dataset = encode(&features, &data)?;
    let batch = dataset.batch(&dataset.train);
    let mut model = P::build(&features, Some(folder), &P::description().training, device.clone(), 0)?;
    let weights: Weights = model.weights().into_iter().map(moved).collect();
    loss(&mut model, &weights, &batch, &device, folder)?;
    let after: Vec<Vec<f32>> = model.weights().iter().map(|weight| weight.values.widen().into_owned()).collect();
    let mut wrong = Vec::new();
    for (at, weight) in weights.iter().enumerate() {
        if is_constant(&weight.name) {
            continue;
        }
        let before = weight.values.widen();
        let gradient: Vec<f64> =
            before.iter().zip(&after[at]).map(|(before, after)| f64::from(before - after)).collect();
        for number in 0..=DIRECTIONS {
            let stream = Stream::new(1, &weight.name).part(number);
            let random = |index| f64::from(stream.normal(index as u64));
            let direction: Vec<f64> = match number {
                0 => gradient.clone(),
                _ => (0..gradient.len()).map(random).collect(),
            };
            let length = direction.iter().map(|value| value * value).sum::<f64>().sqrt();
            if length < 1e-6 {
                continue;
            }
            let mut towards = |step: f64| {
                let mut moved = weights.clone();
                let values = before.iter().zip(&direction);
                moved[at].values = values
                    .map(|(value, by)| value + (by / length * step) as f32)
                    .collect::<Vec<f32>>()
                    .into();
                loss(&mut model, &moved, &batch, &device, folder)
            };
            let numeric = (towards(STEP)? - towards(-STEP)?) / (2.0 * STEP);
            let analytic = gradient.iter().zip(&direction).map(|(a, b)| a * b / length).sum::<f64>();
            // NaN is an error.
            let close = (numeric - analytic).abs() <= TOLERANCE.0 * analytic.abs() + TOLERANCE.1;
            if !close {
                wrong.push(format!(
                    "{}, direction {number}: {analytic:.5}, by differences {numeric:.5}",
                    weight.name
                ));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Returns whether a weight is a constant for the gradient: running statistics, and initial routing logits.
fn is_constant(weight: &str) -> bool {
    weight.contains("running_") || weight.ends_with(".initial")
}

/// Adds random numbers to a weight, so that no value is at a zero or jump of its gradient.
fn moved(weight: NamedTensor<'_>) -> NamedTensor<'static> {
    let stream = Stream::new(0, &weight.name);
    let before = weight.values.widen();
    let values = before.iter().enumerate();
    let values: Vec<f32> = match is_constant(&weight.name) {
        true => before.to_vec(),
        false => values.map(|(index, value)| value + 0.4 * stream.normal(index as u64)).collect(),
    };
    NamedTensor::new(weight.name.clone(), &weight.shape[..], values)
}

/// Returns the loss for these weights, and takes a step.
fn loss<P: Program<AutoDevice>>(
    model: &mut P,
    weights: &Weights,
    batch: &BatchOf<AutoDevice, P>,
    device: &AutoDevice,
    folder: &Path,
) -> Result<f64, Box<dyn Error>> {
    let path = folder.join("weights.safetensors");
    write_state(&path, weights, "weights")?;
    let file = StateFile::read(&path)?;
    let mut reader = file.tensors()?;
    model.load_weights(&mut reader)?;
    let mut pass = Pass::training(device, 0, 1);
    Ok(f64::from(model.step(batch, &mut pass).map_err(DeviceError::failed)?))
}
