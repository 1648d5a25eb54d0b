//! Takes one step of a program with the data and parameters in a folder, and writes `results.safetensors`
//! there.

use std::error::Error;
use std::path::Path;

use serde_json::Value;
use turret_runtime::data::{AnyFeatures, Batch, EncodedDataset, Features, encode};
use turret_runtime::device::{AutoDevice, Start};
use turret_runtime::dfdx::shapes::Const;
use turret_runtime::dfdx::tensor::{HasErr, NoneTape, TensorFromVec};
use turret_runtime::error::DeviceError;
use turret_runtime::model::{Assembled, ModelDefinition, Network, TableSet};
use turret_runtime::negatives::StepCandidates;
use turret_runtime::ops::{Activation, Pass, Rows, activate};
use turret_runtime::prepare::prepare_fitting;
use turret_runtime::program::{BatchOf, Program};
use turret_runtime::sampling::Distribution;
use turret_runtime::state::{NamedTensor, StateFile, write_state};

/// A program whose ops can be called one by one, so that their values can be recorded.
pub trait OneByOne: Program<AutoDevice> {
    /// Returns the loss of a batch.
    fn loss_one_by_one(
        &self,
        batch: &BatchOf<AutoDevice, Self>,
        pass: &mut Pass<AutoDevice>,
    ) -> Result<f32, <AutoDevice as HasErr>::Err>;
}

impl<M: ModelDefinition<AutoDevice>> OneByOne for Assembled<M, AutoDevice> {
    fn loss_one_by_one(
        &self,
        batch: &BatchOf<AutoDevice, Self>,
        pass: &mut Pass<AutoDevice>,
    ) -> Result<f32, <AutoDevice as HasErr>::Err> {
        let gathered = self.tables.gather(batch, pass)?;
        Ok(self.weights.loss::<NoneTape>(batch, &gathered, pass)?.as_vec()[0])
    }
}

/// Computes towers, score, loss, recorded values of ops, and the weights after a step.
pub fn run<P: OneByOne>(folder: &Path, training: bool) -> Result<(), Box<dyn Error>> {
    let device = AutoDevice::start()?;
    let pass = || match training {
        true => Pass::training(&device, 0, 1),
        false => Pass::inference(&device).with_gradients(),
    };
    let (data, features, _) = prepare_fitting(P::description(), P::Features::default(), folder)?;
    let features: P::Features = with_statistics(folder, features)?;
    let dataset = encode(&features, &data)?;
    let mut batch = dataset.batch(&dataset.train);
    let mut model = P::build(&features, Some(folder), &P::description().training, device.clone(), 0)?;
    load(&mut model, folder)?;

    let mut results = Vec::new();
    for (index, tower) in P::description().towers.iter().enumerate() {
        let output = model.tower(index, &batch, &mut pass()).map_err(DeviceError::failed)?;
        results.push(NamedTensor::new(
            format!("tower.{}", tower.name),
            [output.rows(), output.width],
            output.values,
        ));
    }
    let score = model.scores(&batch, &mut pass()).map_err(DeviceError::failed)?.values;
    if !score.is_empty() {
        let logits: Rows<1, AutoDevice> = device.tensor_from_vec(score.clone(), (score.len(), Const));
        let probability = activate(logits, Activation::Sigmoid).map_err(DeviceError::failed)?.as_vec();
        results.push(NamedTensor::new("probability", [score.len()], probability));
    }
    results.push(NamedTensor::new("score", [score.len()], score));
    let candidates = candidates::<P>(folder, &dataset, &mut batch)?;
    let begun = |candidates: StepCandidates| {
        let mut pass = pass();
        let step = pass.step;
        pass.begin_step(step, candidates);
        pass
    };
    heard::take();
    let heard =
        model.loss_one_by_one(&batch, &mut begun(candidates.clone())).map_err(DeviceError::failed)?;
    results.extend(heard::take());
    let alone = model.loss(&batch, &mut begun(candidates.clone())).map_err(DeviceError::failed)?;
    let loss = model.step(&batch, &mut begun(candidates)).map_err(DeviceError::failed)?;
    if [heard, alone].iter().any(|other| (loss - other).abs() > 1e-4 * loss.abs().max(1.0)) {
        return Err(format!(
            "the loss of the step is {loss}, {alone} without gradients, and {heard} of ops one by one"
        )
        .into());
    }
    results.push(NamedTensor::new("loss", [1], vec![loss]));
    for weight in model.weights() {
        results.push(NamedTensor { name: format!("weight.{}", weight.name), ..weight });
    }
    Ok(write_state(&folder.join("results.safetensors"), &results, "results")?)
}

/// Candidates of the step in `draw.json`, as rows of the catalog, with the probabilities of the log-uniform
/// sampler. Empty for a model without negatives.
fn candidates<P: Program<AutoDevice>>(
    folder: &Path,
    dataset: &EncodedDataset<BatchOf<AutoDevice, P>>,
    batch: &mut BatchOf<AutoDevice, P>,
) -> Result<StepCandidates, Box<dyn Error>> {
    let (Some(spec), Some(catalog)) = (&P::description().negatives, &dataset.catalog) else {
        return Ok(StepCandidates::default());
    };
    let text = std::fs::read_to_string(folder.join("draw.json"))?;
    let given: Value = serde_json::from_str(&text)?;
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let drawn: Vec<u32> =
        given["drawn"].as_array().into_iter().flatten().map(|row| number(row) as u32).collect();
    let distribution = Distribution::log_uniform(&(0..catalog.keys.len() as u32).collect::<Vec<u32>>());
    let expected = |&candidate: &u32| {
        distribution.expected_count(candidate, drawn.len(), number(&given["tries"]) as u64).ln() as f32
    };
    let positives = dataset.train.iter().map(|&row| catalog.candidate_of_row[row as usize]);
    let rows: Vec<u32> = positives.chain(drawn.iter().copied()).collect();
    for &input in &spec.inputs {
        catalog.columns.gather(input, &rows, batch);
    }
    let log_q = rows.iter().map(expected).collect();
    Ok(StepCandidates { rows, log_q, ..StepCandidates::default() })
}

/// Loads `parameters.safetensors`, which has the values of each weight as one row.
fn load<P: Program<AutoDevice>>(model: &mut P, folder: &Path) -> Result<(), Box<dyn Error>> {
    let given = StateFile::read(&folder.join("parameters.safetensors"))?;
    let mut given = given.tensors()?;
    let mut shaped = Vec::new();
    for weight in model.weights() {
        let values = given.take(&weight.name, &[weight.values.len()])?;
        shaped.push(NamedTensor::new(weight.name, weight.shape, values));
    }
    given.finish()?;
    let path = folder.join("weights.safetensors");
    write_state(&path, &shaped, "weights")?;
    let file = StateFile::read(&path)?;
    let mut reader = file.tensors()?;
    model.load_weights(&mut reader)?;
    Ok(reader.finish()?)
}

/// Replaces fitted statistics by those in `statistics.json`, by column.
fn with_statistics<F: Features>(folder: &Path, features: F) -> Result<F, Box<dyn Error>> {
    let features = AnyFeatures::new(features);
    let path = folder.join("statistics.json");
    let text = std::fs::read_to_string(&path)?;
    let statistics: Value = serde_json::from_str(&text)?;
    let mut stored = serde_json::to_value(&features)?;
    for (column, learned) in statistics.as_object().into_iter().flatten() {
        for (name, value) in learned.as_object().into_iter().flatten() {
            stored[column]["seen"][name] = value.clone();
        }
    }
    let restored = features.restored(&stored.to_string())?;
    restored.get().cloned().ok_or_else(|| "the features are of another type".into())
}
