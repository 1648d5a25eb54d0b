//! The cargo package of a spec, and the runtime it links to, as files in the cache.

use std::{
    collections::hash_map::DefaultHasher,
    env, fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

use super::{Failure, cache, spec::Overrides};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

    /// The page that explains diagnostics, for the verb `explain`.
    pub(in crate::command) const PAGE: &str = ERRORS;
}

pub(super) use embedded::PAGE as ERRORS;

/// A package in the cache.
#[derive(Debug)]
pub(super) struct Package {
    /// Its name, which is that of the program too.
    pub(super) name: String,
    /// Its folder.
    pub(super) folder: PathBuf,
}

/// Writes the package of a spec. Specs and overrides have a package each, so that one is not rebuilt for another.
pub(super) fn write(spec: &Path, overrides: &Overrides, code: &str, cache: &Path) -> Result<Package, Failure> {
    let runtime = runtime(cache)?;
    let name = name(spec, overrides)?;
    let folder = cache.join("programs").join(&name);
    let manifest = manifest(&name, &runtime);
    let lock = folder.join("Cargo.lock");
    let pinned = fs::read(folder.join("Cargo.toml")).is_ok_and(|held| held == manifest.as_bytes()) && lock.exists();
    if !pinned && !embedded::LOCK.is_empty() {
        cache::write_if_changed(&lock, embedded::LOCK.as_bytes())?;
    }
    cache::write_if_changed(&folder.join("src/main.rs"), code.as_bytes())?;
    cache::write_if_changed(&folder.join("Cargo.toml"), manifest.as_bytes())?;
    Ok(Package { name, folder })
}

/// Where the runtime is: `$TURRET_RUNTIME`, else the embedded sources, unpacked.
fn runtime(cache: &Path) -> Result<PathBuf, Failure> {
    if let Some(path) = env::var_os("TURRET_RUNTIME").map(PathBuf::from) {
        return path.canonicalize().map_err(|error| Failure::io("find TURRET_RUNTIME", &path, &error));
    }
    let folder = cache.join(format!("runtime-{}-{}", env!("CARGO_PKG_VERSION"), embedded::HASH));
    // The manifest is written last: where it is, all is.
    if !folder.join("Cargo.toml").exists() {
        for (path, bytes) in embedded::FILES {
            cache::write_if_changed(&folder.join(path), bytes)?;
        }
        cache::write_if_changed(&folder.join("Cargo.toml"), embedded::MANIFEST.as_bytes())?;
    }
    Ok(folder.join("runtime"))
}

/// A name for cargo and for people: the file's, and a hash of where it is and of the overrides.
fn name(spec: &Path, overrides: &Overrides) -> Result<String, Failure> {
    let path = spec.canonicalize().map_err(|error| Failure::io("read", spec, &error))?;
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    overrides.hash(&mut hasher);
    let stem: String = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    Ok(format!("m_{stem}-{:012x}", hasher.finish() >> 16))
}

fn manifest(name: &str, runtime: &Path) -> String {
    let path = runtime.display().to_string();
    format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [features]\ncuda = [\"turret-runtime/cuda\"]\n\n\
         [dependencies]\nturret-runtime = {{ path = {path:?} }}\n\n\
         [profile.release]\nopt-level = 3\nstrip = true\nincremental = true\ncodegen-units = 16\npanic = \"unwind\"\n\n\
         # Whatever folder the cache is in, this package is no part of a workspace there.\n[workspace]\n"
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    #[test]
    fn a_package_and_its_runtime_are_whole() {
        let cache = std::env::temp_dir().join(format!("turret-package-{}", std::process::id()));
        let spec = cache.join("My Model.dm");
        super::cache::write_if_changed(&spec, b"").unwrap();
        let plain = super::write(&spec, &Vec::new(), "fn main() {}\n", &cache).unwrap();
        let set = vec![("train.lr".to_owned(), "1".to_owned())];
        let other = super::write(&spec, &set, "fn main() {}\n", &cache).unwrap();
        assert!(plain.name.starts_with("m_my_model-"));
        assert_ne!(plain.name, other.name);
        let manifest = fs::read_to_string(plain.folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("turret-runtime") && manifest.contains("[workspace]"));
        if std::env::var_os("TURRET_RUNTIME").is_none() {
            let runtime = super::runtime(&cache).unwrap();
            assert!(runtime.join("Cargo.toml").is_file() && runtime.join("src/lib.rs").is_file());
        }
        fs::remove_dir_all(cache).unwrap();
    }
}
