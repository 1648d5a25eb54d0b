//! Where programs, their build and synthetic data are kept between calls.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::files::make_folder;
use super::output::Error;

/// The cache folder.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$TURRET_CACHE`, else `turret` in the user's folder of caches.
    pub(crate) fn open() -> Result<Self, Error> {
        let root = root(|name| env::var_os(name).filter(|value| !value.is_empty()))
            .ok_or_else(|| Error::Input("no home folder to keep programs in: set TURRET_CACHE".to_owned()))?;
        make_folder(&root)?;
        // Cargo runs in another folder.
        let root = root.canonicalize().map_err(|error| Error::io("open", &root, &error))?;
        Ok(Cache { root })
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The package that programs of a name are built in.
    pub(crate) fn package(&self, name: &str) -> PathBuf {
        self.root.join("packages").join(name)
    }

    /// Programs that were built.
    pub(crate) fn programs(&self) -> PathBuf {
        self.root.join("programs")
    }

    /// What Cargo builds, shared by all programs: dependencies are compiled once.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// A synthetic data set.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.root.join("data").join(name)
    }
}

/// Finds the folder, given how variables of the environment are read.
fn root(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let under = |name, below| variable(name).map(|folder| PathBuf::from(folder).join(below));
    variable("TURRET_CACHE")
        .map(PathBuf::from)
        .or_else(|| under("XDG_CACHE_HOME", "turret"))
        .or_else(|| under("HOME", ".cache/turret"))
}

/// FNV-1a of some pieces of text, as 16 hexadecimal digits.
pub(crate) fn hash<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for piece in pieces {
        // The length keeps pieces apart.
        for byte in (piece.len() as u64).to_le_bytes().iter().chain(piece) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::root;

    #[test]
    fn the_most_specific_variable_wins() {
        let with = |known: &'static [&str]| {
            root(move |name| known.contains(&name).then(|| format!("/{name}").into()))
        };
        assert_eq!(with(&["TURRET_CACHE", "XDG_CACHE_HOME"]).as_deref(), Some(Path::new("/TURRET_CACHE")));
        assert_eq!(with(&["XDG_CACHE_HOME", "HOME"]).as_deref(), Some(Path::new("/XDG_CACHE_HOME/turret")));
        assert_eq!(with(&["HOME"]).as_deref(), Some(Path::new("/HOME/.cache/turret")));
        assert_eq!(with(&[]), None);
    }
}
