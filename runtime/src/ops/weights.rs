//! Weights of a layer by name, for initialization, optimizers and files.

/// Implements dfdx's `TensorCollection` for a layer. Arguments are the sizes of its type, then each field
/// with its initialization. `layer` is a nested layer; `zeros`, `ones`, `quarters` and `glorot_uniform` are
/// trained tensors; `fixed_zeros` and `fixed_ones` are not trained.
macro_rules! weights {
    ($layer:ident<$($size:ident),+> { $($field:ident: $kind:ident),+ }) => {
        impl<$(const $size: usize,)+ E, D> dfdx::nn::tensor_collection::TensorCollection<E, D>
            for $layer<$($size,)+ E, D>
        where
            E: dfdx::shapes::Dtype,
            D: dfdx::tensor_ops::Device<E>,
        {
            type To<E2: dfdx::shapes::Dtype, D2: dfdx::tensor_ops::Device<E2>> = $layer<$($size,)+ E2, D2>;

            fn iter_tensors<Visitor: dfdx::nn::tensor_collection::ModuleVisitor<Self, E, D>>(
                visitor: &mut Visitor,
            ) -> Result<Option<Self::To<Visitor::E2, Visitor::D2>>, Visitor::Err> {
                visitor.visit_fields(
                    ($(weights!(@$kind $field),)+),
                    |($($field,)+)| $layer { $($field),+ },
                )
            }
        }
    };
    (@layer $field:ident) => {
        Self::module(stringify!($field), |layer| &layer.$field, |layer| &mut layer.$field)
    };
    (@zeros $field:ident) => { weights!(@tensor $field reset_to_zeros()) };
    (@ones $field:ident) => { weights!(@tensor $field reset_to_ones()) };
    (@quarters $field:ident) => {
        weights!(@tensor $field reset_with(|weight| $crate::ops::fill_with_quarters(weight)))
    };
    (@glorot_uniform $field:ident) => {
        weights!(@tensor $field reset_with(|weight| {
            $crate::ops::glorot_uniform(weight, &$crate::rng::Stream::new(0, stringify!($field)))
        }))
    };
    (@fixed_zeros $field:ident) => {
        weights!(@tensor $field detached(|tensor| tensor.try_fill_with_zeros()))
    };
    (@fixed_ones $field:ident) => {
        weights!(@tensor $field detached(|tensor| tensor.try_fill_with_ones()))
    };
    (@tensor $field:ident $($options:tt)+) => {
        Self::tensor(
            stringify!($field),
            |layer| &layer.$field,
            |layer| &mut layer.$field,
            dfdx::nn::tensor_collection::TensorOptions::$($options)+,
        )
    };
}
