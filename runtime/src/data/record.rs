//! Encoding single records that a caller gives, as predicting and serving do.

use serde_json::{Map, Value};

use crate::program::{Features, InputInfo};

use super::error::DataError;
use super::field::Field;
use super::row::Row;

/// The fields of a JSON object in the order of an input. Fields go by their name, or by `source.name`; one that is left
/// out is missing, one that the input does not have is refused.
pub fn json_fields<'v>(
    input: &InputInfo,
    object: &'v Map<String, Value>,
) -> Result<Vec<Field<'v>>, DataError> {
    let mut fields = vec![Field::Missing; input.fields.len()];
    for (name, value) in object {
        let mut known = false;
        for (slot, field) in fields.iter_mut().zip(input.fields) {
            let qualified = || {
                name.strip_prefix(field.source).and_then(|rest| rest.strip_prefix('.')) == Some(field.name)
            };
            if field.name == name || qualified() {
                *slot = value.into();
                known = true;
            }
        }
        if !known {
            let names = input.fields.iter().map(|field| field.name.to_owned()).collect();
            return Err(DataError::UnknownField { name: name.clone(), names });
        }
    }
    Ok(fields)
}

/// Encodes a record for an input, appending it to the batch. On an error the batch is as it was.
pub fn encode_fields<F: Features>(
    features: &F,
    input: usize,
    fields: &[Field<'_>],
    batch: &mut F::Batch,
) -> Result<(), DataError> {
    use crate::program::Batch;
    let rows = batch.rows(input);
    features.encode(input, &Row::of(fields), batch).map_err(|error| {
        batch.truncate(input, rows);
        DataError::Record { error }
    })
}
