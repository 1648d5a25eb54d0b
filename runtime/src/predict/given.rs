//! Given records, encoded in batches.

use crate::data::{AnyBatch, AnyFeatures, Batch, encode_fields};
use crate::error::{Error, RefusedRecord};

use super::records::{Record, Records};
use super::slots::Slots;

/// Number of records per pass.
const RECORDS_AT_ONCE: usize = 1024;

/// Records and the inputs that they are encoded for.
pub(crate) struct GivenRecords<'f> {
    features: &'f AnyFeatures,
    slots: Slots,
    records: Records,
}

/// A record in the batch, or the reason for its rejection.
pub(crate) type Asked<T> = Result<Encoded<T>, RefusedRecord>;

/// A record in the batch.
pub(crate) struct Encoded<T> {
    /// File and line.
    pub(crate) place: String,
    /// Row of the batch.
    pub(crate) row: usize,
    /// Note on the record.
    pub(crate) note: T,
}

impl<'f> GivenRecords<'f> {
    /// Records with these slots. A table that lacks a column of them is an error.
    pub(crate) fn new(features: &'f AnyFeatures, slots: Slots, records: Records) -> Result<Self, Error> {
        records.check_header(&slots)?;
        Ok(Self { features, slots, records })
    }

    /// Passes all records to `answer` in batches: those that are at hand, up to a limit. `note` looks at each record
    /// first. Warns of fields that nothing reads.
    pub(crate) fn in_batches<T>(
        self,
        mut note: impl FnMut(&Record<'_>) -> T,
        mut answer: impl FnMut(&AnyBatch, Vec<Asked<T>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Self { features, mut slots, mut records } = self;
        let mut batch = AnyBatch::default();
        let (mut asked, mut rows) = (Vec::new(), 0);
        let ended = loop {
            match records.next() {
                Ok(Some(record)) => {
                    let encoded = record.and_then(|record| {
                        let note = note(&record);
                        let place = add(record, &mut slots, features, &mut batch, rows)?;
                        Ok(Encoded { place, row: rows, note })
                    });
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
        ended
    }
}

/// Encodes a record as row `rows` of the batch. Returns its place.
fn add(
    record: Record<'_>,
    slots: &mut Slots,
    features: &AnyFeatures,
    batch: &mut AnyBatch,
    rows: usize,
) -> Result<String, RefusedRecord> {
    let place = record.place.clone();
    for (input, fields) in slots.sort(record) {
        if let Err(error) = encode_fields(features, input, &fields, batch) {
            slots.inputs().iter().for_each(|&input| batch.truncate(input, rows));
            return Err(RefusedRecord { place, fault: error.into() });
        }
    }
    Ok(place)
}
