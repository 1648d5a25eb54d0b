//! Columns that the negative sampler reads.

use super::forward::Encoded;
use super::{Place, Plan};
use crate::model::{InputId, NegativeSource};

/// Columns that the negative sampler reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    /// Sampling weights of candidates, in the input of the candidates.
    pub weights: Option<Encoded>,
    /// Negatives listed in the records.
    pub listed: Option<ListedNegatives>,
}

/// Negatives listed in the records.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedNegatives {
    /// Column of their keys.
    pub column: Encoded,
    /// Vocabulary of the column.
    pub vocabulary: Place,
}

/// Finds the columns that the negative sampler reads.
pub(super) fn plan_sampling(plan: &Plan) -> Sampling {
    let negatives = plan.model.negatives.as_ref();
    let mut sampling = Sampling::default();
    match negatives.and_then(|negatives| Some((negatives.source, negatives.column?))) {
        Some((NegativeSource::Sampled { .. }, column)) => {
            let candidate = plan.candidates.first();
            sampling.weights = candidate.map(|tower| plan.column_of_batch(InputId::Tower(*tower), column));
        }
        Some((NegativeSource::Listed, column)) => {
            sampling.listed = plan.model.columns[column].vocabulary.map(|vocabulary| ListedNegatives {
                column: plan.column_of_batch(InputId::Objective, column),
                vocabulary: plan.vocabularies.place(vocabulary),
            });
        }
        Some((NegativeSource::All, _)) | None => {}
    }
    sampling
}
