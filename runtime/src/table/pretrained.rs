//! Tables with pretrained rows.

use std::path::{Path, PathBuf};

use super::Embedding;
use super::unseen::Origin;
use crate::data::{Vocabulary, inside};
use crate::export::read_matrix;
use crate::state::{StateError, StateErrorKind, StateFile};

impl Embedding {
    /// Sets the rows of the vocabulary's keys, in order, from an `.npy` file or from the only tensor of a
    /// safetensors file in the data folder. Rows without a key are initially zero. Without a folder nothing
    /// is read, because trained rows will be loaded.
    pub fn pretrained(
        mut self,
        folder: Option<&Path>,
        file: &str,
        vocabulary: &Vocabulary,
    ) -> Result<Self, StateError> {
        let rows: Vec<u32> = vocabulary.keys().map(|(row, _)| row).collect();
        // Rows of keys are in order.
        let others = (0..self.rows as u32).filter(|row| rows.binary_search(row).is_err()).collect();
        self.origin = Origin::Given { others };
        let Some(folder) = folder else { return Ok(self) };
        let vectors = read_vectors(folder, file, rows.len(), self.width)?;
        self.values.fill(0.0);
        for (row, vector) in rows.into_iter().zip(vectors.chunks_exact(self.width)) {
            let start = row as usize * self.width;
            if let Some(target) = self.values.get_mut(start..start + self.width) {
                target.copy_from_slice(vector);
            }
        }
        Ok(self)
    }
}

/// Maximum size of a file of vectors that [`check_pretrained`] reads.
const READ_TO_CHECK: u64 = 64 << 20;

/// Checks that a file of pretrained vectors fits a table, with the same checks as building the table. A
/// larger file is only checked for existence.
pub fn check_pretrained(folder: &Path, file: &str, rows: usize, width: usize) -> Result<(), StateError> {
    let path = path_of(folder, file)?;
    let length = std::fs::metadata(&path).map_err(|source| StateError::read(&path, source))?.len();
    if length <= READ_TO_CHECK { read_vectors(folder, file, rows, width).map(drop) } else { Ok(()) }
}

fn path_of(folder: &Path, file: &str) -> Result<PathBuf, StateError> {
    inside(folder, file).map_err(|error| StateError::new(folder, StateErrorKind::Data(Box::new(error))))
}

/// Reads vectors of this shape as one list.
fn read_vectors(folder: &Path, file: &str, rows: usize, width: usize) -> Result<Vec<f32>, StateError> {
    let path = path_of(folder, file)?;
    let vectors = if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) {
        npy(&path, rows, width)?
    } else {
        tensor(&path, rows, width)?
    };
    if let Some(at) = vectors.iter().position(|value| !value.is_finite()) {
        let fault = StateErrorKind::Vector { row: at / width.max(1), value: vectors[at] };
        return Err(StateError::new(&path, fault));
    }
    Ok(vectors)
}

fn npy(path: &Path, rows: usize, width: usize) -> Result<Vec<f32>, StateError> {
    let matrix = read_matrix(path)?;
    if (matrix.rows(), matrix.width) != (rows, width) {
        let (found, expected) = ([matrix.rows(), matrix.width], [rows, width]);
        return Err(StateError::new(path, StateErrorKind::Vectors { found, expected }));
    }
    Ok(matrix.values)
}

fn tensor(path: &Path, rows: usize, width: usize) -> Result<Vec<f32>, StateError> {
    let state = StateFile::read(path)?;
    let mut reader = state.tensors()?;
    let names: Vec<String> = reader.names().map(str::to_owned).collect();
    let [name] = &names[..] else {
        return Err(StateError::new(path, StateErrorKind::Tensors { found: names.len() }));
    };
    reader.take(name, &[rows, width])
}
