//! Dense weights of a module: initialization by seed, saving and loading by name.

use std::borrow::Cow;

use dfdx::nn::BuildModule;
use dfdx::nn::tensor_collection::{
    RecursiveWalker, TensorCollection, TensorOptions, TensorVisitor, ViewTensorMut, ViewTensorName,
    ViewTensorRef,
};
use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::Tensor;

use crate::ops::{Device, glorot_uniform};
use crate::rng::Stream;
use crate::state::{NamedTensor, StateError, StateReader};

/// Builds a module. Trained matrices are Glorot-uniform and other matrices standard normal, by seed and name.
/// Layers initialize their other tensors.
pub fn build_weights<D: Device, M: TensorCollection<f32, D, To<f32, D> = M> + BuildModule<D, f32>>(
    device: &D,
    seed: u64,
) -> Result<M, D::Err> {
    build_weights_by(device, seed, str::to_owned)
}

/// Builds a module. Initial values of matrices depend on the seed and the `key` of their name.
pub fn build_weights_by<D: Device, M: TensorCollection<f32, D, To<f32, D> = M> + BuildModule<D, f32>>(
    device: &D,
    seed: u64,
    key: fn(&str) -> String,
) -> Result<M, D::Err> {
    let mut module = M::try_build(device)?;
    M::iter_tensors(&mut RecursiveWalker { m: (&mut module, String::new()), f: &mut Seeded { seed, key } })?;
    Ok(module)
}

struct Seeded {
    seed: u64,
    key: fn(&str) -> String,
}

impl<D: Device> TensorVisitor<f32, D> for Seeded {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = D::Err;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, f32, D>,
        (tensor, name): (&mut Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, D::Err> {
        if S::NUM_DIMS == 2 {
            let stream = Stream::new(self.seed, &(self.key)(&name));
            if options.do_gradient_update {
                glorot_uniform(tensor, &stream)?;
            } else {
                standard_normal(tensor, &stream);
            }
        }
        Ok(None)
    }
}

fn standard_normal<S: Shape, D: Device>(tensor: &mut Tensor<S, f32, D>, stream: &Stream) {
    let count = tensor.shape().num_elements() as u64;
    tensor.copy_from(&(0..count).map(|index| stream.normal(index)).collect::<Vec<f32>>());
}

/// Returns all tensors of a module by dotted name.
pub fn module_weights<D: Device, M: TensorCollection<f32, D>>(
    module: &M,
    prefix: &str,
) -> Vec<NamedTensor<'static>> {
    let mut reading = Reading { prefix, tensors: Vec::new() };
    match M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut reading }) {
        Ok(_) => reading.tensors,
        Err(never) => match never {},
    }
}

struct Reading<'a> {
    prefix: &'a str,
    tensors: Vec<NamedTensor<'static>>,
}

impl<D: Device> TensorVisitor<f32, D> for Reading<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = std::convert::Infallible;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, Self::Err> {
        let name = format!("{}{name}", self.prefix);
        let shape = tensor.shape().concrete().as_ref().to_vec();
        self.tensors.push(NamedTensor { name, shape, values: Cow::Owned(tensor.as_vec()) });
        Ok(None)
    }
}

/// Loads the tensors of `module_weights`, also under the names of earlier versions.
pub fn load_module_weights<D: Device, M: TensorCollection<f32, D>>(
    module: &mut M,
    prefix: &str,
    reader: &mut StateReader<'_>,
    former: fn(&str) -> String,
) -> Result<(), StateError> {
    let mut loading = Loading { prefix, reader, former };
    M::iter_tensors(&mut RecursiveWalker { m: (module, String::new()), f: &mut loading })?;
    Ok(())
}

struct Loading<'a, 'r, 'f> {
    prefix: &'a str,
    reader: &'r mut StateReader<'f>,
    former: fn(&str) -> String,
}

impl<D: Device> TensorVisitor<f32, D> for Loading<'_, '_, '_> {
    type Viewer = (ViewTensorMut, ViewTensorName);
    type Err = StateError;
    type E2 = f32;
    type D2 = D;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, D>,
        (tensor, name): (&mut Tensor<S, f32, D>, String),
    ) -> Result<Option<Tensor<S, f32, D>>, StateError> {
        let shape = tensor.shape().concrete().as_ref().to_vec();
        let [name, former] = [&name, &(self.former)(&name)].map(|name| format!("{}{name}", self.prefix));
        tensor.copy_from(&self.reader.take_renamed(&name, &former, &shape)?);
        Ok(None)
    }
}
