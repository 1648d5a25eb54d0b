//! Optimizer of dense weights, with a state for each weight by name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
    ViewTensorRef,
};
use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{Gradients, Tensor};

use super::{OptimizerSpec, UpdateRule};
use crate::ops::{Device, vectorized};
use crate::state::{NamedTensor, StateError, StateReader};

#[derive(Debug, Default)]
struct State {
    shape: Vec<usize>,
    first: Vec<f32>,
    second: Vec<f32>,
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
    pub fn new<D: Device, M: TensorCollection<f32, D>>(spec: &OptimizerSpec, module: &M) -> Self {
        let rule = UpdateRule::of(spec.of_dense());
        let mut survey = Survey { rule, states: BTreeMap::new() };
        let walked = M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut survey });
        match walked {
            Ok(_) => Self { spec: *spec, step: 0, states: survey.states },
            Err(never) => match never {},
        }
    }

    /// Returns the settings.
    pub fn spec(&self) -> &OptimizerSpec {
        &self.spec
    }

    /// Updates every trained tensor of the module. A missing gradient counts as zero.
    pub fn update<D: Device, M: TensorCollection<f32, D>>(
        &mut self,
        module: &mut M,
        gradients: &mut Gradients<f32, D>,
    ) -> Result<(), D::Err> {
        self.step += 1;
        let rule = UpdateRule::of(self.spec.of_dense()).at(self.step);
        let mut update = Update { rule, states: &mut self.states, gradients };
        M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut update })?;
        Ok(())
    }

    /// State tensors: `{prefix}step` and, for each weight, `{prefix}{weight}.first` and `.second`.
    pub fn named<'a>(&'a self, prefix: &str) -> Vec<NamedTensor<'a>> {
        let mut named = vec![named_step(format!("{prefix}step"), self.step)];
        for (weight, state) in &self.states {
            for (label, values) in [("first", &state.first), ("second", &state.second)] {
                if !values.is_empty() {
                    let name = format!("{prefix}{weight}.{label}");
                    named.push(NamedTensor {
                        name,
                        shape: state.shape.clone(),
                        values: Cow::Borrowed(values),
                    });
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
    NamedTensor { name, shape: vec![2], values: Cow::Owned(values) }
}

/// Reads the count that `named_step` wrote.
pub(crate) fn take_step(reader: &mut StateReader<'_>, name: &str) -> Result<u64, StateError> {
    let parts = reader.take(name, &[2])?;
    Ok(((parts[0] as u64) << 20) + parts[1] as u64)
}

/// Visits the trained tensors and creates a state for each.
struct Survey {
    rule: UpdateRule,
    states: BTreeMap<String, State>,
}

impl<D: Device> TensorVisitor<f32, D> for Survey {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = std::convert::Infallible;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, D>,
        (tensor, name): (&Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, Self::Err> {
        if options.do_gradient_update {
            let count = tensor.shape().num_elements();
            let [first, second] = self.rule.state(count);
            let state = State {
                shape: tensor.shape().concrete().as_ref().to_vec(),
                first: vec![self.rule.initial(); first],
                second: vec![0.0; second],
            };
            self.states.insert(name, state);
        }
        Ok(None)
    }
}

struct Update<'a, D: Device> {
    rule: UpdateRule,
    states: &'a mut BTreeMap<String, State>,
    gradients: &'a mut Gradients<f32, D>,
}

impl<D: Device> TensorVisitor<f32, D> for Update<'_, D> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, D>,
        (tensor, name): (&mut Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, D::Err> {
        if !options.do_gradient_update {
            return Ok(None);
        }
        let count = tensor.shape().num_elements();
        self.gradients.try_alloc_for(&*tensor)?;
        let (mut gradient, mut weights) = (vec![0.0; count], vec![0.0; count]);
        self.gradients.get(&*tensor).copy_into(&mut gradient);
        tensor.copy_into(&mut weights);
        let state = self.states.entry(name).or_default();
        if state.first.is_empty() {
            let [first, second] = self.rule.state(count);
            state.first.resize(first, self.rule.initial());
            state.second.resize(second, 0.0);
        }
        vectorized(|| self.rule.apply(&mut weights, &gradient, &mut state.first, &mut state.second));
        tensor.copy_from(&weights);
        Ok(None)
    }
}
