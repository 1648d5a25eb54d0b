//! Predictions for records: probabilities of a ranking model, or vectors of a tower.

mod answers;
mod records;
mod slots;

pub use answers::{AnswerFormat, Answers};
pub use records::{RecordFormat, Records};

use crate::data::{AnyBatch, AnyFeatures, Batch, Features, encode_fields};
use crate::erased::AnyModel;
use crate::error::{Error, RecordFault, RecordsError, RefusedRecord};
use crate::finite::first_not_finite;
use crate::ops::PassState;

use answers::Found;
use records::Record;
use slots::Slots;

/// Number of records per pass.
const RECORDS_AT_ONCE: usize = 1024;

/// Answers each record with the vector of `tower`, or without a tower with its probability and score. A
/// rejected record is answered with the reason and does not affect the others. The error at the end has their
/// number. Answers are flushed when no further record is available.
pub fn predict(
    model: &dyn AnyModel,
    features: &AnyFeatures,
    tower: Option<usize>,
    mut records: Records,
    mut answers: Answers<'_>,
) -> Result<(), Error> {
    // A score reads all towers, but not the label.
    let inputs: Vec<usize> = match tower {
        Some(tower) => vec![model.description().towers[tower].input],
        None => model.description().towers.iter().map(|tower| tower.input).collect(),
    };
    let mut slots = Slots::new(features.inputs(), inputs, &model.description().spec.renamed);
    records.check_header(&slots)?;
    answers.begin(tower.map(|tower| model.description().towers[tower].width))?;
    let mut pass = PassState::inference();
    let mut refused = Refused::default();
    let mut answer = |batch: &AnyBatch, asked: Vec<Asked>| {
        let found = match (asked.iter().find(|asked| asked.is_ok()), tower) {
            (None, _) => Found::Scores(Vec::new()),
            (_, Some(tower)) => {
                let vectors = model.tower(tower, batch, &mut pass)?;
                Found::Vectors(vectors, model.description().towers[tower].vectors)
            }
            (_, None) => Found::Scores(model.score(batch, &mut pass)?),
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
    };
    let mut batch = AnyBatch::default();
    let (mut asked, mut rows) = (Vec::new(), 0);
    let ended = loop {
        match records.next() {
            Ok(Some(record)) => {
                let encoded = record.and_then(|record| add(record, &mut slots, features, &mut batch, rows));
                rows += usize::from(encoded.is_ok());
                asked.push(encoded);
            }
            ended => break ended.map(drop),
        }
        if asked.len() == RECORDS_AT_ONCE || !records.is_at_hand() {
            answer(&batch, std::mem::take(&mut asked))?;
            batch = AnyBatch::default();
            rows = 0;
        }
    };
    answer(&batch, asked)?;
    slots.finish();
    ended.and_then(|()| Ok(refused.result()?))
}

/// A record in the batch, or the reason for its rejection.
type Asked = Result<Encoded, RefusedRecord>;

/// A record in the batch.
struct Encoded {
    place: String,
    row: usize,
}

impl Found {
    /// Returns the row of a record if its answer is finite.
    fn finite(&self, Encoded { place, row }: Encoded) -> Result<usize, RefusedRecord> {
        let (what, values) = match self {
            Found::Vectors(vectors, _) => ("vector", vectors.row(row)),
            Found::Scores(scores) => ("score", &scores[row..=row]),
        };
        match first_not_finite(values) {
            None => Ok(row),
            Some(at) => {
                Err(RefusedRecord { place, fault: RecordFault::NotFinite { what, value: values[at] } })
            }
        }
    }
}

/// Encodes a record as row `rows` of the batch.
fn add(
    record: Record<'_>,
    slots: &mut Slots,
    features: &AnyFeatures,
    batch: &mut AnyBatch,
    rows: usize,
) -> Asked {
    let place = record.place.clone();
    for (input, fields) in slots.sort(record) {
        if let Err(error) = encode_fields(features, input, &fields, batch) {
            slots.inputs().iter().for_each(|&input| batch.truncate(input, rows));
            return Err(RefusedRecord { place, fault: error.into() });
        }
    }
    Ok(Encoded { place, row: rows })
}

/// Rejected records.
#[derive(Default)]
struct Refused {
    records: u64,
    count: u64,
    first: Option<RefusedRecord>,
}

impl Refused {
    fn count<T>(&mut self, answered: &Result<T, RefusedRecord>) {
        self.records += 1;
        if let Err(refused) = answered {
            self.count += 1;
            self.first.get_or_insert_with(|| refused.clone());
        }
    }

    /// Returns an error if records were rejected.
    fn result(self) -> Result<(), RecordsError> {
        match self.first {
            Some(first) => Err(RecordsError::Refused { refused: self.count, records: self.records, first }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;

    #[test]
    fn an_answer_that_is_not_finite_is_a_refusal_of_its_record_alone() {
        let refused = |found: &Found| {
            let encoded = |row| Encoded { place: format!("records.jsonl:{}", row + 1), row };
            let rows = (0..3).map(|row| found.finite(encoded(row)));
            rows.filter_map(Result::err).map(|refused| refused.to_string()).collect::<Vec<_>>()
        };
        let scores = Found::Scores(vec![0.5, f32::INFINITY, -3.0]);
        assert_eq!(refused(&scores), ["records.jsonl:2: its score is not finite: inf"]);
        let vectors = Matrix { width: 2, values: vec![0.0, 1.0, 2.0, 3.0, f32::NAN, 5.0] };
        assert_eq!(refused(&Found::Vectors(vectors, 1)), ["records.jsonl:3: its vector is not finite: NaN"]);
    }
}
