//! The npy format: written as little-endian float32 in row order, read in all float formats of numpy.

use std::io::{self, Write};
use std::path::Path;

use crate::matrix::Matrix;
use crate::state::{NpyFault, StateError, StateErrorKind, write_values};

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// Alignment of the values in the file.
const ALIGNMENT: usize = 64;

/// Writes `float32` values with this shape, `[rows, ...]`.
pub(super) fn write(file: &mut dyn Write, shape: &[usize], values: &[f32]) -> io::Result<()> {
    file.write_all(&header(shape))?;
    write_values(file, values)
}

/// Reads an array `[rows, width]` that `write` or numpy wrote: `float32` or `float64`, in row or column
/// order.
pub(crate) fn read_matrix(path: &Path) -> Result<Matrix, StateError> {
    let (matrix, inner) = read_array(path)?;
    if inner.len() == 1 {
        return Ok(matrix);
    }
    let shape = [matrix.rows()].into_iter().chain(inner).collect::<Vec<_>>();
    Err(fault(path, NpyFault::Dimensions(format!("{shape:?}"))))
}

/// Reads an array of two or more dimensions. Its width is the product of all dimensions after the first.
pub(super) fn read(path: &Path) -> Result<Matrix, StateError> {
    read_array(path).map(|(matrix, _)| matrix)
}

/// Reads an array, and its dimensions after the first.
fn read_array(path: &Path) -> Result<(Matrix, Vec<usize>), StateError> {
    let bytes = std::fs::read(path).map_err(|source| StateError::read(path, source))?;
    parse(&bytes).map_err(|found| fault(path, found))
}

fn fault(path: &Path, fault: NpyFault) -> StateError {
    StateError::new(path, StateErrorKind::Npy(fault))
}

fn header(shape: &[usize]) -> Vec<u8> {
    let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let mut dictionary = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
    let unpadded = MAGIC.len() + 2 + dictionary.len() + 1;
    dictionary.push_str(&" ".repeat(unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    dictionary.push('\n');
    // The dictionary has a few numbers of at most 20 digits, so its length fits in 16 bits.
    let length = (dictionary.len() as u16).to_le_bytes();
    [MAGIC, &length, dictionary.as_bytes()].concat()
}

fn parse(bytes: &[u8]) -> Result<(Matrix, Vec<usize>), NpyFault> {
    let Some((dictionary, values)) = split(bytes) else {
        return Err(NpyFault::Format);
    };
    let after = |key: &str| dictionary.split_once(key).map_or("", |(_, after)| after.trim_start());
    let kind = after("'descr':").split('\'').nth(1).unwrap_or_default();
    let (length, bytes_each) = (values.len(), if kind.ends_with('8') { 8 } else { 4 });
    let values: Vec<f32> = match kind {
        "<f4" => values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        ">f4" => values.as_chunks().0.iter().map(|bytes| f32::from_be_bytes(*bytes)).collect(),
        "<f8" => values.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        ">f8" => values.as_chunks().0.iter().map(|bytes| f64::from_be_bytes(*bytes) as f32).collect(),
        kind => return Err(NpyFault::Type(kind.to_owned())),
    };
    let shape = after("'shape':").trim_start_matches('(').split(')').next().unwrap_or_default();
    let sizes: Option<Vec<usize>> = shape
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty())
        .map(|size| size.parse().ok())
        .collect();
    let Some([rows, inner @ ..]) = sizes.as_deref().filter(|sizes| sizes.len() > 1) else {
        return Err(NpyFault::Dimensions(format!("({shape})")));
    };
    let width = inner.iter().try_fold(1_usize, |width, &size| width.checked_mul(size));
    let expected = width.and_then(|width| rows.checked_mul(width)?.checked_mul(bytes_each));
    let Some(width) = width.filter(|_| expected == Some(length)) else {
        let is_longer = expected.is_some_and(|expected| expected < length);
        return Err(NpyFault::Length {
            numbers: length / bytes_each,
            shape: format!("({shape})"),
            is_longer,
        });
    };
    if after("'fortran_order':").starts_with("False") {
        return Ok((Matrix { width, values }, inner.to_vec()));
    }
    if inner.len() > 1 {
        return Err(NpyFault::ByColumns);
    }
    let at = |row: usize| (0..width).map(move |column| column * rows + row);
    Ok((Matrix { width, values: (0..*rows).flat_map(at).map(|at| values[at]).collect() }, inner.to_vec()))
}

/// Splits the header dictionary from the data.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let ([major, _], rest) = bytes.strip_prefix(&MAGIC[..6])?.split_first_chunk::<2>()?;
    let (length, rest) = if *major == 1 {
        let (length, rest) = rest.split_first_chunk::<2>()?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk::<4>()?;
        (u32::from_le_bytes(*length) as usize, rest)
    };
    let (dictionary, values) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(dictionary).ok()?, values))
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
        write(&mut std::fs::File::create(&path).unwrap(), &[2, 3], &matrix.values).unwrap();
        assert_eq!(read(&path).unwrap(), matrix);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("cut short"));
    }

    /// Returns an array as written by numpy, with header version `major`.
    fn numpy(major: u8, kind: &str, fortran: &str, shape: &str, values: &[u8]) -> Vec<u8> {
        let dictionary = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let length = (dictionary.len() as u32).to_le_bytes();
        let length = if major == 1 { &length[..2] } else { &length[..] };
        [b"\x93NUMPY", &[major, 0][..], length, dictionary.as_bytes(), values].concat()
    }

    #[test]
    fn types_and_orders_of_numpy() {
        let by_rows = [1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0];
        let by_columns = [1.0_f64, 4.0, 2.0, 5.0, 3.0, 6.0];
        let double = |values: [f64; 6]| values.map(f64::to_le_bytes).concat();
        let single = |values: [f64; 6]| values.map(|value| (value as f32).to_le_bytes()).concat();
        let big = by_rows.map(f64::to_be_bytes).concat();
        for bytes in [
            numpy(1, "<f4", "False", "(2, 3)", &single(by_rows)),
            numpy(2, "<f8", "False", "(2, 3)", &double(by_rows)),
            numpy(1, ">f8", "False", "(2, 3)", &big),
            numpy(1, "<f4", "True", "(2, 3)", &single(by_columns)),
            numpy(3, "<f8", "True", "(2, 3)", &double(by_columns)),
        ] {
            assert_eq!(
                parse(&bytes),
                Ok((Matrix { width: 3, values: by_rows.map(|value| value as f32).to_vec() }, vec![3]))
            );
        }
        for (bytes, expected) in [
            (numpy(1, "<i8", "False", "(2, 3)", &[0; 48]), "type `<i8`"),
            (numpy(1, "|O", "False", "(2, 3)", &[0; 48]), "type `|O`"),
            (numpy(1, "<f8", "False", "(6,)", &[0; 48]), "shape (6,)"),
            (numpy(1, "<f8", "False", "(2, 4)", &[0; 48]), "holds 6 numbers where its shape is (2, 4)"),
            (numpy(1, "<f8", "True", "(1, 2, 3)", &[0; 48]), "more than two dimensions"),
            (b"1,2\n".to_vec(), "not an npy file"),
        ] {
            let message = parse(&bytes).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
