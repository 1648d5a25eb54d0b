//! Fitted columns in batches: single columns and ranges, with and without vocabularies.

use crate::data::types::*;
use crate::data::{Bags, Counting, Field, FieldError, Floats, Ids, Sequences, Vocabulary, with_columns};

/// A column without vocabulary.
pub trait PlainColumn<Encoded> {
    /// Appends a value.
    fn append(&self, field: &Field<'_>, into: &mut Encoded, counting: Counting) -> Result<(), FieldError>;
}

/// A column with a vocabulary.
pub trait KeyedColumn<Encoded> {
    /// Appends a value.
    fn append(
        &self,
        field: &Field<'_>,
        keys: &Vocabulary,
        into: &mut Encoded,
        counting: Counting,
    ) -> Result<(), FieldError>;
}

macro_rules! columns {
    ($($lookup:ident $column:tt => $($encoded:ty),+: |$name:ident| $kind:pat => $new:expr;)*) => {
        $($(columns!(@$lookup $column $encoded);)+)*
    };
    (@plain [$column:ident $(<$width:ident>)?] $encoded:ty) => {
        impl $(<const $width: usize>)? PlainColumn<$encoded> for $column $(<$width>)? {
            fn append(&self, field: &Field<'_>, into: &mut $encoded, counting: Counting) -> Result<(), FieldError> {
                self.encode(field, into, counting)
            }
        }
    };
    (@keyed [$column:ident] $encoded:ty) => {
        impl KeyedColumn<$encoded> for $column {
            fn append(
                &self,
                field: &Field<'_>,
                keys: &Vocabulary,
                into: &mut $encoded,
                counting: Counting,
            ) -> Result<(), FieldError> {
                self.encode(field, keys, into, counting)
            }
        }
    };
}

with_columns!(columns);

/// A column without vocabulary, or a range of them, with its raw fields.
pub trait PlainPart<Fields, Encoded> {
    /// Appends the fields of a record.
    fn encode_into(&self, fields: &Fields, into: &mut Encoded, counting: Counting) -> Result<(), FieldError>;
}

impl<E, C: PlainColumn<E>> PlainPart<Field<'_>, E> for C {
    fn encode_into(&self, field: &Field<'_>, into: &mut E, counting: Counting) -> Result<(), FieldError> {
        self.append(field, into, counting)
    }
}

impl<E, C: PlainColumn<E>, const N: usize> PlainPart<[Field<'_>; N], [E; N]> for [C; N] {
    fn encode_into(
        &self,
        fields: &[Field<'_>; N],
        into: &mut [E; N],
        counting: Counting,
    ) -> Result<(), FieldError> {
        let columns = self.iter().zip(fields).zip(into);
        columns.into_iter().try_for_each(|((column, field), into)| column.append(field, into, counting))
    }
}

/// A column with a vocabulary, or a range of them, with its raw fields and vocabularies.
pub trait KeyedPart<Fields, Keys, Encoded> {
    /// Appends the fields of a record.
    fn encode_into(
        &self,
        fields: &Fields,
        keys: &Keys,
        into: &mut Encoded,
        counting: Counting,
    ) -> Result<(), FieldError>;
}

impl<E, C: KeyedColumn<E>> KeyedPart<Field<'_>, Vocabulary, E> for C {
    fn encode_into(
        &self,
        field: &Field<'_>,
        keys: &Vocabulary,
        into: &mut E,
        counting: Counting,
    ) -> Result<(), FieldError> {
        self.append(field, keys, into, counting)
    }
}

/// Each column of a range has its own vocabulary.
impl<E, C, const N: usize> KeyedPart<[Field<'_>; N], [Vocabulary; N], [E; N]> for [C; N]
where
    C: KeyedColumn<E>,
{
    fn encode_into(
        &self,
        fields: &[Field<'_>; N],
        keys: &[Vocabulary; N],
        into: &mut [E; N],
        counting: Counting,
    ) -> Result<(), FieldError> {
        let mut columns = self.iter().zip(fields).zip(keys).zip(into);
        columns.try_for_each(|(((column, field), keys), into)| column.append(field, keys, into, counting))
    }
}

/// The columns of a range share a vocabulary.
impl<E, C, const N: usize> KeyedPart<[Field<'_>; N], Vocabulary, [E; N]> for [C; N]
where
    C: KeyedColumn<E>,
{
    fn encode_into(
        &self,
        fields: &[Field<'_>; N],
        keys: &Vocabulary,
        into: &mut [E; N],
        counting: Counting,
    ) -> Result<(), FieldError> {
        let mut columns = self.iter().zip(fields).zip(into);
        columns.try_for_each(|((column, field), into)| column.append(field, keys, into, counting))
    }
}
