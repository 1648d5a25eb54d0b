//! Source files of the runtime. The command contains them, so that it only needs Cargo.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use turret_runtime::printable::printable;
use turret_runtime::sources::{CRATES, Dir, File};

use super::cache::{Cache, SOURCES, hash};
use super::compile::by_age;
use super::files::{make_folder, write_file};
use super::output::Error;

/// Number of source folders of other versions that are kept.
const KEPT: usize = 2;

/// The workspace that the runtime inherits from.
const WORKSPACE: &str = include_str!("../../Cargo.toml");

/// Location of the runtime crate for programs.
#[derive(Clone, Debug)]
pub(crate) struct Runtime {
    /// Folder. It is UTF-8, as manifests require.
    pub(crate) folder: String,
    /// True if it is `$TURRET_RUNTIME`, whose content may change.
    pub(crate) is_external: bool,
}

impl Runtime {
    /// Returns `$TURRET_RUNTIME`, or the embedded sources, which are written once.
    pub(crate) fn open(cache: &Cache) -> Result<Self, Error> {
        let external = env::var_os("TURRET_RUNTIME").filter(|path| !path.is_empty()).map(PathBuf::from);
        let is_external = external.is_some();
        let folder = match external {
            Some(path) if !path.join("Cargo.toml").is_file() => {
                return Err(Error::Input(format!(
                    "TURRET_RUNTIME: no Cargo.toml in `{}`",
                    printable(path.display())
                )));
            }
            Some(path) => path.canonicalize().map_err(|error| Error::io("open", &path, &error))?,
            None => embedded(cache)?,
        };
        match folder.into_os_string().into_string() {
            Ok(folder) => Ok(Runtime { folder, is_external }),
            Err(folder) => {
                Err(Error::Input(format!("`{}` is not UTF-8, which Cargo needs", folder.to_string_lossy())))
            }
        }
    }
}

/// Writes the embedded sources, unless they exist.
fn embedded(cache: &Cache) -> Result<PathBuf, Error> {
    let workspace = workspace(WORKSPACE);
    let mut written = vec![(PathBuf::from("Cargo.toml"), workspace.as_bytes())];
    for of_crate in CRATES {
        let folder = Path::new(of_crate.folder);
        written.push((folder.join("Cargo.toml"), of_crate.manifest.as_bytes()));
        let sources = files(of_crate.sources).into_iter();
        written.extend(sources.map(|file| (folder.join("src").join(file.path()), file.contents())));
    }
    let pieces = written.iter().flat_map(|(path, bytes)| [path.as_os_str().as_encoded_bytes(), bytes]);
    let name = format!("{SOURCES}{}", hash(pieces));
    let folder = cache.root().join(&name);
    if !folder.is_dir() {
        clean(cache.root());
        // Another process may write the same content at the same time; the first rename wins.
        let beside = cache.root().join(format!("{name}.{}.tmp", std::process::id()));
        for (path, bytes) in written {
            let path = beside.join(path);
            path.parent().map_or(Ok(()), make_folder)?;
            write_file(&path, bytes)?;
        }
        if let Err(error) = fs::rename(&beside, &folder) {
            // A leftover is harmless.
            let _ = fs::remove_dir_all(&beside);
            if !folder.is_dir() {
                return Err(Error::io("write", &folder, &error));
            }
        }
    }
    Ok(folder.join("runtime"))
}

/// Removes the sources of older versions, except for the most recent ones. A version that is still used
/// writes its own again.
fn clean(cache: &Path) {
    let is_runtime =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(SOURCES));
    for old in by_age(cache).filter(is_runtime).skip(KEPT) {
        let _ = fs::remove_dir_all(old);
    }
}

/// Returns all files in a folder and its subfolders, in order.
pub(super) fn files(folder: &'static Dir<'static>) -> Vec<&'static File<'static>> {
    let mut files: Vec<_> = folder.files().collect();
    for below in folder.dirs() {
        files.extend(self::files(below));
    }
    files.sort_by_key(|file| file.path());
    files
}

/// Returns the manifest of a workspace of the linked crates, with everything that members inherit.
fn workspace(manifest: &str) -> String {
    let members = CRATES.map(|of_crate| format!("\"{}\"", of_crate.folder)).join(", ");
    let mut text = format!("[workspace]\nmembers = [{members}]\nresolver = \"2\"\n");
    let mut inherited = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inherited = line.starts_with("[workspace.");
        }
        if inherited {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{CRATES, KEPT, clean, files, workspace};

    #[test]
    fn workspaces_keep_what_members_inherit() {
        let manifest = "[workspace]\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"1\"\n[package]\nname = \"b\"\n";
        let expected = "[workspace]\nmembers = [\"runtime\", \"schema\"]\nresolver = \"2\"\n[workspace.package]\nversion = \"1\"\n";
        assert_eq!(workspace(manifest), expected);
    }

    #[test]
    fn sources_of_earlier_versions_are_removed() {
        let cache = tempfile::tempdir().unwrap();
        for name in ["runtime-a", "runtime-b", "runtime-c", "runtime-d", "programs"] {
            std::fs::create_dir(cache.path().join(name)).unwrap();
        }
        clean(cache.path());
        assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), KEPT + 1);
        assert!(cache.path().join("programs").is_dir());
    }

    #[test]
    fn files_below_are_found() {
        for (of_crate, below) in CRATES.iter().zip(["data/row.rs", "metric.rs"]) {
            let files = files(of_crate.sources);
            let has = |path: &str| files.iter().any(|file| file.path() == Path::new(path));
            assert!(has("lib.rs") && has(below), "{}", of_crate.folder);
        }
    }
}
