//! Vectors of a tower in a file, with the keys they belong to, read back before it counts as written.

mod npy;

use std::path::{Path, PathBuf};

pub(crate) use npy::read as read_npy;

use crate::data::{Data, Dataset, NONE};
use crate::error::Error;
use crate::evaluate::{ROWS_AT_ONCE, candidates};
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Features, InputInfo, Matrix, Program};
use crate::state::{NamedTensor, StateError, StateFile, write_atomically, write_state};

/// How vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// NumPy, with the keys in a CSV beside it.
    Npy,
    /// One tensor `vectors`, with the keys in a CSV beside it.
    Safetensors,
    /// Keys and values in one CSV.
    Csv,
    /// One JSON object a line: keys and `vector`.
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
        return Ok(Vectors { tower: name, header: vec![key], keys, matrix });
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
        matrix.values.extend_from_slice(&part.values);
    }
    let input: &InputInfo = &P::Features::INPUTS[P::TOWERS[tower].input];
    let mut header: Vec<String> = input.fields.iter().map(|field| field.name.to_owned()).collect();
    if dataset.catalogue.is_some() {
        header.push("positive".to_owned());
    }
    let keys = rows
        .iter()
        .map(|&row| {
            let raw = |field| data.raw(row, field).unwrap_or_default().to_owned();
            let mut keys: Vec<String> = input.fields.iter().map(raw).collect();
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
    Ok(Vectors { tower: name, header, keys, matrix })
}

/// Writes vectors into a folder and reads them back. Returns the files.
pub fn write(vectors: &Vectors, format: Format, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| StateError::write(folder, source))?;
    let file = |extension: &str| folder.join(format!("{}.{extension}", vectors.tower));
    let written = match format {
        Format::Npy => {
            let path = file("npy");
            npy::write(&path, &vectors.matrix)?;
            check(&path, &npy::read(&path)?, &vectors.matrix)?;
            vec![path, write_keys(vectors, &file("keys.csv"))?]
        }
        Format::Safetensors => {
            let path = file("safetensors");
            let shape = vec![vectors.matrix.rows(), vectors.matrix.width];
            let values = std::borrow::Cow::Borrowed(vectors.matrix.values.as_slice());
            write_state(
                &path,
                &[NamedTensor { name: "vectors".to_owned(), shape: shape.clone(), values }],
                "export",
            )?;
            let stored = StateFile::read(&path)?;
            let values = stored.tensors()?.take("vectors", &shape)?;
            check(&path, &Matrix { width: vectors.matrix.width, values }, &vectors.matrix)?;
            vec![path, write_keys(vectors, &file("keys.csv"))?]
        }
        Format::Csv => {
            let path = file("csv");
            write_csv(vectors, &path)?;
            check(&path, &read_csv(vectors, &path)?, &vectors.matrix)?;
            vec![path]
        }
        Format::Jsonl => {
            let path = file("jsonl");
            write_json_lines(vectors, &path)?;
            check(&path, &read_json_lines(vectors, &path)?, &vectors.matrix)?;
            vec![path]
        }
    };
    Ok(written)
}

fn check(path: &Path, found: &Matrix, written: &Matrix) -> Result<(), Error> {
    if found == written {
        return Ok(());
    }
    Err(Error::input(format_args!("{}: what was read back is not what was written", path.display()))
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

fn write_csv(vectors: &Vectors, path: &Path) -> Result<(), StateError> {
    write_atomically(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        let values = (0..vectors.matrix.width).map(|index| format!("v{index}"));
        writer.write_record(vectors.header.iter().cloned().chain(values))?;
        for (row, keys) in vectors.keys.iter().enumerate() {
            let values = vectors.matrix.row(row).iter().map(f32::to_string);
            writer.write_record(keys.iter().cloned().chain(values))?;
        }
        writer.flush()
    })
}

fn read_csv(vectors: &Vectors, path: &Path) -> Result<Matrix, Error> {
    let damaged = |error: String| Error::input(format_args!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_path(path).map_err(|error| damaged(error.to_string()))?;
    let mut values = Vec::with_capacity(vectors.matrix.values.len());
    for record in reader.records() {
        let record = record.map_err(|error| damaged(error.to_string()))?;
        for value in record.iter().skip(vectors.header.len()) {
            values.push(value.parse::<f32>().map_err(|error| damaged(error.to_string()))?);
        }
    }
    Ok(Matrix { width: vectors.matrix.width, values })
}

fn write_json_lines(vectors: &Vectors, path: &Path) -> Result<(), StateError> {
    write_atomically(path, |file| {
        for (row, keys) in vectors.keys.iter().enumerate() {
            let mut object = serde_json::Map::new();
            for (name, key) in vectors.header.iter().zip(keys) {
                object.insert(name.clone(), key.as_str().into());
            }
            object.insert("vector".to_owned(), vectors.matrix.row(row).into());
            serde_json::to_writer(&mut *file, &object)?;
            file.write_all(b"\n")?;
        }
        Ok(())
    })
}

fn read_json_lines(vectors: &Vectors, path: &Path) -> Result<Matrix, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| StateError::read(path, source))?;
    let mut values = Vec::with_capacity(vectors.matrix.values.len());
    for line in text.lines() {
        let object: serde_json::Value = serde_json::from_str(line)
            .map_err(|error| Error::input(format_args!("{}: {error}", path.display())))?;
        let vector = object["vector"].as_array().into_iter().flatten();
        values.extend(vector.filter_map(serde_json::Value::as_f64).map(|value| value as f32));
    }
    Ok(Matrix { width: vectors.matrix.width, values })
}
