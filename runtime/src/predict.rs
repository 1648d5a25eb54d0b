//! Predictions for records: probabilities of a ranking model, or vectors of a tower.

mod answers;
mod records;
mod slots;

pub use answers::{AnswerFormat, Answers};
pub use records::{RecordFormat, Records};

use crate::data::encode_fields;
use crate::error::Error;
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Batch, Features, Program};
use crate::progress::rounded;

use answers::Found;
use records::{Record, Refusal};
use slots::Slots;

/// Records that go through the model at once.
const RECORDS_AT_ONCE: usize = 1024;

/// Answers each record with the vector of the tower, or with its probability and score where no tower is given. A record that is
/// refused is answered with the reason, and the others are answered as if it were not there; then an error says how many there were.
/// Answers are given out whenever no further record waits.
pub fn predict<D: Device, P: Program<D>>(
    model: &P,
    features: &P::Features,
    tower: Option<usize>,
    device: &D,
    mut records: Records,
    mut answers: Answers<'_>,
) -> Result<(), Error> {
    // A score reads all towers; labels are what is predicted.
    let inputs: Vec<usize> = match tower {
        Some(tower) => vec![P::TOWERS[tower].input],
        None => P::TOWERS.iter().map(|tower| tower.input).collect(),
    };
    let mut slots = Slots::new(P::Features::INPUTS, inputs, P::SPEC.renamed);
    records.check_header(&slots)?;
    answers.begin(tower.map(|tower| P::TOWERS[tower].width))?;
    let pass = Pass::inference(device);
    let mut refused = Refused::default();
    let mut answer = |batch: &BatchOf<D, P>, asked: &[Asked]| {
        let is_encoded = |asked: &&Asked| asked.is_ok();
        let found = match (asked.iter().find(is_encoded), tower) {
            (None, _) => Found::Scores(Vec::new()),
            (_, Some(tower)) => {
                let vectors = model.tower(tower, batch, &pass).map_err(Error::device)?;
                Found::Vectors(vectors, P::TOWERS[tower].vectors)
            }
            (_, None) => Found::Scores(model.score(batch, &pass).map_err(Error::device)?),
        };
        for asked in asked {
            match asked {
                Ok(row) => answers.answer(&found, *row)?,
                Err(refusal) => answers.refuse(refusal)?,
            }
        }
        answers.flush()
    };
    let mut batch = BatchOf::<D, P>::default();
    let (mut asked, mut rows) = (Vec::new(), 0);
    let ended = loop {
        match records.next() {
            Ok(Some(record)) => {
                let row = record.and_then(|record| add(record, &mut slots, features, &mut batch, rows));
                rows += usize::from(row.is_ok());
                refused.count(&row);
                asked.push(row);
            }
            ended => break ended.map(drop),
        }
        if asked.len() == RECORDS_AT_ONCE || !records.is_at_hand() {
            answer(&batch, &asked)?;
            batch = BatchOf::<D, P>::default();
            (rows, asked) = (0, Vec::new());
        }
    };
    answer(&batch, &asked)?;
    slots.finish();
    ended.and_then(|()| refused.result())
}

/// The row of the batch that a record was encoded as, or why it was refused.
type Asked = Result<usize, Refusal>;

/// Encodes a record as the row after `rows`.
fn add<F: Features>(
    record: Record<'_>,
    slots: &mut Slots,
    features: &F,
    batch: &mut F::Batch,
    rows: usize,
) -> Asked {
    let place = record.place.clone();
    for (input, fields) in slots.sort(record) {
        if let Err(error) = encode_fields(features, input, &fields, batch) {
            slots.inputs().iter().for_each(|&input| batch.truncate(input, rows));
            return Err(Refusal { place, reason: error.to_string(), help: None });
        }
    }
    Ok(rows)
}

/// Records that were refused.
#[derive(Default)]
struct Refused {
    records: u64,
    count: u64,
    first: Option<Refusal>,
}

impl Refused {
    fn count(&mut self, asked: &Asked) {
        self.records += 1;
        if let Err(refusal) = asked {
            self.count += 1;
            self.first.get_or_insert_with(|| refusal.clone());
        }
    }

    /// An error where there are any.
    fn result(self) -> Result<(), Error> {
        let Some(Refusal { place, reason, help }) = self.first else { return Ok(()) };
        let error = Error::input(format_args!(
            "{} of {} records were refused, the first: {place}: {reason}",
            rounded(self.count as f64),
            rounded(self.records as f64)
        ));
        Err(help.into_iter().fold(error, Error::help))
    }
}
