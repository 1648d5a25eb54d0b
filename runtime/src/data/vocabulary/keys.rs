//! Distinct keys in a fixed order, with lookup by text.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Keys numbered from 0 in insertion order. Serialized as a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    list: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32>,
}

impl Keys {
    /// Number of keys.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns the number of a key.
    pub(super) fn find(&self, key: &str) -> Option<u32> {
        self.index.get(key).copied()
    }

    /// Returns the key with a number.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        self.list.get(number).map(AsRef::as_ref)
    }

    /// Returns all keys in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(AsRef::as_ref)
    }

    /// Adds a key. `Err` has the number of an existing key.
    pub(super) fn add(&mut self, key: &str) -> Result<u32, u32> {
        if let Some(number) = self.find(key) {
            return Err(number);
        }
        // Numbers stay below `NONE` and leave room for an out-of-vocabulary row, because memory ends long
        // before 2^32 keys.
        let number = self.list.len() as u32;
        let key: Arc<str> = key.into();
        self.list.push(Arc::clone(&key));
        self.index.insert(key, number);
        Ok(number)
    }
}

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.list.iter().map(AsRef::<str>::as_ref))
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
