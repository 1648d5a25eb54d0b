//! A column of sample weights.

use turret_schema::WeightSpec;

use super::checked::{Check, CheckedColumn};
use crate::data::error::FieldFault;

/// Loss weight of each record; finite and non-negative.
pub type WeightColumn = CheckedColumn<WeightSpec>;

impl Check for WeightSpec {
    fn check(&self, given: Option<f64>) -> Result<f64, FieldFault> {
        match given.or(self.missing) {
            None => Err(FieldFault::MissingWeight),
            Some(weight) if weight < 0.0 => Err(FieldFault::NegativeWeight),
            Some(weight) => Ok(weight),
        }
    }
}
