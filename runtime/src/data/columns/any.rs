//! Columns of any kind, for a spec that is not compiled.

use turret_schema::ColumnKind;

use super::with_columns;
use crate::data::columns::{Counting, types::*};
use crate::data::encoded::{Bags, Floats, Ids};
use crate::data::error::{FieldError, FitError};
use crate::data::field::Field;
use crate::data::vocabulary::Vocabulary;

/// A column whose kind is known only when the program runs.
pub trait AnyColumn {
    /// Observes a value for fitting. A column of keys needs its vocabulary.
    fn observe(&mut self, field: &Field<'_>, vocabulary: Option<&mut Vocabulary>) -> Result<(), FieldError>;
    /// Finishes fitting.
    fn finish(&mut self) -> Result<(), FitError>;
    /// Returns the keys of a value. `None` for a column without keys.
    fn keys(&self, field: &Field<'_>) -> Result<Option<Vec<String>>, FieldError>;
    /// Encodes a value and returns its number, if the column is one of numbers.
    fn encode(&self, field: &Field<'_>, vocabulary: Option<&Vocabulary>) -> Result<Option<f32>, FieldError>;
}

/// Encoded values that may be a number.
trait FirstNumber: Default {
    fn first_number(&self) -> Option<f32> {
        None
    }
}

impl FirstNumber for Ids {}
impl FirstNumber for Bags {}

impl FirstNumber for Floats<1> {
    fn first_number(&self) -> Option<f32> {
        self.as_slice().first().copied()
    }
}

/// Vectors of a width that no type has.
struct AnyWidth {
    column: VectorColumn<0>,
    width: usize,
}

impl AnyWidth {
    fn substitute(self) -> Self {
        Self { column: self.column.substitute(), ..self }
    }
}

impl AnyColumn for AnyWidth {
    fn observe(&mut self, field: &Field<'_>, _: Option<&mut Vocabulary>) -> Result<(), FieldError> {
        self.column.check(field, self.width)
    }

    fn finish(&mut self) -> Result<(), FitError> {
        self.column.finish()
    }

    fn keys(&self, _: &Field<'_>) -> Result<Option<Vec<String>>, FieldError> {
        Ok(None)
    }

    fn encode(&self, _: &Field<'_>, _: Option<&Vocabulary>) -> Result<Option<f32>, FieldError> {
        Ok(None)
    }
}

macro_rules! any_column {
    ($($lookup:ident $column:tt => $first:ty $(, $further:ty)*:
        |$name:ident| $kind:pat => $new:expr;)*) => {
        $(any_column!(@$lookup $column => $first);)*

        /// A column of the spec; with `substitutes`, rejected values count as missing.
        pub fn any_column(kind: &ColumnKind, name: &str, substitutes: bool) -> Box<dyn AnyColumn> {
            match kind {
                $($kind => {
                    let $name = name;
                    let column = $new;
                    if substitutes { Box::new(column.substitute()) } else { Box::new(column) }
                })*
            }
        }
    };
    (@plain [$column:ident<$width:ident>] => $encoded:ty) => {};
    (@plain [$column:ident] => $encoded:ty) => {
        impl AnyColumn for $column {
            fn observe(&mut self, field: &Field<'_>, _: Option<&mut Vocabulary>) -> Result<(), FieldError> {
                self.observe(field, 1)
            }

            fn finish(&mut self) -> Result<(), FitError> {
                self.finish()
            }

            fn keys(&self, _: &Field<'_>) -> Result<Option<Vec<String>>, FieldError> {
                Ok(None)
            }

            fn encode(&self, field: &Field<'_>, _: Option<&Vocabulary>) -> Result<Option<f32>, FieldError> {
                let mut into = <$encoded>::default();
                self.encode(field, &mut into, Counting::Uncounted)?;
                Ok(into.first_number())
            }
        }
    };
    (@keyed [$column:ident] => $encoded:ty) => {
        impl AnyColumn for $column {
            fn observe(
                &mut self,
                field: &Field<'_>,
                vocabulary: Option<&mut Vocabulary>,
            ) -> Result<(), FieldError> {
                vocabulary.map_or(Ok(()), |vocabulary| self.observe(field, vocabulary, 1))
            }

            fn finish(&mut self) -> Result<(), FitError> {
                self.finish()
            }

            fn keys(&self, field: &Field<'_>) -> Result<Option<Vec<String>>, FieldError> {
                let keys = self.keys(field)?;
                Ok(Some(keys.into_iter().map(String::from).collect()))
            }

            fn encode(
                &self,
                field: &Field<'_>,
                vocabulary: Option<&Vocabulary>,
            ) -> Result<Option<f32>, FieldError> {
                let Some(vocabulary) = vocabulary else { return Ok(None) };
                let mut into = <$encoded>::default();
                self.encode(field, vocabulary, &mut into, Counting::Uncounted)?;
                Ok(into.first_number())
            }
        }
    };
}

with_columns!(any_column);
