//! `module!`: a struct of layers with trained weights, which dfdx walks by name.

/// Declares a struct of layers on a device, generic in the number type and the device. A layer is written without these two.
///
/// The names of weights are the names of the fields, joined by dots.
///
/// ```
/// use turret_runtime::prelude::*;
///
/// module! {
///     /// The `query` tower.
///     pub struct QueryTower {
///         /// 16 to 8: 136 parameters.
///         pub dense: Linear<16, 8>,
///     }
/// }
/// ```
#[macro_export]
macro_rules! module {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $layer:ident $(<$($size:literal),*>)?,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct $name<E: $crate::dfdx::dtypes::Dtype, D: $crate::dfdx::tensor::Storage<E>> {
            $($(#[$field_meta])* pub $field: $layer<$($($size,)*)? E, D>,)*
            on: ::std::marker::PhantomData<(E, D)>,
        }
        #[allow(non_snake_case, reason = "fields have the names of the spec")]
        impl<E, D> $crate::dfdx::nn::TensorCollection<E, D> for $name<E, D>
        where
            E: $crate::dfdx::dtypes::Dtype,
            D: $crate::dfdx::tensor_ops::Device<E>,
        {
            type To<E2: $crate::dfdx::dtypes::Dtype, D2: $crate::dfdx::tensor_ops::Device<E2>> = $name<E2, D2>;

            fn iter_tensors<V: $crate::dfdx::nn::ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> ::std::result::Result<::std::option::Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(
                    $crate::nested!($((Self::module(
                        ::std::stringify!($field),
                        |module| &module.$field,
                        |module| &mut module.$field,
                    )))*),
                    |$crate::nested!($(($field))*)| $name { $($field,)* on: ::std::marker::PhantomData },
                )
            }
        }
    };
}

/// A tuple of any number of items, for dfdx's tuples of at most six: the sixth is the tuple of those that are left.
#[doc(hidden)]
#[macro_export]
macro_rules! nested {
    (($($a:tt)*) ($($b:tt)*) ($($c:tt)*) ($($d:tt)*) ($($e:tt)*) $($rest:tt)+) => {
        ($($a)*, $($b)*, $($c)*, $($d)*, $($e)*, $crate::nested!($($rest)+))
    };
    ($(($($item:tt)*))*) => { ($($($item)*,)*) };
}
