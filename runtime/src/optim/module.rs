//! Dense weights of a module: initialization by seed, saving and loading by name.

use turret_schema::DenseSpec;

use crate::ops::{Device, Module, weights, weights_mut};
use crate::rng::Stream;
use crate::state::{NamedTensor, StateError, StateReader};

/// Builds a module. Random initial values depend on the seed and on the names of the weights.
pub fn build_weights<D: Device, M: Module<D>>(device: &D, seed: u64) -> Result<M, D::Err> {
    build_weights_by(device, seed, str::to_owned, &[])
}

/// Builds a module with the initializers of these specifications. Random initial values depend on the seed and on `key`
/// of the names.
pub fn build_weights_by<D: Device, M: Module<D>>(
    device: &D,
    seed: u64,
    key: fn(&str) -> String,
    dense: &[DenseSpec],
) -> Result<M, D::Err> {
    let mut module = M::zeros(device)?;
    for weight in weights_mut(&mut module) {
        let stream = Stream::new(seed, &key(&weight.name));
        let initializer = DenseSpec::of(dense, &weight.name).initializer;
        weight.tensor.set(&weight.initial.values(initializer, &weight.tensor.dimensions(), &stream));
    }
    Ok(module)
}

/// Returns all tensors of a module by dotted name.
pub fn module_weights<D: Device>(module: &dyn Module<D>, prefix: &str) -> Vec<NamedTensor<'static>> {
    let named = weights(module).into_iter().map(|weight| NamedTensor {
        name: format!("{prefix}{}", weight.name),
        shape: weight.tensor.dimensions(),
        values: weight.tensor.values().into(),
    });
    named.collect()
}

/// Loads the tensors of `module_weights`, also under the names of earlier versions.
pub fn load_module_weights<D: Device>(
    module: &mut dyn Module<D>,
    prefix: &str,
    reader: &mut StateReader<'_>,
    former: fn(&str) -> String,
) -> Result<(), StateError> {
    for weight in weights_mut(module) {
        let names = [&weight.name, &former(&weight.name)];
        let [name, former] = names.map(|name| format!("{prefix}{name}"));
        weight.tensor.set(&reader.take_renamed(&name, &former, &weight.tensor.dimensions())?);
    }
    Ok(())
}
