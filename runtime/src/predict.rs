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

use slots::Slots;

/// Records that go through the model at once.
const RECORDS_AT_ONCE: usize = 1024;

/// Answers each record with the vector of the tower, or with its probability and score where no tower is given. A record that
/// is refused ends it; those before it are answered.
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
    let mut answer = |batch: &BatchOf<D, P>| match tower {
        Some(tower) => {
            let vectors = model.tower(tower, batch, &pass).map_err(Error::device)?;
            answers.vectors(&vectors, P::TOWERS[tower].vectors)
        }
        None => answers.scores(&model.score(batch, &pass).map_err(Error::device)?),
    };
    let mut batch = BatchOf::<D, P>::default();
    let mut rows = 0;
    let ended = loop {
        match add(&mut records, &mut slots, features, &mut batch, rows) {
            Ok(true) => rows += 1,
            ended => break ended,
        }
        if rows == RECORDS_AT_ONCE {
            answer(&batch)?;
            batch = BatchOf::<D, P>::default();
            rows = 0;
        }
    };
    if rows > 0 {
        answer(&batch)?;
    }
    answers.end()?;
    ended.map(drop)
}

/// Encodes the next record as the row after `rows`; `false` where there is none.
fn add<F: Features>(
    records: &mut Records,
    slots: &mut Slots,
    features: &F,
    batch: &mut F::Batch,
    rows: usize,
) -> Result<bool, Error> {
    let Some(record) = records.next()? else { return Ok(false) };
    for (input, fields) in slots.sort(&record) {
        if let Err(error) = encode_fields(features, input, &fields, batch) {
            slots.inputs().iter().for_each(|&input| batch.truncate(input, rows));
            return Err(Error::input(format_args!("{}: {error}", record.place)));
        }
    }
    Ok(true)
}
