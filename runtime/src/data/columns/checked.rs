//! Columns of numbers that are checked and not fitted: labels and sample weights.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::count::{Counter, Counting, PolicyCount, take};
use super::invalid::Invalid;
use crate::data::encoded::Floats;
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;
use crate::data::number::{is_missing_number, number, stored};

/// Numbers that a column accepts.
pub trait Check: Serialize + DeserializeOwned {
    /// Returns the number to encode for a given one, which is `None` if it is missing.
    ///
    /// # Errors
    /// The number is missing and must not be, or is out of range.
    fn check(&self, given: Option<f64>) -> Result<f64, FieldFault>;

    /// Returns the number in a field. `None` if it is missing.
    fn read(&self, column: &str, field: &Field) -> Result<Option<f64>, FieldError> {
        number(column, field)
    }

    /// Returns whether [`read`](Self::read) finds no number.
    fn is_missing(&self, field: &Field) -> bool {
        is_missing_number(field)
    }
}

/// A column of checked numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "S: Check")]
pub struct CheckedColumn<S> {
    pub(in crate::data) name: String,
    #[serde(flatten)]
    spec: S,
    invalid: Invalid,
    #[serde(skip)]
    missing_count: Counter,
}

impl<S: Check> CheckedColumn<S> {
    /// A column with zero counts.
    pub fn new(name: &str, spec: S) -> Self {
        Self { name: name.to_owned(), spec, invalid: Invalid::default(), missing_count: Counter::default() }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Checks the number; nothing is fitted.
    pub fn observe(&mut self, field: &Field, _times: u64) -> Result<(), FieldError> {
        self.invalid.read(field, Counting::Uncounted, |field| self.value(field)).map(drop)
    }

    /// Does nothing.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the number.
    pub fn encode(&self, field: &Field, into: &mut Floats<1>, counting: Counting) -> Result<(), FieldError> {
        into.push([self.invalid.read(field, counting, |field| self.value(field))?]);
        if self.spec.is_missing(field) {
            self.missing_count.add(counting);
        }
        Ok(())
    }

    fn value(&self, field: &Field) -> Result<f32, FieldError> {
        let given = self.spec.read(&self.name, field)?;
        let value = self.spec.check(given).map_err(|fault| FieldError::new(&self.name, field, fault))?;
        stored(&self.name, field, value)
    }

    /// Returns the count of missing numbers since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        take(&self.name, &[("missing", &self.missing_count), self.invalid.counter()])
    }
}
