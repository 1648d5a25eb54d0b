//! Reader of safetensors files. Each tensor is taken once, and none may remain. Memory is allocated only for
//! the header and for tensors of the expected shape, whatever sizes the file declares.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Metadata, TensorInfo};
use turret_schema::Precision;

use crate::checksum::Checksum;
use crate::finite::first_not_finite;
use crate::huge_pages::zeros;
use crate::precision::{Number, Numbers, of_precision};
use crate::regular;

use super::writer::{STAMP, dtype};
use super::{HeaderFault, StateError, StateErrorKind};

/// Maximum size of a header, as in the safetensors library.
const MAX_HEADER: u64 = 100_000_000;

/// A safetensors file with a validated header.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    /// Offset of the values.
    data: u64,
}

impl StateFile {
    /// Opens a file and checks that header and length agree.
    pub fn read(path: &Path) -> Result<Self, StateError> {
        let failed = |source| StateError::read(path, source);
        let refused = |kind| StateError::new(path, kind);
        let mut file = regular::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let cut = || refused(StateErrorKind::CutShort { found: length, expected: None });
        let foreign = |fault: HeaderFault| refused(StateErrorKind::Foreign(fault));
        if length == 0 {
            return Err(refused(StateErrorKind::Empty));
        }
        if length <= 8 {
            return Err(cut());
        }
        let mut start = [0; 9];
        file.read_exact(&mut start).map_err(failed)?;
        let [header_length @ .., first] = start;
        let header_length = u64::from_le_bytes(header_length);
        if header_length > MAX_HEADER || first != b'{' {
            return Err(foreign(HeaderFault::NoHeader));
        }
        let data = 8 + header_length;
        if data > length {
            return Err(cut());
        }
        let mut header = vec![0; header_length as usize];
        file.seek(SeekFrom::Start(8)).and_then(|_| file.read_exact(&mut header)).map_err(failed)?;
        let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| foreign(error.into()))?;
        let end = values_end(&metadata).map_err(foreign)?;
        match data.checked_add(end) {
            Some(expected) if expected == length => Ok(Self { path: path.to_owned(), file, metadata, data }),
            expected => Err(refused(StateErrorKind::CutShort { found: length, expected })),
        }
    }

    /// Checks the checksum of the whole file.
    pub fn verify(&self, expected: Checksum) -> Result<(), StateError> {
        let mut file = &self.file;
        let found = file.seek(SeekFrom::Start(0)).and_then(|_| Checksum::of_all(file));
        let found = found.map_err(|source| StateError::read(&self.path, source))?;
        if found == expected {
            return Ok(());
        }
        Err(StateError::new(&self.path, StateErrorKind::Changed { found, expected }))
    }

    /// Returns a reader of the tensors.
    pub fn tensors(&self) -> Result<StateReader<'_>, StateError> {
        let tensors = self.metadata.tensors();
        let tensors = tensors.into_iter().map(|(name, info)| (name, info.clone())).collect();
        Ok(StateReader { file: self, tensors })
    }

    /// Returns the shape of a tensor, if it exists.
    pub fn shape(&self, tensor: &str) -> Option<Vec<usize>> {
        self.metadata.tensors().get(tensor).map(|info| info.shape.clone())
    }

    /// Returns the stamp of the program that wrote the file.
    pub fn stamp(&self) -> Option<String> {
        self.metadata.metadata().as_ref()?.get(STAMP).cloned()
    }
}

/// Returns the length of the values according to the header. Checks that each tensor has the length of its
/// shape and begins at the end of the previous one.
fn values_end(metadata: &Metadata) -> Result<u64, HeaderFault> {
    let mut last = 0;
    let mut tensors: Vec<(String, &TensorInfo)> = metadata.tensors().into_iter().collect();
    tensors.sort_by(|(a, left), (b, right)| (left.data_offsets, a).cmp(&(right.data_offsets, b)));
    for (name, info) in tensors {
        let (begin, end) = info.data_offsets;
        let bytes = info.shape.iter().try_fold(info.dtype.size(), |bytes, &size| bytes.checked_mul(size));
        if bytes.is_none() || end.checked_sub(begin) != bytes {
            return Err(HeaderFault::Size { tensor: name, shape: info.shape.clone(), begin, end });
        }
        if begin != last {
            return Err(HeaderFault::Place { tensor: name, begin, expected: last });
        }
        last = end;
    }
    Ok(last as u64)
}

/// Tensors of a file that were not taken yet.
pub struct StateReader<'a> {
    file: &'a StateFile,
    tensors: BTreeMap<String, TensorInfo>,
}

impl StateReader<'_> {
    /// Takes a tensor by name and expected shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, StateError> {
        self.take_as(name, shape)
    }

    /// Takes a tensor by name, expected shape and expected format.
    pub fn take_numbers(
        &mut self,
        name: &str,
        shape: &[usize],
        precision: Precision,
    ) -> Result<Numbers<'static>, StateError> {
        of_precision!(precision, Number => self.take_as::<Number>(name, shape).map(Into::into))
    }

    fn take_as<N: Number>(&mut self, name: &str, shape: &[usize]) -> Result<Vec<N>, StateError> {
        let Some(info) = self.tensors.remove(name) else {
            let similar = self.similar(name);
            return Err(self.refused(StateErrorKind::Missing { tensor: name.to_owned(), similar }));
        };
        let expected = dtype(N::PRECISION);
        if info.dtype != expected {
            let [found, expected] = [info.dtype, expected].map(|dtype| format!("{dtype:?}"));
            return Err(self.refused(StateErrorKind::Type { tensor: name.to_owned(), found, expected }));
        }
        if info.shape != shape {
            let kind = StateErrorKind::Shape {
                tensor: name.to_owned(),
                found: info.shape,
                expected: shape.to_vec(),
            };
            return Err(self.refused(kind));
        }
        // The length follows from the expected shape, not from the file.
        let mut values = zeros::<N>(shape.iter().product());
        let mut file = &self.file.file;
        file.seek(SeekFrom::Start(self.file.data + info.data_offsets.0 as u64))
            .and_then(|_| file.read_exact(bytemuck::cast_slice_mut::<N, u8>(&mut values)))
            .map_err(|source| StateError::read(&self.file.path, source))?;
        if cfg!(target_endian = "big") {
            values.iter_mut().for_each(|value| bytemuck::bytes_of_mut(value).reverse());
        }
        if let Some(at) = first_not_finite(&values) {
            let value = values[at].widen();
            return Err(self.refused(StateErrorKind::NotFinite { tensor: name.to_owned(), value }));
        }
        Ok(values)
    }

    /// Takes a tensor by name or, in a file of an earlier version, by its former name.
    pub fn take_renamed(
        &mut self,
        name: &str,
        former: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, StateError> {
        let is_former = !self.tensors.contains_key(name) && self.tensors.contains_key(former);
        self.take(if is_former { former } else { name }, shape)
    }

    /// Returns the shape of a tensor that was not taken yet.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|info| info.shape.as_slice())
    }

    /// Returns the format of a tensor that was not taken yet.
    pub fn precision(&self, name: &str) -> Option<Precision> {
        let found = self.tensors.get(name)?.dtype;
        Precision::WORDS
            .map(|(_, precision)| precision)
            .into_iter()
            .find(|&precision| dtype(precision) == found)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Returns the names of the remaining tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Checks that every tensor was taken.
    pub fn finish(self) -> Result<(), StateError> {
        if self.tensors.is_empty() {
            return Ok(());
        }
        let extra = StateErrorKind::Extra(self.tensors.keys().cloned().collect());
        Err(self.refused(extra))
    }

    fn refused(&self, kind: StateErrorKind) -> StateError {
        StateError::new(&self.file.path, kind)
    }

    /// Returns the remaining name with the longest common prefix.
    fn similar(&self, name: &str) -> Option<String> {
        let shared = |other: &str| name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let best = self.tensors.keys().max_by_key(|other| shared(other))?;
        (shared(best) > 0).then(|| best.clone())
    }
}
