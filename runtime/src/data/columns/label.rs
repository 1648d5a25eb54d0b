//! A column of labels.

use serde::{Deserialize, Serialize};
use turret_schema::LabelSpec;

use super::count::{Counter, Counting, PolicyCount, take};
use super::invalid::Invalid;
use crate::data::encoded::Floats;
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;
use crate::data::number::{is_missing_number, number, stored};

/// Labels from 0 to 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LabelColumn {
    name: String,
    #[serde(flatten)]
    spec: LabelSpec,
    invalid: Invalid,
    #[serde(skip)]
    missing_count: Counter,
}

impl LabelColumn {
    /// A column with zero counts.
    pub fn new(name: &str, spec: LabelSpec) -> Self {
        Self { name: name.to_owned(), spec, invalid: Invalid::default(), missing_count: Counter::default() }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Checks the label; nothing is fitted.
    pub fn observe(&mut self, field: &Field) -> Result<(), FieldError> {
        self.invalid.read(field, Counting::Uncounted, |field| self.value(field)).map(drop)
    }

    /// Does nothing.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the label.
    pub fn encode(&self, field: &Field, into: &mut Floats<1>, counting: Counting) -> Result<(), FieldError> {
        into.push([self.invalid.read(field, counting, |field| self.value(field))?]);
        if is_missing_number(field) {
            self.missing_count.add(counting);
        }
        Ok(())
    }

    fn value(&self, field: &Field) -> Result<f32, FieldError> {
        let given = number(&self.name, field)?.map(|value| match self.spec.threshold {
            Some(threshold) => f64::from(value >= threshold),
            None => value,
        });
        match given.or(self.spec.missing) {
            None => Err(FieldError::new(&self.name, field, FieldFault::MissingLabel)),
            Some(value) if !(0.0..=1.0).contains(&value) => {
                Err(FieldError::new(&self.name, field, FieldFault::LabelRange))
            }
            Some(value) => stored(&self.name, field, value),
        }
    }

    /// Returns the count of missing labels since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        take(&self.name, &[("missing", &self.missing_count), self.invalid.counter()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let label = LabelColumn::new("click", LabelSpec::default().missing(0.5)).substitute();
        for substituted in ["", "2", "yes"] {
            label.encode(&substituted.into(), &mut into, Counting::Counted).unwrap();
        }
        assert_eq!(into.as_slice(), [0.0, 1.0, 0.25, 0.5, 0.5, 0.5]);
        let counts: Vec<_> = label.counts().into_iter().map(|count| (count.policy, count.count)).collect();
        assert_eq!(counts, [("missing", 1), ("substituted", 2)]);
    }
}
