//! Tensors by stable names in safetensors files. The error of a file that does not fit names the difference.

mod atomic;
mod disk;
mod error;
#[cfg(test)]
mod faulty;
mod lock;
mod reader;
mod staged;
mod writer;

pub use atomic::write_atomically;
pub(crate) use atomic::{is_temporary, remove_temporary};
pub(crate) use disk::{Disk, FileSystem, Synced};
pub use error::{HeaderFault, NpyFault, StateError, StateErrorKind};
#[cfg(test)]
pub(crate) use faulty::{Fault, Faulty};
pub use lock::Lock;
pub use reader::{StateFile, StateReader};
pub(crate) use staged::Staged;
pub use writer::write_state;
pub(crate) use writer::{write_tensors, write_values};

use crate::finite::first_not_finite;
use crate::precision::{Number, Numbers, each_precision};

/// A tensor under the name it is stored by.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor<'a> {
    /// Unique in its file, parts joined by dots: `query.dense_0.weight`.
    pub name: String,
    /// Sizes of its dimensions; empty for a scalar.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Numbers<'a>,
}

impl<'a> NamedTensor<'a> {
    /// A tensor of that name, shape and values.
    pub fn new(
        name: impl Into<String>,
        shape: impl Into<Vec<usize>>,
        values: impl Into<Numbers<'a>>,
    ) -> Self {
        Self { name: name.into(), shape: shape.into(), values: values.into() }
    }

    /// The first value that is not a finite number.
    pub fn not_finite(&self) -> Option<f32> {
        each_precision!(Numbers, &self.values, values => {
            first_not_finite(values).map(|at| values[at].widen())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors() -> Vec<NamedTensor<'static>> {
        vec![
            NamedTensor::new("user.rows", [2, 3], vec![1.0, -2.0, 3.5, f32::MIN_POSITIVE, 0.0, 6.0]),
            NamedTensor::new("steps", [1], vec![7.0]),
        ]
    }

    fn error_of(
        path: &std::path::Path,
        body: impl FnOnce(&mut StateReader<'_>) -> Result<(), StateError>,
    ) -> String {
        let check = || {
            let file = StateFile::read(path)?;
            let mut reader = file.tensors()?;
            body(&mut reader)?;
            reader.finish()
        };
        check().err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_was_written_is_read_back_and_everything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        write_state(&path, &tensors(), "f00d").unwrap();

        let file = StateFile::read(&path).unwrap();
        let mut reader = file.tensors().unwrap();
        assert_eq!(reader.take("user.rows", &[2, 3]).unwrap(), *tensors()[0].values.widen());
        assert_eq!(reader.take("steps", &[1]).unwrap(), [7.0]);
        reader.finish().unwrap();
        assert_eq!(file.stamp().as_deref(), Some("f00d"));

        let wrong = error_of(&path, |reader| reader.take("user.rows", &[4, 3]).map(drop));
        assert!(wrong.contains("w.safetensors") && wrong.contains("`user.rows`"), "{wrong}");
        assert!(wrong.contains("[2, 3]") && wrong.contains("[4, 3]"), "{wrong}");
        let missing = error_of(&path, |reader| reader.take("user.row", &[2, 3]).map(drop));
        assert!(missing.contains("no tensor `user.row`") && missing.contains("`user.rows`"), "{missing}");
        let extra = error_of(&path, |reader| reader.take("steps", &[1]).map(drop));
        assert!(extra.contains("`user.rows`") && extra.contains("does not expect"), "{extra}");
    }

    #[test]
    fn damaged_and_foreign_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        write_state(&path, &tensors(), "f00d").unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let message = error_of(&path, |_| Ok(()));
            assert!(message.contains("cut short") || message.contains("empty"), "{length}: {message}");
        }
        std::fs::write(&path, b"user_id,movie_id\n1,2\n3,4\n5,6\n7,8\n").unwrap();
        assert!(error_of(&path, |_| Ok(())).contains("not a safetensors file"));
    }

    #[test]
    fn tensors_tile_their_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let message = |places: [[usize; 2]; 2]| {
            let [a, b] =
                places.map(|place| format!(r#"{{"dtype":"F32","shape":[1],"data_offsets":{place:?}}}"#));
            let header = format!(r#"{{"a":{a},"b":{b}}}"#);
            let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
            bytes.extend(header.bytes().chain([0; 8]));
            std::fs::write(&path, bytes).unwrap();
            error_of(&path, |reader| reader.take("a", &[1]).and_then(|_| reader.take("b", &[1])).map(drop))
        };
        assert_eq!(message([[0, 4], [4, 8]]), "");
        let overlap = message([[0, 4], [0, 4]]);
        assert!(overlap.contains("tensor `b` overlaps the tensor before it"), "{overlap}");
        let hole = message([[0, 4], [8, 12]]);
        assert!(hole.contains("tensor `b` leaves a gap before it"), "{hole}");
        assert!(message([[0, 4], [4, 12]]).contains("does not fit the bytes"));
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_atomically(&path, |file| file.write_all(b"old")).unwrap();
        let error = write_atomically(&path, |file| {
            file.write_all(b"new")?;
            Err(std::io::ErrorKind::StorageFull.into())
        });
        assert!(error.unwrap_err().to_string().contains("the disk is full"));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
