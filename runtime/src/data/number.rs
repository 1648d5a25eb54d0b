//! Numbers of a record: finite, in double precision until a column stores them.

use super::error::FieldError;
use super::field::Field;

/// The number in a field; `None` where it is missing. `nan`, `inf` and text that is no number are refused.
pub(super) fn number(column: &str, field: &Field) -> Result<Option<f64>, FieldError> {
    let value = match field {
        Field::Missing => return Ok(None),
        Field::Int(value) => *value as f64,
        Field::Float(value) => *value,
        Field::Text(text) => match text.trim().parse::<f64>() {
            Ok(value) => value,
            Err(_) => return Err(FieldError::new(column, field, "is not a number")),
        },
        Field::List(_) | Field::Pairs(_) => {
            return Err(FieldError::new(column, field, "holds several values where one number is expected"));
        }
    };
    if value.is_finite() {
        Ok(Some(value))
    } else {
        Err(FieldError::new(column, field, "is not a finite number"))
    }
}

/// The number as a column stores it; refused where single precision cannot hold it.
pub(super) fn stored(column: &str, field: &Field, value: f64) -> Result<f32, FieldError> {
    let stored = value as f32;
    if stored.is_finite() {
        Ok(stored)
    } else {
        Err(FieldError::new(
            column,
            field,
            "is beyond the range of 32-bit floats; scale it (transform = log1p or standardize)",
        ))
    }
}
