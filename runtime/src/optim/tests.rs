use dfdx::shapes::Const;
use dfdx::tensor::{Cpu, OwnedTape, TensorFromVec};
use dfdx::tensor_ops::Backward;

use super::*;
use crate::ops::{
    Activation, Device, Linear, Module, Parameter, Reduction, Rows, Weight, bce, dense, scores,
};
use crate::rng::Stream;
use crate::state::{StateFile, write_state};
use turret_schema::{DenseSpec, Initializer};

type Layer = Linear<3, 1, Cpu>;

fn step(layer: &mut Layer, optimizer: &mut DenseOptimizer) -> f32 {
    let device = Cpu::default();
    let x: Rows<3, Cpu> =
        device.tensor_from_vec(vec![1.0, 0.0, 2.0, 0.0, 1.0, -1.0, 3.0, 1.0, 0.0], (3, Const));
    let logits = dense(layer, x.retaped::<OwnedTape<f32, Cpu>>(), Activation::Linear).unwrap();
    let loss = bce(scores(logits).unwrap(), &[1.0, 0.0, 1.0], None, Reduction::Mean).unwrap();
    let value = loss.as_vec()[0];
    let gradients = DenseOptimizer::take_gradients(layer, &mut loss.backward()).unwrap();
    optimizer.apply(layer, gradients, 1.0);
    value
}

#[test]
fn dense_weights_learn_and_depend_on_the_seed() {
    for spec in [OptimizerSpec::sgd(0.5), OptimizerSpec::row_wise_adagrad(0.3), OptimizerSpec::adam(0.1)] {
        let mut layer: Layer = build_weights(&Cpu::default(), 1).unwrap();
        let mut optimizer = DenseOptimizer::new(&spec, &[], &layer);
        let first = step(&mut layer, &mut optimizer);
        let last = (0..50).map(|_| step(&mut layer, &mut optimizer)).last().unwrap();
        assert!(last < 0.5 * first, "{spec:?}: {first} to {last}");
        let names: Vec<String> = optimizer.named("o.").into_iter().map(|tensor| tensor.name).collect();
        assert!(names.iter().any(|name| name == "o.step"), "{names:?}");
        assert!(
            matches!(spec, OptimizerSpec::Sgd { .. }) || names.iter().any(|name| name == "o.weight.first")
        );
    }
    let weights = |seed| build_weights::<Cpu, Layer>(&Cpu::default(), seed).unwrap().weight.as_vec();
    assert_eq!(weights(1), weights(1));
    assert_ne!(weights(1), weights(2));
    let layer: Layer = build_weights(&Cpu::default(), 1).unwrap();
    let named = module_weights(&layer, "query.dense_0.");
    assert_eq!((named[0].name.as_str(), &named[0].shape[..]), ("query.dense_0.weight", &[1, 3][..]));
    assert_eq!(named[1].name, "query.dense_0.bias");
}

#[test]
fn a_resumed_optimizer_equals_an_uninterrupted_one() {
    let spec = OptimizerSpec::adam(0.1);
    let mut layer: Layer = build_weights(&Cpu::default(), 1).unwrap();
    let mut optimizer = DenseOptimizer::new(&spec, &[], &layer);
    (0..3).for_each(|_| assert!(step(&mut layer, &mut optimizer).is_finite()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("o.safetensors");
    let mut named = optimizer.named("optimizer.");
    named.extend(module_weights(&layer, "weights."));
    write_state(&path, &named, "stamp").unwrap();
    let file = StateFile::read(&path).unwrap();
    let mut reader = file.tensors().unwrap();
    let mut other: Layer = build_weights(&Cpu::default(), 2).unwrap();
    let mut resumed = DenseOptimizer::new(&spec, &[], &other);
    resumed.load("optimizer.", &mut reader, str::to_owned).unwrap();
    load_module_weights(&mut other, "weights.", &mut reader, str::to_owned).unwrap();
    reader.finish().unwrap();
    for _ in 0..3 {
        assert_eq!(step(&mut layer, &mut optimizer), step(&mut other, &mut resumed));
    }
    assert_eq!(layer.weight.as_vec(), other.weight.as_vec());
}

/// Two layers, with their names.
struct Layers<D: Device> {
    wide: Linear<3, 2, D>,
    deep: Linear<3, 2, D>,
}

impl<D: Device> Module<D> for Layers<D> {
    fn zeros(device: &D) -> Result<Self, D::Err> {
        Ok(Self { wide: Module::zeros(device)?, deep: Module::zeros(device)? })
    }

    fn add_weights<'a>(&'a self, prefix: &str, into: &mut Vec<Weight<&'a dyn Parameter<D>>>) {
        self.wide.add_weights(&format!("{prefix}wide."), into);
        self.deep.add_weights(&format!("{prefix}deep."), into);
    }

    fn add_weights_mut<'a>(&'a mut self, prefix: &str, into: &mut Vec<Weight<&'a mut dyn Parameter<D>>>) {
        self.wide.add_weights_mut(&format!("{prefix}wide."), into);
        self.deep.add_weights_mut(&format!("{prefix}deep."), into);
    }
}

/// Layers that are built as a list of specifications says.
fn built(dense: &[DenseSpec]) -> Layers<Cpu> {
    build_weights_by(&Cpu::default(), 1, str::to_owned, dense).unwrap()
}

/// Values of all weights of layers, by name: `deep.bias`, `deep.weight`, `wide.bias`, `wide.weight`.
fn values(layers: &Layers<Cpu>) -> [Vec<f32>; 4] {
    let mut named: Vec<(String, Vec<f32>)> = module_weights(layers, "")
        .into_iter()
        .map(|tensor| (tensor.name, tensor.values.widen().into_owned()))
        .collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    named.into_iter().map(|(_, values)| values).collect::<Vec<_>>().try_into().unwrap()
}

/// Random gradients of a step.
fn gradients(step: u64) -> Vec<Vec<f32>> {
    let of = |weight: u64, count: u64| {
        let stream = Stream::new(step, "gradients").part(weight);
        (0..count).map(|at| stream.normal(at)).collect()
    };
    vec![of(0, 6), of(1, 2), of(2, 6), of(3, 2)]
}

/// Values of layers after steps of an optimizer.
fn stepped(spec: &OptimizerSpec, dense: &[DenseSpec], steps: u64, rate_factor: f64) -> [Vec<f32>; 4] {
    let mut layers = built(&[]);
    let mut optimizer = DenseOptimizer::new(spec, dense, &layers);
    (1..=steps).for_each(|step| optimizer.apply(&mut layers, gradients(step), rate_factor));
    values(&layers)
}

fn assert_close(found: &[f32], expected: impl Iterator<Item = f32>) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[test]
fn penalties_are_of_weights_that_inputs_are_multiplied_by() {
    let sgd = OptimizerSpec::sgd(0.5);
    let plain = stepped(&sgd, &[], 1, 0.1);
    let before = values(&built(&[]));
    let l2 = stepped(&sgd, &[DenseSpec::new("").l2(0.2)], 1, 0.1);
    let decay = stepped(&sgd, &[DenseSpec::new("").weight_decay(0.3)], 1, 0.1);
    for weight in [1, 3] {
        let pairs = || plain[weight].iter().zip(&before[weight]);
        assert_close(&l2[weight], pairs().map(|(plain, w)| plain - 0.05 * 2.0 * 0.2 * w));
        assert_close(&decay[weight], pairs().map(|(plain, w)| plain - 0.05 * 0.3 * w));
    }
    for bias in [0, 2] {
        assert_eq!((&l2[bias], &decay[bias]), (&plain[bias], &plain[bias]));
    }
}

#[test]
fn a_decay_apart_from_adam_is_that_of_adamw() {
    let decayed = stepped(&OptimizerSpec::adam(0.05), &[DenseSpec::new("").weight_decay(0.1)], 5, 0.5);
    let OptimizerSpec::AdamW { lr, beta1, beta2, epsilon, .. } = OptimizerSpec::adamw(0.05) else {
        unreachable!()
    };
    let adamw = OptimizerSpec::AdamW { lr, beta1, beta2, epsilon, weight_decay: 0.1 };
    let expected = stepped(&adamw, &[], 5, 0.5);
    for weight in [1, 3] {
        assert_close(&decayed[weight], expected[weight].iter().copied());
    }
}

#[test]
fn weights_of_a_tower_have_its_optimizer_and_resume_with_it() {
    let (adam, ftrl) = (OptimizerSpec::adam(0.1), OptimizerSpec::ftrl(0.1));
    let dense = [DenseSpec::new("wide.").optimizer(ftrl)];
    let mixed = stepped(&adam, &dense, 4, 1.0);
    let [of_adam, of_ftrl] = [adam, ftrl].map(|spec| stepped(&spec, &[], 4, 1.0));
    assert_eq!(mixed[..2], of_adam[..2]);
    assert_eq!(mixed[2..], of_ftrl[2..]);
    assert!(mixed[1] != of_ftrl[1] && mixed[3] != of_adam[3]);

    let mut layers = built(&[]);
    let mut optimizer = DenseOptimizer::new(&adam, &dense, &layers);
    (1..=2).for_each(|step| optimizer.apply(&mut layers, gradients(step), 1.0));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("o.safetensors");
    write_state(&path, &optimizer.named("optimizer."), "stamp").unwrap();
    let file = StateFile::read(&path).unwrap();
    let mut reader = file.tensors().unwrap();
    let mut resumed = DenseOptimizer::new(&adam, &dense, &layers);
    resumed.load("optimizer.", &mut reader, str::to_owned).unwrap();
    reader.finish().unwrap();
    (3..=4).for_each(|step| resumed.apply(&mut layers, gradients(step), 1.0));
    assert_eq!(values(&layers), mixed);
}

#[test]
fn initializers_replace_glorot_uniform_values() {
    let glorot = values(&built(&[]));
    assert_eq!(values(&built(&[DenseSpec::new("").initializer(Initializer::Glorot)])), glorot);
    let with = |initializer| values(&built(&[DenseSpec::new("wide.").initializer(initializer)]));
    // `wide.weight` has three inputs and two outputs.
    let scaled = |factor: f32| glorot[3].iter().map(move |value| value * factor);
    assert_close(&with(Initializer::He)[3], scaled((5.0_f32 / 3.0).sqrt()));
    assert_close(&with(Initializer::Uniform(0.1))[3], scaled(0.1 / 1.2_f32.sqrt()));
    assert_eq!(with(Initializer::Zeros)[3], [0.0; 6]);
    let [single, double] = [0.1, 0.2].map(|deviation| with(Initializer::Normal(deviation))[3].clone());
    assert_close(&double, single.iter().map(|value| 2.0 * value));
    assert!(single.iter().any(|value| *value != 0.0));
    let normal = with(Initializer::Normal(0.1));
    assert_eq!(normal[..3], glorot[..3], "biases and other layers are as before");
}
