//! Distinct keys in a fixed order, with lookup by text.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::data::interned::Interned;

/// Keys numbered from 0 in insertion order. Serialized as a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Interned);

impl Keys {
    /// Number of keys.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the number of a key.
    pub(super) fn find(&self, key: &str) -> Option<u32> {
        self.0.find(key)
    }

    /// Returns the key with a number.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        self.0.get(u32::try_from(number).ok()?)
    }

    /// Returns all keys in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter()
    }

    /// Adds a key. `Err` has the number of an existing key.
    pub(super) fn add(&mut self, key: &str) -> Result<u32, u32> {
        match self.0.add(key) {
            (number, true) => Ok(number),
            (number, false) => Err(number),
        }
    }
}

/// Keys with their counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    keys: Interned,
    counts: Vec<u64>,
}

impl Counts {
    /// Counts a key this number of times.
    pub(super) fn add(&mut self, key: &str, times: u64) {
        match self.keys.add(key) {
            (_, true) => self.counts.push(times),
            (number, false) => self.counts[number as usize] += times,
        }
    }

    /// Returns all keys with their counts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.keys.iter().zip(self.counts.iter().copied())
    }
}

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = Keys::default();
        for key in Vec::<String>::deserialize(deserializer)? {
            if keys.add(&key).is_err() {
                return Err(serde::de::Error::custom(format!(
                    "the key `{key}` occurs twice in a vocabulary"
                )));
            }
        }
        Ok(keys)
    }
}
