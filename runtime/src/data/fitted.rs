//! Parts of fitted features, stored by name.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::features::Features;
use super::types::*;
use super::{FitError, PolicyCount, Vocabulary, with_columns};

/// A column or a vocabulary: a part of features that is fitted and stored.
pub trait Fitted: Send + Sync {
    /// Finishes fitting. Key files are in the data folder.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Returns how often its policies were applied since the last call.
    fn counts(&self) -> Vec<PolicyCount>;
    /// The stored form.
    fn stored(&self) -> &dyn erased_serde::Serialize;
    /// Replaces it by a stored one.
    fn restore(&mut self, from: &mut dyn erased_serde::Deserializer<'_>) -> Result<(), erased_serde::Error>;
}

macro_rules! fitted {
    ($part:ty $(where $width:ident)?: $finish:expr, $counts:expr) => {
        impl $(<const $width: usize>)? Fitted for $part {
            fn finish(&mut self, folder: &Path) -> Result<(), FitError> {
                $finish(self, folder)
            }
            fn counts(&self) -> Vec<PolicyCount> {
                $counts(self)
            }
            fn stored(&self) -> &dyn erased_serde::Serialize {
                self
            }
            fn restore(
                &mut self,
                from: &mut dyn erased_serde::Deserializer<'_>,
            ) -> Result<(), erased_serde::Error> {
                *self = erased_serde::deserialize(from)?;
                Ok(())
            }
        }
    };
}

macro_rules! columns {
    ($($lookup:ident [$column:ident $(<$width:ident>)?] => $($encoded:ty),+: |$name:ident| $kind:pat => $new:expr;)*) => {
        $(fitted!(
            $column $(<$width>)? $(where $width)?: |column: &mut Self, _: &Path| column.finish(), Self::counts
        );)*
    };
}

with_columns!(columns);

fitted!(Vocabulary: |keys: &mut Self, folder: &Path| keys.finish(folder), |_: &Self| Vec::new());

/// Name of a part in the stored form; of a range with `{}` in the place of the number.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The name or the pattern.
    pub pattern: &'static str,
    /// The first number.
    pub first: usize,
}

impl Names {
    /// The name of a member of a range.
    pub(crate) fn name(self, index: usize) -> Cow<'static, str> {
        match self.pattern.split_once("{}") {
            Some((before, after)) => Cow::Owned(format!("{before}{}{after}", self.first + index)),
            None => Cow::Borrowed(self.pattern),
        }
    }
}

/// The columns or vocabularies of a range, each made of its name.
pub fn numbered<T, const N: usize>(
    pattern: &'static str,
    first: usize,
    new: impl Fn(Cow<'static, str>) -> T,
) -> [T; N] {
    std::array::from_fn(|index| new(Names { pattern, first }.name(index)))
}

/// Parts of features by name.
pub type Parts<'a> = Vec<(Cow<'static, str>, &'a dyn Fitted)>;

/// Parts of features by name, to be changed.
pub type PartsMut<'a> = Vec<(Cow<'static, str>, &'a mut dyn Fitted)>;

/// A part of features, or those of a range.
pub trait FittedParts {
    /// Appends the parts.
    fn add<'a>(&'a self, names: Names, into: &mut Parts<'a>);
    /// Appends the parts, to be changed.
    fn add_mut<'a>(&'a mut self, names: Names, into: &mut PartsMut<'a>);
}

impl<C: Fitted> FittedParts for C {
    fn add<'a>(&'a self, names: Names, into: &mut Parts<'a>) {
        into.push((names.name(0), self));
    }

    fn add_mut<'a>(&'a mut self, names: Names, into: &mut PartsMut<'a>) {
        into.push((names.name(0), self));
    }
}

impl<C: Fitted, const N: usize> FittedParts for [C; N] {
    fn add<'a>(&'a self, names: Names, into: &mut Parts<'a>) {
        into.extend(self.iter().enumerate().map(|(at, part)| (names.name(at), part as &dyn Fitted)));
    }

    fn add_mut<'a>(&'a mut self, names: Names, into: &mut PartsMut<'a>) {
        into.extend(self.iter_mut().enumerate().map(|(at, part)| (names.name(at), part as &mut dyn Fitted)));
    }
}

/// Features that are stored as a map of the names of their parts.
pub trait StoredFeatures: Features {
    /// The parts.
    fn parts(&self) -> Parts<'_>;
    /// The parts, to be changed.
    fn parts_mut(&mut self) -> PartsMut<'_>;
}

/// The stored form of parts.
pub(super) struct Stored<'a>(pub(super) Parts<'a>);

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, part) in &self.0 {
            map.serialize_entry(name, part.stored())?;
        }
        map.end()
    }
}

/// Parts that are replaced by stored ones.
pub(super) struct Restored<'a>(pub(super) PartsMut<'a>);

impl<'de> DeserializeSeed<'de> for Restored<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Restored<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fitted columns and vocabularies by name")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut found = vec![false; self.0.len()];
        while let Some(key) = map.next_key::<String>()? {
            match self.0.iter().position(|(name, _)| *name == key) {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(at) if std::mem::replace(&mut found[at], true) => {
                    return Err(A::Error::custom(format_args!("`{key}` occurs twice")));
                }
                Some(at) => map.next_value_seed(RestoredPart(&mut *self.0[at].1))?,
            }
        }
        match found.iter().position(|found| !found) {
            Some(at) => Err(A::Error::custom(format_args!("`{}` is not there", self.0[at].0))),
            None => Ok(()),
        }
    }
}

struct RestoredPart<'a>(&'a mut dyn Fitted);

impl<'de> DeserializeSeed<'de> for RestoredPart<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut erased = <dyn erased_serde::Deserializer<'_>>::erase(deserializer);
        self.0.restore(&mut erased).map_err(D::Error::custom)
    }
}
