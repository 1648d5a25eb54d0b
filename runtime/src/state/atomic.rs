//! Atomic writes of files.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::StateError;
use super::disk::{Disk, FileSystem};

/// Writes a file atomically: to a temporary file in the same folder, which is synced and renamed. A reader of
/// the path sees either the old or the new content.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StateError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let persist = || {
        let file = named(path, folder)?;
        let mut writer = BufWriter::with_capacity(1 << 18, file.as_file());
        write(&mut writer)?;
        writer.flush()?;
        drop(writer);
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        FileSystem.sync_folder(folder)
    };
    persist().map_err(|source| StateError::write(path, source))
}

/// Creates a temporary file with the permissions of an ordinary new one.
fn named(path: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.prefix(&prefix).suffix(TEMPORARY).tempfile_in(folder)
}

/// Suffix of temporary file names. They begin with a dot and the final name.
const TEMPORARY: &str = ".tmp";

/// Temporary path for a file in a folder that only one process writes.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(TEMPORARY);
    path.with_file_name(name)
}

/// Removes leftover temporary files of killed processes, in a folder that no other process writes. Failures
/// only waste space.
pub(crate) fn remove_temporary(folder: &Path, files: &[String]) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        if entry.file_name().to_str().is_some_and(|name| is_temporary(name, &names)) {
            let _ = FileSystem.remove(&entry.path());
        }
    }
}

/// Returns whether a name is that of a temporary file for one of these names.
pub(crate) fn is_temporary(name: &str, of: &[&str]) -> bool {
    let Some(stem) = name.strip_prefix('.').and_then(|name| name.strip_suffix(TEMPORARY)) else {
        return false;
    };
    of.iter().any(|file| stem.strip_prefix(file).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}
