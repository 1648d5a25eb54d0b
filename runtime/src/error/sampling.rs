//! Errors of negative sampling.

use crate::printable::printable;

/// Error of negative sampling.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplingError {
    /// A training row names a candidate that is not in the catalog.
    #[error("the candidate of a training row is not in the catalog")]
    UnknownPositive,
    /// The probability of a candidate is not a number above 0.
    #[error("the sampling weight of candidate `{}` is {weight}", printable(.key))]
    Weight {
        /// Key of the candidate.
        key: String,
        /// Weight in the catalog.
        weight: f32,
    },
    /// There are fewer candidates than distinct negatives.
    #[error("{negatives} distinct negatives are to be sampled from {candidates} candidates")]
    TooFew {
        /// Distinct negatives to sample for a step.
        negatives: usize,
        /// Candidates that can be sampled.
        candidates: usize,
    },
    /// The training rows of a user have all candidates that can be sampled.
    #[error(
        "no candidate is left to sample for the user `{}` (`{field}`){}: training rows have them all",
        printable(.key), further(*.others)
    )]
    NothingUnseen {
        /// Field that identifies the user.
        field: String,
        /// Key of the user.
        key: String,
        /// Number of further users of this kind.
        others: usize,
    },
    /// Some candidates are so rare that distinct negatives need too many draws.
    #[error(
        "some candidates are so rare that {negatives} distinct negatives would take more than {tries:e} draws per step"
    )]
    TooRare {
        /// Distinct negatives to sample for a step.
        negatives: usize,
        /// Maximum number of draws per step.
        tries: f64,
    },
}

impl SamplingError {
    /// Remedy.
    pub fn help(&self) -> &'static str {
        match self {
            SamplingError::UnknownPositive => {
                "give the row of the catalog a key, or leave the training row out"
            }
            SamplingError::Weight { .. } => "give each candidate a number above 0; they need not add up to 1",
            SamplingError::NothingUnseen { .. } => {
                "leave these users out (`filter` in `data`), or write the objective without `exclude_seen`"
            }
            SamplingError::TooFew { .. } | SamplingError::TooRare { .. } => {
                "write fewer `negatives`, or `unique = false` to sample with replacement"
            }
        }
    }
}

fn further(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " and for another".to_owned(),
        _ => format!(" and for {count} others"),
    }
}
