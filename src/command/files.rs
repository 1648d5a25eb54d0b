//! Files that are written whole or not at all.

use std::fs;
use std::io;
use std::path::Path;

use super::output::Error;

/// Writes a file.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, |beside| fs::write(beside, bytes))
}

/// Writes a file unless it holds the same already, so that what is built from it stays fresh. Says whether it did.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    write_file(path, bytes).map(|()| true)
}

/// Copies a file; a program that runs from the old one goes on.
pub(crate) fn copy_file(from: &Path, to: &Path) -> Result<(), Error> {
    replace(to, |beside| fs::copy(from, beside).map(drop))
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::io("make", path, &error))
}

/// Writes beside a file, then renames.
fn replace(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Error> {
    if path.is_dir() {
        return Err(Error::Input(format!("`{}` is a folder; name a file", path.display())));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    write(&beside).and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        // The first error is the one to report; a leftover is harmless.
        let _ = fs::remove_file(&beside);
        Error::io("write", path, &error)
    })
}
