//! Feature interactions: factorization machines, cross networks and similarities.

pub(crate) mod cin;
pub(crate) mod cross;
pub(crate) mod ffm;
pub(crate) mod fm;
pub(crate) mod pairs;
pub(crate) mod row_sum;
pub(crate) mod similarity;

pub use cin::{cin, vector_sums};
pub use cross::{Cross, LowRankCross, cross, cross_low_rank, cross_v2};
pub use ffm::field_aware;
pub use fm::bi_interaction;
pub use pairs::{inner_product, outer_product, pairs};
pub use row_sum::{Bias, Coefficients, add_bias, row_sum, weighted_sum};
pub use similarity::{column, cosine, distance, dot, scores};
