//! Weights of a layer by name, for initialization, optimizers and files.

use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{Gradients, Tensor};
use turret_schema::Initializer;

use super::Device;
use super::call::Operand;
use crate::rng::Stream;

/// A layer or a struct of layers, with weights by name.
pub trait Module<D: Device> {
    /// Builds it with zero weights.
    fn zeros(device: &D) -> Result<Self, D::Err>
    where
        Self: Sized;
    /// Appends its weights to `into`, with `prefix` before their names.
    fn add_weights<'a>(&'a self, prefix: &str, into: &mut Vec<Weight<&'a dyn Parameter<D>>>);
    /// Appends its weights to `into`, mutable, with `prefix` before their names.
    fn add_weights_mut<'a>(&'a mut self, prefix: &str, into: &mut Vec<Weight<&'a mut dyn Parameter<D>>>);
}

/// A weight of a module.
#[derive(Debug)]
pub struct Weight<T> {
    /// Field names from the module to the weight, joined by dots.
    pub name: String,
    /// Initialization.
    pub initial: Initial,
    /// The tensor.
    pub tensor: T,
}

/// Initialization of a weight. Weights with the fixed variants are not trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initial {
    /// 0, for biases and others that inputs are not multiplied by.
    Zeros,
    /// 0, for weights that inputs are multiplied by.
    ZeroWeights,
    /// 1.
    Ones,
    /// 0.25.
    Quarters,
    /// Uniform in `±sqrt(6 / (in + out))`, for a matrix `[out, in]` (Glorot and Bengio, AISTATS 2010).
    GlorotUniform,
    /// 0, not trained.
    FixedZeros,
    /// 1, not trained.
    FixedOnes,
    /// Standard normal, not trained.
    FixedNormal,
}

impl Initial {
    /// Returns whether the weight is trained.
    pub fn is_trained(self) -> bool {
        match self {
            Self::Zeros | Self::ZeroWeights | Self::Ones | Self::Quarters | Self::GlorotUniform => true,
            Self::FixedZeros | Self::FixedOnes | Self::FixedNormal => false,
        }
    }

    /// Returns whether penalties apply to the weight: it is trained, and inputs are multiplied by it.
    pub fn is_penalized(self) -> bool {
        matches!(self, Self::GlorotUniform | Self::ZeroWeights)
    }

    /// Returns initial values for a shape. Random values come from `stream`. `initializer` replaces Glorot-uniform values.
    pub(crate) fn values(
        self,
        initializer: Option<Initializer>,
        shape: &[usize],
        stream: &Stream,
    ) -> Vec<f32> {
        let count: usize = shape.iter().product();
        match self {
            Self::Zeros | Self::ZeroWeights | Self::FixedZeros => vec![0.0; count],
            Self::Ones | Self::FixedOnes => vec![1.0; count],
            Self::Quarters => vec![0.25; count],
            Self::GlorotUniform => drawn(initializer.unwrap_or(Initializer::Glorot), shape, stream),
            Self::FixedNormal => (0..count as u64).map(|index| stream.normal(index)).collect(),
        }
    }
}

/// Values of a matrix `[out, in]`, or of a vector `[in]`.
fn drawn(initializer: Initializer, shape: &[usize], stream: &Stream) -> Vec<f32> {
    let count: usize = shape.iter().product();
    let uniform = |bound: f64| -> Vec<f32> {
        let value = |index| (2.0 * f64::from(stream.uniform(index)) - 1.0) * bound;
        (0..count as u64).map(|index| value(index) as f32).collect()
    };
    let of_fans = |fans: usize| (6.0 / fans.max(1) as f64).sqrt();
    match initializer {
        Initializer::Uniform(bound) => uniform(f64::from(bound)),
        Initializer::Glorot => uniform(of_fans(shape.iter().sum())),
        Initializer::He => uniform(of_fans(shape.last().copied().unwrap_or(1))),
        Initializer::Normal(deviation) => {
            (0..count as u64).map(|index| stream.normal(index) * deviation).collect()
        }
        Initializer::Zeros => vec![0.0; count],
    }
}

/// A weight tensor of any shape.
pub trait Parameter<D: Device>: Operand<D> {
    /// Returns the sizes of its dimensions.
    fn dimensions(&self) -> Vec<usize>;
    /// Replaces the values.
    fn set(&mut self, values: &[f32]);
    /// Removes and returns the gradient; zeros if there is none.
    fn take_gradient(&self, gradients: &mut Gradients<f32, D>) -> Result<Vec<f32>, D::Err>;
}

impl<S: Shape, D: Device> Parameter<D> for Tensor<S, f32, D> {
    fn dimensions(&self) -> Vec<usize> {
        self.shape().concrete().as_ref().to_vec()
    }

    fn set(&mut self, values: &[f32]) {
        self.copy_from(values);
    }

    fn take_gradient(&self, gradients: &mut Gradients<f32, D>) -> Result<Vec<f32>, D::Err> {
        D::take_gradient(self, gradients)
    }
}

/// Weights of a module by name.
pub(crate) fn weights<D: Device>(module: &dyn Module<D>) -> Vec<Weight<&dyn Parameter<D>>> {
    let mut weights = Vec::new();
    module.add_weights("", &mut weights);
    weights
}

/// Mutable weights of a module by name.
pub(crate) fn weights_mut<D: Device>(module: &mut dyn Module<D>) -> Vec<Weight<&mut dyn Parameter<D>>> {
    let mut weights = Vec::new();
    module.add_weights_mut("", &mut weights);
    weights
}

/// Implements `Module` for a layer. Arguments are the sizes of its type, then each field with its `Initial`
/// values, or `layer` for a nested layer.
macro_rules! weights {
    ($layer:ident<$($size:ident),+> { $($field:ident: $initial:ident),+ $(,)? }) => {
        impl<$(const $size: usize,)+ D: $crate::ops::Device> $crate::ops::Module<D> for $layer<$($size,)+ D> {
            fn zeros(device: &D) -> Result<Self, D::Err> {
                Ok(Self { $($field: weights!(@zeros $initial device)),+ })
            }

            fn add_weights<'a>(
                &'a self,
                prefix: &str,
                into: &mut Vec<$crate::ops::Weight<&'a dyn $crate::ops::Parameter<D>>>,
            ) {
                $(weights!(@add $initial prefix $field (&self.$field) add_weights into);)+
            }

            fn add_weights_mut<'a>(
                &'a mut self,
                prefix: &str,
                into: &mut Vec<$crate::ops::Weight<&'a mut dyn $crate::ops::Parameter<D>>>,
            ) {
                $(weights!(@add $initial prefix $field (&mut self.$field) add_weights_mut into);)+
            }
        }
    };
    (@zeros layer $device:ident) => { $crate::ops::Module::zeros($device)? };
    (@zeros $initial:ident $device:ident) => { dfdx::tensor::ZerosTensor::try_zeros($device)? };
    (@add layer $prefix:ident $field:ident ($value:expr) $add:ident $into:ident) => {
        $crate::ops::Module::$add($value, &format!("{}{}.", $prefix, stringify!($field)), $into)
    };
    (@add $initial:ident $prefix:ident $field:ident ($value:expr) $add:ident $into:ident) => {
        $into.push($crate::ops::Weight {
            name: format!("{}{}", $prefix, stringify!($field)),
            initial: $crate::ops::Initial::$initial,
            tensor: $value,
        })
    };
}
