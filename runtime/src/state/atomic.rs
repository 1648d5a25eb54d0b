//! Files that are either wholly written or not at all.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::StateError;
use super::disk::{Disk, FileSystem};

/// Writes a file under a temporary name in the same folder, syncs it and gives it its name: whoever reads
/// the path finds the old file or the new one, whole.
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

/// A temporary file that anyone may read who could read an ordinary new one.
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

/// Ending of the names of temporary files; they begin with a dot and the name that the file is to have.
const TEMPORARY: &str = ".tmp";

/// Path of the temporary file that is to become the one at a path, where one process alone writes in the folder.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(TEMPORARY);
    path.with_file_name(name)
}

/// Removes what killed processes left of these files, in a folder that nobody else writes. A failure is no more than a waste of room.
pub(crate) fn remove_temporary(folder: &Path, files: &[String]) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        if entry.file_name().to_str().is_some_and(|name| is_temporary(name, &names)) {
            let _ = FileSystem.remove(&entry.path());
        }
    }
}

/// Returns whether a name is that of a temporary file which is to become one of these.
pub(crate) fn is_temporary(name: &str, of: &[&str]) -> bool {
    let Some(stem) = name.strip_prefix('.').and_then(|name| name.strip_suffix(TEMPORARY)) else {
        return false;
    };
    of.iter().any(|file| stem.strip_prefix(file).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}
