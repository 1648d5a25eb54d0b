//! The most frequent keys: exact while there are few, then with a known error (Misra & Gries 1982).

use std::collections::HashMap;

/// Number of keys that are counted at the same time.
const COUNTED: usize = 1 << 12;

/// Counts of keys.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct Top {
    counts: HashMap<Box<str>, u64>,
    /// Largest number of occurrences that a count lacks.
    error: u64,
}

impl Top {
    /// Adds a key.
    pub(in crate::command) fn add(&mut self, key: &str) {
        if let Some(count) = self.counts.get_mut(key) {
            *count += 1;
            return;
        }
        if self.counts.len() == COUNTED {
            self.shrink();
        }
        self.counts.insert(key.into(), 1);
    }

    /// Subtracts the median from all counts and forgets the keys without a rest.
    fn shrink(&mut self) {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        let (_, &mut median, _) = counts.select_nth_unstable(COUNTED / 2);
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(median);
            *count > 0
        });
        self.error += median;
    }

    /// Returns the most frequent keys with their counts; of equal counts, the first in the order of text.
    pub(in crate::command) fn greatest(&self, number: usize) -> Vec<(String, u64)> {
        let mut all: Vec<(&str, u64)> = self.counts.iter().map(|(key, &count)| (&**key, count)).collect();
        all.sort_unstable_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(right.0)));
        all.into_iter().take(number).map(|(key, count)| (key.to_owned(), count)).collect()
    }

    /// Largest number of occurrences that a count lacks; 0 if all counts are exact.
    pub(in crate::command) fn error(&self) -> u64 {
        self.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_keys_survive_many_rare_ones() {
        let mut top = Top::default();
        for row in 0..200_000_u32 {
            top.add(&format!("rare {row}"));
            if row % 10 == 0 {
                top.add("often");
            }
        }
        let (key, count) = &top.greatest(1)[0];
        assert_eq!(key, "often");
        assert!(top.error() > 0 && count + top.error() >= 20_000 && *count <= 20_000, "{count}");
        let mut few = Top::default();
        ["b", "a", "c", "c"].iter().for_each(|key| few.add(key));
        assert_eq!(few.greatest(2), [("c".to_owned(), 2), ("a".to_owned(), 1)]);
        assert_eq!(few.error(), 0);
    }
}
