//! Counts of applied policies.

use std::sync::atomic::{AtomicU64, Ordering};

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
}
