//! Parts of fitted features by name, for storage.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::columns::item_column;
use super::types::*;
use super::{Bags, Counting, EncodedColumn, Floats, Ids, Sequences};
use super::{Field, FieldError, FieldFault, FitError, ItemColumn, PolicyCount, Vocabulary, with_columns};

/// A part of features that is fitted and stored: a column or a vocabulary.
pub trait Fitted: Send + Sync {
    /// Updates a column with a value of this number of training rows, and the vocabulary with its keys.
    fn observe(
        &mut self,
        field: &Field<'_>,
        keys: Option<&mut Vocabulary>,
        times: u64,
    ) -> Result<(), FieldError>;
    /// Name in the spec.
    fn name(&self) -> &str;
    /// Returns a column of buckets; `None` for other parts.
    fn buckets(&self) -> Option<&BucketColumn> {
        None
    }
    /// Returns the column if its fitting depends on the order of the rows.
    fn learns_in_order(&mut self) -> Option<&mut FloatColumn> {
        None
    }
    /// Returns the column if it cuts values into items.
    fn items(&self) -> Option<&dyn ItemColumn> {
        None
    }
    /// Appends a value to an encoded column of its kind. Another kind, or a missing vocabulary, is an error.
    fn encode(
        &self,
        field: &Field<'_>,
        keys: Option<&Vocabulary>,
        into: &mut dyn EncodedColumn,
        counting: Counting,
    ) -> Result<(), FieldError>;
    /// Returns a vocabulary; `None` for a column.
    fn vocabulary(&self) -> Option<&Vocabulary> {
        None
    }
    /// Returns a vocabulary, mutable; `None` for a column.
    fn vocabulary_mut(&mut self) -> Option<&mut Vocabulary> {
        None
    }
    /// Finishes fitting. Key files are in the data folder.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Returns how often its policies were applied since the last call.
    fn counts(&self) -> Vec<PolicyCount>;
    /// Returns the stored form.
    fn stored(&self) -> &dyn erased_serde::Serialize;
    /// Restores a stored part.
    fn restore(&mut self, from: &mut dyn erased_serde::Deserializer<'_>) -> Result<(), erased_serde::Error>;
}

macro_rules! fitted {
    ($part:ty $(where $width:ident)?: $finish:expr, $counts:expr, { $($values:tt)* }) => {
        impl $(<const $width: usize>)? Fitted for $part {
            $($values)*
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
            $column $(<$width>)? $(where $width)?: |column: &mut Self, _: &Path| column.finish(), Self::counts,
            {
                #[allow(unused_variables, reason = "a column may look no keys up")]
                fn observe(
                    &mut self,
                    field: &Field<'_>,
                    keys: Option<&mut Vocabulary>,
                    times: u64,
                ) -> Result<(), FieldError> {
                    columns!(@$lookup observe(self, field, keys, times))
                }
                fn name(&self) -> &str {
                    &self.name
                }
                fn buckets(&self) -> Option<&BucketColumn> {
                    (self as &dyn Any).downcast_ref()
                }
                fn learns_in_order(&mut self) -> Option<&mut FloatColumn> {
                    (self as &mut dyn Any).downcast_mut().filter(|column| FloatColumn::learns_in_order(column))
                }
                fn items(&self) -> Option<&dyn ItemColumn> {
                    item_column(self)
                }
                #[allow(unused_variables, reason = "a column may look no keys up")]
                fn encode(
                    &self,
                    field: &Field<'_>,
                    keys: Option<&Vocabulary>,
                    into: &mut dyn EncodedColumn,
                    counting: Counting,
                ) -> Result<(), FieldError> {
                    $(if let Some(into) = (into as &mut dyn Any).downcast_mut::<$encoded>() {
                        return columns!(@$lookup encode(self, field, keys, into, counting));
                    })+
                    Err(FieldError::new(&self.name, field, FieldFault::OtherColumn))
                }
            }
        );)*
    };
    (@plain $call:ident($column:expr, $field:expr, $keys:expr $(, $more:expr)*)) => {
        Self::$call($column, $field $(, $more)*)
    };
    (@keyed $call:ident($column:expr, $field:expr, $keys:expr $(, $more:expr)*)) => {
        match $keys {
            Some(keys) => Self::$call($column, $field, keys $(, $more)*),
            None => Err(FieldError::new(&$column.name, $field, FieldFault::NoVocabulary)),
        }
    };
}

with_columns!(columns);

fitted!(Vocabulary: |keys: &mut Self, folder: &Path| keys.finish(folder), |_: &Self| Vec::new(), {
    fn name(&self) -> &str {
        Vocabulary::name(self)
    }
    fn observe(&mut self, field: &Field<'_>, _: Option<&mut Vocabulary>, _: u64) -> Result<(), FieldError> {
        Err(FieldError::new(self.name(), field, FieldFault::OtherColumn))
    }
    fn encode(
        &self,
        field: &Field<'_>,
        _: Option<&Vocabulary>,
        _: &mut dyn EncodedColumn,
        _: Counting,
    ) -> Result<(), FieldError> {
        Err(FieldError::new(self.name(), field, FieldFault::OtherColumn))
    }
    fn vocabulary(&self) -> Option<&Vocabulary> {
        Some(self)
    }
    fn vocabulary_mut(&mut self) -> Option<&mut Vocabulary> {
        Some(self)
    }
});

/// Name of a part in the stored form. For a range, a pattern with `{}` for the number.
#[derive(Clone, Copy, Debug)]
pub struct PartNames {
    /// Name or pattern.
    pub pattern: &'static str,
    /// First number.
    pub first: usize,
}

impl PartNames {
    /// Returns the name of a member of a range.
    pub(crate) fn name(self, index: usize) -> Cow<'static, str> {
        match self.pattern.split_once("{}") {
            Some((before, after)) => Cow::Owned(format!("{before}{}{after}", self.first + index)),
            None => Cow::Borrowed(self.pattern),
        }
    }
}

/// Returns the columns or vocabularies of a range. `new` makes each from its name.
pub fn numbered<T, const N: usize>(
    pattern: &'static str,
    first: usize,
    new: impl Fn(Cow<'static, str>) -> T,
) -> [T; N] {
    std::array::from_fn(|index| new(PartNames { pattern, first }.name(index)))
}

/// Parts of features by name.
pub type Parts<'a> = Vec<(Cow<'static, str>, &'a dyn Fitted)>;

/// Mutable parts of features by name.
pub type PartsMut<'a> = Vec<(Cow<'static, str>, &'a mut dyn Fitted)>;

/// A part of features, or the parts of a range.
pub trait FittedParts {
    /// Number of parts.
    const COUNT: usize;
    /// Appends the parts.
    fn add<'a>(&'a self, names: PartNames, into: &mut Parts<'a>);
    /// Appends the parts, mutable.
    fn add_mut<'a>(&'a mut self, names: PartNames, into: &mut PartsMut<'a>);
}

impl<C: Fitted> FittedParts for C {
    const COUNT: usize = 1;

    fn add<'a>(&'a self, names: PartNames, into: &mut Parts<'a>) {
        into.push((names.name(0), self));
    }

    fn add_mut<'a>(&'a mut self, names: PartNames, into: &mut PartsMut<'a>) {
        into.push((names.name(0), self));
    }
}

impl<C: Fitted, const N: usize> FittedParts for [C; N] {
    const COUNT: usize = N;

    fn add<'a>(&'a self, names: PartNames, into: &mut Parts<'a>) {
        into.extend(self.iter().enumerate().map(|(at, part)| (names.name(at), part as &dyn Fitted)));
    }

    fn add_mut<'a>(&'a mut self, names: PartNames, into: &mut PartsMut<'a>) {
        into.extend(self.iter_mut().enumerate().map(|(at, part)| (names.name(at), part as &mut dyn Fitted)));
    }
}

/// Features stored as a map from part names to parts.
pub trait StoredFeatures: Clone + Send + Sync + 'static {
    /// Returns the parts.
    fn parts(&self) -> Parts<'_>;
    /// Returns the parts, mutable.
    fn parts_mut(&mut self) -> PartsMut<'_>;

    /// Finishes fitting: vocabularies, boundaries and statistics become fixed. Key files are read from the
    /// data folder.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError> {
        self.parts_mut().into_iter().try_for_each(|(_, part)| part.finish(folder))
    }

    /// Returns how often each policy (unknown, missing, too long) was applied since the last call.
    fn take_counts(&self) -> Vec<PolicyCount> {
        self.parts().into_iter().flat_map(|(_, part)| part.counts()).collect()
    }
}

/// Serializes parts.
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

/// Deserializes parts in place.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FloatSpec, IdSpec, Keys};

    #[test]
    fn a_column_of_another_kind_is_an_error() {
        let field = Field::from("1");
        let (id, float) =
            (IdColumn::new("user", IdSpec::default()), FloatColumn::new("age", FloatSpec::default()));
        let mut keys = Vocabulary::new("users", Keys::learned());
        let fault = |part: &dyn Fitted, keys: Option<&Vocabulary>, into: &mut dyn EncodedColumn| {
            let error = part.encode(&field, keys, into, Counting::Counted).unwrap_err();
            assert_eq!(into.rows(), 0);
            (error.column, error.fault)
        };
        let other = |column: &str| (column.to_owned(), FieldFault::OtherColumn);
        assert_eq!(fault(&id, Some(&keys), &mut Bags::default()), other("user"));
        assert_eq!(fault(&float, None, &mut Floats::<2>::default()), other("age"));
        assert_eq!(fault(&keys, None, &mut Ids::default()), other("users"));
        let lost = ("user".to_owned(), FieldFault::NoVocabulary);
        assert_eq!(fault(&id, None, &mut Ids::default()), lost);
        assert!(Fitted::observe(&mut id.clone(), &field, Some(&mut keys), 1).is_ok());
        let error = Fitted::observe(&mut id.clone(), &field, None, 1).unwrap_err();
        assert_eq!((error.column, error.fault), lost);
    }
}
