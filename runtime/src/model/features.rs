//! `features!`: the fitted columns and vocabularies of a model, stored by name.

/// Declares the fitted columns and vocabularies of a model: `Features`, stored as a map by name.
/// `#[each("C{}", 1)]` marks a range, with the pattern of its names and the first number.
#[macro_export]
macro_rules! features {
    (
        $(#[$meta:meta])*
        pub struct Features {
            $($(#[doc = $doc:literal])* $(#[each($pattern:literal, $first:literal)])? pub $part:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct Features {
            $($(#[doc = $doc])* pub $part: $type,)*
        }
        impl Features {
            /// Names and sizes of the parts.
            const SIZES: &'static [(&'static str, usize)] =
                &[$((::std::stringify!($part), <$type as $crate::data::FittedParts>::COUNT)),*];
        }
        impl $crate::data::StoredFeatures for Features {
            #[allow(unused_mut, reason = "a model may have no column")]
            fn parts(&self) -> $crate::data::Parts<'_> {
                let mut parts = Vec::new();
                $($crate::data::FittedParts::add(
                    &self.$part,
                    $crate::part_names!($part $($pattern, $first)?),
                    &mut parts,
                );)*
                parts
            }
            #[allow(unused_mut, reason = "a model may have no column")]
            fn parts_mut(&mut self) -> $crate::data::PartsMut<'_> {
                let mut parts = Vec::new();
                $($crate::data::FittedParts::add_mut(
                    &mut self.$part,
                    $crate::part_names!($part $($pattern, $first)?),
                    &mut parts,
                );)*
                parts
            }
        }
    };
}

/// Names of a field of features.
#[doc(hidden)]
#[macro_export]
macro_rules! part_names {
    ($part:ident) => {
        $crate::data::PartNames { pattern: ::std::stringify!($part), first: 0 }
    };
    ($part:ident $pattern:literal, $first:literal) => {
        $crate::data::PartNames { pattern: $pattern, first: $first }
    };
}
