//! A safetensors file taken apart tensor by tensor; at the end nothing may be left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorInfo};

use super::writer::STAMP;
use super::{StateError, StateErrorKind};

/// The bytes of a safetensors file.
pub struct StateFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl StateFile {
    /// Reads a file whole.
    pub fn read(path: &Path) -> Result<Self, StateError> {
        let bytes = std::fs::read(path).map_err(|source| StateError::read(path, source))?;
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// Its tensors, ready to be taken.
    pub fn tensors(&self) -> Result<StateReader<'_>, StateError> {
        SafeTensors::deserialize(&self.bytes).map_err(|error| self.refuse(error))?;
        let (header, metadata) =
            SafeTensors::read_metadata(&self.bytes).map_err(|error| self.refuse(error))?;
        let tensors = metadata.tensors();
        let tensors = tensors.into_iter().map(|(name, info)| (name, info.clone())).collect();
        Ok(StateReader { path: &self.path, data: &self.bytes[header + 8..], tensors })
    }

    /// What the program that wrote it stamped it with.
    pub fn stamp(&self) -> Option<String> {
        let (_, metadata) = SafeTensors::read_metadata(&self.bytes).ok()?;
        metadata.metadata().as_ref()?.get(STAMP).cloned()
    }

    fn refuse(&self, error: SafeTensorError) -> StateError {
        let found = self.bytes.len() as u64;
        let kind = match error {
            _ if self.bytes.is_empty() => StateErrorKind::Empty,
            SafeTensorError::MetadataIncompleteBuffer => {
                StateErrorKind::CutShort { found, expected: self.promised() }
            }
            SafeTensorError::HeaderTooSmall => StateErrorKind::CutShort { found, expected: None },
            // A header that ends beyond the file: ours begin with a brace, a foreign file rarely does at this place.
            SafeTensorError::InvalidHeaderLength if matches!(self.bytes.get(8), None | Some(b'{')) => {
                StateErrorKind::CutShort { found, expected: None }
            }
            other => StateErrorKind::Foreign(format!("{other:?}")),
        };
        StateError::new(&self.path, kind)
    }

    /// Length of the file according to its header.
    fn promised(&self) -> Option<u64> {
        let length = u64::from_le_bytes(self.bytes.get(..8)?.try_into().ok()?);
        let end = usize::try_from(length).ok()?.checked_add(8)?;
        let header: serde_json::Value = serde_json::from_slice(self.bytes.get(8..end)?).ok()?;
        let data =
            header.as_object()?.values().filter_map(|info| info.get("data_offsets")?.get(1)?.as_u64()).max();
        (end as u64).checked_add(data.unwrap_or(0))
    }
}

/// The tensors of a file that were not taken yet.
pub struct StateReader<'a> {
    path: &'a Path,
    data: &'a [u8],
    tensors: BTreeMap<String, TensorInfo>,
}

impl StateReader<'_> {
    /// Takes the tensor of that name, which must have that shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, StateError> {
        let Some(info) = self.tensors.remove(name) else {
            let similar = self.similar(name);
            return Err(StateError::new(
                self.path,
                StateErrorKind::Missing { tensor: name.to_owned(), similar },
            ));
        };
        if info.dtype != Dtype::F32 {
            let found = format!("{:?}", info.dtype);
            return Err(StateError::new(self.path, StateErrorKind::Type { tensor: name.to_owned(), found }));
        }
        if info.shape != shape {
            let kind = StateErrorKind::Shape {
                tensor: name.to_owned(),
                found: info.shape,
                expected: shape.to_vec(),
            };
            return Err(StateError::new(self.path, kind));
        }
        let (values, _) = self.data[info.data_offsets.0..info.data_offsets.1].as_chunks::<4>();
        Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// Shape of a tensor that was not taken yet.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|info| info.shape.as_slice())
    }

    /// The file the tensors come from.
    pub fn path(&self) -> &Path {
        self.path
    }

    /// Names of the tensors that were not taken yet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Ends reading: every tensor must have been taken.
    pub fn finish(self) -> Result<(), StateError> {
        if self.tensors.is_empty() {
            return Ok(());
        }
        Err(StateError::new(self.path, StateErrorKind::Extra(self.tensors.into_keys().collect())))
    }

    /// The name left in the file that shares the longest beginning with the one looked for.
    fn similar(&self, name: &str) -> Option<String> {
        let shared = |other: &str| name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let best = self.tensors.keys().max_by_key(|other| shared(other))?;
        (shared(best) > 0).then(|| best.clone())
    }
}
