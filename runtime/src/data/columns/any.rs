//! Columns of any kind, for a spec that is not compiled.

use turret_schema::ColumnKind;

use super::with_columns;
use crate::data::columns::count::{Counting, PolicyCount, SUBSTITUTED};
use crate::data::columns::types::*;
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
    /// Returns the keys of a value that are observed, in canonical form, and the number of all before they are cut to
    /// `max`. `None` for a column without keys.
    fn keys(&self, field: &Field<'_>) -> Result<Option<(Vec<String>, usize)>, FieldError>;
    /// Encodes a value.
    fn encode(&self, field: &Field<'_>, vocabulary: Option<&Vocabulary>) -> Result<EncodedValue, FieldError>;
}

/// An encoded value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EncodedValue {
    /// Number, if the column is one of numbers.
    pub number: Option<f32>,
    /// True for a rejected value that counts as missing.
    pub is_substituted: bool,
}

impl EncodedValue {
    /// A value of a column with these counts since the value before.
    fn new(number: Option<f32>, counts: &[PolicyCount]) -> Self {
        Self { number, is_substituted: counts.iter().any(|count| count.policy == SUBSTITUTED) }
    }
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
        self.column.check(field, self.width, Counting::Uncounted)
    }

    fn finish(&mut self) -> Result<(), FitError> {
        self.column.finish()
    }

    fn keys(&self, _: &Field<'_>) -> Result<Option<(Vec<String>, usize)>, FieldError> {
        Ok(None)
    }

    fn encode(&self, field: &Field<'_>, _: Option<&Vocabulary>) -> Result<EncodedValue, FieldError> {
        self.column.check(field, self.width, Counting::Counted)?;
        Ok(EncodedValue::new(None, &self.column.counts()))
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

            fn keys(&self, _: &Field<'_>) -> Result<Option<(Vec<String>, usize)>, FieldError> {
                Ok(None)
            }

            fn encode(&self, field: &Field<'_>, _: Option<&Vocabulary>) -> Result<EncodedValue, FieldError> {
                let mut into = <$encoded>::default();
                self.encode(field, &mut into, Counting::Counted)?;
                Ok(EncodedValue::new(into.first_number(), &self.counts()))
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

            fn keys(&self, field: &Field<'_>) -> Result<Option<(Vec<String>, usize)>, FieldError> {
                self.observed_keys(field).map(Some)
            }

            fn encode(
                &self,
                field: &Field<'_>,
                vocabulary: Option<&Vocabulary>,
            ) -> Result<EncodedValue, FieldError> {
                let Some(vocabulary) = vocabulary else { return Ok(EncodedValue::default()) };
                let mut into = <$encoded>::default();
                self.encode(field, vocabulary, &mut into, Counting::Counted)?;
                Ok(EncodedValue::new(into.first_number(), &self.counts()))
            }
        }
    };
}

with_columns!(any_column);

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;
    use turret_schema::{
        BagSpec, Boundaries, BucketSpec, FloatSpec, IdSpec, Keep, Keys, LabelSpec, MissingBucket,
        MissingFloat, MissingVector, TextSpec, VectorSpec, WeightSpec,
    };

    use super::*;

    fn kinds_of_keys() -> Vec<ColumnKind> {
        let mut kinds = vec![ColumnKind::Id(IdSpec::default())];
        for max in [(2, Keep::First), (2, Keep::Last), (9, Keep::Error)] {
            let bag = || BagSpec::bag(max).separator('|');
            kinds.push(ColumnKind::Bag(bag()));
            kinds.push(ColumnKind::Bag(bag().weight_separator(':').padding("0.0")));
            kinds.push(ColumnKind::Bag(BagSpec::sequence(max).separator('|').padding("b")));
            kinds.push(ColumnKind::Text(TextSpec::new(max)));
        }
        kinds
    }

    proptest! {
        /// The keys of a value are those that fitting observes, whatever their form.
        #[test]
        fn keys_are_those_that_are_observed(
            items in prop::collection::vec("(10|10\\.0|1|true|b|0\\.00|a b|)(:2)? ?", 0..5),
            brackets in any::<bool>(),
        ) {
            let text = items.join("|");
            let text = if brackets { format!("[{text}]") } else { text };
            let field = Field::from(text.as_str());
            for kind in kinds_of_keys() {
                let mut column = any_column(&kind, "x", false);
                let mut vocabulary = Vocabulary::new("x", Keys::learned());
                let observed = column.observe(&field, Some(&mut vocabulary));
                let found = column.keys(&field);
                prop_assert_eq!(observed.as_ref().err(), found.as_ref().err(), "{:?}", kind);
                let Ok(found) = found else { continue };
                let (mut keys, all) = found.unwrap();
                prop_assert!(all >= keys.len());
                vocabulary.finish(Path::new("")).unwrap();
                prop_assert!(keys.iter().all(|key| vocabulary.row(key) != vocabulary.row("none")));
                keys.sort();
                keys.dedup();
                prop_assert_eq!(keys.len(), vocabulary.keys().count(), "{:?}", kind);
            }
        }
    }

    #[test]
    fn lengths_are_those_before_the_cut() {
        let kind = ColumnKind::Bag(BagSpec::bag((2, Keep::Last)).separator('|').padding("0"));
        let keys = |text: &str| any_column(&kind, "x", false).keys(&text.into()).unwrap().unwrap();
        assert_eq!(keys("1.0|0.0||true|x"), (vec!["1".to_owned(), "x".to_owned()], 3));
        assert_eq!(keys(""), (Vec::new(), 0));
    }

    #[test]
    fn rejected_values_that_count_as_missing_are_told() {
        let bucket =
            BucketSpec { missing: MissingBucket::Bucket, ..BucketSpec::new(Boundaries::EqualWidth(2)) };
        let list = || Field::List(vec![Field::List(Vec::new())]);
        for (kind, wrong, right) in [
            (
                ColumnKind::Float(FloatSpec { missing: MissingFloat::Value(0.0), ..FloatSpec::default() }),
                "x".into(),
                "1",
            ),
            (ColumnKind::Bucket(bucket), "x".into(), "1"),
            (ColumnKind::Label(LabelSpec { missing: Some(0.0), ..LabelSpec::default() }), "x".into(), "1"),
            (ColumnKind::Weight(WeightSpec { missing: Some(1.0) }), "-1".into(), "1"),
            (
                ColumnKind::Vector(VectorSpec { missing: MissingVector::Zero, ..VectorSpec::default() }, 3),
                "1,2".into(),
                "1,2,3",
            ),
            (ColumnKind::Id(IdSpec::default()), list(), "1"),
            (ColumnKind::Bag(BagSpec::bag((9, Keep::First))), "[1".into(), "[1]"),
            (ColumnKind::Text(TextSpec::new((9, Keep::First))), list(), "a"),
        ] {
            let mut vocabulary = Vocabulary::new("x", Keys::learned());
            let mut column = any_column(&kind, "x", true);
            let right = Field::from(right);
            column.observe(&right, Some(&mut vocabulary)).unwrap();
            column.observe(&Field::from("2"), Some(&mut vocabulary)).ok();
            column.finish().unwrap();
            vocabulary.finish(Path::new("")).unwrap();
            let is_substituted =
                |field: &Field<'_>| column.encode(field, Some(&vocabulary)).unwrap().is_substituted;
            let found = [&right, &wrong, &right, &Field::Missing].map(is_substituted);
            assert_eq!(found, [false, true, false, false], "{kind:?}");
            assert!(any_column(&kind, "x", false).encode(&wrong, Some(&vocabulary)).is_err(), "{kind:?}");
        }
    }
}
