//! Where programs, their build and synthetic data are kept between calls.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::output::{Error, make_folder};

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

    /// The package of a program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.root.join("programs").join(name)
    }

    /// What Cargo builds, shared by all programs: dependencies are compiled once.
    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// A synthetic data set.
    pub(crate) fn data(&self, kind: &str, seed: u64) -> PathBuf {
        self.root.join("data").join(format!("{kind}-{seed}"))
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
