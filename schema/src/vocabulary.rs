//! Vocabularies: keys with rows in a table, and the policy for other keys.

use serde::{Deserialize, Serialize};

written! {
    /// Source of the keys of a vocabulary.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Keys {
        /// Learned from the training rows.
        Learned {
            /// Minimum count of a key; rarer keys are unknown.
            min_count: u64,
            /// Maximum number of keys; the most frequent are kept. The out-of-vocabulary row is extra.
            max: Option<usize>,
        } by learned(),
        /// Given keys, in this order.
        List(keys: Vec<String>) by list(keys),
        /// One per line in this file of the data folder, in the order of the rows.
        File(path: String) by file(path),
        /// Integers from `low` to `high` (exclusive), without leading zeros or plus sign.
        Range {
            /// First integer.
            low: i64,
            /// Last integer plus one.
            high: i64,
        } by range(low, high),
        /// Any key, hashed to a row: 64-bit FNV-1a over the eight bytes of the seed (little-endian) and the
        /// bytes of the key, mixed by `fmix64` of MurmurHash3, modulo `buckets`. No key is unknown, so there
        /// is no out-of-vocabulary row.
        Hash {
            /// Number of rows.
            buckets: u32,
            /// Seed of the hash.
            seed: u64,
        } by hash(buckets),
    }

    /// Policy for a key that is not in the vocabulary.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Oov {
        /// Row 0; keys start at row 1.
        #[default]
        Bucket,
        /// A zero vector.
        Zero,
        /// Dropped from its bag. Same as [`Oov::Zero`] in a column of single ids.
        Drop,
        /// An error.
        Error,
    }
}

impl Keys {
    /// All keys of the training rows.
    pub fn learned() -> Self {
        Self::Learned { min_count: 1, max: None }
    }

    /// Given keys, in this order.
    pub fn list(keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::List(keys.into_iter().map(Into::into).collect())
    }

    /// The keys in a file of the data folder.
    pub fn file(path: impl Into<String>) -> Self {
        Self::File(path.into())
    }

    /// Integers from `low` to `high` (exclusive).
    pub fn range(low: i64, high: i64) -> Self {
        Self::Range { low, high }
    }

    /// Any key, hashed to `buckets` rows.
    pub fn hash(buckets: u32) -> Self {
        Self::Hash { buckets, seed: 0 }
    }
}
