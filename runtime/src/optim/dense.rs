//! Optimizer of dense weights, with a state per weight.

use std::collections::BTreeMap;

use dfdx::tensor::Gradients;

use super::{OptimizerSpec, UpdateRule};
use crate::ops::{Device, Module, vectorized, weights, weights_mut};
use crate::state::{NamedTensor, StateError, StateReader};

#[derive(Debug)]
struct State {
    shape: Vec<usize>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl State {
    /// State of a weight before the first step.
    fn new(rule: &UpdateRule, shape: Vec<usize>) -> Self {
        let [first, second] = rule.state(shape.iter().product());
        State { shape, first: vec![rule.initial(); first], second: vec![0.0; second] }
    }
}

/// Optimizer of all trained tensors of a module.
#[derive(Debug)]
pub struct DenseOptimizer {
    spec: OptimizerSpec,
    step: u64,
    states: BTreeMap<String, State>,
}

impl DenseOptimizer {
    /// Optimizer before the first step.
    pub fn new<D: Device>(spec: &OptimizerSpec, module: &dyn Module<D>) -> Self {
        let rule = UpdateRule::of(spec.of_dense());
        let trained = weights(module).into_iter().filter(|weight| weight.initial.is_trained());
        let states =
            trained.map(|weight| (weight.name, State::new(&rule, weight.tensor.dimensions()))).collect();
        Self { spec: *spec, step: 0, states }
    }

    /// Returns the settings.
    pub fn spec(&self) -> &OptimizerSpec {
        &self.spec
    }

    /// Removes and returns the gradients of the trained tensors of a module, in their order. A missing gradient is zero.
    pub fn take_gradients<D: Device>(
        module: &dyn Module<D>,
        gradients: &mut Gradients<f32, D>,
    ) -> Result<Vec<Vec<f32>>, D::Err> {
        let trained = weights(module).into_iter().filter(|weight| weight.initial.is_trained());
        trained.map(|weight| weight.tensor.take_gradient(gradients)).collect()
    }

    /// Updates the trained tensors of a module by their gradients, with a factor of the learning rate.
    pub fn apply<D: Device>(&mut self, module: &mut dyn Module<D>, gradients: &[Vec<f32>], rate_factor: f64) {
        self.step += 1;
        let rule = UpdateRule::of(self.spec.of_dense()).at(self.step, rate_factor);
        let trained = weights_mut(module).into_iter().filter(|weight| weight.initial.is_trained());
        for (weight, gradient) in trained.zip(gradients) {
            let mut values = weight.tensor.values();
            let shape = || State::new(&rule, weight.tensor.dimensions());
            let State { first, second, .. } = self.states.entry(weight.name).or_insert_with(shape);
            vectorized(|| rule.apply(&mut values, gradient, first, second));
            weight.tensor.set(&values);
        }
    }

    /// State tensors: `{prefix}step` and, for each weight, `{prefix}{weight}.first` and `.second`.
    pub fn named<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        let mut named = vec![named_step(format!("{prefix}step"), self.step)];
        for (weight, state) in &self.states {
            for (label, values) in [("first", &state.first), ("second", &state.second)] {
                if !values.is_empty() {
                    let name = format!("{prefix}{weight}.{label}");
                    named.push(NamedTensor::new(name, &state.shape[..], &values[..]));
                }
            }
        }
        named
    }

    /// Loads the state that `named` returns, also under the `former` names of earlier versions.
    pub fn load(
        &mut self,
        prefix: &str,
        reader: &mut StateReader<'_>,
        former: fn(&str) -> String,
    ) -> Result<(), StateError> {
        self.step = take_step(reader, &format!("{prefix}step"))?;
        for (weight, state) in &mut self.states {
            for (label, values) in [("first", &mut state.first), ("second", &mut state.second)] {
                if !values.is_empty() {
                    let names = [weight, &former(weight)];
                    let [name, former] = names.map(|name| format!("{prefix}{name}.{label}"));
                    *values = reader.take_renamed(&name, &former, &state.shape)?;
                }
            }
        }
        Ok(())
    }
}

/// Step count as two numbers that are exact in `f32`.
pub(crate) fn named_step(name: String, step: u64) -> NamedTensor<'static> {
    let values = vec![(step >> 20) as f32, (step & 0xf_ffff) as f32];
    NamedTensor::new(name, [2], values)
}

/// Reads the count that `named_step` wrote.
pub(crate) fn take_step(reader: &mut StateReader<'_>, name: &str) -> Result<u64, StateError> {
    let parts = reader.take(name, &[2])?;
    Ok(((parts[0] as u64) << 20) + parts[1] as u64)
}
