//! Declaration of plain data types whose values can be printed as Rust.

/// Declares plain data types and, with the feature `code`, their conversion to Rust expressions.
///
/// - A struct is a literal without the fields that equal its `Default`.
/// - A struct `by new(name, path)` is a constructor call, then one setter call for each field that differs.
///   Of several constructors, the one with the fewest setter calls is used.
/// - An enum variant is a literal or, with `by adagrad(lr)`, a constructor call if that gives the same value.
///   The value of a variant has a name: `HitRate(k: usize)`.
macro_rules! written {
    () => {};
    (
        $(#[$meta:meta])*
        pub struct $name:ident by $($constructor:ident ( $($argument:ident),* ))|+ {
            $($(#[$field_meta:meta])* pub $field:ident : $ty:ty,)*
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        #[cfg(feature = "code")]
        impl $crate::Code for $name {
            fn code(&self) -> proc_macro2::TokenStream {
                let calls = |made: &Self| -> Vec<(&'static str, proc_macro2::TokenStream)> {
                    let mut calls = Vec::new();
                    $(if self.$field != made.$field {
                        calls.push((stringify!($field), $crate::Code::argument(&self.$field)));
                    })*
                    calls
                };
                let ways = Vec::from([$((
                    stringify!($constructor),
                    Vec::from([$($crate::Code::argument(&self.$argument)),*]),
                    calls(&Self::$constructor($(self.$argument.clone()),*)),
                )),+]);
                $crate::code::shortest(stringify!($name), ways)
            }
        }

        written! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident : $ty:ty,)*
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        #[cfg(feature = "code")]
        impl $crate::Code for $name {
            fn code(&self) -> proc_macro2::TokenStream {
                let usual = Self::default();
                let fields = Vec::from([$((
                    stringify!($field),
                    (self.$field != usual.$field).then(|| $crate::Code::code(&self.$field)),
                )),*]);
                $crate::code::literal(stringify!($name), fields)
            }
        }

        written! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident $(($value:ident : $inner:ty))? $({
                    $($(#[$field_meta:meta])* $field:ident : $ty:ty,)*
                })? $(by $constructor:ident ( $($argument:ident),* ))?,
            )*
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        pub enum $name {
            $(
                $(#[$variant_meta])*
                $variant $(($inner))? $({ $($(#[$field_meta])* $field: $ty,)* })?,
            )*
        }

        #[cfg(feature = "code")]
        impl $crate::Code for $name {
            fn code(&self) -> proc_macro2::TokenStream {
                match self {
                    $(Self::$variant $(($value))? $({ $($field),* })? => {
                        $(if *self == Self::$constructor($($argument.clone()),*) {
                            let arguments = Vec::from([$($crate::Code::argument($argument)),*]);
                            return $crate::code::shortest(
                                stringify!($name),
                                Vec::from([(stringify!($constructor), arguments, Vec::new())]),
                            );
                        })?
                        $(return $crate::code::tuple(
                            stringify!($name),
                            stringify!($variant),
                            $crate::Code::code($value),
                        );)?
                        #[allow(unreachable_code, reason = "a variant with one value was written")]
                        $crate::code::variant(
                            stringify!($name),
                            stringify!($variant),
                            Vec::from([$($((stringify!($field), $crate::Code::code($field))),*)?]),
                        )
                    })*
                }
            }
        }

        #[cfg(feature = "code")]
        impl $crate::Variants for $name {
            const VARIANTS: &'static [&'static str] = &[$(stringify!($variant)),*];

            fn variant(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                }
            }
        }

        written! { $($rest)* }
    };
}
