//! Vectors as text: CSV and JSON lines. Each interest has its own line; absent ones are skipped.

use std::io::{self, Write};
use std::path::Path;

use super::Vectors;
use crate::error::{Error, ExportError};
use crate::state::StateError;

/// Lines of a file: keys, index of the interest, and vector.
fn lines(vectors: &Vectors) -> impl Iterator<Item = (&[String], usize, &[f32])> {
    vectors.keys.iter().enumerate().flat_map(|(row, keys)| {
        let vectors = vectors.matrix.vectors(row, vectors.count);
        vectors.map(move |(number, vector)| (keys.as_slice(), number, vector))
    })
}

/// All values in the text.
pub(super) fn values(vectors: &Vectors) -> impl Iterator<Item = &f32> {
    lines(vectors).flat_map(|(.., vector)| vector)
}

/// Name of the interest column, if there are several interests.
fn interest(vectors: &Vectors) -> Option<&'static str> {
    (vectors.count > 1).then_some("interest")
}

pub(super) fn write_csv(vectors: &Vectors, file: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    let interest = interest(vectors);
    let values = (0..vectors.matrix.width / vectors.count).map(|index| format!("v{index}"));
    let header = vectors.header.iter().cloned().chain(interest.map(str::to_owned)).chain(values);
    writer.write_record(header)?;
    for (keys, number, vector) in lines(vectors) {
        let number = interest.map(|_| number.to_string());
        let values = vector.iter().map(f32::to_string);
        writer.write_record(keys.iter().cloned().chain(number).chain(values))?;
    }
    writer.flush()
}

pub(super) fn read_csv(vectors: &Vectors, path: &Path) -> Result<Vec<f32>, Error> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| unreadable(path, error))?;
    let keys = vectors.header.len() + interest(vectors).iter().len();
    let mut values = Vec::with_capacity(vectors.matrix.values.len());
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(path, error))?;
        for value in record.iter().skip(keys) {
            values.push(value.parse::<f32>().map_err(|error| unreadable(path, error))?);
        }
    }
    Ok(values)
}

pub(super) fn write_json_lines(vectors: &Vectors, file: &mut dyn Write) -> io::Result<()> {
    for (keys, number, vector) in lines(vectors) {
        let mut object = serde_json::Map::new();
        for (name, key) in vectors.header.iter().zip(keys) {
            object.insert(name.clone(), key.as_str().into());
        }
        if let Some(interest) = interest(vectors) {
            object.insert(interest.to_owned(), number.into());
        }
        object.insert("vector".to_owned(), vector.into());
        serde_json::to_writer(&mut *file, &object)?;
        file.write_all(b"\n")?;
    }
    Ok(())
}

pub(super) fn read_json_lines(path: &Path) -> Result<Vec<f32>, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| StateError::read(path, source))?;
    let mut values = Vec::new();
    for line in text.lines() {
        let object: serde_json::Value =
            serde_json::from_str(line).map_err(|error| unreadable(path, error))?;
        let vector = object["vector"].as_array().into_iter().flatten();
        values.extend(vector.filter_map(serde_json::Value::as_f64).map(|value| value as f32));
    }
    Ok(values)
}

fn unreadable(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> ExportError {
    ExportError::Unreadable { path: path.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Format, write};
    use crate::matrix::Matrix;

    /// Two users with up to two interests of width 2; the second user has one.
    fn interests() -> Vectors {
        Vectors {
            tower: "user",
            header: vec!["id".to_owned()],
            keys: vec![vec!["a".to_owned()], vec!["b".to_owned()]],
            matrix: Matrix { width: 4, values: vec![1.0, -0.5, 0.25, 2.0, 3.0, 1e-7, 0.0, 0.0] },
            count: 2,
        }
    }

    #[test]
    fn one_process_exports_to_a_folder_and_removes_what_killed_ones_left() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".user.csv.x1Y2z3.tmp");
        std::fs::write(&left, "cut").unwrap();
        write(&interests(), Format::Csv, folder.path()).unwrap();
        assert!(!left.exists());
        let _lock = crate::state::Lock::take(folder.path()).unwrap();
        let refused = write(&interests(), Format::Csv, folder.path()).unwrap_err().to_string();
        assert!(refused.contains("is writing to this folder"), "{refused}");
    }

    #[test]
    fn a_number_that_is_none_is_read_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let vectors =
            Vectors { matrix: Matrix { width: 4, values: vec![f32::NAN; 8] }, count: 1, ..interests() };
        write(&vectors, Format::Npy, folder.path()).unwrap();
    }

    #[test]
    fn interests_have_a_line_each_and_a_dimension_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let read = |format| {
            let files = write(&interests(), format, folder.path()).unwrap();
            std::fs::read(&files[0]).unwrap()
        };
        let text = |format| String::from_utf8(read(format)).unwrap();
        assert_eq!(text(Format::Csv), "id,interest,v0,v1\na,0,1,-0.5\na,1,0.25,2\nb,0,3,0.0000001\n");
        assert_eq!(
            text(Format::Jsonl).lines().last().unwrap(),
            r#"{"id":"b","interest":0,"vector":[3.0,1.0000000116860974e-7]}"#
        );
        let npy = String::from_utf8_lossy(&read(Format::Npy)).into_owned();
        assert!(npy.contains("'shape': (2, 2, 2), "), "{npy}");
        read(Format::Safetensors);
    }
}
