//! Policy for rejected values.

use serde::{Deserialize, Serialize};

use super::count::{Counter, Counting, SUBSTITUTED};
use crate::data::error::{FieldError, FieldFault};
use crate::data::field::Field;

/// Policy for rejected values, and the number of substituted ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Invalid {
    substitute: bool,
    #[serde(skip)]
    count: Counter,
}

impl Invalid {
    /// Rejected values count as missing.
    pub(super) fn substitute() -> Self {
        Self { substitute: true, count: Counter::default() }
    }

    /// Reads a field. A rejected value is read as missing if the policy is to substitute. If the column also
    /// rejects missing values, it is an error.
    #[inline]
    pub(super) fn read<T>(
        &self,
        field: &Field,
        counting: Counting,
        mut read: impl FnMut(&Field) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        let error = match read(field) {
            Err(error) if self.substitute && !field.is_missing() => error,
            result => return result,
        };
        let Ok(substitute) = read(&Field::Missing) else {
            let fault = FieldFault::NoSubstitute(Box::new(error.fault));
            return Err(FieldError { fault, ..error });
        };
        self.count.add(counting);
        Ok(substitute)
    }

    /// Returns how often a value was substituted.
    pub(super) fn counter(&self) -> (&'static str, &Counter) {
        (SUBSTITUTED, &self.count)
    }
}
