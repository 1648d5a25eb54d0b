//! A column of single numbers.

use serde::{Deserialize, Serialize};

use super::count::{Counter, PolicyCount, take};
use super::encoded::Floats;
use super::error::{FieldError, FitError};
use super::field::Field;
use super::number::{number, stored};

/// What a missing number becomes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum MissingFloat {
    /// It is refused.
    Error,
    /// This number, before the transform.
    Value(f64),
    /// The mean of the training split, before the transform.
    Mean,
}

/// How numbers are transformed, in double precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transform {
    /// Not at all.
    Raw,
    /// `ln(1 + x)`; numbers below 0 are refused.
    Log1p,
    /// `(x - mean) / deviation`, of the training split (the variance divides by the count). 0 where all numbers were equal.
    Standardize,
    /// `(x - min) / (max - min)`, of the training split; others may fall outside 0 to 1. 0 where all numbers were equal.
    MinMax,
}

/// One number per record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FloatColumn {
    name: String,
    missing: MissingFloat,
    transform: Transform,
    seen: Moments,
    #[serde(skip)]
    missing_count: Counter,
}

impl FloatColumn {
    /// A column that takes numbers as they are and refuses missing ones.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            missing: MissingFloat::Error,
            transform: Transform::Raw,
            seen: Moments::default(),
            missing_count: Counter::default(),
        }
    }

    /// What missing numbers become.
    pub fn missing(mut self, missing: MissingFloat) -> Self {
        self.missing = missing;
        self
    }

    /// How numbers are transformed.
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transform = transform;
        self
    }

    /// Learns from a number of the training split. Missing ones teach nothing.
    pub fn observe(&mut self, field: &Field) -> Result<(), FieldError> {
        let value = number(&self.name, field)?;
        if let Some(value) = value.filter(|_| self.learns()) {
            self.seen.add(value);
        }
        Ok(())
    }

    /// Checks that what the column needs was learned.
    pub fn finish(&mut self) -> Result<(), FitError> {
        if self.learns() && self.seen.count == 0 {
            return Err(FitError::new(&self.name, "the training split holds no number to learn from"));
        }
        if !self.seen.mean.is_finite() || !self.seen.squares.is_finite() {
            return Err(FitError::new(
                &self.name,
                "the numbers are too large for their mean and deviation; scale them",
            ));
        }
        Ok(())
    }

    fn learns(&self) -> bool {
        matches!(self.transform, Transform::Standardize | Transform::MinMax)
            || self.missing == MissingFloat::Mean
    }

    /// Appends the transformed number.
    pub fn encode(&self, field: &Field, into: &mut Floats<1>) -> Result<(), FieldError> {
        let value = match (number(&self.name, field)?, self.missing) {
            (Some(value), _) => value,
            (None, MissingFloat::Error) => {
                let reason = "is missing; say what missing numbers are (missing = mean or a number)";
                return Err(FieldError::new(&self.name, field, reason));
            }
            (None, missing) => {
                self.missing_count.add();
                if let MissingFloat::Value(value) = missing { value } else { self.seen.mean }
            }
        };
        let transformed = match self.transform {
            Transform::Raw => value,
            Transform::Log1p if value < 0.0 => {
                return Err(FieldError::new(&self.name, field, "is below 0, where log1p is not defined"));
            }
            Transform::Log1p => value.ln_1p(),
            Transform::Standardize => ratio(value - self.seen.mean, self.seen.deviation()),
            Transform::MinMax => ratio(value - self.seen.min, self.seen.max - self.seen.min),
        };
        into.push([stored(&self.name, field, transformed)?]);
        Ok(())
    }

    /// How often numbers were missing since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        take(&self.name, &[("missing", &self.missing_count)])
    }
}

fn ratio(value: f64, scale: f64) -> f64 {
    if scale == 0.0 { 0.0 } else { value / scale }
}

/// Count, mean, squared deviations (Welford) and extremes of the numbers seen.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        if self.count == 0 {
            (self.min, self.max) = (value, value);
        }
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    fn deviation(&self) -> f64 {
        (self.squares / self.count.max(1) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(transform: Transform, missing: MissingFloat) -> FloatColumn {
        let mut column = FloatColumn::new("x").transform(transform).missing(missing);
        for value in ["1", "2", "3", "6"] {
            column.observe(&value.into()).unwrap();
        }
        column.finish().unwrap();
        column
    }

    fn encode(column: &FloatColumn, field: Field) -> Result<f32, FieldError> {
        let mut into = Floats::default();
        column.encode(&field, &mut into).map(|()| into.as_slice()[0])
    }

    #[test]
    fn transforms() {
        let standard = fitted(Transform::Standardize, MissingFloat::Mean);
        assert_eq!(encode(&standard, Field::Missing), Ok(0.0));
        assert!((encode(&standard, Field::Int(6)).unwrap() - 3.0 / 3.5_f32.sqrt()).abs() < 1e-6);
        let again: FloatColumn = serde_json::from_str(&serde_json::to_string(&standard).unwrap()).unwrap();
        assert_eq!(encode(&again, "6".into()), encode(&standard, "6".into()));
        let scaled = fitted(Transform::MinMax, MissingFloat::Value(3.5));
        assert_eq!((encode(&scaled, " 1 ".into()), encode(&scaled, Field::Missing)), (Ok(0.0), Ok(0.5)));
        let log = fitted(Transform::Log1p, MissingFloat::Value(0.0));
        assert_eq!(encode(&log, Field::Missing), Ok(0.0));
        assert!(encode(&log, "-0.5".into()).is_err());
        // Large offsets keep their precision: seconds since 1970 vary by days.
        let mut time = FloatColumn::new("t").transform(Transform::Standardize);
        for second in 0..1000 {
            time.observe(&Field::Int(880_000_000 + second)).unwrap();
        }
        assert!((encode(&time, Field::Int(880_000_999)).unwrap() - 1.730_319).abs() < 1e-5);
    }

    #[test]
    fn refused() {
        let raw = fitted(Transform::Raw, MissingFloat::Error);
        for text in ["nan", "inf", "-infinity", "abc", "1e39", "1,5", ""] {
            assert!(encode(&raw, text.into()).is_err(), "{text}");
        }
        let mut empty = FloatColumn::new("x").transform(Transform::MinMax);
        assert!(empty.finish().is_err());
        let mut huge = FloatColumn::new("x").transform(Transform::Standardize);
        for value in [f64::MAX, f64::MIN] {
            huge.observe(&Field::Float(value)).unwrap();
        }
        assert!(huge.finish().is_err());
    }
}
