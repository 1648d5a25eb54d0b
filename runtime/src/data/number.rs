//! Numbers of a record: finite doubles with exact integers, until a column stores them.

use turret_schema::Number;

use super::error::{FieldError, FieldFault};
use super::field::Field;
use super::key::{canonical, looks_missing, trimmed, truth};

impl Field<'_> {
    /// Returns the finite number that it is. `None` if it is missing or no number.
    pub fn number(&self) -> Option<Number> {
        exact("", self).ok().flatten()
    }
}

/// Returns the exact number in a field. `None` if it is missing or `nan`. Infinite numbers and non-numeric
/// text are errors.
pub(super) fn exact(column: &str, field: &Field) -> Result<Option<Number>, FieldError> {
    let value = match field {
        Field::Missing => return Ok(None),
        Field::Bool(value) => f64::from(u8::from(*value)),
        Field::Int(value) => return Ok(Some((*value).into())),
        Field::Float(value) => *value,
        Field::Text(text) => {
            let text = trimmed(text);
            // `12.0` is as exact as `12`.
            let plain = canonical(text);
            if let Ok(whole) = plain.parse::<i64>() {
                return Ok(Some(whole.into()));
            }
            if let Ok(whole) = plain.parse::<u64>() {
                return Ok(Some(whole.into()));
            }
            let value = text.parse().ok().or_else(|| truth(text).map(|truth| f64::from(u8::from(truth))));
            value.ok_or_else(|| {
                FieldError::new(column, field, FieldFault::NotANumber { looks_missing: looks_missing(text) })
            })?
        }
        Field::List(_) | Field::Pairs(_) | Field::UpTo(_) | Field::WeightedBy(_) => {
            return Err(FieldError::new(column, field, FieldFault::SeveralValues));
        }
    };
    match value {
        value if value.is_finite() => Ok(Some(value.into())),
        value if value.is_nan() => Ok(None),
        _ => Err(FieldError::new(column, field, FieldFault::NotFinite)),
    }
}

/// Returns the number in a field as a double, like [`exact`].
pub(super) fn number(column: &str, field: &Field) -> Result<Option<f64>, FieldError> {
    Ok(exact(column, field)?.map(Number::nearest))
}

/// Returns whether a field has no number because it is missing.
#[inline]
pub(super) fn is_missing_number(field: &Field) -> bool {
    match field {
        Field::Text(text) if text.starts_with(|first: char| first.is_ascii_digit()) => false,
        field => matches!(exact("", field), Ok(None)),
    }
}

/// Returns the number in single precision. An error if it overflows.
pub(super) fn stored(column: &str, field: &Field, value: f64) -> Result<f32, FieldError> {
    let stored = value as f32;
    if stored.is_finite() { Ok(stored) } else { Err(FieldError::new(column, field, FieldFault::OutOfRange)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Number {
        exact("x", &text.into()).unwrap().unwrap()
    }

    #[test]
    fn numbers_by_every_door() {
        for (field, expected) in [
            (Field::from(" 1.50 "), Some(1.5)),
            (Field::Float(1.5), Some(1.5)),
            ("1e3".into(), Some(1000.0)),
            ("+7".into(), Some(7.0)),
            ("-0".into(), Some(0.0)),
            ("True".into(), Some(1.0)),
            (Field::Bool(true), Some(1.0)),
            ("false".into(), Some(0.0)),
            ("NaN".into(), None),
            ("-nan".into(), None),
            (Field::Float(f64::NAN), None),
            (" ".into(), None),
            (Field::Missing, None),
        ] {
            assert_eq!(number("x", &field), Ok(expected), "{field:?}");
        }
        for text in ["inf", "-Infinity", "1e999", "x", "1,5", "yes"] {
            assert!(number("x", &text.into()).is_err(), "{text}");
        }
        let message = number("x", &"NA".into()).unwrap_err().to_string();
        assert_eq!(
            message,
            "column `x`: `NA` is not a number; if it means a missing value, name it in `missing = [...]` of the source"
        );
    }

    #[test]
    fn whole_numbers_are_exact() {
        let ascending = [
            "-9223372036854775808",
            "-9007199254740993",
            "-9007199254740992.0",
            "0.5",
            "9007199254740992",
            "9007199254740993",
            "1769590000000000001",
            "1769590000000000002",
            "1769590000000000003",
            "9223372036854775807",
            "9223372036854775808.0",
            "18446744073709551615",
        ];
        assert!(ascending.map(of).is_sorted_by(|left, right| left < right));
        for text in ascending {
            let number = of(text);
            let stored = serde_json::to_string(&number).unwrap();
            assert_eq!(serde_json::from_str::<Number>(&stored).unwrap(), number, "{stored}");
        }
        assert_eq!(of("1769590000000000003").minus(of("1769590000000000001")), 2.0);
        assert_eq!(of("1769590000000000001").whole_from(1.5), of("1769590000000000003"));
    }

    proptest! {
        #[test]
        fn whole_numbers_compare_as_integers_do(left: i64, right: i64, offset in -3_i64..4) {
            for right in [right, left.saturating_add(offset)] {
                prop_assert_eq!(of(&left.to_string()).cmp(&right.into()), left.cmp(&right));
            }
            let (rounded, exactly) = (right as f64, right as f64 as i128);
            prop_assert_eq!(Number::from(left).cmp(&rounded.into()), i128::from(left).cmp(&exactly));
        }
    }
}
