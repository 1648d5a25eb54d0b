use dfdx::shapes::Const;
use dfdx::tensor::{Cpu, OwnedTape, TensorFromVec};
use dfdx::tensor_ops::Backward;

use super::*;
use crate::ops::{Activation, Linear, Reduction, Rows, bce, dense, scores};
use crate::state::{StateFile, write_state};

type Layer = Linear<3, 1, Cpu>;

fn step(layer: &mut Layer, optimizer: &mut DenseOptimizer) -> f32 {
    let device = Cpu::default();
    let x: Rows<3, Cpu> =
        device.tensor_from_vec(vec![1.0, 0.0, 2.0, 0.0, 1.0, -1.0, 3.0, 1.0, 0.0], (3, Const));
    let logits = dense(layer, x.retaped::<OwnedTape<f32, Cpu>>(), Activation::Linear).unwrap();
    let loss = bce(scores(logits).unwrap(), &[1.0, 0.0, 1.0], None, Reduction::Mean).unwrap();
    let value = loss.as_vec()[0];
    let gradients = DenseOptimizer::take_gradients(layer, &mut loss.backward()).unwrap();
    optimizer.apply(layer, &gradients, 1.0);
    value
}

#[test]
fn dense_weights_learn_and_depend_on_the_seed() {
    for spec in [OptimizerSpec::sgd(0.5), OptimizerSpec::row_wise_adagrad(0.3), OptimizerSpec::adam(0.1)] {
        let mut layer: Layer = build_weights(&Cpu::default(), 1).unwrap();
        let mut optimizer = DenseOptimizer::new(&spec, &layer);
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
    let mut optimizer = DenseOptimizer::new(&spec, &layer);
    (0..3).for_each(|_| assert!(step(&mut layer, &mut optimizer).is_finite()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("o.safetensors");
    let mut named = optimizer.named("optimizer.");
    named.extend(module_weights(&layer, "weights."));
    write_state(&path, &named, "stamp").unwrap();
    let file = StateFile::read(&path).unwrap();
    let mut reader = file.tensors().unwrap();
    let mut other: Layer = build_weights(&Cpu::default(), 2).unwrap();
    let mut resumed = DenseOptimizer::new(&spec, &other);
    resumed.load("optimizer.", &mut reader, str::to_owned).unwrap();
    load_module_weights(&mut other, "weights.", &mut reader, str::to_owned).unwrap();
    reader.finish().unwrap();
    for _ in 0..3 {
        assert_eq!(step(&mut layer, &mut optimizer), step(&mut other, &mut resumed));
    }
    assert_eq!(layer.weight.as_vec(), other.weight.as_vec());
}
