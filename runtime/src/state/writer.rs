//! Writer of safetensors files.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, TensorInfo};
use serde::Serialize;
use turret_schema::Precision;

use super::{NamedTensor, StateError, write_atomically};
use crate::precision::{Number, Numbers, each_precision};

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
        let precision = tensor.values.precision();
        end += tensor.values.len() * precision.bytes() as usize;
        let (dtype, shape) = (dtype(precision), tensor.shape.clone());
        (name, TensorInfo { dtype, shape, data_offsets: (begin, end) })
    });
    let header = Header { metadata: BTreeMap::from([(STAMP, stamp)]), tensors: placed.collect() };
    let mut header = serde_json::to_vec(&header)?;
    // Values begin at a multiple of 8 bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    by_name
        .values()
        .try_for_each(|tensor| each_precision!(Numbers, &tensor.values, values => write_values(file, values)))
}

/// Element type of a tensor of this format.
pub(super) fn dtype(precision: Precision) -> Dtype {
    match precision {
        Precision::F32 => Dtype::F32,
        Precision::F16 => Dtype::F16,
        Precision::Bf16 => Dtype::BF16,
    }
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
pub(crate) fn write_values<N: Number>(file: &mut dyn Write, values: &[N]) -> io::Result<()> {
    if cfg!(target_endian = "little") {
        return file.write_all(bytemuck::cast_slice(values));
    }
    values.iter().try_for_each(|value| {
        let mut bytes = bytemuck::bytes_of(value).to_vec();
        bytes.reverse();
        file.write_all(&bytes)
    })
}
