//! The npy format, version 1.0, as far as little-endian f32 in row order need it.

use std::path::Path;

use crate::program::Matrix;
use crate::state::{StateError, write_atomically, write_values};

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// Where the values start is a multiple of this.
const ALIGNMENT: usize = 64;

/// Writes numbers as `float32` of a shape, `[rows, ...]`.
pub(super) fn write(path: &Path, shape: &[usize], values: &[f32]) -> Result<(), StateError> {
    write_atomically(path, |file| {
        file.write_all(&header(shape))?;
        write_values(file, values)
    })
}

/// Reads what `write` or numpy wrote; all numbers of a row count as its width.
pub(crate) fn read(path: &Path) -> Result<Matrix, StateError> {
    let bytes = std::fs::read(path).map_err(|source| StateError::read(path, source))?;
    parse(&bytes).ok_or_else(|| StateError::other(path, "not an npy file of float32 vectors in rows (`np.save(path, vectors.astype(np.float32))`), or cut short"))
}

fn header(shape: &[usize]) -> Vec<u8> {
    let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let mut dictionary = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
    let unpadded = MAGIC.len() + 2 + dictionary.len() + 1;
    dictionary.push_str(&" ".repeat(unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    dictionary.push('\n');
    // A few numbers of 20 digits at most: far below what 16 bits hold.
    let length = (dictionary.len() as u16).to_le_bytes();
    [MAGIC, &length, dictionary.as_bytes()].concat()
}

fn parse(bytes: &[u8]) -> Option<Matrix> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (dictionary, values) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let dictionary = std::str::from_utf8(dictionary).ok()?;
    if !dictionary.contains("'<f4'") || !dictionary.contains("'fortran_order': False") {
        return None;
    }
    let (_, shape) = dictionary.split_once('(')?;
    let (shape, _) = shape.split_once(')')?;
    let (rows, rest_of_shape) = shape.split_once(", ")?;
    let rows: usize = rows.parse().ok()?;
    let width =
        rest_of_shape.split(", ").try_fold(1usize, |width, size| width.checked_mul(size.parse().ok()?))?;
    let (values, rest) = values.as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    (rest.is_empty() && Some(values.len()) == rows.checked_mul(width)).then_some(Matrix { width, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_numpys_and_the_values_come_back() {
        let matrix = Matrix { width: 3, values: vec![1.0, -0.5, f32::MAX, 0.0, 2.0, 3.0] };
        let header = header(&[2, 3]);
        assert_eq!(header.len() % ALIGNMENT, 0);
        assert!(header.ends_with(b"\n"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.npy");
        write(&path, &[2, 3], &matrix.values).unwrap();
        assert_eq!(read(&path).unwrap(), matrix);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("cut short"));
    }
}
