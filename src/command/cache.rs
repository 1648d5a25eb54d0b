//! The cache folder, and files in it that are only touched when they change.

use std::{
    env, fs,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use super::Failure;

/// `$TURRET_CACHE`, else `turret` in `$XDG_CACHE_HOME`, else in `~/.cache`.
pub(super) fn folder() -> Result<PathBuf, Failure> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("TURRET_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|base| base.join("turret")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/turret")))
        .ok_or_else(|| Failure::input("no folder to build in: set TURRET_CACHE"))?;
    make(&folder)?;
    folder.canonicalize().map_err(|error| Failure::io("find", &folder, &error))
}

/// Makes a folder and those above it.
pub(super) fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))
}

/// Writes a file in one piece, unless it holds the same already: cargo rebuilds what is newer.
pub(super) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|held| held == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make(parent)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|error| {
            // The first error is the one to report; a leftover is harmless.
            let _ = fs::remove_file(&temporary);
            Failure::io("write", path, &error)
        })
}

#[cfg(test)]
mod tests {
    use std::fs;

    #[test]
    fn an_equal_file_is_not_touched() {
        let folder = std::env::temp_dir().join(format!("turret-cache-{}", std::process::id()));
        let path = folder.join("deep/file");
        super::write_if_changed(&path, b"one").unwrap();
        let first = fs::metadata(&path).unwrap().modified().unwrap();
        super::write_if_changed(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), first);
        super::write_if_changed(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.join("deep")).unwrap().count(), 1, "no temporary file is left");
        fs::remove_dir_all(folder).unwrap();
    }
}
