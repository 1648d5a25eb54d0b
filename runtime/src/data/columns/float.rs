//! A column of single numbers.

use serde::{Deserialize, Serialize};
use turret_schema::{FloatSpec, MissingFloat, Number, Transform};

use super::count::{Counter, Counting, PolicyCount, take};
use super::invalid::Invalid;
use crate::data::encoded::Floats;
use crate::data::error::{FieldError, FieldFault, FitError, FitFault};
use crate::data::field::Field;
use crate::data::number::{is_missing_number, stored};
use crate::data::time::number_or_seconds;

/// One number per record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FloatColumn {
    pub(in crate::data) name: String,
    #[serde(flatten)]
    spec: FloatSpec,
    invalid: Invalid,
    seen: Moments,
    #[serde(skip)]
    missing_count: Counter,
    #[serde(skip)]
    clip_count: Counter,
    #[serde(skip)]
    large_count: Counter,
}

/// Inverse of the transform of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inverse {
    is_log: bool,
    scale: f64,
    shift: f64,
}

impl Default for Inverse {
    /// Inverse of no transform.
    fn default() -> Self {
        Self { is_log: false, scale: 1.0, shift: 0.0 }
    }
}

impl Inverse {
    /// Returns the number that the transform takes to this one.
    pub fn of(&self, transformed: f32) -> f64 {
        let transformed = f64::from(transformed);
        if self.is_log { transformed.exp_m1() } else { transformed * self.scale + self.shift }
    }
}

/// Maximum raw magnitude that does not dominate other inputs, which are about 1.
const LARGE: f64 = 1000.0;

impl FloatColumn {
    /// A column before fitting.
    pub fn new(name: &str, spec: FloatSpec) -> Self {
        Self {
            name: name.to_owned(),
            spec,
            invalid: Invalid::default(),
            seen: Moments::default(),
            missing_count: Counter::default(),
            clip_count: Counter::default(),
            large_count: Counter::default(),
        }
    }

    /// Makes rejected values count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Updates the statistics with a number of the training split, this number of times. Missing numbers are
    /// ignored.
    pub fn observe(&mut self, field: &Field, times: u64) -> Result<(), FieldError> {
        if let Some(value) = self.observed(field)? {
            (0..times).for_each(|_| self.learn(value));
        }
        Ok(())
    }

    /// Returns the number that [`FloatColumn::learn`] takes of a value. `None` if it is missing, or if nothing is
    /// learned.
    pub(in crate::data) fn observed(&self, field: &Field) -> Result<Option<f64>, FieldError> {
        let value = self.invalid.read(field, Counting::Uncounted, |field| self.number(field))?;
        Ok(value.filter(|_| self.learns_in_order()).map(|value| self.clipped(value)))
    }

    /// Updates the statistics.
    #[inline]
    pub(in crate::data) fn learn(&mut self, value: f64) {
        self.seen.add(value);
    }

    /// Returns whether the order of the rows changes the last bits of the statistics.
    pub(in crate::data) fn learns_in_order(&self) -> bool {
        self.spec.learns()
    }

    /// Checks that the statistics are sufficient.
    pub fn finish(&mut self) -> Result<(), FitError> {
        if self.spec.learns() && self.seen.count == 0 {
            return Err(FitError::new(&self.name, FitFault::NoNumbers));
        }
        if !self.seen.mean.is_finite() || !self.seen.squares.is_finite() {
            return Err(FitError::new(&self.name, FitFault::NumbersTooLarge));
        }
        Ok(())
    }

    /// Appends the transformed number.
    pub fn encode(&self, field: &Field, into: &mut Floats<1>, counting: Counting) -> Result<(), FieldError> {
        into.push([self.invalid.read(field, counting, |field| self.value(field, counting))?]);
        if is_missing_number(field) {
            self.missing_count.add(counting);
        }
        Ok(())
    }

    fn number(&self, field: &Field) -> Result<Option<f64>, FieldError> {
        Ok(number_or_seconds(&self.name, field, self.spec.time, self.spec.dates)?.map(Number::nearest))
    }

    fn clipped(&self, value: f64) -> f64 {
        let (low, high) = self.spec.clip;
        value.max(low.unwrap_or(value)).min(high.unwrap_or(f64::INFINITY))
    }

    fn value(&self, field: &Field, counting: Counting) -> Result<f32, FieldError> {
        let value = match (self.number(field)?, self.spec.missing) {
            (Some(value), _) => value,
            (None, MissingFloat::Error) => {
                return Err(FieldError::new(&self.name, field, FieldFault::MissingNumber));
            }
            (None, MissingFloat::Value(value)) => value,
            (None, MissingFloat::Mean) => self.seen.mean,
        };
        let clipped = self.clipped(value);
        if clipped != value {
            self.clip_count.add(counting);
        }
        let value = clipped;
        let transformed = match self.spec.transform {
            Transform::Raw => value,
            Transform::Log1p if value < 0.0 => {
                return Err(FieldError::new(&self.name, field, FieldFault::BelowLog1p));
            }
            Transform::Log1p => value.ln_1p(),
            Transform::Standardize => ratio(value - self.seen.mean, self.seen.deviation()),
            Transform::MinMax => ratio(value - self.seen.min, self.seen.max - self.seen.min),
        };
        let stored = stored(&self.name, field, transformed)?;
        if self.spec.transform == Transform::Raw && transformed.abs() > LARGE {
            self.large_count.add(counting);
        }
        Ok(stored)
    }

    /// Returns the inverse of the transform.
    pub fn inverse(&self) -> Inverse {
        let (scale, shift) = match self.spec.transform {
            Transform::Raw | Transform::Log1p => (1.0, 0.0),
            Transform::Standardize => (self.seen.deviation(), self.seen.mean),
            Transform::MinMax => (self.seen.max - self.seen.min, self.seen.min),
        };
        Inverse { is_log: self.spec.transform == Transform::Log1p, scale, shift }
    }

    /// Returns the counts of missing, clipped, and large untransformed numbers since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        let counters = [
            ("missing", &self.missing_count),
            ("clipped", &self.clip_count),
            ("beyond 1000 and not scaled (set a `transform`)", &self.large_count),
            self.invalid.counter(),
        ];
        take(&self.name, &counters)
    }
}

fn ratio(value: f64, scale: f64) -> f64 {
    if scale == 0.0 { 0.0 } else { value / scale }
}

/// Count, mean, squared deviations (Welford), minimum and maximum.
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
        let mut column = FloatColumn::new("x", FloatSpec::default().transform(transform).missing(missing));
        for value in ["1", "2", "3", "6"] {
            column.observe(&value.into(), 1).unwrap();
        }
        column.finish().unwrap();
        column
    }

    fn encode(column: &FloatColumn, field: Field) -> Result<f32, FieldError> {
        let mut into = Floats::default();
        column.encode(&field, &mut into, Counting::Counted).map(|()| into.as_slice()[0])
    }

    #[test]
    fn inverses_give_back_the_numbers() {
        for transform in [Transform::Raw, Transform::Log1p, Transform::Standardize, Transform::MinMax] {
            let column = fitted(transform, MissingFloat::Error);
            for value in ["0.5", "3", "11"] {
                let number: f64 = value.parse().unwrap();
                let found = column.inverse().of(encode(&column, value.into()).unwrap());
                assert!((found - number).abs() < 1e-5, "{transform:?}: {found} is not {number}");
            }
        }
    }

    #[test]
    fn clipped_before_anything_else() {
        let mut column = FloatColumn::new(
            "x",
            FloatSpec::default().clip((Some(0.0), Some(4.0))).transform(Transform::MinMax),
        );
        ["-8", "1", "100"].iter().for_each(|&value| column.observe(&value.into(), 1).unwrap());
        column.finish().unwrap();
        let column: FloatColumn = serde_json::from_str(&serde_json::to_string(&column).unwrap()).unwrap();
        let values = ["-1", "0", "2", "4", "5"].map(|value| encode(&column, value.into()).unwrap());
        assert_eq!(values, [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert_eq!((column.counts()[0].policy, column.counts().len()), ("clipped", 0));
        let log =
            FloatColumn::new("x", FloatSpec::default().clip((Some(0.0), None)).transform(Transform::Log1p));
        assert_eq!(encode(&log, "-1".into()), Ok(0.0));
    }

    #[test]
    fn refused_numbers_are_substituted() {
        let column =
            FloatColumn::new("x", FloatSpec::default().missing(MissingFloat::Value(7.0))).substitute();
        let values = ["1", "x", "", "inf", "1e300"].map(|value| encode(&column, value.into()).unwrap());
        assert_eq!(values, [1.0, 7.0, 7.0, 7.0, 7.0]);
        let counts: Vec<_> = column.counts().into_iter().map(|count| (count.policy, count.count)).collect();
        assert_eq!(counts, [("missing", 1), ("substituted", 3)]);
        let strict = FloatColumn::new("x", FloatSpec::default()).substitute();
        let message = encode(&strict, "x".into()).unwrap_err().to_string();
        assert!(message.contains("`x` is not a number; it cannot count as missing"), "{message}");
    }

    #[test]
    fn large_raw_numbers_are_counted() {
        for (transform, expected) in [(Transform::Raw, 2), (Transform::Log1p, 0)] {
            let column = FloatColumn::new("x", FloatSpec::default().transform(transform));
            for value in ["999", "1001", "880000000"] {
                encode(&column, value.into()).unwrap();
            }
            let counts: Vec<_> = column.counts().iter().map(|count| count.count).collect();
            assert_eq!(counts, [expected].into_iter().filter(|&count| count > 0).collect::<Vec<u64>>());
        }
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
        // Large offsets keep their precision: seconds since 1970 that vary by days.
        let mut time = FloatColumn::new("t", FloatSpec::default().transform(Transform::Standardize));
        for second in 0..1000 {
            time.observe(&Field::Int(880_000_000 + second), 1).unwrap();
        }
        assert!((encode(&time, Field::Int(880_000_999)).unwrap() - 1.730_319).abs() < 1e-5);
    }

    #[test]
    fn refused() {
        let raw = fitted(Transform::Raw, MissingFloat::Error);
        for text in ["nan", "inf", "-infinity", "abc", "1e39", "1,5", ""] {
            assert!(encode(&raw, text.into()).is_err(), "{text}");
        }
        let mut empty = FloatColumn::new("x", FloatSpec::default().transform(Transform::MinMax));
        assert!(empty.finish().is_err());
        let mut huge = FloatColumn::new("x", FloatSpec::default().transform(Transform::Standardize));
        for value in [f64::MAX, f64::MIN] {
            huge.observe(&Field::Float(value), 1).unwrap();
        }
        assert!(huge.finish().is_err());
    }
}
