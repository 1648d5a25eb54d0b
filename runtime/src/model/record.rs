//! `record!`: raw fields of an input.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

use crate::data::{Field, FieldName, HISTORY};

/// A field of a record, or a range of fields.
pub trait RecordPart<'a>: Sized {
    /// Number of fields.
    const COUNT: usize;
    /// Takes its fields from those of a record in order. Absent fields are missing.
    fn take(fields: &mut dyn Iterator<Item = Field<'a>>) -> Self;
    /// Appends its fields.
    fn lend<'b>(&'b self, into: &mut Vec<Field<'b>>);
}

impl<'a> RecordPart<'a> for Field<'a> {
    const COUNT: usize = 1;

    fn take(fields: &mut dyn Iterator<Item = Field<'a>>) -> Self {
        fields.next().unwrap_or_default()
    }

    fn lend<'b>(&'b self, into: &mut Vec<Field<'b>>) {
        into.push(self.borrowed());
    }
}

impl<'a, const N: usize> RecordPart<'a> for [Field<'a>; N] {
    const COUNT: usize = N;

    fn take(fields: &mut dyn Iterator<Item = Field<'a>>) -> Self {
        std::array::from_fn(|_| fields.next().unwrap_or_default())
    }

    fn lend<'b>(&'b self, into: &mut Vec<Field<'b>>) {
        into.extend(self.iter().map(Field::borrowed));
    }
}

/// JSON keys of a record's fields: the name of the field, or `source.name` for fields of earlier rows and for
/// duplicate names.
fn keys<'n>(names: &[FieldName<'n>]) -> Vec<Cow<'n, str>> {
    let is_taken = |index: usize| names[..index].iter().any(|other| other.name == names[index].name);
    let key = |(index, name): (usize, &FieldName<'n>)| match name.source == HISTORY || is_taken(index) {
        true => Cow::Owned(name.to_string()),
        false => Cow::Borrowed(name.name),
    };
    names.iter().enumerate().map(key).collect()
}

/// Serializes the fields of a record.
pub fn serialize_record<S: Serializer>(
    serializer: S,
    names: &[FieldName<'_>],
    fields: &[Field<'_>],
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(fields.len()))?;
    for (key, field) in keys(names).iter().zip(fields) {
        map.serialize_entry(key, field)?;
    }
    map.end()
}

/// Deserializes the fields of a record. Unknown keys are ignored; absent fields are missing.
pub fn deserialize_record<'de, D: Deserializer<'de>>(
    deserializer: D,
    names: &[FieldName<'_>],
) -> Result<Vec<Field<'de>>, D::Error> {
    deserializer.deserialize_map(RecordVisitor { keys: keys(names) })
}

struct RecordVisitor<'n> {
    keys: Vec<Cow<'n, str>>,
}

impl<'de> Visitor<'de> for RecordVisitor<'_> {
    type Value = Vec<Field<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a record by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<Option<Field<'de>>> = vec![None; self.keys.len()];
        while let Some(found) = map.next_key::<Cow<'de, str>>()? {
            match self.keys.iter().position(|key| *key == found) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(at) if fields[at].is_some() => {
                    return Err(A::Error::custom(format_args!("the field `{found}` occurs twice")));
                }
                Some(at) => fields[at] = Some(map.next_value()?),
            }
        }
        Ok(fields.into_iter().map(Option::unwrap_or_default).collect())
    }
}

/// Declares the raw fields of an input: source and name of each field; fields of a range by a pattern.
/// `#[tower(0)]` marks the record of a tower and has its index. `#[compound(Length, "log", "items" "count")]` names fields
/// of a source that are read together.
#[macro_export]
macro_rules! record {
    ($(#[doc = $about:literal])* $(#[tower($tower:literal)])? pub struct $name:ident {}) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $name {}
        impl $name {
            /// Raw fields.
            pub const FIELDS: &'static [$crate::data::FieldName<'static>] = &[];
            /// Fields that are read together.
            pub const COMPOUNDS: &'static [$crate::data::Compound<'static>] = &[];
        }
        $(impl<D: $crate::ops::Device> $crate::Record<Model<D>> for $name {
            const TOWER: usize = $tower;

            fn fields(&self) -> Vec<$crate::data::Field<'_>> {
                Vec::new()
            }
        })?
    };
    (
        $(#[doc = $about:literal])*
        $(#[tower($tower:literal)])?
        $(#[compound($kind:ident, $of:literal, $($further:literal)+)])*
        pub struct $name:ident<'a> {
            $($(#[doc = $doc:literal])* #[field($source:literal, $($field:tt)+)] pub $part:ident: $type:ty,)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, non_snake_case, reason = "fields have the names of the spec")]
        pub struct $name<'a> {
            $($(#[doc = $doc])* pub $part: $type,)*
        }
        impl Default for $name<'_> {
            /// A record with all fields missing.
            fn default() -> Self {
                Self::take(&mut ::std::iter::empty())
            }
        }
        impl<'a> $name<'a> {
            /// Raw fields.
            pub const FIELDS: &'static [$crate::data::FieldName<'static>] = {
                const LISTS: &[&[$crate::data::FieldName<'static>]] = &[$($crate::field_names!($source, $($field)+)),*];
                const COUNT: usize = $crate::data::total(LISTS);
                &$crate::data::joined::<_, COUNT>(LISTS, $crate::data::FieldName::of("", ""))
            };

            /// Fields that are read together.
            pub const COMPOUNDS: &'static [$crate::data::Compound<'static>] = &[$($crate::data::Compound {
                kind: $crate::data::CompoundKind::$kind,
                fields: $crate::field_names!($of, $($further)+),
            }),*];

            /// Names and sizes of the parts.
            const SIZES: &'static [(&'static str, usize)] =
                &[$((::std::stringify!($part), <$type as $crate::model::RecordPart<'a>>::COUNT)),*];

            /// Reads the fields of a row.
            pub fn from_row(row: &$crate::data::Row<'a>) -> Self {
                Self::take(&mut (0..Self::FIELDS.len()).map(|index| row.field(index)))
            }

            fn take(fields: &mut dyn Iterator<Item = $crate::data::Field<'a>>) -> Self {
                Self { $($part: $crate::model::RecordPart::take(fields)),* }
            }

            fn lend(&self) -> Vec<$crate::data::Field<'_>> {
                let mut fields = Vec::with_capacity(Self::FIELDS.len());
                $($crate::model::RecordPart::lend(&self.$part, &mut fields);)*
                fields
            }
        }
        $(impl<D: $crate::ops::Device> $crate::Record<Model<D>> for $name<'_> {
            const TOWER: usize = $tower;

            fn fields(&self) -> Vec<$crate::data::Field<'_>> {
                self.lend()
            }
        })?
        impl $crate::serde::Serialize for $name<'_> {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::model::serialize_record(serializer, Self::FIELDS, &self.lend())
            }
        }
        impl<'de: 'a, 'a> $crate::serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let fields = $crate::model::deserialize_record(deserializer, Self::FIELDS)?;
                Ok(Self::take(&mut fields.into_iter()))
            }
        }
    };
}
