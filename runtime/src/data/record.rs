//! Encoding of single records, for prediction and serving.

use crate::data::Features;

use super::compound::join_fields;
use super::error::FieldError;
use super::field::Field;
use super::row::Row;

/// Encodes a record for an input and appends it to the batch. After an error the batch is unchanged.
pub fn encode_fields<F: Features>(
    features: &F,
    input: usize,
    fields: &[Field<'_>],
    batch: &mut F::Batch,
) -> Result<(), FieldError> {
    use crate::data::Batch;
    let rows = batch.rows(input);
    // An input that the features do not have is theirs to refuse.
    let info = features.inputs().get(input);
    let (names, compounds) = info.map_or((&[][..], &[][..]), |info| (info.fields, info.compounds));
    let joined = join_fields(names, compounds, fields);
    features.encode(input, &Row::of(&joined), batch).inspect_err(|_| batch.truncate(input, rows))
}
