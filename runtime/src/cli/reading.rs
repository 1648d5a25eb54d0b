//! Options of reading data, and the folder of the cache.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::data::EncodedCache;
use crate::footprint::ByteSize;
use crate::prepare::DataOptions;

/// Options of verbs that read data.
#[derive(Args)]
pub(super) struct Reading {
    /// Reads the data without the cache of encoded data, and keeps nothing there.
    #[arg(long)]
    no_cache: bool,
    /// Memory for reading and encoding the data, such as `1GiB`. Data that need more are refused before they are read.
    #[arg(long, value_name = "SIZE")]
    memory: Option<ByteSize>,
}

impl Reading {
    /// The options. Without a folder for the cache, nothing is kept.
    pub(super) fn options(&self) -> DataOptions {
        let folder = if self.no_cache { None } else { cache_folder() };
        DataOptions { cache: folder.as_deref().map(encoded_cache), memory: self.memory }
    }

    /// The options as arguments of another program.
    pub(super) fn arguments(&self) -> impl Iterator<Item = String> {
        let memory = self.memory.map(|memory| format!("--memory={}B", memory.as_u64()));
        self.no_cache.then(|| "--no-cache".to_owned()).into_iter().chain(memory)
    }
}

/// Returns the cache of encoded data in the folder of the cache.
pub fn encoded_cache(folder: &Path) -> EncodedCache {
    EncodedCache::at(folder.join("encoded"))
}

/// Returns the folder of the cache: `$TURRET_CACHE`, or `turret` in the user's cache folder. `None` without a
/// home folder.
pub fn cache_folder() -> Option<PathBuf> {
    folder(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

/// Determines the folder, given a reader of environment variables.
fn folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let under = |name, below| variable(name).map(|folder| PathBuf::from(folder).join(below));
    variable("TURRET_CACHE")
        .map(PathBuf::from)
        .or_else(|| under("XDG_CACHE_HOME", "turret"))
        .or_else(|| under("HOME", ".cache/turret"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_variable_wins() {
        let with = |known: &'static [&str]| {
            folder(move |name| known.contains(&name).then(|| format!("/{name}").into()))
        };
        assert_eq!(with(&["TURRET_CACHE", "XDG_CACHE_HOME"]).as_deref(), Some(Path::new("/TURRET_CACHE")));
        assert_eq!(with(&["XDG_CACHE_HOME", "HOME"]).as_deref(), Some(Path::new("/XDG_CACHE_HOME/turret")));
        assert_eq!(with(&["HOME"]).as_deref(), Some(Path::new("/HOME/.cache/turret")));
        assert_eq!(with(&[]), None);
    }
}
