//! Counts of applied policies.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::data::key::taken_as_keys;
use crate::progress::{counted, rounded};

/// Number of times that a column applied a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyCount {
    /// Name of the column.
    pub column: String,
    /// Name of the policy, such as `unknown` or `missing`.
    pub policy: &'static str,
    /// Count.
    pub count: u64,
}

/// Policy for items without a key: they are left out.
pub(super) const EMPTY_ITEM: &str = "empty item";
/// Policy for keys that look like missing values: they are keys.
pub(super) const LOOKS_MISSING: &str = "looks missing";

/// Policy for rejected values: they count as missing.
pub(super) const SUBSTITUTED: &str = "substituted";

impl fmt::Display for PolicyCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: ", self.column)?;
        match self.policy {
            EMPTY_ITEM => f.write_str(&counted(self.count as usize, EMPTY_ITEM)),
            LOOKS_MISSING => f.write_str(&taken_as_keys(self.count as usize)),
            policy => write!(f, "{} {policy}", rounded(self.count as f64)),
        }
    }
}

/// Mode of counting of applied policies in encoding. A column that several inputs read is counted for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Policies are counted.
    Counted,
    /// Policies are counted for another input.
    Uncounted,
    /// Counted as often.
    Times(u32),
}

/// A counter with a shared interface. A clone starts at the current count.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn add(&self, counting: Counting) {
        self.add_many(1, counting);
    }

    /// Adds several.
    pub fn add_many(&self, count: usize, counting: Counting) {
        let times = match counting {
            Counting::Counted => 1,
            Counting::Uncounted => 0,
            Counting::Times(times) => u64::from(times),
        };
        if times > 0 && count > 0 {
            self.0.fetch_add(count as u64 * times, Ordering::Relaxed);
        }
    }

    /// Returns the count since the last call.
    pub fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Clone for Counter {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}

/// Nonzero counts of a column since the last call.
pub(super) fn take(column: &str, counters: &[(&'static str, &Counter)]) -> Vec<PolicyCount> {
    counters
        .iter()
        .map(|(policy, counter)| PolicyCount { column: column.to_owned(), policy, count: counter.take() })
        .filter(|count| count.count > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_once() {
        let counter = Counter::default();
        counter.add(Counting::Counted);
        counter.add_many(5, Counting::Uncounted);
        counter.add(Counting::Times(3));
        assert_eq!(take("x", &[("missing", &counter), ("unknown", &counter)])[0].count, 4);
        assert_eq!(take("x", &[("missing", &counter)]), []);
    }

    #[test]
    fn nouns_agree_with_their_numbers() {
        let said = |policy, count| PolicyCount { column: "x".to_owned(), policy, count }.to_string();
        assert_eq!(said("unknown", 1), "column x: 1 unknown");
        assert_eq!(said(EMPTY_ITEM, 1), "column x: 1 empty item");
        assert_eq!(said(EMPTY_ITEM, 2000), "column x: 2_000 empty items");
        assert!(said(LOOKS_MISSING, 1).starts_with("column x: 1 value that looks missing (NA,"));
        assert!(said(LOOKS_MISSING, 3).starts_with("column x: 3 values that look missing (NA,"));
    }
}
