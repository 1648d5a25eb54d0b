//! Vectors of a tower in a file, with the keys they belong to, read back before it counts as written.

mod npy;
mod text;

use std::path::{Path, PathBuf};

pub(crate) use npy::read as read_npy;

use crate::data::ROWS_AT_ONCE;
use crate::data::{Data, Dataset, FieldName, NONE};
use crate::data::{Features, InputInfo};
use crate::error::Error;
use crate::evaluate::candidates;
use crate::finite::finite_vectors;
use crate::matrix::Matrix;
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::Program;
use crate::printable::printable;
use crate::state::{
    Lock, NamedTensor, StateError, StateFile, remove_temporary, write_atomically, write_state,
};

/// How vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// NumPy, with the keys in a CSV beside it.
    Npy,
    /// One tensor `vectors`, with the keys in a CSV beside it.
    Safetensors,
    /// Keys and values in one CSV; of interests one line each, with its number in `interest`.
    Csv,
    /// One JSON object a line: keys and `vector`; of interests one line each, with its number in `interest`.
    Jsonl,
}

/// Which records are exported; the tower of candidates always exports the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RowSet {
    /// The training rows.
    Train,
    /// The test rows.
    Test,
    /// Both.
    All,
}

/// Vectors and, for each, its keys.
pub struct Vectors {
    /// Name of the tower.
    pub tower: &'static str,
    /// Names of the keys.
    pub header: Vec<String>,
    /// Keys of each vector.
    pub keys: Vec<Vec<String>>,
    /// The vectors.
    pub matrix: Matrix,
    /// How many of them a row of the matrix holds: 1, or the number of interests, of which those that a record lacks are zeros.
    pub count: usize,
}

impl Vectors {
    /// `[rows, width]`, or `[rows, interests, width]`.
    fn shape(&self) -> Vec<usize> {
        let (rows, width) = (self.matrix.rows(), self.matrix.width);
        if self.count == 1 { vec![rows, width] } else { vec![rows, self.count, width / self.count] }
    }
}

/// Computes what a tower gives for the catalogue or for rows of the data.
pub fn vectors<D: Device, P: Program<D>>(
    model: &P,
    tower: usize,
    rows: RowSet,
    data: &Data,
    dataset: &Dataset<BatchOf<D, P>>,
    device: &D,
) -> Result<Vectors, Error> {
    let name = P::TOWERS[tower].name;
    if let (Some(spec), Some(catalogue)) = (P::data().catalogue, &dataset.catalogue)
        && spec.inputs.contains(&P::TOWERS[tower].input)
    {
        let key = spec.key.to_owned();
        let keys = catalogue.keys.iter().map(|key| vec![key.clone()]).collect();
        let matrix = candidates(model, catalogue, device, tower)?;
        return Ok(Vectors { tower: name, header: vec![key], keys, matrix, count: P::TOWERS[tower].vectors });
    }
    let rows: Vec<u32> = match rows {
        RowSet::Train => dataset.train.clone(),
        RowSet::Test => dataset.test.clone(),
        RowSet::All => dataset.train.iter().chain(&dataset.test).copied().collect(),
    };
    let mut matrix = Matrix { width: P::TOWERS[tower].width, values: Vec::new() };
    let mut batch = BatchOf::<D, P>::default();
    for chunk in rows.chunks(ROWS_AT_ONCE) {
        dataset.batch_into(chunk, &mut batch);
        let part = model.tower(tower, &batch, &Pass::inference(device)).map_err(Error::device)?;
        finite_vectors(&part, |at| format!("the record at {}", data.place(chunk[at])))?;
        matrix.values.extend_from_slice(&part.values);
    }
    let fields = key_fields::<D, P>(tower);
    let mut header = headings(&fields);
    if dataset.catalogue.is_some() {
        header.push("positive".to_owned());
    }
    let keys = rows
        .iter()
        .map(|&row| {
            let raw = |field| data.raw(row, field).unwrap_or_default().to_owned();
            let mut keys: Vec<String> = fields.iter().map(raw).collect();
            if let Some(catalogue) = &dataset.catalogue {
                let positive = catalogue.candidate_of_row[row as usize];
                keys.push(if positive == NONE {
                    String::new()
                } else {
                    catalogue.keys[positive as usize].clone()
                });
            }
            keys
        })
        .collect();
    Ok(Vectors { tower: name, header, keys, matrix, count: P::TOWERS[tower].vectors })
}

/// What tells the rows of a tower apart: the user, where the spec names one, and the fields that the tower reads of a row, those of
/// its history aside.
fn key_fields<D: Device, P: Program<D>>(tower: usize) -> Vec<FieldName> {
    let spec = P::data();
    let user = P::PROTOCOL.user.map(|user| FieldName::of(spec.sources[0].name, spec.groups[user]));
    let input: &InputInfo = &P::Features::INPUTS[P::TOWERS[tower].input];
    let of_row = |field: &&FieldName| spec.sources.iter().any(|source| source.name == field.source);
    let read = input.fields.iter().filter(of_row).copied();
    user.into_iter().chain(read.filter(|field| Some(*field) != user)).collect()
}

/// What fields go by: their names, with that of their source where two have one name.
fn headings(fields: &[FieldName]) -> Vec<String> {
    let is_alone = |field: &FieldName| fields.iter().filter(|other| other.name == field.name).count() == 1;
    let heading = |field: &FieldName| if is_alone(field) { field.name.to_owned() } else { field.to_string() };
    fields.iter().map(heading).collect()
}

/// Writes vectors into a folder and reads them back. Returns the files.
pub fn write(vectors: &Vectors, format: Format, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| StateError::write(folder, source))?;
    // Vectors and keys of two processes are not to be mixed.
    let _lock = Lock::take(folder)?;
    let name = |extension: &str| format!("{}.{extension}", vectors.tower);
    remove_temporary(folder, &EXTENSIONS.map(name));
    let file = |extension: &str| folder.join(name(extension));
    let written = match format {
        Format::Npy => {
            let path = file("npy");
            npy::write(&path, &vectors.shape(), &vectors.matrix.values)?;
            check(&path, npy::read(&path)?.values.iter(), vectors.matrix.values.iter())?;
            vec![path, write_keys(vectors, &file("keys.csv"))?]
        }
        Format::Safetensors => {
            let (path, shape) = (file("safetensors"), vectors.shape());
            let values = std::borrow::Cow::Borrowed(vectors.matrix.values.as_slice());
            write_state(
                &path,
                &[NamedTensor { name: "vectors".to_owned(), shape: shape.clone(), values }],
                "export",
            )?;
            let stored = StateFile::read(&path)?.tensors()?.take("vectors", &shape)?;
            check(&path, stored.iter(), vectors.matrix.values.iter())?;
            vec![path, write_keys(vectors, &file("keys.csv"))?]
        }
        Format::Csv => {
            let path = file("csv");
            text::write_csv(vectors, &path)?;
            check(&path, text::read_csv(vectors, &path)?.iter(), text::values(vectors))?;
            vec![path]
        }
        Format::Jsonl => {
            let path = file("jsonl");
            text::write_json_lines(vectors, &path)?;
            check(&path, text::read_json_lines(&path)?.iter(), text::values(vectors))?;
            vec![path]
        }
    };
    Ok(written)
}

/// The files that there may be of a tower.
const EXTENSIONS: [&str; 5] = ["npy", "safetensors", "csv", "jsonl", "keys.csv"];

fn check<'v>(
    path: &Path,
    found: impl Iterator<Item = &'v f32>,
    written: impl Iterator<Item = &'v f32>,
) -> Result<(), Error> {
    // By their bits: a number that is none equals nothing by its value.
    if found.map(|value| value.to_bits()).eq(written.map(|value| value.to_bits())) {
        return Ok(());
    }
    Err(Error::input(format_args!(
        "{}: what was read back is not what was written",
        printable(path.display())
    ))
    .help("is the disk failing, or is another program writing to the file?"))
}

fn write_keys(vectors: &Vectors, path: &Path) -> Result<PathBuf, Error> {
    write_atomically(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(&vectors.header)?;
        vectors.keys.iter().try_for_each(|keys| writer.write_record(keys))?;
        writer.flush()
    })?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_one_name_go_by_their_sources() {
        let fields = [("users", "zip"), ("log", "user"), ("items", "zip")];
        let fields = fields.map(|(source, name)| FieldName::of(source, name));
        assert_eq!(headings(&fields), ["users.zip", "user", "items.zip"]);
    }
}
