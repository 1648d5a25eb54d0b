//! Vocabularies: the keys that have rows of a table, and the meaning of others.

use serde::{Deserialize, Serialize};

written! {
    /// Source of the keys of a vocabulary.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Keys {
        /// The training rows.
        Learned {
            /// Keys seen less often are unknown.
            min_count: u64,
            /// Most keys that are kept, the most frequent ones. An out-of-vocabulary row is added.
            max: Option<usize>,
        } by learned(),
        /// Given keys, in this order.
        List(keys: Vec<String>) by list(keys),
        /// One a line in this file of the data folder, in the order of the rows.
        File(path: String) by file(path),
        /// The integers from `low` to `high`, `high` excluded, written without leading zeros or plus sign.
        Range {
            /// The first.
            low: i64,
            /// The one after the last.
            high: i64,
        } by range(low, high),
        /// Any key, hashed into rows: 64-bit FNV-1a over the seed's eight bytes (little-endian) and the key's,
        /// mixed by MurmurHash3's `fmix64`, modulo `buckets`. No key is unknown, so no out-of-vocabulary row is kept.
        Hash {
            /// Number of rows.
            buckets: u32,
            /// Seed of the hash.
            seed: u64,
        } by hash(buckets),
    }

    /// Policy for a key that the vocabulary does not hold.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum Oov {
        /// It takes row 0, and the keys begin at row 1.
        #[default]
        Bucket,
        /// It is a zero vector.
        Zero,
        /// It is left out of its bag. In a column of single ids the same as [`Oov::Zero`].
        Drop,
        /// It is refused.
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

    /// The integers from `low` to before `high`.
    pub fn range(low: i64, high: i64) -> Self {
        Self::Range { low, high }
    }

    /// Any key, hashed into a number of rows.
    pub fn hash(buckets: u32) -> Self {
        Self::Hash { buckets, seed: 0 }
    }
}
