//! Filters of the rows of the main source.

use std::collections::HashSet;

use turret_schema::{FilterSpec, Limit, Number, Time};

use crate::data::error::{DataError, FieldError, FieldFault, Place, SpecError};
use crate::data::field::Field;
use crate::data::key::canonical;
use crate::data::number::exact;
use crate::data::time::TimeColumn;

/// A filter of a column of the main source.
pub(super) struct Filter<'s> {
    name: &'s str,
    only: Option<HashSet<&'s str>>,
    limits: Limits<'s>,
}

/// Limits of a filter.
enum Limits<'s> {
    None,
    Numbers(Ends),
    /// Nanoseconds since 1970.
    Times(Ends, TimeColumn<'s>),
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
    pub(super) fn new(spec: &'s FilterSpec) -> Result<Self, DataError> {
        let only = spec.only.as_ref().map(|only| only.iter().map(|key| canonical(key)).collect());
        Ok(Self { name: &spec.field, only, limits: Limits::new(spec)? })
    }

    /// Returns whether a row passes the filter. An error if the filter compares numbers or times and the row has
    /// none.
    pub(super) fn keeps(&mut self, field: &Field, place: impl Fn() -> Place) -> Result<bool, DataError> {
        let listed = self.only.as_ref().is_none_or(|only| only.contains(&*field.key().unwrap_or_default()));
        let error = |error| DataError::Row { place: place(), error };
        let missing = || error(FieldError::new(self.name, field, FieldFault::MissingFilter));
        let within = match &mut self.limits {
            Limits::None => true,
            Limits::Numbers(ends) => {
                let value = exact(self.name, field).map_err(|found| error(time_for_number(found, field)))?;
                ends.include(value.ok_or_else(missing)?)
            }
            Limits::Times(ends, column) => {
                ends.include(column.nanoseconds(field, &place)?.ok_or_else(missing)?)
            }
        };
        Ok(listed && within)
    }

    /// Returns a note on the times that were compared.
    pub(super) fn note(&self) -> Option<String> {
        match &self.limits {
            Limits::Times(_, column) => column.note(),
            Limits::None | Limits::Numbers(_) => None,
        }
    }
}

impl<'s> Limits<'s> {
    fn new(spec: &'s FilterSpec) -> Result<Self, DataError> {
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
        Ok(Limits::Times(ends, TimeColumn::new(&spec.field)))
    }
}

fn time_of(limit: &Limit, field: &str) -> Result<Time, DataError> {
    let wrong = |limit: String| SpecError::Limit { field: field.to_owned(), limit }.into();
    match limit {
        Limit::Time(text) => Time::parse(text).map_err(|_| wrong(text.to_string())),
        Limit::Number(number) => Err(wrong(number.to_string())),
    }
}

/// Names the remedy if a number is expected and a time found.
fn time_for_number(error: FieldError, field: &Field) -> FieldError {
    match field {
        Field::Text(text) if Time::parse(text).is_ok() => {
            FieldError { fault: FieldFault::TimeForNumber, ..error }
        }
        _ => error,
    }
}
