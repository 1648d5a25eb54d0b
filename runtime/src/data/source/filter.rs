//! Filters of the rows of the main source.

use std::collections::HashSet;

use turret_schema::{DateOrder, FilterSpec, Limit, Number, Time};

use crate::data::error::{DataError, FieldError, FieldFault, SpecError};
use crate::data::field::Field;
use crate::data::key::canonical;
use crate::data::number::exact;
use crate::data::time::TimeValue;

/// A filter of a column of the main source.
pub(in crate::data) struct Filter<'s> {
    name: &'s str,
    column: usize,
    only: Option<HashSet<&'s str>>,
    limits: Limits,
    dates: Option<DateOrder>,
}

/// Limits of a filter.
enum Limits {
    None,
    Numbers(Ends),
    /// Nanoseconds since 1970.
    Times(Ends),
}

/// Smallest and largest value.
struct Ends {
    min: Option<Number>,
    max: Option<Number>,
}

impl Ends {
    fn include(&self, value: Number) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}

impl<'s> Filter<'s> {
    /// A filter of a column of a source with these dates.
    pub(in crate::data) fn new(
        spec: &'s FilterSpec,
        column: usize,
        dates: Option<DateOrder>,
    ) -> Result<Self, DataError> {
        let only = spec.only.as_ref().map(|only| only.iter().map(|key| canonical(key)).collect());
        Ok(Self { name: &spec.field, column, only, limits: Limits::new(spec)?, dates })
    }

    /// Index of the column.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Returns whether a value passes the filter. An error if the filter compares numbers or times and the
    /// value is none.
    pub(in crate::data) fn keeps(&self, field: &Field) -> Result<bool, FieldError> {
        let is_listed = |only: &HashSet<&str>| only.contains(field.key().as_deref().unwrap_or_default());
        let listed = self.only.as_ref().is_none_or(is_listed);
        let error = |fault| FieldError::new(self.name, field, fault);
        let missing = || error(FieldFault::MissingFilter);
        let within = match &self.limits {
            Limits::None => true,
            Limits::Numbers(ends) => {
                let value = exact(self.name, field).map_err(|found| self.time_for_number(found, field))?;
                ends.include(value.ok_or_else(missing)?)
            }
            Limits::Times(ends) => {
                let time = TimeValue::read(self.name, field, self.dates)?.ok_or_else(missing)?;
                let nanoseconds = time.nanoseconds();
                ends.include(nanoseconds.ok_or_else(|| error(FieldFault::NoDate))?)
            }
        };
        Ok(listed && within)
    }

    /// Names the remedy if a number is expected and a time found.
    fn time_for_number(&self, error: FieldError, field: &Field) -> FieldError {
        match field {
            Field::Text(text) if Time::parse_in(text, self.dates).is_ok() => {
                FieldError { fault: FieldFault::TimeForNumber, ..error }
            }
            _ => error,
        }
    }
}

impl Limits {
    fn new(spec: &FilterSpec) -> Result<Self, DataError> {
        let number = |limit: &Limit| match limit {
            Limit::Number(number) => Some(*number),
            Limit::Time(_) => None,
        };
        let limits = [&spec.min, &spec.max].map(Option::as_ref);
        if limits.iter().all(Option::is_none) {
            return Ok(Limits::None);
        }
        let [min, max] = limits.map(|limit| limit.and_then(number));
        if limits.iter().flatten().all(|limit| number(limit).is_some()) {
            return Ok(Limits::Numbers(Ends { min, max }));
        }
        let time = |limit: Option<&Limit>| limit.map(|limit| time_of(limit, &spec.field)).transpose();
        let ends = Ends {
            min: time(limits[0])?.map(|time| time.nanoseconds.into()),
            max: time(limits[1])?.map(|time| time.end().into()),
        };
        Ok(Limits::Times(ends))
    }
}

fn time_of(limit: &Limit, field: &str) -> Result<Time, DataError> {
    let wrong = |limit: String| SpecError::Limit { field: field.to_owned(), limit }.into();
    match limit {
        Limit::Time(text) => Time::parse(text).map_err(|_| wrong(text.to_string())),
        Limit::Number(number) => Err(wrong(number.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept<const N: usize>(spec: FilterSpec, texts: [&str; N]) -> [Result<bool, String>; N] {
        let filter = Filter::new(&spec, 0, None).unwrap();
        texts.map(|text| filter.keeps(&text.into()).map_err(|error| error.to_string()))
    }

    #[test]
    fn every_condition_must_hold() {
        let spec = FilterSpec::new("rating").min(2.0).max(4.0).only(["2", "3", "9"]);
        assert_eq!(kept(spec.clone(), ["2.0", "3", "4", "9"]), [Ok(true), Ok(true), Ok(false), Ok(false)]);
        let filter = Filter::new(&spec, 0, None).unwrap();
        assert_eq!(filter.keeps(&Field::Int(3)), Ok(true));
        assert!(filter.keeps(&Field::Missing).is_err() && filter.keeps(&"x".into()).is_err());
        let listed = FilterSpec::new("event").only(["view"]);
        assert_eq!(Filter::new(&listed, 0, None).unwrap().keeps(&Field::Missing), Ok(false));
    }

    #[test]
    fn times_of_any_form_are_compared() {
        let texts =
            ["2018-07-06 23:59:59", "2018-07-07 00:00:00", "2018-07-07 23:59:59", "2018-07-08 00:00:00"];
        let numbers = ["1530921599", "1530921600", "1531007999", "1531008000"];
        let thousandths = ["1530921599999", "1530921600000", "1531007999999", "1531008000000"];
        for times in [texts, numbers, thousandths] {
            for (filter, expected) in [
                (FilterSpec::new("t").min("2018-07-07").max("2018-07-07"), [false, true, true, false]),
                (FilterSpec::new("t").max("7/7/2018 12:00:00 AM"), [true, true, false, false]),
                (FilterSpec::new("t").min("2018-07-08T02:00:00+02:00"), [false, false, false, true]),
            ] {
                assert_eq!(kept(filter, times), expected.map(Ok), "{times:?}");
            }
        }
    }

    #[test]
    fn numbers_and_times_are_told_apart() {
        for (spec, text, expected) in [
            (FilterSpec::new("t").min(4.0), "2018-07-06", "`2018-07-06` is a time; compare it with one"),
            (FilterSpec::new("t").min("2018-07-07"), "3", "`3` orders rows, but is no time since 1970"),
            (FilterSpec::new("t").min("2018-07-07"), "", "is missing, but rows are filtered by it"),
            (FilterSpec::new("t").min("2018-07-07"), "13/7/2018", "begins with the day"),
        ] {
            let [found] = kept(spec, [text]);
            assert!(found.as_ref().is_err_and(|message| message.contains(expected)), "{found:?}");
        }
        for (spec, expected) in [
            (FilterSpec::new("t").min("soon"), "limited by \"soon\", which is not a time"),
            (FilterSpec::new("t").min("2018-07-07").max(4.0), "limited by \"4\", which is not a time"),
        ] {
            let message = Filter::new(&spec, 0, None).err().unwrap().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
