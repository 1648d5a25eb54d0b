//! Files that are either wholly written or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::StateError;

/// Writes a file under a temporary name in the same folder, syncs it and gives it its name: whoever reads
/// the path finds the old file or the new one, whole.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StateError> {
    replace(path, |file| {
        let mut writer = BufWriter::with_capacity(1 << 18, file.as_file());
        write(&mut writer)?;
        writer.flush()
    })
}

/// Fills a temporary file beside `path`, then moves it there.
pub(super) fn replace(
    path: &Path,
    fill: impl FnOnce(&NamedTempFile) -> io::Result<()>,
) -> Result<(), StateError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let persist = || {
        let file = named(path, folder)?;
        fill(&file)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        sync_folder(folder)
    };
    persist().map_err(|source| StateError::write(path, source))
}

/// A temporary file that anyone may read who could read an ordinary new one.
fn named(path: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    let mut builder = Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.prefix(&prefix).suffix(".tmp").tempfile_in(folder)
}

/// Makes the new name survive a crash; only Unix lets a folder be synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
