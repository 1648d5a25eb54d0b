//! The sources that programs link to. They travel inside the command, so that it needs nothing but Cargo.

use std::env;
use std::fs;
use std::path::PathBuf;

use include_dir::{Dir, File, include_dir};

use super::cache::Cache;
use super::output::{Error, hash, make_folder, write_file};

/// The runtime crate.
static RUNTIME: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/runtime");
/// The workspace that the runtime inherits from.
const WORKSPACE: &str = include_str!("../../Cargo.toml");
/// The versions of dependencies that were tested.
pub(crate) const LOCK: &str = include_str!("../../Cargo.lock");

/// The folder of the runtime crate: `$TURRET_RUNTIME`, else the embedded sources, written once.
pub(crate) fn runtime(cache: &Cache) -> Result<PathBuf, Error> {
    if let Some(path) = env::var_os("TURRET_RUNTIME").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        if !path.join("Cargo.toml").is_file() {
            return Err(Error::Input(format!("TURRET_RUNTIME: no Cargo.toml in `{}`", path.display())));
        }
        return path.canonicalize().map_err(|error| Error::io("open", &path, &error));
    }
    let workspace = workspace(WORKSPACE);
    let files = files(&RUNTIME);
    let pieces = files.iter().flat_map(|file| [file.path().as_os_str().as_encoded_bytes(), file.contents()]);
    let name = format!("runtime-{}", hash(pieces.chain([workspace.as_bytes()])));
    let folder = cache.root().join(&name);
    if !folder.is_dir() {
        // Another process may write it at the same time: both write the same, and the first rename wins.
        let beside = cache.root().join(format!("{name}.{}.tmp", std::process::id()));
        make_folder(&beside)?;
        write_file(&beside.join("Cargo.toml"), workspace.as_bytes())?;
        for file in files {
            let path = beside.join("runtime").join(file.path());
            path.parent().map_or(Ok(()), make_folder)?;
            write_file(&path, file.contents())?;
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

/// All files of a folder and those below it, in order.
fn files(folder: &'static Dir<'static>) -> Vec<&'static File<'static>> {
    let mut files: Vec<_> = folder.files().collect();
    for below in folder.dirs() {
        files.extend(self::files(below));
    }
    files.sort_by_key(|file| file.path());
    files
}

/// A workspace of the runtime alone, with all that members inherit.
fn workspace(manifest: &str) -> String {
    let mut text = "[workspace]\nmembers = [\"runtime\"]\nresolver = \"2\"\n".to_owned();
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
    use super::{RUNTIME, files, workspace};

    #[test]
    fn workspaces_keep_what_members_inherit() {
        let manifest = "[workspace]\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"1\"\n[package]\nname = \"b\"\n";
        let expected =
            "[workspace]\nmembers = [\"runtime\"]\nresolver = \"2\"\n[workspace.package]\nversion = \"1\"\n";
        assert_eq!(workspace(manifest), expected);
    }

    #[test]
    fn the_runtime_is_embedded() {
        let files = files(&RUNTIME);
        let has = |path: &str| files.iter().any(|file| file.path() == std::path::Path::new(path));
        assert!(has("Cargo.toml") && has("src/lib.rs") && has("src/data/row.rs"));
    }
}
