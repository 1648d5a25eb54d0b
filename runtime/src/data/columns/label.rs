//! A column of labels.

use turret_schema::LabelSpec;

use super::checked::{Check, CheckedColumn};
use crate::data::error::{FieldError, FieldFault};
use crate::data::field::Field;
use crate::data::key::canonical;
use crate::data::number::{is_missing_number, number};

/// Labels from 0 to 1, or indices of classes.
pub type LabelColumn = CheckedColumn<LabelSpec>;

impl Check for LabelSpec {
    fn read(&self, column: &str, field: &Field) -> Result<Option<f64>, FieldError> {
        let number_of = |key: &str| match &self.classes[..] {
            [] => Ok(f64::from(self.positive.iter().any(|value| canonical(value) == key))),
            classes => classes
                .iter()
                .position(|class| canonical(class) == key)
                .map(|class| class as f64)
                .ok_or_else(|| FieldError::new(column, field, FieldFault::UnknownClass)),
        };
        if self.positive.is_empty() && self.classes.is_empty() {
            return number(column, field);
        }
        match field {
            Field::Missing => Ok(None),
            Field::List(_) | Field::Pairs(_) | Field::UpTo(_) | Field::WeightedBy(_) => {
                Err(FieldError::new(column, field, FieldFault::SeveralValues))
            }
            value => value.key().map(|key| number_of(&key)).transpose(),
        }
    }

    fn is_missing(&self, field: &Field) -> bool {
        match self.positive.is_empty() && self.classes.is_empty() {
            true => is_missing_number(field),
            false => matches!(self.read("", field), Ok(None)),
        }
    }

    fn check(&self, given: Option<f64>) -> Result<f64, FieldFault> {
        let given = given.map(|value| match self.threshold {
            Some(threshold) => f64::from(value >= threshold),
            None => value,
        });
        match given.or(self.missing) {
            None => Err(FieldFault::MissingLabel),
            Some(value) if self.classes.is_empty() && !(0.0..=1.0).contains(&value) => {
                Err(FieldFault::LabelRange)
            }
            Some(value) => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::columns::Counting;
    use crate::data::encoded::Floats;

    #[test]
    fn bounds() {
        let mut into = Floats::default();
        let label = LabelColumn::new("click", LabelSpec::default());
        for good in ["0", "1", "0.25"] {
            label.encode(&good.into(), &mut into, Counting::Counted).unwrap();
        }
        for bad in ["", "2", "-1", "yes", "nan"] {
            assert!(label.encode(&bad.into(), &mut into, Counting::Counted).is_err(), "{bad}");
        }
        let rating = LabelColumn::new("rating", LabelSpec::default().threshold(4.0).missing(0.5));
        let mut ratings = Floats::default();
        for value in ["3.9", "4", "-5", "1e9", ""] {
            rating.encode(&value.into(), &mut ratings, Counting::Counted).unwrap();
        }
        assert_eq!(ratings.as_slice(), [0.0, 1.0, 0.0, 1.0, 0.5]);
        let income = LabelColumn::new("income", LabelSpec::default().positive([">50K", "2.0"]).missing(0.5));
        let mut incomes = Floats::default();
        for value in [">50K", " >50K ", "<=50K", "2", "20", ""] {
            income.encode(&value.into(), &mut incomes, Counting::Counted).unwrap();
        }
        assert_eq!(incomes.as_slice(), [1.0, 1.0, 0.0, 1.0, 0.0, 0.5]);
        let genre = LabelColumn::new("genre", LabelSpec::default().classes(["drama", "2"]));
        let mut genres = Floats::default();
        for value in ["2", " drama ", "2.0"] {
            genre.encode(&value.into(), &mut genres, Counting::Counted).unwrap();
        }
        assert_eq!(genres.as_slice(), [1.0, 0.0, 1.0]);
        for bad in ["", "comedy"] {
            assert!(genre.encode(&bad.into(), &mut genres, Counting::Counted).is_err(), "{bad}");
        }
        assert!(income.encode(&Field::List(Vec::new()), &mut incomes, Counting::Counted).is_err());
        let label = LabelColumn::new("click", LabelSpec::default().missing(0.5)).substitute();
        for substituted in ["", "2", "yes"] {
            label.encode(&substituted.into(), &mut into, Counting::Counted).unwrap();
        }
        assert_eq!(into.as_slice(), [0.0, 1.0, 0.25, 0.5, 0.5, 0.5]);
        let counts: Vec<_> = label.counts().into_iter().map(|count| (count.policy, count.count)).collect();
        assert_eq!(counts, [("missing", 1), ("substituted", 2)]);
    }
}
