//! Preparation of data: from a data folder to encoded rows, with notes on what was read and which policies
//! were applied.

use std::path::Path;

use crate::data::Features;
use crate::data::{DataMemory, EncodedDataset, RawTable, encode, file_sizes, fit, leave_out_refused};
use crate::error::Error;
use crate::footprint::check_room;
use crate::program::Description;
use crate::progress::{rounded, say};

/// Raw data, fitted features, and encoded data.
pub type Prepared<F> = (RawTable, F, EncodedDataset<<F as Features>::Batch>);

/// Reads the data of a program, fits the features that it declares and encodes the data.
pub fn prepare_fitting<F: Features>(
    description: &'static Description,
    declared: F,
    folder: &Path,
) -> Result<Prepared<F>, Error> {
    measured(description, &declared, folder)?;
    prepare_measured(description, declared, folder)
}

/// Estimates the memory of the data. Rejects data for which this process has no memory.
pub(crate) fn measured<F: Features>(
    description: &Description,
    declared: &F,
    folder: &Path,
) -> Result<DataMemory, Error> {
    let spec = &description.data;
    let memory = DataMemory::of(&file_sizes(spec, folder)?, spec, declared.inputs());
    check_room(&memory)?;
    Ok(memory)
}

/// Prepares data of known size, like [`prepare_fitting`].
pub(crate) fn prepare_measured<F: Features>(
    description: &'static Description,
    declared: F,
    folder: &Path,
) -> Result<Prepared<F>, Error> {
    let data = open(description, &declared, folder)?;
    let mut features = declared;
    fit(&mut features, &data).map_err(|error| data.remarked(error))?;
    features.take_counts();
    let dataset = encoded(&data, &features)?;
    Ok((data, features, dataset))
}

/// Reads the data of a program and encodes it with fitted features.
pub fn prepare_fitted<F: Features>(
    description: &'static Description,
    declared: &F,
    features: &F,
    folder: &Path,
) -> Result<(RawTable, EncodedDataset<F::Batch>), Error> {
    measured(description, declared, folder)?;
    let data = open(description, declared, folder)?;
    let dataset = encoded(&data, features)?;
    Ok((data, dataset))
}

fn open<F: Features>(
    description: &'static Description,
    declared: &F,
    folder: &Path,
) -> Result<RawTable, Error> {
    let mut data = RawTable::open(&description.data, folder)?;
    data.stamp(&description.files);
    leave_out_refused(declared, &mut data)?;
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
