//! Replacement of a file of vectors and its key file. While both change, no key file exists, so keys never
//! belong to other vectors.

use std::path::{Path, PathBuf};

use crate::checksum::Checksum;
use crate::error::Error;
use crate::printable::printable;
use crate::progress::say;
use crate::regular;
use crate::state::{Disk, Staged, StateError};

/// Renames vectors and keys to their final names. If the keys change, removes vectors of the same tower in
/// the other format.
pub(super) fn put(
    disk: &dyn Disk,
    folder: &Path,
    vectors: Staged<'_>,
    keys: Staged<'_>,
) -> Result<Vec<PathBuf>, Error> {
    let are_same =
        regular::open(keys.path()).and_then(Checksum::of_all).is_ok_and(|sum| sum == keys.checksum());
    if !are_same {
        remove(disk, keys.path())?;
        sync(disk, folder)?;
        for other in ["npy", "safetensors"].map(|extension| vectors.path().with_extension(extension)) {
            if other != vectors.path() && remove(disk, &other)? {
                let (other, keys) = (printable(other.display()), printable(keys.path().display()));
                say(format_args!("note: {other} is removed, because its keys differ from {keys}"));
            }
        }
    }
    let vectors = vectors.put()?;
    sync(disk, folder)?;
    Ok(vec![vectors, keys.put()?])
}

/// Removes a file. Returns whether it existed.
fn remove(disk: &dyn Disk, path: &Path) -> Result<bool, StateError> {
    let is_there = path.is_symlink() || path.exists();
    if is_there {
        disk.remove(path).map_err(|source| StateError::write(path, source))?;
    }
    Ok(is_there)
}

fn sync(disk: &dyn Disk, folder: &Path) -> Result<(), StateError> {
    disk.sync_folder(folder).map_err(|source| StateError::write(folder, source))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use crate::export::{Format, Vectors, write, write_on};
    use crate::matrix::Matrix;
    use crate::state::{Fault, Faulty};

    /// Two vectors of a catalog with these keys.
    fn vectors(keys: [&str; 2], value: f32) -> Vectors {
        Vectors {
            tower: "item",
            header: vec!["id".to_owned()],
            keys: keys.map(|key| vec![key.to_owned()]).to_vec(),
            matrix: Matrix { width: 1, values: vec![value, value + 1.0] },
            count: 1,
        }
    }

    #[test]
    fn vectors_never_have_the_keys_of_others() {
        for format in [Format::Npy, Format::Safetensors] {
            for fault in [Fault::Once, Fault::FromThenOn] {
                for at in 0.. {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path();
                    let (old, new) = (vectors(["a", "b"], 1.0), vectors(["c", "d"], 3.0));
                    let files = write(&old, format, path).unwrap();
                    let before = std::fs::read(&files[0]).unwrap();
                    let disk = Faulty { fault, at, done: Arc::default() };
                    let written = write_on(&disk, &new, format, path);
                    let Ok(keys) = std::fs::read_to_string(&files[1]) else {
                        assert!(written.is_err());
                        write(&new, format, path).unwrap();
                        continue;
                    };
                    let is_old = std::fs::read(&files[0]).unwrap() == before;
                    assert_eq!(keys.contains('a'), is_old, "{fault:?} at {at}");
                    if disk.done.load(Ordering::Relaxed) <= at {
                        assert!(!is_old && written.is_ok() && at > 5);
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn one_file_of_keys_serves_all_vectors_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let exists = |name: &str| folder.path().join(name).exists();
        write(&vectors(["a", "b"], 1.0), Format::Npy, folder.path()).unwrap();
        write(&vectors(["a", "b"], 2.0), Format::Safetensors, folder.path()).unwrap();
        assert!(exists("item.npy") && exists("item.safetensors"));
        write(&vectors(["b", "a"], 2.0), Format::Safetensors, folder.path()).unwrap();
        assert!(!exists("item.npy") && exists("item.safetensors") && exists("item.keys.csv"));
        write(&vectors(["c", "a"], 2.0), Format::Csv, folder.path()).unwrap();
        assert!(exists("item.safetensors") && exists("item.csv"));
    }
}
