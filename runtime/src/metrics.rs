//! Exact metrics with confidence intervals: AUC, log loss, and ranks among candidates.

mod auc;
mod bootstrap;
mod gauc;
mod log_loss;
mod paired;
mod ranks;
mod retrieval;
mod scorer;
#[cfg(test)]
mod tests;
mod top;

pub use auc::{RocCurve, auc};
pub use bootstrap::{RESAMPLES, Statistic, interval, mean, of_sums, resampled};
pub use gauc::{GroupAreas, group_areas};
pub use log_loss::{class_cross_entropy, cross_entropy};
pub use paired::{PairedTest, paired_test};
pub use ranks::{CandidateSet, RankingQuery, ranks};
pub use retrieval::{average_precision, hit, ndcg, of_ranks, recall, reciprocal_rank};
pub use scorer::{BestInterest, DotProduct, Scorer, Scores};
pub use top::{Scored, top};
