//! Export of the vectors of a tower with their keys. Files are read back before they are renamed.

mod npy;
mod pair;
mod text;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use turret_schema::Text;

pub(crate) use npy::read_matrix;

use crate::data::{AnyBatch, DataFolder, EncodedDataset, FieldName, InputInfo, ROWS_AT_ONCE};
use crate::erased::AnyModel;
use crate::error::{Error, ExportError};
use crate::evaluate::candidates;
use crate::finite::finite_vectors;
use crate::matrix::Matrix;
use crate::ops::PassState;
use crate::program::Description;
use crate::state::{
    Disk, FileSystem, Lock, NamedTensor, Staged, StateError, StateFile, remove_temporary, write_tensors,
};

/// Format of exported vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// NumPy file, and a CSV file of keys.
    Npy,
    /// Tensor `vectors`, and a CSV file of keys.
    Safetensors,
    /// Keys and values in one CSV file; one line per interest, with its number in `interest`.
    Csv,
    /// One JSON object per line: keys and `vector`; one line per interest, with its number in `interest`.
    Jsonl,
}

impl Format {
    const ALL: [Self; 4] = [Self::Npy, Self::Safetensors, Self::Csv, Self::Jsonl];

    /// Returns the file extension.
    fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Safetensors => "safetensors",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// Records to export; the tower of candidates always exports the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RowSet {
    /// The training rows.
    Train,
    /// The validation rows.
    Validate,
    /// The test rows.
    Test,
    /// All of them.
    All,
}

/// Vectors with their keys.
pub struct Vectors {
    /// Name of the tower.
    pub tower: &'static str,
    /// Names of the keys.
    pub header: Vec<String>,
    /// Keys of each vector.
    pub keys: Vec<Vec<String>>,
    /// The vectors.
    pub matrix: Matrix,
    /// Vectors per row of the matrix: 1, or the number of interests. Absent interests are zeros.
    pub count: usize,
}

impl Vectors {
    /// Shape: `[rows, width]`, or `[rows, interests, width]`.
    fn shape(&self) -> Vec<usize> {
        let (rows, width) = (self.matrix.rows(), self.matrix.width);
        if self.count == 1 { vec![rows, width] } else { vec![rows, self.count, width / self.count] }
    }
}

/// Computes vectors of a tower for the catalog or for rows of the data.
pub fn vectors(
    model: &dyn AnyModel,
    tower: usize,
    rows: RowSet,
    data: &DataFolder,
    dataset: &EncodedDataset<AnyBatch>,
) -> Result<Vectors, Error> {
    let name = &*model.description().towers[tower].name;
    if let (Some(spec), Some(catalog)) = (&model.description().data.catalog, &dataset.catalog)
        && spec.inputs.contains(&model.description().towers[tower].input)
    {
        let key = spec.key.to_string();
        let keys = catalog.keys.iter().map(|key| vec![key.clone()]).collect();
        let matrix = candidates(model, catalog, tower)?;
        return Ok(Vectors {
            tower: name,
            header: vec![key],
            keys,
            matrix,
            count: model.description().towers[tower].vectors,
        });
    }
    let rows: Vec<u32> = match rows {
        RowSet::Train => dataset.train.to_vec(),
        RowSet::Validate => dataset.validate.to_vec(),
        RowSet::Test => dataset.test.to_vec(),
        RowSet::All => [&dataset.train[..], &dataset.validate, &dataset.test].concat(),
    };
    let mut matrix = Matrix { width: model.description().towers[tower].width, values: Vec::new() };
    let mut pass = PassState::inference();
    dataset.for_each_batch(&rows, ROWS_AT_ONCE, |batch, chunk| {
        let part = model.tower(tower, batch, &mut pass)?;
        finite_vectors(&part, |at| match data.place(chunk[at]) {
            Ok(place) => format!("the record at {place}"),
            Err(_) => format!("row {}", chunk[at]),
        })?;
        matrix.values.extend_from_slice(&part.values);
        Ok::<(), Error>(())
    })?;
    let fields = key_fields(model.description(), dataset.inputs(), tower);
    let mut header = headings(&fields);
    if dataset.catalog.is_some() {
        header.push("positive".to_owned());
    }
    let names: Vec<FieldName<'_>> = fields.iter().map(|(source, name)| FieldName::of(source, name)).collect();
    let mut keys = data.texts(&rows, &names)?;
    if let Some(catalog) = &dataset.catalog {
        for (keys, &row) in keys.iter_mut().zip(&rows) {
            let positive = catalog.candidate_of_row[row as usize];
            keys.push(catalog.keys.get(positive as usize).cloned().unwrap_or_default());
        }
    }
    Ok(Vectors { tower: name, header, keys, matrix, count: model.description().towers[tower].vectors })
}

/// Returns the key fields of a tower, each with its source: the user, if the spec names one, and the fields
/// that the tower reads, except histories.
fn key_fields(description: &Description, inputs: &[InputInfo<'static>], tower: usize) -> Vec<(Text, Text)> {
    let spec = &description.data;
    let user =
        description.protocol.user.map(|user| (spec.sources[0].name.clone(), spec.groups[user].clone()));
    let input = &inputs[description.towers[tower].input];
    let read = input.fields.iter().filter(|field| spec.source(field.source).is_some());
    let read = read.map(|field| (Text::from(field.source), Text::from(field.name)));
    let read: Vec<_> = read.filter(|field| Some(field) != user.as_ref()).collect();
    user.into_iter().chain(read).collect()
}

/// Headings of fields: their names, with the source where two fields share a name.
fn headings(fields: &[(Text, Text)]) -> Vec<String> {
    let is_alone = |name: &Text| fields.iter().filter(|(_, other)| other == name).count() == 1;
    let heading = |(source, name): &(Text, Text)| match is_alone(name) {
        true => name.to_string(),
        false => format!("{source}.{name}"),
    };
    fields.iter().map(heading).collect()
}

/// Writes vectors into a folder and verifies the file. Returns the written files.
pub fn write(vectors: &Vectors, format: Format, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    write_on(&FileSystem, vectors, format, folder)
}

fn write_on(
    disk: &dyn Disk,
    vectors: &Vectors,
    format: Format,
    folder: &Path,
) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| StateError::write(folder, source))?;
    // Prevents a mix of vectors and keys of two processes.
    let _lock = Lock::take(folder)?;
    let names = Format::ALL.map(|format| name(vectors.tower, format.extension()));
    remove_temporary(folder, &[&names[..], &[name(vectors.tower, KEYS)]].concat());
    let path = folder.join(name(vectors.tower, format.extension()));
    let staged = Staged::write(disk, &path, |file| match format {
        Format::Npy => npy::write(file, &vectors.shape(), &vectors.matrix.values),
        Format::Safetensors => {
            let values = vectors.matrix.values.as_slice();
            write_tensors(file, &[NamedTensor::new("vectors", vectors.shape(), values)], "export")
        }
        Format::Csv => text::write_csv(vectors, file),
        Format::Jsonl => text::write_json_lines(vectors, file),
    })?;
    check(vectors, format, &staged)?;
    let written = match format {
        Format::Npy | Format::Safetensors => {
            let keys = Staged::write(disk, &folder.join(name(vectors.tower, KEYS)), |file| {
                write_keys(vectors, file)
            })?;
            pair::put(disk, folder, staged, keys)?
        }
        Format::Csv | Format::Jsonl => vec![staged.put()?],
    };
    disk.sync_folder(folder).map_err(|source| StateError::write(folder, source))?;
    Ok(written)
}

/// Extension of a file of keys.
const KEYS: &str = "keys.csv";

/// Name of a file of a tower.
fn name(tower: &str, extension: &str) -> String {
    format!("{tower}.{extension}")
}

/// Reads vectors back and compares them before their file is renamed.
fn check(vectors: &Vectors, format: Format, staged: &Staged<'_>) -> Result<(), Error> {
    let path = staged.beside();
    let read = || -> Result<Vec<f32>, Error> {
        Ok(match format {
            Format::Npy => npy::read(path)?.values,
            Format::Safetensors => StateFile::read(path)?.tensors()?.take("vectors", &vectors.shape())?,
            Format::Csv => text::read_csv(vectors, path)?,
            Format::Jsonl => text::read_json_lines(path)?,
        })
    };
    let found = read()?;
    let written: Vec<f32> = match format {
        Format::Npy | Format::Safetensors => vectors.matrix.values.clone(),
        Format::Csv | Format::Jsonl => text::values(vectors).copied().collect(),
    };
    // Compares bits, since NaN differs from itself.
    if found.iter().map(|value| value.to_bits()).eq(written.iter().map(|value| value.to_bits())) {
        return Ok(());
    }
    Err(ExportError::ReadBack { path: staged.path().to_owned() }.into())
}

fn write_keys(vectors: &Vectors, file: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(&vectors.header)?;
    vectors.keys.iter().try_for_each(|keys| writer.write_record(keys))?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_one_name_go_by_their_sources() {
        let fields = [("users", "zip"), ("log", "user"), ("items", "zip")];
        let fields = fields.map(|(source, name)| (source.into(), name.into()));
        assert_eq!(headings(&fields), ["users.zip", "user", "items.zip"]);
    }
}
