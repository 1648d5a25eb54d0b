//! Number of distinct keys: exact up to a limit, then estimated.

use std::collections::BTreeSet;
use std::collections::HashSet;

use turret_runtime::checksum::hash_of;

/// Number of keys that are counted exactly.
const EXACT: usize = 1 << 16;
/// Number of the smallest hashes by which more keys are estimated; the standard error is about 1.6%.
const SMALLEST: usize = 1 << 12;

/// Counter of distinct keys.
#[derive(Clone, Debug)]
pub(in crate::command) struct Distinct {
    hashes: Hashes,
}

#[derive(Clone, Debug)]
enum Hashes {
    All(HashSet<u64>),
    /// The share of the hashes that are below the largest of these tells the number of all.
    Smallest(BTreeSet<u64>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self { hashes: Hashes::All(HashSet::new()) }
    }
}

impl Distinct {
    /// Adds a key.
    pub(in crate::command) fn add(&mut self, key: &str) {
        let hash = hash_of(key.as_bytes());
        match &mut self.hashes {
            Hashes::All(all) => {
                all.insert(hash);
                if all.len() > EXACT {
                    let mut sorted: Vec<u64> = all.iter().copied().collect();
                    sorted.sort_unstable();
                    sorted.truncate(SMALLEST);
                    self.hashes = Hashes::Smallest(sorted.into_iter().collect());
                }
            }
            Hashes::Smallest(smallest) => {
                if smallest.last().is_some_and(|&last| hash < last) && smallest.insert(hash) {
                    smallest.pop_last();
                }
            }
        }
    }

    /// Number of distinct keys.
    pub(in crate::command) fn count(&self) -> u64 {
        match &self.hashes {
            Hashes::All(all) => all.len() as u64,
            Hashes::Smallest(smallest) => {
                let largest = smallest.last().map_or(1.0, |&last| last as f64 / 2.0_f64.powi(64));
                ((SMALLEST - 1) as f64 / largest).round() as u64
            }
        }
    }

    /// Returns whether the number is exact.
    pub(in crate::command) fn is_exact(&self) -> bool {
        matches!(self.hashes, Hashes::All(_))
    }

    /// Number of keys that another counter has too, if both are exact.
    pub(in crate::command) fn common(&self, other: &Self) -> Option<u64> {
        match (&self.hashes, &other.hashes) {
            (Hashes::All(own), Hashes::All(others)) => {
                Some(own.iter().filter(|hash| others.contains(hash)).count() as u64)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_keys_are_estimated() {
        let mut keys = Distinct::default();
        for key in 0..60_000 {
            keys.add(&key.to_string());
            keys.add(&(key / 2).to_string());
        }
        assert_eq!((keys.count(), keys.is_exact()), (60_000, true));
        (0..1_000_000).for_each(|key| keys.add(&key.to_string()));
        assert!(!keys.is_exact());
        assert!((950_000..1_050_000).contains(&keys.count()), "{}", keys.count());
    }

    #[test]
    fn keys_in_common_are_counted() {
        let of = |range: std::ops::Range<u32>| {
            let mut keys = Distinct::default();
            range.for_each(|key| keys.add(&key.to_string()));
            keys
        };
        assert_eq!(of(0..10).common(&of(5..100)), Some(5));
        assert_eq!(of(0..10).common(&of(0..70_000)), None);
    }
}
