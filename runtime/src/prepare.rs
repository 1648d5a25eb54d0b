//! Preparation of data: from a data folder to encoded rows, with notes on what was read and which policies
//! were applied.

use std::path::{Path, PathBuf};

use crate::data::{
    AnyBatch, AnyFeatures, CachedData, DataError, DataFolder, DataMemory, EncodedCache, EncodedDataset,
    Features, Found, KeptData, RawTable, Retained, StoredFeatures, encode, encode_in, fields_read,
    file_sizes, fit, leave_out_refused, temporary_folder,
};
use crate::error::Error;
use crate::footprint::{ByteSize, MemoryLimit, check_data};
use crate::printable::printable;
use crate::program::Description;
use crate::progress::{counted, rounded, say};

/// Options of reading data.
#[derive(Clone, Debug, Default)]
pub struct DataOptions {
    /// Cache of encoded data. None by default.
    pub cache: Option<EncodedCache>,
    /// Maximum memory of reading and encoding. A main source that exceeds it is read again for each pass, and its
    /// encoded columns are in files.
    pub memory: Option<ByteSize>,
}

impl DataOptions {
    /// Limit of the memory.
    fn limit(&self) -> Option<MemoryLimit> {
        self.memory.map(|most| MemoryLimit::Reading(most.as_u64()))
    }
}

/// Data of a run: files, fitted features, and encoded rows.
pub(crate) struct Prepared {
    pub(crate) data: DataFolder,
    pub(crate) features: AnyFeatures,
    pub(crate) dataset: EncodedDataset<AnyBatch>,
    /// Memory of reading and of the result.
    pub(crate) memory: DataMemory,
}

/// Reads the data of a program, fits the features that it declares and encodes the data. A budget is a further limit
/// of the memory that it takes.
pub(crate) fn prepare(
    description: &Description,
    declared: &AnyFeatures,
    folder: &Path,
    options: &DataOptions,
    budget: Option<MemoryLimit>,
) -> Result<Prepared, Error> {
    let mut cached = cached(description, declared, folder, options);
    if let Some(kept) = cached.as_ref().and_then(|cached| reused(cached, cached.fitted())) {
        return Ok(of_cache(description, folder, kept));
    }
    let limits: Vec<MemoryLimit> = options.limit().into_iter().chain(budget).collect();
    let (memory, retained) = measured(description, declared, folder, &limits)?;
    let mut lines = Lines::default();
    let data = open(description, declared, folder, cached.as_ref(), retained)?;
    let features = fitted(declared.clone(), &data)?;
    let dataset = encoded(&data, &features, &mut lines, || in_files(&data, &features, &mut cached))?;
    let prepared = Prepared { data: DataFolder::read(data), features, dataset, memory };
    Ok(keep(prepared, cached, &lines, true))
}

/// Reads the data of a program and encodes it with fitted features.
pub(crate) fn prepare_with(
    description: &Description,
    declared: &AnyFeatures,
    features: &AnyFeatures,
    folder: &Path,
    options: &DataOptions,
) -> Result<(DataFolder, EncodedDataset<AnyBatch>), Error> {
    let mut cached = cached(description, declared, folder, options);
    let prepared = match cached.as_ref().and_then(|cached| reused(cached, cached.encoded(features))) {
        Some(kept) => of_cache(description, folder, kept),
        None => {
            let (memory, retained) = measured(description, declared, folder, options.limit().as_slice())?;
            let mut lines = Lines::default();
            let data = open(description, declared, folder, cached.as_ref(), retained)?;
            let dataset = encoded(&data, features, &mut lines, || in_files(&data, features, &mut cached))?;
            let prepared =
                Prepared { data: DataFolder::read(data), features: features.clone(), dataset, memory };
            keep(prepared, cached, &lines, false)
        }
    };
    Ok((prepared.data, prepared.dataset))
}

/// Lines that were said.
#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn say(&mut self, line: impl std::fmt::Display) {
        let line = line.to_string();
        say(&line);
        self.0.push(line);
    }
}

fn cached<'c>(
    description: &Description,
    declared: &'c AnyFeatures,
    folder: &'c Path,
    options: &'c DataOptions,
) -> Option<CachedData<'c>> {
    options.cache.as_ref()?.of_data(&description.data, &description.files, declared, folder)
}

/// Returns data of the cache, after a note on damaged ones.
fn reused(cached: &CachedData<'_>, found: Found) -> Option<KeptData> {
    match found {
        Found::Kept(kept) => Some(*kept),
        Found::Damaged => {
            let root = printable(cached.root().display());
            say(format_args!("note: the encoded data in {root} are damaged; the data are read again"));
            None
        }
        Found::Nothing => None,
    }
}

fn of_cache(description: &Description, folder: &Path, kept: KeptData) -> Prepared {
    let KeptData { features, dataset, files, lines, bytes } = kept;
    lines.iter().for_each(say);
    say(format_args!("data unchanged: {} of encoded columns from the cache", ByteSize::b(bytes)));
    let data = DataFolder::unread(&description.data, folder, files);
    Prepared { data, features, dataset, memory: DataMemory::default() }
}

/// Keeps encoded data, and maps them. Data that cannot be kept stay in memory.
fn keep(prepared: Prepared, cached: Option<CachedData<'_>>, lines: &Lines, is_fit: bool) -> Prepared {
    let Some(cached) = cached else { return prepared };
    let Prepared { data, features, dataset, .. } = &prepared;
    match cached.keep(features, dataset, data.files(), &lines.0, is_fit) {
        Ok(Some(KeptData { dataset, bytes, .. })) => {
            say(format_args!("{} of encoded columns kept in the cache", ByteSize::b(bytes)));
            Prepared { dataset, ..prepared }
        }
        Ok(None) => prepared,
        Err(error) => {
            let root = printable(cached.root().display());
            say(format_args!("warning: the encoded data cannot be kept in {root}: {error}"));
            prepared
        }
    }
}

/// Raw data, fitted features, and encoded data.
pub type Fitted<F> = (RawTable, F, EncodedDataset<<F as Features>::Batch>);

/// Reads the data of a program, fits the features that it declares and encodes the data.
pub fn prepare_fitting<F: Features>(
    description: &Description,
    declared: F,
    folder: &Path,
) -> Result<Fitted<F>, Error> {
    let (_, retained) = measured(description, &declared, folder, &[])?;
    let data = open(description, &declared, folder, None, retained)?;
    let features = fitted(declared, &data)?;
    let dataset = encoded(&data, &features, &mut Lines::default(), || encode(&features, &data))?;
    Ok((data, features, dataset))
}

/// Estimates the memory of the data, and decides what stays in memory while they are read. Rejects data that do
/// not fit into the memory of this process, or into one of the limits.
fn measured<F: Features>(
    description: &Description,
    declared: &F,
    folder: &Path,
    limits: &[MemoryLimit],
) -> Result<(DataMemory, Retained), Error> {
    let spec = &description.data;
    let sizes = file_sizes(spec, folder)?;
    let fit = |memory: &DataMemory| {
        let mut limits = limits.iter().copied().chain([MemoryLimit::Process]);
        limits.try_for_each(|limit| check_data(memory, limit))
    };
    let usual = DataMemory::of(&sizes, spec, declared.inputs(), Retained::Usual);
    if fit(&usual).is_ok() {
        return Ok((usual, Retained::Usual));
    }
    let least = DataMemory::of(&sizes, spec, declared.inputs(), Retained::Least);
    fit(&least)?;
    Ok((least, Retained::Least))
}

/// Fits features on the training rows.
fn fitted<F: Features>(mut features: F, data: &RawTable) -> Result<F, Error> {
    fit(&mut features, data).map_err(|error| data.remarked(error))?;
    features.take_counts();
    Ok(features)
}

fn open<F: Features>(
    description: &Description,
    declared: &F,
    folder: &Path,
    cached: Option<&CachedData<'_>>,
    retained: Retained,
) -> Result<RawTable, Error> {
    let stamps = cached.map(CachedData::stamps).unwrap_or_default();
    let files = files_folder(cached);
    let fields = fields_read(declared);
    let mut data = RawTable::open_stamped(&description.data, folder, &fields, &files, &stamps, retained)?;
    data.stamp(&description.files, &stamps);
    leave_out_refused(declared, &mut data)?;
    Ok(data)
}

/// Folder for files of a long main source: that of the cache, if there is one.
fn files_folder(cached: Option<&CachedData<'_>>) -> PathBuf {
    cached.map_or_else(temporary_folder, |cached| cached.root().to_owned())
}

/// Encodes data. Columns of a long main source are in files, of the cache if there is one; if these cannot be
/// written, they are in memory, and are not kept.
fn in_files(
    data: &RawTable,
    features: &AnyFeatures,
    cached: &mut Option<CachedData<'_>>,
) -> Result<EncodedDataset<AnyBatch>, DataError> {
    if data.is_in_memory() {
        // The files could not be written when the data were read.
        *cached = None;
        return encode(features, data);
    }
    let folder = files_folder(cached.as_ref());
    match encode_in(features, data, Some(&folder)) {
        Err(error @ DataError::EncodedFiles { .. }) => {
            say(format_args!("warning: {error}; they stay in memory"));
            *cached = None;
            // The rows are encoded again.
            features.take_counts();
            encode(features, data)
        }
        result => result,
    }
}

/// Encodes data, and says what was read and which policies were applied.
fn encoded<F: Features>(
    data: &RawTable,
    features: &F,
    lines: &mut Lines,
    encode: impl FnOnce() -> Result<EncodedDataset<F::Batch>, DataError>,
) -> Result<EncodedDataset<F::Batch>, Error> {
    data.notes.iter().for_each(|note| lines.say(note));
    let dataset = encode()?;
    let catalog = match &dataset.catalog {
        Some(catalog) => format!(", {}", counted(catalog.keys.len(), "candidate")),
        None => String::new(),
    };
    let validate = match data.spec().split.has_validation() {
        true => format!(", {} to validate", rounded(dataset.validate.len() as f64)),
        false => String::new(),
    };
    lines.say(format_args!(
        "{} to train{validate}, {} to test{catalog}",
        counted(dataset.train.len(), "row"),
        rounded(dataset.test.len() as f64)
    ));
    if data.filtered > 0 {
        lines.say(format_args!("{} filtered out", counted(data.filtered, "row")));
    }
    if data.unused() > 0 {
        lines.say(format_args!("{} after the test row of a user not used", counted(data.unused(), "row")));
    }
    if let Some(histories) = &dataset.histories {
        lines.say(histories);
    }
    if !dataset.skipped.is_empty() {
        lines.say(&dataset.skipped);
    }
    for count in features.take_counts() {
        lines.say(count);
    }
    Ok(dataset)
}
