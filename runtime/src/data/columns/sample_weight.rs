//! A column of sample weights.

use serde::{Deserialize, Serialize};
use turret_schema::WeightSpec;

use super::count::{Counter, Counting, PolicyCount, take};
use super::invalid::Invalid;
use crate::data::encoded::Floats;
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;
use crate::data::number::{is_missing_number, number, stored};

/// Loss weight of each record; finite and non-negative.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WeightColumn {
    name: String,
    #[serde(flatten)]
    spec: WeightSpec,
    invalid: Invalid,
    #[serde(skip)]
    missing_count: Counter,
}

impl WeightColumn {
    /// A column with zero counts.
    pub fn new(name: &str, spec: WeightSpec) -> Self {
        Self { name: name.to_owned(), spec, invalid: Invalid::default(), missing_count: Counter::default() }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Checks the weight; nothing is fitted.
    pub fn observe(&mut self, field: &Field) -> Result<(), FieldError> {
        self.invalid.read(field, Counting::Uncounted, |field| self.value(field)).map(drop)
    }

    /// Does nothing.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the weight.
    pub fn encode(&self, field: &Field, into: &mut Floats<1>, counting: Counting) -> Result<(), FieldError> {
        into.push([self.invalid.read(field, counting, |field| self.value(field))?]);
        if is_missing_number(field) {
            self.missing_count.add(counting);
        }
        Ok(())
    }

    fn value(&self, field: &Field) -> Result<f32, FieldError> {
        match number(&self.name, field)?.or(self.spec.missing) {
            None => Err(FieldError::new(&self.name, field, FieldFault::MissingWeight)),
            Some(weight) if weight < 0.0 => {
                Err(FieldError::new(&self.name, field, FieldFault::NegativeWeight))
            }
            Some(weight) => stored(&self.name, field, weight),
        }
    }

    /// Returns the count of missing weights since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        take(&self.name, &[("missing", &self.missing_count), self.invalid.counter()])
    }
}
