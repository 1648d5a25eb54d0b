//! Cache folders of programs, their builds and synthetic data.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use turret_runtime::cli::cache_folder;

use super::files::{TEMPORARY, make_folder};
use super::output::Error;

/// Beginning of the names of folders of sources of the runtime.
pub(crate) const SOURCES: &str = "runtime-";

/// Age after which a temporary file is considered abandoned by a killed process.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// The cache folder.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Opens `$TURRET_CACHE`, or `turret` in the user's cache folder.
    pub(crate) fn open() -> Result<Self, Error> {
        let root = cache_folder()
            .ok_or_else(|| Error::Input("no home folder for the cache: set TURRET_CACHE".to_owned()))?;
        make_folder(&root)?;
        // Cargo runs in another working directory.
        let root = root.canonicalize().map_err(|error| Error::io("open", &root, &error))?;
        Ok(Cache { root })
    }

    /// Returns the folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the package in which programs of this name are built.
    pub(crate) fn package(&self, name: &str) -> PathBuf {
        self.root.join("packages").join(name)
    }

    /// Returns the folder of built programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.root.join("programs")
    }

    /// Returns Cargo's target folder, shared by all programs, so that dependencies are compiled once.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Returns rustc's incremental folder for programs of this name that are compiled in a checkout.
    pub(crate) fn incremental(&self, name: &str) -> PathBuf {
        self.root.join("incremental").join(name)
    }

    /// Removes old temporary files of killed commands.
    pub(crate) fn sweep(&self) {
        let packages = fs::read_dir(self.root.join("packages")).into_iter().flatten().flatten();
        let packages = packages.flat_map(|package| [package.path(), package.path().join("src")]);
        for folder in [self.root.clone(), self.programs()].into_iter().chain(packages) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let is_temporary = entry.file_name().as_encoded_bytes().ends_with(TEMPORARY.as_bytes());
                let modified = entry.metadata().and_then(|metadata| metadata.modified());
                let age = modified.ok().and_then(|modified| modified.elapsed().ok());
                if is_temporary && age.is_some_and(|age| age > ABANDONED) {
                    // Files that cannot be removed only waste space.
                    let path = entry.path();
                    let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                }
            }
        }
    }

    /// Returns all folders that the command makes, besides encoded data.
    pub(crate) fn folders(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_own = ["data", "incremental", "packages", "programs", "target"].contains(&&*name);
            path.is_dir() && (is_own || name.starts_with(SOURCES))
        })
    }

    /// Returns the folder of a synthetic dataset.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.root.join("data").join(name)
    }
}

/// FNV-1a of pieces of text, as 16 hexadecimal digits.
pub(crate) fn hash<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for piece in pieces {
        // Lengths separate the pieces.
        for byte in (piece.len() as u64).to_le_bytes().iter().chain(piece) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::SystemTime;

    use super::{ABANDONED, Cache};

    #[test]
    fn what_killed_commands_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { root: folder.path().to_owned() };
        let sources = cache.package("clicks").join("src");
        fs::create_dir_all(&sources).unwrap();
        fs::create_dir_all(cache.programs()).unwrap();
        let old = SystemTime::now() - 2 * ABANDONED;
        let make = |path: &Path, is_old: bool| {
            let file = fs::File::create(path).unwrap();
            if is_old {
                file.set_modified(old).unwrap();
            }
        };
        let abandoned = [cache.programs().join("a.17.tmp"), sources.join("main.rs.17.tmp")];
        let kept = [cache.programs().join("a"), sources.join("main.rs")];
        let young = cache.programs().join("b.18.tmp");
        abandoned.iter().chain(&kept).for_each(|path| make(path, true));
        make(&young, false);
        cache.sweep();
        assert!(abandoned.iter().all(|path| !path.exists()));
        assert!(kept.iter().chain([&young]).all(|path| path.exists()));
    }
}
