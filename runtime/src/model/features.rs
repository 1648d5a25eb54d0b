//! `features!`: fitted columns and vocabularies of a model, stored by name.

use std::borrow::Cow;
use std::path::Path;

use serde::de::{DeserializeOwned, Error as _, MapAccess};
use serde::ser::{Serialize, SerializeMap};

use crate::data::types::*;
use crate::data::{FitError, PolicyCount, Vocabulary, with_columns};

/// A column or vocabulary that is fitted on the training rows.
pub trait Fitted: Serialize + DeserializeOwned {
    /// Finishes fitting. Key files are read from the data folder.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Returns the policy counts since the last call.
    fn counts(&self) -> Vec<PolicyCount>;
}

macro_rules! columns {
    ($($lookup:ident [$column:ident $(<$width:ident>)?] => $($encoded:ty),+: |$name:ident| $kind:pat => $new:expr;)*) => {$(
        impl $(<const $width: usize>)? Fitted for $column $(<$width>)? {
            fn finish(&mut self, _: &Path) -> Result<(), FitError> {
                <$column $(<$width>)?>::finish(self)
            }
            fn counts(&self) -> Vec<PolicyCount> {
                <$column $(<$width>)?>::counts(self)
            }
        }
    )*};
}

with_columns!(columns);

impl Fitted for Vocabulary {
    fn finish(&mut self, folder: &Path) -> Result<(), FitError> {
        Vocabulary::finish(self, folder)
    }

    fn counts(&self) -> Vec<PolicyCount> {
        Vec::new()
    }
}

/// Names under which a field of `Features` is stored.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// Name; for a range, the pattern with `{}` for the number.
    pub pattern: &'static str,
    /// First number.
    pub first: usize,
}

impl Names {
    /// Names of a range from a member on.
    pub(super) fn from(self, index: usize) -> Self {
        Self { first: self.first + index, ..self }
    }

    /// The first name.
    pub(super) fn name(self) -> Cow<'static, str> {
        match self.pattern.split_once("{}") {
            Some((before, after)) => Cow::Owned(format!("{before}{}{after}", self.first)),
            None => Cow::Borrowed(self.pattern),
        }
    }
}

/// Columns or vocabularies of a range, created by name: `pattern` with `{}` replaced by the number.
pub fn numbered<T, const N: usize>(
    pattern: &'static str,
    first: usize,
    new: impl Fn(Cow<'static, str>) -> T,
) -> [T; N] {
    std::array::from_fn(|index| new(Names { pattern, first }.from(index).name()))
}

/// A fitted column or vocabulary, or a range of them.
pub trait FittedPart: Sized {
    /// Partially deserialized state.
    type Read: Default;

    /// Finishes fitting. Key files are read from the data folder.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Appends the policy counts since the last call.
    fn count(&self, into: &mut Vec<PolicyCount>);
    /// Serializes it under its names.
    fn write<M: SerializeMap>(&self, names: Names, map: &mut M) -> Result<(), M::Error>;
    /// Deserializes the value of a key, if the key is one of its names.
    fn read<'de, A: MapAccess<'de>>(
        read: &mut Self::Read,
        names: Names,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error>;
    /// Returns the value if all fields were read.
    fn done<E: serde::de::Error>(read: Self::Read, names: Names) -> Result<Self, E>;
}

impl<C: Fitted> FittedPart for C {
    type Read = Option<C>;

    fn finish(&mut self, folder: &Path) -> Result<(), FitError> {
        Fitted::finish(self, folder)
    }

    fn count(&self, into: &mut Vec<PolicyCount>) {
        into.extend(self.counts());
    }

    fn write<M: SerializeMap>(&self, names: Names, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(&names.name(), self)
    }

    fn read<'de, A: MapAccess<'de>>(
        read: &mut Self::Read,
        names: Names,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        let is_it = key == names.name();
        if is_it && read.replace(map.next_value()?).is_some() {
            return Err(A::Error::custom(format_args!("`{key}` occurs twice")));
        }
        Ok(is_it)
    }

    fn done<E: serde::de::Error>(read: Self::Read, names: Names) -> Result<Self, E> {
        read.ok_or_else(|| E::custom(format_args!("`{}` is not there", names.name())))
    }
}

impl<C: Fitted, const N: usize> FittedPart for [C; N] {
    type Read = Vec<Option<C>>;

    fn finish(&mut self, folder: &Path) -> Result<(), FitError> {
        self.iter_mut().try_for_each(|column| Fitted::finish(column, folder))
    }

    fn count(&self, into: &mut Vec<PolicyCount>) {
        self.iter().for_each(|column| column.count(into));
    }

    fn write<M: SerializeMap>(&self, names: Names, map: &mut M) -> Result<(), M::Error> {
        self.iter().enumerate().try_for_each(|(index, column)| column.write(names.from(index), map))
    }

    fn read<'de, A: MapAccess<'de>>(
        read: &mut Self::Read,
        names: Names,
        key: &str,
        map: &mut A,
    ) -> Result<bool, A::Error> {
        read.resize_with(N, || None);
        for (index, read) in read.iter_mut().enumerate() {
            if C::read(read, names.from(index), key, map)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn done<E: serde::de::Error>(mut read: Self::Read, names: Names) -> Result<Self, E> {
        read.resize_with(N, || None);
        let columns = read.into_iter().enumerate().map(|(index, read)| C::done(read, names.from(index)));
        let columns = columns.collect::<Result<Vec<_>, E>>()?;
        columns.try_into().map_err(|_| E::custom("a range has as many columns as names"))
    }
}

/// Declares `Features`: the fitted columns and vocabularies of a model, serialized as a map by name.
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
        impl $crate::data::Fitting for Features {
            fn finish(&mut self, folder: &::std::path::Path) -> ::std::result::Result<(), $crate::data::FitError> {
                $($crate::model::FittedPart::finish(&mut self.$part, folder)?;)*
                Ok(())
            }
            fn take_counts(&self) -> Vec<$crate::data::PolicyCount> {
                let mut counts = Vec::new();
                $($crate::model::FittedPart::count(&self.$part, &mut counts);)*
                counts
            }
        }
        impl $crate::serde::Serialize for Features {
            fn serialize<S: $crate::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                let mut map = $crate::serde::Serializer::serialize_map(serializer, None)?;
                $($crate::model::FittedPart::write(
                    &self.$part,
                    $crate::names!($part $($pattern, $first)?),
                    &mut map,
                )?;)*
                $crate::serde::ser::SerializeMap::end(map)
            }
        }
        impl<'de> $crate::serde::Deserialize<'de> for Features {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                struct Parts;
                impl<'de> $crate::serde::de::Visitor<'de> for Parts {
                    type Value = Features;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("the fitted columns and vocabularies by name")
                    }
                    #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
                    fn visit_map<A: $crate::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> ::std::result::Result<Features, A::Error> {
                        $(let mut $part = <$type as $crate::model::FittedPart>::Read::default();)*
                        while let Some(key) = map.next_key::<String>()? {
                            $(if <$type as $crate::model::FittedPart>::read(
                                &mut $part,
                                $crate::names!($part $($pattern, $first)?),
                                &key,
                                &mut map,
                            )? {
                                continue;
                            })*
                            map.next_value::<$crate::serde::de::IgnoredAny>()?;
                        }
                        Ok(Features {
                            $($part: $crate::model::FittedPart::done(
                                $part,
                                $crate::names!($part $($pattern, $first)?),
                            )?,)*
                        })
                    }
                }
                $crate::serde::Deserializer::deserialize_map(deserializer, Parts)
            }
        }
    };
}

/// Names of a field of features.
#[doc(hidden)]
#[macro_export]
macro_rules! names {
    ($part:ident) => {
        $crate::model::Names { pattern: ::std::stringify!($part), first: 0 }
    };
    ($part:ident $pattern:literal, $first:literal) => {
        $crate::model::Names { pattern: $pattern, first: $first }
    };
}
