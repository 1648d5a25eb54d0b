//! Writer of safetensors files.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, TensorInfo};
use serde::Serialize;

use super::{NamedTensor, StateError, write_atomically};

/// Writes tensors with the stamp of the save that they belong to.
pub fn write_state(path: &Path, tensors: &[NamedTensor<'_>], stamp: &str) -> Result<(), StateError> {
    write_atomically(path, |file| write_tensors(file, tensors, stamp))
}

/// Writes the content of a safetensors file.
pub(crate) fn write_tensors(
    file: &mut dyn Write,
    tensors: &[NamedTensor<'_>],
    stamp: &str,
) -> io::Result<()> {
    let by_name: BTreeMap<&str, &NamedTensor<'_>> =
        tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    if by_name.len() < tensors.len() {
        return Err(io::Error::other("two tensors have one name"));
    }
    let mut end = 0;
    let placed = by_name.iter().map(|(&name, tensor)| {
        let begin = end;
        end += size_of_val(tensor.values.as_ref());
        let (dtype, shape) = (Dtype::F32, tensor.shape.clone());
        (name, TensorInfo { dtype, shape, data_offsets: (begin, end) })
    });
    let header = Header { metadata: BTreeMap::from([(STAMP, stamp)]), tensors: placed.collect() };
    let mut header = serde_json::to_vec(&header)?;
    // Values begin at a multiple of 8 bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    by_name.values().try_for_each(|tensor| write_values(file, &tensor.values))
}

/// Key of the stamp in the metadata of the file.
pub(super) const STAMP: &str = "turret";

#[derive(Serialize)]
struct Header<'t> {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<&'t str, &'t str>,
    #[serde(flatten)]
    tensors: BTreeMap<&'t str, TensorInfo>,
}

/// Values as little-endian bytes.
pub(crate) fn write_values(file: &mut dyn Write, values: &[f32]) -> io::Result<()> {
    if cfg!(target_endian = "little") {
        return file.write_all(bytemuck::cast_slice(values));
    }
    values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
}
