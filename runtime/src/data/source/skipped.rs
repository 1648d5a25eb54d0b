//! Rows that are skipped.

use std::fmt;

use serde::{Deserialize, Serialize};
use turret_schema::OnError;

use crate::data::error::DataError;
use crate::progress::counted;

/// Skipped rows of the main source, and of joined ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    main: Rows,
    joined: Rows,
}

/// Number of skipped rows, and the reason for the first of them in the order of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rows {
    count: u64,
    first: Option<First>,
}

/// The first skipped row: source and row, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct First {
    place: (usize, u32),
    reason: String,
}

impl Skipped {
    /// Skips and counts a row of a source, or returns the error, depending on the policy. A row that cannot be read has
    /// the number of the next one that can be.
    pub(in crate::data) fn take(
        &mut self,
        policy: OnError,
        place: (usize, u32),
        error: DataError,
    ) -> Result<(), DataError> {
        if policy == OnError::Stop {
            return Err(error);
        }
        let rows = if place.0 == 0 { &mut self.main } else { &mut self.joined };
        rows.count += 1;
        if rows.first.as_ref().is_none_or(|first| place < first.place) {
            rows.first = Some(First { place, reason: error.to_string() });
        }
        Ok(())
    }

    /// Number of skipped rows of the main source.
    pub fn count(&self) -> u64 {
        self.main.count
    }

    /// Number of skipped rows of joined sources.
    pub fn joined(&self) -> u64 {
        self.joined.count
    }

    /// Returns whether no row was skipped.
    pub fn is_empty(&self) -> bool {
        self.main.count + self.joined.count == 0
    }

    /// Reason for the first row of the main source.
    pub fn reason(&self) -> Option<&str> {
        self.main.reason()
    }

    /// Reason for the first row of joined sources.
    pub fn joined_reason(&self) -> Option<&str> {
        self.joined.reason()
    }
}

impl Rows {
    fn reason(&self) -> Option<&str> {
        self.first.as_ref().map(|first| &*first.reason)
    }

    /// Writes number and reason. `of` follows the number.
    fn write(&self, of: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = counted(self.count as usize, "row");
        match self.reason() {
            Some(reason) if self.count == 1 => write!(f, "{rows}{of} skipped, because {reason}"),
            Some(reason) => write!(f, "{rows}{of} skipped, the first because {reason}"),
            None => write!(f, "no rows{of} skipped"),
        }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const JOINED: &str = " of joined sources";
        match (self.main.count, self.joined.count) {
            (_, 0) => self.main.write("", f),
            (0, _) => self.joined.write(JOINED, f),
            _ => {
                self.main.write("", f)?;
                f.write_str("; ")?;
                self.joined.write(JOINED, f)
            }
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
            (0, 0, "log", "5 rows skipped, the first because log:1"),
        ] {
            skipped.take(OnError::Skip, (source, row), error(path, u64::from(row) + 1)).unwrap();
            assert_eq!(said(&skipped), expected);
        }
        let before = skipped.clone();
        assert!(skipped.take(OnError::Stop, (0, 0), error("log", 1)).is_err());
        assert_eq!(skipped, before);
        let many = Skipped { main: Rows { count: 12_345, ..before.main }, ..before };
        assert!(many.to_string().starts_with("12_345 rows skipped"), "{many}");
    }

    #[test]
    fn rows_of_joined_sources_are_counted_apart() {
        let mut skipped = Skipped::default();
        let error = |path: &str, line| DataError::NamesTwice { place: Place { path: path.into(), line } };
        let reason = |path: &str, line| error(path, line).to_string();
        for (source, row, path) in [(2, 5, "shops"), (1, 8, "items")] {
            skipped.take(OnError::Skip, (source, row), error(path, u64::from(row) + 1)).unwrap();
        }
        let joined = format!("2 rows of joined sources skipped, the first because {}", reason("items", 9));
        assert_eq!(
            (skipped.to_string(), skipped.is_empty(), skipped.reason()),
            (joined.clone(), false, None)
        );
        skipped.take(OnError::Skip, (0, 0), error("log", 1)).unwrap();
        let main = format!("1 row skipped, because {}", reason("log", 1));
        assert_eq!((skipped.to_string(), skipped.count()), (format!("{main}; {joined}"), 1));
        assert_eq!((skipped.joined(), skipped.joined_reason()), (2, Some(&*reason("items", 9))));
    }
}
