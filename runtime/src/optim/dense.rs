//! Optimizer of dense weights, with a state per weight.

use dfdx::tensor::Gradients;
use turret_schema::DenseSpec;

use super::{OptimizerSpec, UpdateRule, penalized};
use crate::ops::{Device, Module, Weight, vectorized, weights, weights_mut};
use crate::state::{NamedTensor, StateError, StateReader};

/// Training of a weight.
#[derive(Debug)]
struct State {
    name: String,
    shape: Vec<usize>,
    optimizer: OptimizerSpec,
    l2: f32,
    weight_decay: f32,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl State {
    /// State of a weight before the first step. Penalties apply to weights that inputs are multiplied by.
    fn new<T>(weight: &Weight<T>, shape: Vec<usize>, optimizer: OptimizerSpec, dense: &[DenseSpec]) -> Self {
        let spec = DenseSpec::of(dense, &weight.name);
        let optimizer = spec.optimizer.unwrap_or(optimizer).of_dense();
        let penalty = |factor: Option<f32>| factor.filter(|_| weight.initial.is_penalized()).unwrap_or(0.0);
        let [first, second] = optimizer.state(shape.iter().product());
        Self {
            name: weight.name.clone(),
            shape,
            optimizer,
            l2: penalty(spec.l2),
            weight_decay: penalty(spec.weight_decay),
            first: vec![optimizer.initial(); first],
            second: vec![0.0; second],
        }
    }

    /// Updates the weight by the gradient.
    fn step(&mut self, rule: UpdateRule, values: &mut [f32], gradient: &mut [f32]) {
        let (l2, kept) = (self.l2, rule.kept(self.weight_decay));
        vectorized(|| {
            if l2 != 0.0 {
                gradient.iter_mut().zip(&*values).for_each(|(g, w)| *g = penalized(*g, l2, *w));
            }
            if kept != 1.0 {
                values.iter_mut().for_each(|w| *w *= kept);
            }
            rule.apply(values, gradient, &mut self.first, &mut self.second);
        });
    }
}

/// Optimizer of all trained tensors of a module.
#[derive(Debug)]
pub struct DenseOptimizer {
    spec: OptimizerSpec,
    step: u64,
    /// States of the trained tensors, in their order.
    states: Vec<State>,
}

impl DenseOptimizer {
    /// Optimizer before the first step. `dense` lists the weights that are trained otherwise.
    pub fn new<D: Device>(spec: &OptimizerSpec, dense: &[DenseSpec], module: &dyn Module<D>) -> Self {
        let trained = weights(module).into_iter().filter(|weight| weight.initial.is_trained());
        let states = trained.map(|weight| State::new(&weight, weight.tensor.dimensions(), *spec, dense));
        Self { spec: *spec, step: 0, states: states.collect() }
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
    pub fn apply<D: Device>(
        &mut self,
        module: &mut dyn Module<D>,
        gradients: Vec<Vec<f32>>,
        rate_factor: f64,
    ) {
        self.step += 1;
        let trained = weights_mut(module).into_iter().filter(|weight| weight.initial.is_trained());
        for ((weight, mut gradient), state) in trained.zip(gradients).zip(&mut self.states) {
            let mut values = weight.tensor.values();
            let rule = UpdateRule::of(state.optimizer).at(self.step, rate_factor);
            state.step(rule, &mut values, &mut gradient);
            weight.tensor.set(&values);
        }
    }

    /// State tensors: `{prefix}step` and, for each weight, `{prefix}{weight}.first` and `.second`.
    pub fn named<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        let mut named = vec![named_step(format!("{prefix}step"), self.step)];
        for state in &self.states {
            for (label, values) in [("first", &state.first), ("second", &state.second)] {
                if !values.is_empty() {
                    let name = format!("{prefix}{}.{label}", state.name);
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
        for state in &mut self.states {
            for (label, values) in [("first", &mut state.first), ("second", &mut state.second)] {
                if !values.is_empty() {
                    let names = [&state.name, &former(&state.name)];
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
