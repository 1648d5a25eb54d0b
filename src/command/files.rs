//! Atomic file operations.

use std::fs;
use std::io;
use std::path::Path;

use turret_runtime::printable::printable;

use super::output::Error;

/// Suffix of temporary file names.
pub(crate) const TEMPORARY: &str = ".tmp";

/// Writes a file atomically. An existing file keeps its mode. A file with several hard links is written in
/// place, so that all of them get the new text.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if has_other_names(path) {
        return fs::write(path, bytes).map_err(|error| Error::io("write", path, &error));
    }
    replace(path, |beside| {
        fs::write(beside, bytes)?;
        match fs::metadata(path) {
            Ok(old) => fs::set_permissions(beside, old.permissions()),
            // The file does not exist yet.
            Err(_) => Ok(()),
        }
    })
}

fn has_other_names(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).is_ok_and(|file| file.is_file() && file.nlink() > 1)
    }
    #[cfg(not(unix))]
    false
}

/// Writes a file unless its content is the same, so that builds from it stay fresh. Returns whether it was
/// written.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    write_file(path, bytes).map(|()| true)
}

/// Copies a file atomically. A program that runs from the old file continues.
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<(), Error> {
    replace(to, |beside| fs::copy(from, beside).map(drop))
}

/// Creates a folder and its parents.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::io("make", path, &error))
}

/// Writes a temporary file, then renames it. A link is kept and its target is replaced.
fn replace(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Error> {
    if path.is_dir() {
        return Err(Error::Input(format!("`{}` is a folder; name a file", printable(path.display()))));
    }
    let target = if path.is_symlink() { fs::canonicalize(path) } else { Ok(path.to_owned()) };
    let target = target.map_err(|error| Error::io("write", path, &error))?;
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}{TEMPORARY}", std::process::id()));
    let beside = target.with_file_name(name);
    write(&beside).and_then(|()| fs::rename(&beside, &target)).map_err(|error| {
        // The first error is reported; a leftover is harmless.
        let _ = fs::remove_file(&beside);
        Error::io("write", path, &error)
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_that_is_rewritten_keeps_its_mode_and_links_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.dm"), folder.path().join("link.dm"));
        write_file(&file, b"old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        symlink("a.dm", &link).unwrap();
        write_file(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let name = folder.path().join("b.dm");
        fs::hard_link(&file, &name).unwrap();
        write_file(&name, b"newer").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"newer");
        fs::remove_file(name).unwrap();
        symlink("nowhere", folder.path().join("lost.dm")).unwrap();
        assert!(write_file(&folder.path().join("lost.dm"), b"new").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
