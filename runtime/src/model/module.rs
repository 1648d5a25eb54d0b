//! `module!`: a struct of layers with trained weights, which dfdx visits by name.

/// Names of weights in earlier versions: a layer had its kind and its number among the layers of its struct,
/// such as `dense_0`. Initial values still depend on them.
pub trait FormerNames {
    /// Returns the former name of a weight.
    fn former_name(name: &str) -> String;
}

/// A field of a struct of layers.
#[derive(Clone, Copy, Debug)]
pub enum ModuleField {
    /// A layer of this kind. Empty for the kind that matches its type.
    Layer(&'static str),
    /// A struct of layers.
    Module(fn(&str) -> String),
}

/// Returns the former name of a weight in a struct with these fields.
pub fn former_name(fields: &[(&str, ModuleField)], name: &str) -> String {
    let Some((field, rest)) = name.split_once('.') else { return name.to_owned() };
    let Some(number) = fields.iter().position(|(other, _)| *other == field) else { return name.to_owned() };
    match fields[number].1 {
        ModuleField::Layer(kind) => {
            format!("{}.{rest}", turret_schema::former_name(&turret_schema::kind_of(kind), number))
        }
        ModuleField::Module(former_name) => format!("{field}.{}", former_name(rest)),
    }
}

/// Declares a struct of layers, generic in float type and device. Layer types are written without these two
/// parameters.
///
/// Names of weights are the names of the fields, joined by dots. `#[kind("cin")]` marks a layer whose kind
/// differs from the name of its type.
///
/// ```
/// use turret_runtime::prelude::*;
///
/// module! {
///     /// The `query` tower.
///     pub struct QueryTower {
///         pub hidden: Dense<16, 8>,
///     }
/// }
/// ```
#[macro_export]
macro_rules! module {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[kind($kind:literal)])?
                pub $field:ident: $layer:ident $(<$($size:literal),*>)?,
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct $name<D: $crate::ops::Device> {
            $($(#[doc = $doc])* pub $field: $layer<$($($size,)*)? D>,)*
            on: ::std::marker::PhantomData<D>,
        }
        impl<D: $crate::ops::Device> $crate::ops::Module<D> for $name<D> {
            #[allow(unused_variables, reason = "a struct without layers is built of nothing")]
            fn zeros(device: &D) -> ::std::result::Result<Self, D::Err> {
                Ok($name {
                    $($field: $crate::ops::Module::zeros(device)?,)*
                    on: ::std::marker::PhantomData,
                })
            }

            #[allow(unused_variables, reason = "a struct without layers has no weights")]
            fn add_weights<'a>(
                &'a self,
                prefix: &str,
                into: &mut ::std::vec::Vec<$crate::ops::Weight<&'a dyn $crate::ops::Parameter<D>>>,
            ) {
                $(
                    let name = ::std::format!("{prefix}{}.", ::std::stringify!($field));
                    $crate::ops::Module::add_weights(&self.$field, &name, into);
                )*
            }

            #[allow(unused_variables, reason = "a struct without layers has no weights")]
            fn add_weights_mut<'a>(
                &'a mut self,
                prefix: &str,
                into: &mut ::std::vec::Vec<$crate::ops::Weight<&'a mut dyn $crate::ops::Parameter<D>>>,
            ) {
                $(
                    let name = ::std::format!("{prefix}{}.", ::std::stringify!($field));
                    $crate::ops::Module::add_weights_mut(&mut self.$field, &name, into);
                )*
            }
        }
        impl<D: $crate::ops::Device> $crate::model::FormerNames for $name<D> {
            fn former_name(name: &str) -> String {
                let fields: &[(&str, $crate::model::ModuleField)] = &[$((
                    ::std::stringify!($field),
                    $crate::module_field!($layer $(<$($size),*>)? $($kind)?),
                )),*];
                $crate::model::former_name(fields, name)
            }
        }
    };
}

/// Kind of a field. A type with sizes is a layer.
#[doc(hidden)]
#[macro_export]
macro_rules! module_field {
    ($layer:ident) => {
        $crate::model::ModuleField::Module(<$layer<D> as $crate::model::FormerNames>::former_name)
    };
    ($layer:ident <$($size:literal),*>) => {
        $crate::model::ModuleField::Layer(::std::stringify!($layer))
    };
    ($layer:ident <$($size:literal),*> $kind:literal) => {
        $crate::model::ModuleField::Layer($kind)
    };
}

#[cfg(test)]
mod tests {
    #![expect(unreachable_pub, reason = "the macro declares what programs export")]

    use super::FormerNames as _;
    use crate::optim::{
        DenseOptimizer, OptimizerSpec, build_weights_by, load_module_weights, module_weights,
    };
    use crate::prelude::*;
    use crate::state::{NamedTensor, StateFile, write_state};

    module! {
        /// A tower.
        pub struct UserTower {
            pub query: Dense<2, 2>,
            pub norm: LayerNorm<2>,
            #[kind("crossed")]
            pub cross: Dense<2, 2>,
            pub ffn: FeedForward<2, 3>,
        }
    }

    module! {
        /// All weights.
        pub struct Weights {
            pub user: UserTower,
        }
    }

    const NAMES: [(&str, &str); 4] = [
        ("user.query.weight", "user.dense_0.weight"),
        ("user.norm.bias", "user.layer_norm_1.bias"),
        ("user.cross.weight", "user.crossed_2.weight"),
        ("user.ffn.hidden.weight", "user.feed_forward_3.hidden.weight"),
    ];

    fn built(seed: u64) -> Weights<Cpu> {
        build_weights_by(&Cpu::default(), seed, Weights::<Cpu>::former_name, &[]).unwrap()
    }

    #[test]
    fn weights_had_other_names() {
        for (name, former) in NAMES {
            assert_eq!(Weights::<Cpu>::former_name(name), former);
        }
    }

    #[test]
    fn files_of_earlier_versions_are_read() {
        let (model, mut other) = (built(1), built(2));
        let former = Weights::<Cpu>::former_name;
        let spec = OptimizerSpec::Adagrad { lr: 0.1, initial_accumulator: 0.5, epsilon: 0.0 };
        let optimizer = DenseOptimizer::new(&spec, &[], &model);
        let renamed = |tensor: NamedTensor<'_>| {
            NamedTensor::new(former(&tensor.name), tensor.shape, tensor.values.widen().into_owned())
        };
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str, tensors: &[NamedTensor<'_>]| {
            let path = folder.path().join(name);
            write_state(&path, tensors, "stamp").unwrap();
            StateFile::read(&path).unwrap()
        };
        let weights: Vec<NamedTensor<'_>> = module_weights(&model, "").into_iter().map(renamed).collect();
        let file = read("weights", &weights);
        let mut reader = file.tensors().unwrap();
        load_module_weights(&mut other, "", &mut reader, former).unwrap();
        reader.finish().unwrap();
        let values = |model: &Weights<Cpu>| -> Vec<Vec<f32>> {
            module_weights(model, "").into_iter().map(|tensor| tensor.values.widen().into_owned()).collect()
        };
        assert_eq!(values(&other), values(&model));

        let state: Vec<NamedTensor<'_>> = optimizer.named("").into_iter().map(renamed).collect();
        assert!(state.iter().any(|tensor| tensor.name == "user.dense_0.weight.first"));
        let file = read("optimizer", &state);
        let mut reader = file.tensors().unwrap();
        let zeros = OptimizerSpec::Adagrad { lr: 0.1, initial_accumulator: 0.0, epsilon: 0.0 };
        let mut loaded = DenseOptimizer::new(&zeros, &[], &model);
        loaded.load("", &mut reader, former).unwrap();
        reader.finish().unwrap();
        let same = |tensor: &NamedTensor<'_>| tensor.values.widen().iter().all(|value| *value == 0.5);
        assert!(loaded.named("").iter().skip(1).all(same));
    }
}
