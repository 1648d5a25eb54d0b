//! `turret clean`: removes what the cache keeps.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use turret_runtime::cli::encoded_cache;
use turret_runtime::footprint::ByteSize;
use turret_runtime::progress::counted;

use super::cache::Cache;
use super::output::{Error, note};

/// Arguments of `turret clean`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Also removes built programs and synthetic data, which takes minutes to make again.
    #[arg(long)]
    all: bool,
}

impl Args {
    /// Removes encoded data, or the whole cache.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let cache = Cache::open()?;
        let encoded = encoded_cache(cache.root());
        let failed = |error| Error::io("clean", encoded.root(), &error);
        let (datasets, mut bytes) = encoded.clean().map_err(failed)?;
        if self.all {
            for folder in cache.folders() {
                bytes += size(&folder);
                fs::remove_dir_all(&folder).map_err(|error| Error::io("remove", &folder, &error))?;
            }
        }
        let programs = if self.all { ", programs and synthetic data" } else { "" };
        let total = ByteSize::b(bytes);
        note(&format!("Removed {}{programs}, {total} total", counted(datasets, "encoded dataset")));
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the size of the files in a folder and its subfolders.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size_of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size_of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_a_folder_count() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/c"), "12345").unwrap();
        fs::write(folder.path().join("d"), "67").unwrap();
        assert_eq!((size(folder.path()), size(&folder.path().join("none"))), (7, 0));
    }
}
