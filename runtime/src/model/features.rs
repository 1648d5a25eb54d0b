//! `features!`: the fitted columns and vocabularies of a model, stored by name.

use std::borrow::Cow;
use std::path::Path;

use serde::de::{DeserializeOwned, Error as _, MapAccess};
use serde::ser::{Serialize, SerializeMap};

use crate::data::{
    BagColumn, BucketColumn, FitError, FloatColumn, FrequencyColumn, IdColumn, LabelColumn, PolicyCount,
    TextColumn, VectorColumn, Vocabulary, WeightColumn,
};

/// A part of a model that is learned of the training rows: a column or a vocabulary.
pub trait Fitted: Serialize + DeserializeOwned {
    /// Ends learning. Files of keys are in the folder of the data.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Returns how often its policies were applied since the last call.
    fn counts(&self) -> Vec<PolicyCount>;
}

macro_rules! columns {
    ($($column:ty $(where $width:ident)?),*) => {$(
        impl $(<const $width: usize>)? Fitted for $column {
            fn finish(&mut self, _: &Path) -> Result<(), FitError> {
                <$column>::finish(self)
            }
            fn counts(&self) -> Vec<PolicyCount> {
                <$column>::counts(self)
            }
        }
    )*};
}

columns!(
    IdColumn,
    BagColumn,
    TextColumn,
    FloatColumn,
    BucketColumn,
    FrequencyColumn,
    LabelColumn,
    WeightColumn,
    VectorColumn<W> where W
);

impl Fitted for Vocabulary {
    fn finish(&mut self, folder: &Path) -> Result<(), FitError> {
        Vocabulary::finish(self, folder)
    }

    fn counts(&self) -> Vec<PolicyCount> {
        Vec::new()
    }
}

/// The names that a field of a struct of features is stored by.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The name; of a range with `{}` in the place of the number.
    pub pattern: &'static str,
    /// The first number.
    pub first: usize,
}

impl Names {
    /// The names from a member of a range on.
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

/// The columns or vocabularies of a range, each made of its name: `pattern` with the number in the place of `{}`.
pub fn numbered<T, const N: usize>(
    pattern: &'static str,
    first: usize,
    new: impl Fn(Cow<'static, str>) -> T,
) -> [T; N] {
    std::array::from_fn(|index| new(Names { pattern, first }.from(index).name()))
}

/// A fitted column or vocabulary, or those of a range.
pub trait FittedPart: Sized {
    /// The part of it that was read so far.
    type Read: Default;

    /// Ends learning. Files of keys are in the folder of the data.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Appends how often policies were applied since the last call.
    fn count(&self, into: &mut Vec<PolicyCount>);
    /// Writes it by its names.
    fn write<M: SerializeMap>(&self, names: Names, map: &mut M) -> Result<(), M::Error>;
    /// Reads the value of a key, if the key is one of its names.
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
            return Err(A::Error::custom(format_args!("`{key}` stands twice")));
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

/// Declares the fitted columns and vocabularies of a model: `Features`, stored as a map of their names.
/// `#[each("C{}", 1)]` stands on those of a range and has the name of each, from the first number on.
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

/// The names of a field of features.
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
