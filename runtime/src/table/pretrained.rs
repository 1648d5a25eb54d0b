//! Tables with pretrained rows.

use std::path::{Path, PathBuf};

use super::Embedding;
use super::unseen::Origin;
use crate::data::{Vocabulary, inside};
use crate::export::read_matrix;
use turret_schema::Precision;

use crate::precision::{Number, NumbersMut, each_precision, of_precision};
use crate::state::{StateError, StateErrorKind, StateFile};

impl Embedding {
    /// Sets the rows of the vocabulary's keys, in order, to the nearest numbers of the vectors in an `.npy` file or in the only tensor of a
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
        let vectors = read_vectors(folder, file, [rows.len(), self.width], self.precision())?;
        let width = self.width;
        each_precision!(NumbersMut, self.values.to_mut(), values => set_rows(values, width, &rows, &vectors));
        Ok(self)
    }
}

/// Sets these rows to vectors, and all others to zero.
fn set_rows<N: Number>(values: &mut [N], width: usize, rows: &[u32], vectors: &[f32]) {
    values.fill(N::zeroed());
    for (&row, vector) in rows.iter().zip(vectors.chunks_exact(width)) {
        let start = row as usize * width;
        if let Some(row) = values.get_mut(start..start + width) {
            row.iter_mut().zip(vector).for_each(|(value, given)| *value = N::nearest(*given));
        }
    }
}

/// Maximum size of a file of vectors that [`check_pretrained`] reads.
const READ_TO_CHECK: u64 = 64 << 20;

/// Checks that a file of pretrained vectors fits a table, with the same checks as building the table. A
/// larger file is only checked for existence.
pub fn check_pretrained(
    folder: &Path,
    file: &str,
    shape: [usize; 2],
    precision: Precision,
) -> Result<(), StateError> {
    let path = path_of(folder, file)?;
    let length = std::fs::metadata(&path).map_err(|source| StateError::read(&path, source))?.len();
    if length <= READ_TO_CHECK { read_vectors(folder, file, shape, precision).map(drop) } else { Ok(()) }
}

fn path_of(folder: &Path, file: &str) -> Result<PathBuf, StateError> {
    inside(folder, file).map_err(|error| StateError::new(folder, StateErrorKind::Data(Box::new(error))))
}

/// Reads vectors of this shape as one list. All of them are in the range of the format.
fn read_vectors(
    folder: &Path,
    file: &str,
    [rows, width]: [usize; 2],
    precision: Precision,
) -> Result<Vec<f32>, StateError> {
    let path = path_of(folder, file)?;
    let vectors = if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) {
        npy(&path, rows, width)?
    } else {
        tensor(&path, rows, width)?
    };
    let is_finite =
        |value: &f32| of_precision!(precision, Format => Format::nearest(*value).widen().is_finite());
    if let Some(at) = vectors.iter().position(|value| !is_finite(value)) {
        let (row, value) = (at / width.max(1), vectors[at]);
        let fault = match value.is_finite() {
            true => StateErrorKind::Beyond { row, value, precision },
            false => StateErrorKind::Vector { row, value },
        };
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
    let precision = reader.precision(name).unwrap_or_default();
    Ok(reader.take_numbers(name, &[rows, width], precision)?.widen().into_owned())
}
