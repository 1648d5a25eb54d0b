//! A column of frequencies of values in the training rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::count::{Counter, Counting, PolicyCount, take};
use super::invalid::Invalid;
use crate::data::encoded::Floats;
use crate::data::error::{FieldError, FieldFault, FitError};
use crate::data::field::Field;

/// Share of the training rows with the same key; 0 for an unseen key. A missing value is a key like any
/// other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FrequencyColumn {
    pub(in crate::data) name: String,
    counts: BTreeMap<String, u64>,
    rows: u64,
    invalid: Invalid,
    #[serde(skip)]
    unknown_count: Counter,
}

impl FrequencyColumn {
    /// A column before fitting.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            counts: BTreeMap::new(),
            rows: 0,
            invalid: Invalid::default(),
            unknown_count: Counter::default(),
        }
    }

    /// Makes values that are not ids count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Counts the value of this number of training rows.
    pub fn observe(&mut self, field: &Field, times: u64) -> Result<(), FieldError> {
        *self
            .counts
            .entry(self.invalid.read(field, Counting::Uncounted, |field| self.key(field))?)
            .or_default() += times;
        self.rows += times;
        Ok(())
    }

    /// Does nothing.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the frequency.
    pub fn encode(&self, field: &Field, into: &mut Floats<1>, counting: Counting) -> Result<(), FieldError> {
        let count = self
            .counts
            .get(&self.invalid.read(field, counting, |field| self.key(field))?)
            .copied()
            .unwrap_or(0);
        if count == 0 {
            self.unknown_count.add(counting);
        }
        into.push([(count as f64 / self.rows.max(1) as f64) as f32]);
        Ok(())
    }

    fn key(&self, field: &Field) -> Result<String, FieldError> {
        if field.is_missing() {
            return Ok(String::new());
        }
        field
            .key()
            .map(|key| key.into_owned())
            .ok_or_else(|| FieldError::new(&self.name, field, FieldFault::NotAnId))
    }

    /// Returns the count of unknown values since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        take(&self.name, &[("unknown", &self.unknown_count), self.invalid.counter()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_the_training_rows() {
        let mut column = FrequencyColumn::new("popularity");
        for value in ["a", "b", "a", ""] {
            column.observe(&value.into(), 1).unwrap();
        }
        column.finish().unwrap();
        let column: FrequencyColumn = serde_json::from_str(&serde_json::to_string(&column).unwrap()).unwrap();
        let mut into = Floats::default();
        for value in ["a", "b", "", "c"] {
            column.encode(&value.into(), &mut into, Counting::Counted).unwrap();
        }
        assert_eq!(into.as_slice(), [0.5, 0.25, 0.25, 0.0]);
        assert_eq!(column.counts()[0].count, 1);
        assert!(column.encode(&Field::List(vec![]), &mut into, Counting::Counted).is_err());
    }
}
