//! Rows that are skipped.

use std::fmt;

use serde::{Deserialize, Serialize};
use turret_schema::OnError;

use crate::data::error::DataError;
use crate::progress::counted;

/// Number of skipped rows, and the reason for the first of them in the order of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Number.
    pub count: u64,
    first: Option<First>,
}

/// The first skipped row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct First {
    place: Order,
    reason: String,
}

/// Order of rows. Those of joined sources are before those of the main source, which they may take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Order {
    is_main: bool,
    source: usize,
    row: u32,
}

impl Skipped {
    /// Skips and counts a row of a source, or returns the error, depending on the policy. A row that cannot be read has
    /// the number of the next one that can be.
    pub(in crate::data) fn take(
        &mut self,
        policy: OnError,
        (source, row): (usize, u32),
        error: DataError,
    ) -> Result<(), DataError> {
        if policy == OnError::Stop {
            return Err(error);
        }
        self.count += 1;
        let place = Order { is_main: source == 0, source, row };
        if self.first.as_ref().is_none_or(|first| place < first.place) {
            self.first = Some(First { place, reason: error.to_string() });
        }
        Ok(())
    }

    /// Reason for the first row.
    pub fn reason(&self) -> Option<&str> {
        self.first.as_ref().map(|first| &*first.reason)
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = counted(self.count as usize, "row");
        match self.reason() {
            Some(reason) if self.count == 1 => write!(f, "{rows} skipped, because {reason}"),
            Some(reason) => write!(f, "{rows} skipped, the first because {reason}"),
            None => f.write_str("no rows skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::error::Place;

    #[test]
    fn the_first_row_is_that_of_the_files() {
        let mut skipped = Skipped::default();
        assert_eq!((skipped.to_string().as_str(), skipped.reason()), ("no rows skipped", None));
        let error = |path: &str, line| DataError::NamesTwice { place: Place { path: path.into(), line } };
        let said = |skipped: &Skipped| skipped.to_string().split(": ").next().unwrap().to_owned();
        for (source, row, path, expected) in [
            (0, 7, "log", "1 row skipped, because log:8"),
            (0, 9, "log", "2 rows skipped, the first because log:8"),
            (0, 2, "log", "3 rows skipped, the first because log:3"),
            // Of one row, the first reason counts.
            (0, 2, "again", "4 rows skipped, the first because log:3"),
            (2, 5, "shops", "5 rows skipped, the first because shops:6"),
            (1, 8, "items", "6 rows skipped, the first because items:9"),
            (0, 0, "log", "7 rows skipped, the first because items:9"),
        ] {
            skipped.take(OnError::Skip, (source, row), error(path, u64::from(row) + 1)).unwrap();
            assert_eq!(said(&skipped), expected);
        }
        let before = skipped.clone();
        assert!(skipped.take(OnError::Stop, (0, 0), error("log", 1)).is_err());
        assert_eq!(skipped, before);
        let many = Skipped { count: 12_345, ..before };
        assert!(many.to_string().starts_with("12_345 rows skipped"), "{many}");
    }
}
