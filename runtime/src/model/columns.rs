//! Fitted columns in batches: single columns and ranges, with and without vocabularies.

use crate::data::types::*;
use crate::data::{Bags, Counting, Field, FieldError, Floats, Ids, Sequences, Vocabulary, with_columns};

/// A column without vocabulary.
pub trait PlainColumn<Encoded> {
    /// Observes a value for fitting.
    fn learn(&mut self, field: &Field<'_>) -> Result<(), FieldError>;
    /// Appends a value.
    fn append(&self, field: &Field<'_>, into: &mut Encoded, counting: Counting) -> Result<(), FieldError>;
}

/// A column with a vocabulary.
pub trait KeyedColumn<Encoded> {
    /// Observes a value for fitting.
    fn learn(&mut self, field: &Field<'_>, keys: &mut Vocabulary) -> Result<(), FieldError>;
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
            fn learn(&mut self, field: &Field<'_>) -> Result<(), FieldError> {
                self.observe(field)
            }
            fn append(&self, field: &Field<'_>, into: &mut $encoded, counting: Counting) -> Result<(), FieldError> {
                self.encode(field, into, counting)
            }
        }
    };
    (@keyed [$column:ident] $encoded:ty) => {
        impl KeyedColumn<$encoded> for $column {
            fn learn(&mut self, field: &Field<'_>, keys: &mut Vocabulary) -> Result<(), FieldError> {
                self.observe(field, keys)
            }
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
    /// Observes the fields of a record for fitting.
    fn learn_from(&mut self, fields: &Fields) -> Result<(), FieldError>;
    /// Appends the fields of a record.
    fn encode_into(&self, fields: &Fields, into: &mut Encoded, counting: Counting) -> Result<(), FieldError>;
}

impl<E, C: PlainColumn<E>> PlainPart<Field<'_>, E> for C {
    fn learn_from(&mut self, field: &Field<'_>) -> Result<(), FieldError> {
        self.learn(field)
    }

    fn encode_into(&self, field: &Field<'_>, into: &mut E, counting: Counting) -> Result<(), FieldError> {
        self.append(field, into, counting)
    }
}

impl<E, C: PlainColumn<E>, const N: usize> PlainPart<[Field<'_>; N], [E; N]> for [C; N] {
    fn learn_from(&mut self, fields: &[Field<'_>; N]) -> Result<(), FieldError> {
        self.iter_mut().zip(fields).try_for_each(|(column, field)| column.learn(field))
    }

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
    /// Observes the fields of a record for fitting.
    fn learn_from(&mut self, fields: &Fields, keys: &mut Keys) -> Result<(), FieldError>;
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
    fn learn_from(&mut self, field: &Field<'_>, keys: &mut Vocabulary) -> Result<(), FieldError> {
        self.learn(field, keys)
    }

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
    fn learn_from(&mut self, fields: &[Field<'_>; N], keys: &mut [Vocabulary; N]) -> Result<(), FieldError> {
        let columns = self.iter_mut().zip(fields).zip(keys);
        columns.into_iter().try_for_each(|((column, field), keys)| column.learn(field, keys))
    }

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
    fn learn_from(&mut self, fields: &[Field<'_>; N], keys: &mut Vocabulary) -> Result<(), FieldError> {
        self.iter_mut().zip(fields).try_for_each(|(column, field)| column.learn(field, keys))
    }

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
