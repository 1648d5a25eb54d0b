//! Places of the fixture's results in the output of the program.

use std::ops::Range;

use crate::compare::Results;

/// Scores below this are excluded from a softmax.
pub(crate) const LEFT_OUT: f64 = -1e29;

/// Place of a result in the output of the program.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// A result of the program: `score`, `probability`, `tower.<name>`, `weight.<name>` after the step, or
    /// `op.<name>`, recorded by an op.
    Is(String),
    /// Some columns of a result with one row per record.
    Columns(String, Range<usize>),
    /// Result of some records.
    Records(Box<Given>, Vec<usize>),
    /// From the scores of all records and candidates: those of the record's own candidate and of the sampled
    /// ones.
    OwnAndDrawn(String),
}

impl Given {
    /// Returns the values.
    pub(crate) fn values(&self, results: &Results) -> Vec<f64> {
        let tensor =
            |name: &String| results.get(name).unwrap_or_else(|| panic!("the program gave no `{name}`"));
        match self {
            Given::Is(name) => tensor(name).values.clone(),
            Given::Columns(name, columns) => {
                tensor(name).rows().flat_map(|row| row[columns.clone()].to_vec()).collect()
            }
            Given::Records(given, records) => {
                let values = given.values(results);
                let width = values.len() / results["score"].values.len();
                records.iter().flat_map(|&record| values[record * width..][..width].to_vec()).collect()
            }
            Given::OwnAndDrawn(name) => {
                let scores = tensor(name);
                let records = scores.shape[0];
                let rows = scores.rows().enumerate();
                rows.flat_map(|(record, row)| [&row[record..=record], &row[records..]].concat()).collect()
            }
        }
    }
}
