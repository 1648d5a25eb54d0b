//! Predictions for records given as JSON lines: probabilities of a ranking model, or vectors of a tower.

use std::io::{BufRead, Write};

use serde_json::{Map, Value, json};

use crate::data::{encode_fields, json_fields};
use crate::error::Error;
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Features, Program};

/// Records that go through the model at once.
const RECORDS_AT_ONCE: usize = 1024;

/// Reads records and writes a line for each: `{"probability": p}`, or `{"vector": [...]}` of the tower.
pub fn predict<D: Device, P: Program<D>>(
    model: &P,
    features: &P::Features,
    tower: Option<usize>,
    device: &D,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<(), Error> {
    let mut batch = BatchOf::<D, P>::default();
    let mut records = 0;
    for (number, line) in input.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let place =
            |error: &dyn std::fmt::Display| Error::input(format_args!("record {}: {error}", number + 1));
        let object: Map<String, Value> = serde_json::from_str(&line)
            .map_err(|error| place(&error).help("each line is a JSON object with the fields of a record"))?;
        add::<D, P>(features, tower, &object, &mut batch).map_err(|error| place(&error))?;
        records += 1;
        if records == RECORDS_AT_ONCE {
            flush(model, tower, &batch, device, output)?;
            batch = BatchOf::<D, P>::default();
            records = 0;
        }
    }
    if records > 0 {
        flush(model, tower, &batch, device, output)?;
    }
    Ok(output.flush()?)
}

/// Encodes a record for the inputs that the answer needs.
fn add<D: Device, P: Program<D>>(
    features: &P::Features,
    tower: Option<usize>,
    object: &Map<String, Value>,
    batch: &mut BatchOf<D, P>,
) -> Result<(), crate::data::DataError> {
    if let Some(tower) = tower {
        let input = P::TOWERS[tower].input;
        let fields = json_fields(&P::Features::INPUTS[input], object)?;
        return encode_fields(features, input, &fields, batch);
    }
    // A score reads all towers; each takes the fields it knows, and labels are what is predicted.
    for tower in P::TOWERS {
        let info = &P::Features::INPUTS[tower.input];
        let known = |name: &str| info.fields.iter().any(|field| field.name == name);
        let own: Map<String, Value> = object
            .iter()
            .filter(|(name, _)| known(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        encode_fields(features, tower.input, &json_fields(info, &own)?, batch)?;
    }
    Ok(())
}

fn flush<D: Device, P: Program<D>>(
    model: &P,
    tower: Option<usize>,
    batch: &BatchOf<D, P>,
    device: &D,
    output: &mut dyn Write,
) -> Result<(), Error> {
    let pass = Pass::inference(device);
    match tower {
        Some(tower) => {
            let matrix = model.tower(tower, batch, &pass).map_err(Error::device)?;
            for row in 0..matrix.rows() {
                writeln!(output, "{}", json!({ "vector": matrix.row(row) }))?;
            }
        }
        None => {
            for score in model.score(batch, &pass).map_err(Error::device)? {
                let probability = 1.0 / (1.0 + (-f64::from(score)).exp());
                writeln!(output, "{}", json!({ "probability": probability, "score": score }))?;
            }
        }
    }
    Ok(())
}
