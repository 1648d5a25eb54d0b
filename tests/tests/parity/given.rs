//! Places of the results of a fixture in the output of the program.

use std::ops::Range;

use crate::compare::Results;

/// A score below this is that of what is left out of a softmax.
pub(crate) const LEFT_OUT: f64 = -1e29;

/// Place of a result in the output of the program.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// A result of the program: `score`, `probability`, `tower.<name>`, `weight.<name>` after the step, or `op.<name>`, which an op gave in it.
    Is(String),
    /// Some columns of a result with a row for each record.
    Columns(String, Range<usize>),
    /// Result for some records.
    Records(Box<Given>, Vec<usize>),
    /// Of the scores of all records with all candidates those with the record's own one and with the drawn ones.
    OwnAndDrawn(String),
}

impl Given {
    /// Values that the program gave.
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
