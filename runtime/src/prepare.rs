//! Preparation of data: from a data folder to encoded rows, with notes on what was read and which policies
//! were applied.

use std::path::Path;

use crate::data::{DataMemory, EncodedDataset, RawTable, encode, file_sizes, fit, leave_out_refused};
use crate::data::{Features, Fitting};
use crate::error::Error;
use crate::footprint::check_room;
use crate::ops::Device;
use crate::program::Program;
use crate::progress::{rounded, say};

/// Batch type of a program.
pub type BatchOf<D, P> = <<P as Program<D>>::Features as Features>::Batch;

/// Raw data, fitted features, and encoded data.
pub type Prepared<D, P> = (RawTable, <P as Program<D>>::Features, EncodedDataset<BatchOf<D, P>>);

/// Reads the data, fits the features and encodes the data.
pub fn prepare_fitting<D: Device, P: Program<D>>(folder: &Path) -> Result<Prepared<D, P>, Error> {
    measured::<D, P>(folder)?;
    prepare_measured::<D, P>(folder)
}

/// Estimates the memory of the data. Rejects data for which this process has no memory.
pub(crate) fn measured<D: Device, P: Program<D>>(folder: &Path) -> Result<DataMemory, Error> {
    let spec = &P::description().data;
    let memory = DataMemory::of(&file_sizes(spec, folder)?, spec, P::Features::INPUTS);
    check_room(&memory)?;
    Ok(memory)
}

/// Prepares data of known size, like [`prepare_fitting`].
pub(crate) fn prepare_measured<D: Device, P: Program<D>>(folder: &Path) -> Result<Prepared<D, P>, Error> {
    let data = open::<D, P>(folder)?;
    let mut features = P::Features::declared();
    fit(&mut features, &data).map_err(|error| data.remarked(error))?;
    features.take_counts();
    let dataset = encoded::<P::Features>(&data, &features)?;
    Ok((data, features, dataset))
}

/// Reads the data and encodes it with fitted features.
pub fn prepare_fitted<D: Device, P: Program<D>>(
    folder: &Path,
    features: &P::Features,
) -> Result<(RawTable, EncodedDataset<BatchOf<D, P>>), Error> {
    measured::<D, P>(folder)?;
    let data = open::<D, P>(folder)?;
    let dataset = encoded::<P::Features>(&data, features)?;
    Ok((data, dataset))
}

fn open<D: Device, P: Program<D>>(folder: &Path) -> Result<RawTable, Error> {
    let mut data = RawTable::open(&P::description().data, folder)?;
    data.stamp(&P::description().files);
    leave_out_refused::<P::Features>(&mut data)?;
    Ok(data)
}

fn encoded<F: Features>(data: &RawTable, features: &F) -> Result<EncodedDataset<F::Batch>, Error> {
    data.notes.iter().for_each(say);
    let dataset = encode(features, data)?;
    let catalog = match &dataset.catalog {
        Some(catalog) => format!(", {} candidates", rounded(catalog.keys.len() as f64)),
        None => String::new(),
    };
    say(format_args!(
        "{} rows to train, {} to test{catalog}",
        rounded(dataset.train.len() as f64),
        rounded(dataset.test.len() as f64)
    ));
    if data.filtered > 0 {
        say(format_args!("{} rows filtered out", rounded(data.filtered as f64)));
    }
    if data.unused() > 0 {
        say(format_args!(
            "{} rows not used, because they are after the test row of their user",
            rounded(data.unused() as f64)
        ));
    }
    if let Some(histories) = &dataset.histories {
        say(histories);
    }
    for skipped in [&data.skipped, &dataset.skipped] {
        if skipped.count > 0 {
            say(skipped);
        }
    }
    for count in features.take_counts() {
        say(format_args!("column {}: {} {}", count.column, rounded(count.count as f64), count.policy));
    }
    Ok(dataset)
}
