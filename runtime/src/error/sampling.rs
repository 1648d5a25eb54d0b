//! Failures to draw negatives.

use crate::printable::printable;

/// Failure to draw negatives.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplingError {
    /// A training row is about a candidate that is none.
    #[error("the candidate of a training row is not in the catalog")]
    UnknownPositive,
    /// The probability of a candidate is no number above 0.
    #[error("candidate `{}` is to be drawn with probability {weight}", printable(.key))]
    Weight {
        /// Key of the candidate.
        key: String,
        /// The number that the catalog gives for it.
        weight: f32,
    },
    /// There are fewer candidates than distinct negatives.
    #[error("{negatives} distinct negatives are to be drawn of {candidates} candidates")]
    TooFew {
        /// Distinct negatives that are to be drawn for a step.
        negatives: usize,
        /// Candidates that can be drawn.
        candidates: usize,
    },
    /// Some candidates are so rare that distinct negatives would take too many draws.
    #[error(
        "to see {negatives} distinct negatives would take more than {tries:e} draws a step, so rare are some candidates"
    )]
    TooRare {
        /// Distinct negatives that are to be drawn for a step.
        negatives: usize,
        /// Most draws of a step.
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
            SamplingError::TooFew { .. } | SamplingError::TooRare { .. } => {
                "write fewer `negatives`, or `unique = false` to draw with replacement"
            }
        }
    }
}
