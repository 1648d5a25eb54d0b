//! Metrics on the test rows, with the protocol they were found by.

mod ranking;
mod retrieval;

pub(crate) use retrieval::candidates;

use crate::data::Dataset;
use crate::error::Error;
use crate::ops::Device;
use crate::prepare::BatchOf;
use crate::program::{Evaluation, Program};

/// Rows that go through a model at once when nothing is learned from them.
pub(crate) const ROWS_AT_ONCE: usize = 4096;

/// What evaluation found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Metrics by their names, in the order of the spec.
    pub metrics: Vec<(String, f64)>,
    /// Test rows they were computed over.
    pub rows: usize,
    /// How they were computed, in a sentence.
    pub protocol: String,
    /// What else a reader of the numbers should know.
    pub notes: Vec<String>,
}

/// Evaluates a model on the test rows.
pub fn evaluate<D: Device, P: Program<D>>(
    model: &P,
    dataset: &Dataset<BatchOf<D, P>>,
    device: &D,
) -> Result<Report, Error> {
    if dataset.test.is_empty() {
        return Ok(Report {
            notes: vec!["the split keeps no rows for a test".to_owned()],
            ..Report::default()
        });
    }
    match P::EVALUATION {
        Evaluation::Ranking => ranking::evaluate(model, dataset, device),
        Evaluation::Retrieval { query, candidate } => {
            retrieval::evaluate(model, dataset, device, query, candidate)
        }
    }
}
