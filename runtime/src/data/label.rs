//! A column of labels.

use serde::{Deserialize, Serialize};

use super::count::PolicyCount;
use super::encoded::Floats;
use super::error::{FieldError, FitError};
use super::field::Field;
use super::number::{number, stored};

/// What the objective compares scores with. A label is never missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LabelColumn {
    name: String,
    any: bool,
}

impl LabelColumn {
    /// Labels from 0 to 1.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), any: false }
    }

    /// Any finite number is a label.
    pub fn any(mut self) -> Self {
        self.any = true;
        self
    }

    /// Checks the label; nothing is learned.
    pub fn observe(&mut self, field: &Field) -> Result<(), FieldError> {
        self.value(field).map(drop)
    }

    /// Nothing is learned.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the label.
    pub fn encode(&self, field: &Field, into: &mut Floats<1>) -> Result<(), FieldError> {
        into.push([self.value(field)?]);
        Ok(())
    }

    fn value(&self, field: &Field) -> Result<f32, FieldError> {
        match number(&self.name, field)? {
            None => {
                Err(FieldError::new(&self.name, field, "is missing; a row without a label cannot be used"))
            }
            Some(value) if !self.any && !(0.0..=1.0).contains(&value) => Err(FieldError::new(
                &self.name,
                field,
                "is not between 0 and 1, as this objective needs its labels",
            )),
            Some(value) => stored(&self.name, field, value),
        }
    }

    /// Labels have no policies.
    pub fn counts(&self) -> Vec<PolicyCount> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        let mut into = Floats::default();
        let label = LabelColumn::new("click");
        for good in ["0", "1", "0.25"] {
            label.encode(&good.into(), &mut into).unwrap();
        }
        for bad in ["", "2", "-1", "yes", "nan"] {
            assert!(label.encode(&bad.into(), &mut into).is_err(), "{bad}");
        }
        label.any().encode(&"-3".into(), &mut into).unwrap();
        assert_eq!(into.as_slice(), [0.0, 1.0, 0.25, -3.0]);
    }
}
