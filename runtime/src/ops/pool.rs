//! Pooling: of table rows, of a record's vectors, and of sequences.

mod attention;
mod bag;
mod by_scores;
pub(crate) mod fields;
pub(crate) mod last;
pub(crate) mod lookup;
pub(crate) mod sequence;

pub use attention::{AttentionPool, attention_pool, attention_pool_masked};
pub(crate) use bag::{Bagged, pool_bags};
#[cfg(test)]
pub(crate) use bag::{plain_max, plain_sum};
pub use by_scores::{pool_by_scores, softmax_pool};
pub use fields::{max_fields, mean_fields, sum_fields};
pub use last::last;
pub(crate) use lookup::{Source, lookup};
pub use sequence::pool;
