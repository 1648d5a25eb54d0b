//! Predictions for records: of the tasks of a model, or vectors of a tower.

mod answers;
mod given;
mod predictions;
mod records;
mod slots;

pub use answers::{AnswerFormat, Answers};
pub(crate) use given::{Encoded, GivenRecords};
pub use predictions::{Predicted, Predictor};
pub(crate) use records::Record;
pub use records::{RecordFormat, Records};
pub(crate) use slots::Slots;

use crate::data::{AnyFeatures, Features};
use crate::erased::AnyModel;
use crate::error::{Error, RecordFault, RecordsError, RefusedRecord};
use crate::finite::first_not_finite;
use crate::matrix::Matrix;
use crate::ops::PassState;

use answers::Found;

/// Answers each record with the vector of `tower`, or without a tower with the predictions of the tasks. A
/// rejected record is answered with the reason and does not affect the others. The error at the end has their
/// number. Answers are flushed when no further record is available.
pub fn predict(
    model: &dyn AnyModel,
    features: &AnyFeatures,
    tower: Option<usize>,
    records: Records,
    mut answers: Answers<'_>,
) -> Result<(), Error> {
    // A score reads all towers, but not the label.
    let inputs: Vec<usize> = match tower {
        Some(tower) => vec![model.description().towers[tower].input],
        None => model.description().towers.iter().map(|tower| tower.input).collect(),
    };
    let slots = Slots::new(features.inputs(), inputs, &model.description().spec.renamed);
    let given = GivenRecords::new(features, slots, records)?;
    answers.begin(tower.map(|tower| model.description().towers[tower].width))?;
    let mut pass = PassState::inference();
    let mut refused = Refused::default();
    given.in_batches(
        |_| (),
        |batch, asked| {
            let found = match (asked.iter().find(|asked| asked.is_ok()), tower) {
                (None, _) => Found::Scores(Matrix::default()),
                (_, Some(tower)) => {
                    let vectors = model.tower(tower, batch, &mut pass)?;
                    Found::Vectors(vectors, model.description().towers[tower].vectors)
                }
                (_, None) => Found::Scores(model.scores(batch, &mut pass)?),
            };
            for asked in asked {
                let row = asked.and_then(|encoded| found.finite(encoded));
                refused.count(&row);
                match row {
                    Ok(row) => answers.answer(&found, row)?,
                    Err(refused) => answers.refuse(&refused)?,
                }
            }
            answers.flush()
        },
    )?;
    Ok(refused.result()?)
}

impl Found {
    /// Returns the row of a record if its answer is finite.
    fn finite(&self, Encoded { place, row, .. }: Encoded<()>) -> Result<usize, RefusedRecord> {
        let (what, values) = match self {
            Found::Vectors(vectors, _) => ("vector", vectors.row(row)),
            Found::Scores(scores) => ("score", scores.row(row)),
        };
        match first_not_finite(values) {
            None => Ok(row),
            Some(at) => {
                Err(RefusedRecord { place, fault: RecordFault::NotFinite { what, value: values[at] } })
            }
        }
    }
}

/// Rejected records.
#[derive(Default)]
pub(crate) struct Refused {
    records: u64,
    count: u64,
    first: Option<RefusedRecord>,
}

impl Refused {
    pub(crate) fn count<T>(&mut self, answered: &Result<T, RefusedRecord>) {
        self.records += 1;
        if let Err(refused) = answered {
            self.count += 1;
            self.first.get_or_insert_with(|| refused.clone());
        }
    }

    /// Returns an error if records were rejected.
    pub(crate) fn result(self) -> Result<(), RecordsError> {
        match self.first {
            Some(first) => Err(RecordsError::Refused { refused: self.count, records: self.records, first }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_not_finite_is_a_refusal_of_its_record_alone() {
        let refused = |found: &Found| {
            let encoded = |row| Encoded { place: format!("records.jsonl:{}", row + 1), row, note: () };
            let rows = (0..3).map(|row| found.finite(encoded(row)));
            rows.filter_map(Result::err).map(|refused| refused.to_string()).collect::<Vec<_>>()
        };
        let scores = Found::Scores(Matrix { width: 1, values: vec![0.5, f32::INFINITY, -3.0] });
        assert_eq!(refused(&scores), ["records.jsonl:2: its score is not finite: inf"]);
        let vectors = Matrix { width: 2, values: vec![0.0, 1.0, 2.0, 3.0, f32::NAN, 5.0] };
        assert_eq!(refused(&Found::Vectors(vectors, 1)), ["records.jsonl:3: its vector is not finite: NaN"]);
    }
}
