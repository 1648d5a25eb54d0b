//! Check that answers of a model are finite.

use crate::matrix::Matrix;
use crate::precision::Number;

/// Index of the first non-finite value.
pub(crate) fn first_not_finite<N: Number>(values: &[N]) -> Option<usize> {
    const AT_ONCE: usize = 1024;
    // Without early exit the loop over a chunk is vectorized.
    let is_bad = |chunk: &[N]| chunk.iter().fold(false, |bad, value| bad | !value.widen().is_finite());
    let chunk = values.chunks(AT_ONCE).position(is_bad)?;
    let begin = chunk * AT_ONCE;
    values[begin..].iter().position(|value| !value.widen().is_finite()).map(|at| begin + at)
}

/// A non-finite answer of a model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the {what} of {whose} is not finite: {value}")]
pub struct NotFinite {
    /// `score` or `vector`.
    pub what: &'static str,
    /// Record of the answer.
    pub whose: String,
    /// The value.
    pub value: f32,
}

impl NotFinite {
    /// Remedy.
    pub fn help(&self) -> &'static str {
        NOT_FINITE
    }
}

/// Rejects non-finite scores; `whose` names the record of a score.
pub(crate) fn finite_scores(scores: &[f32], whose: impl Fn(usize) -> String) -> Result<(), NotFinite> {
    match first_not_finite(scores) {
        Some(at) => Err(NotFinite { what: "score", whose: whose(at), value: scores[at] }),
        None => Ok(()),
    }
}

/// Rejects vectors with non-finite values; `whose` names the record of a row.
pub(crate) fn finite_vectors(vectors: &Matrix, whose: impl Fn(usize) -> String) -> Result<(), NotFinite> {
    match first_not_finite(&vectors.values) {
        Some(at) => {
            let whose = whose(at / vectors.width.max(1));
            Err(NotFinite { what: "vector", whose, value: vectors.values[at] })
        }
        None => Ok(()),
    }
}

/// Remedies for a non-finite answer.
pub(crate) const NOT_FINITE: &str = "weights have grown too large in training (lower the learning rate), or a raw number of the record is too large (`transform = standardize`)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_that_is_not_finite_is_found_wherever_it_is() {
        let mut values = vec![1.0; 5000];
        assert_eq!(first_not_finite(&values), None);
        for at in [4999, 2048, 1023, 0] {
            for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                values[at] = value;
                assert_eq!(first_not_finite(&values), Some(at));
            }
        }
        assert_eq!(first_not_finite::<f32>(&[]), None);
    }

    #[test]
    fn the_record_is_named() {
        let matrix = Matrix { width: 2, values: vec![0.0, 1.0, 2.0, f32::NAN] };
        let message = finite_vectors(&matrix, |row| format!("record {row}")).unwrap_err().to_string();
        assert!(message.contains("the vector of record 1 is not finite: NaN"), "{message}");
    }
}
