//! Tensors into a safetensors file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensorError, View, serialize_to_file};

use super::{NamedTensor, StateError, atomic};

/// Writes tensors and a stamp that says what they belong to.
pub fn write_state(path: &Path, tensors: &[NamedTensor<'_>], stamp: &str) -> Result<(), StateError> {
    // One entry only: the crate keeps them in a map without order, and files of equal runs are equal.
    let metadata = HashMap::from([(STAMP.to_owned(), stamp.to_owned())]);
    atomic::replace(path, |file| {
        let views = tensors.iter().map(|tensor| (tensor.name.as_str(), Stored(tensor)));
        serialize_to_file(views, &Some(metadata), file.path()).map_err(|error| match error {
            SafeTensorError::IoError(source) => source,
            other => io::Error::other(format!("{other:?}")),
        })
    })
}

/// Key of the stamp in the file's metadata.
pub(super) const STAMP: &str = "turret";

/// A tensor as the bytes of the file.
struct Stored<'a>(&'a NamedTensor<'a>);

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        if cfg!(target_endian = "little") {
            Cow::Borrowed(bytemuck::cast_slice(&self.0.values))
        } else {
            Cow::Owned(self.0.values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
    }

    fn data_len(&self) -> usize {
        size_of_val(self.0.values.as_ref())
    }
}
