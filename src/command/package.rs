//! Cargo package in which the programs of a model are built, so that Cargo rebuilds only what an edit
//! changed.

use std::env;
use std::fs::{File, TryLockError};
use std::path::PathBuf;

use turret_runtime::printable::printable;

use super::cache::{Cache, hash};
use super::cargo;
use super::checkout::{Checkout, Program};
use super::compile::PROFILE;
use super::files::{make_folder, write_file, write_if_changed};
use super::output::{Error, note};
use super::runtime::Runtime;

/// Tested versions of dependencies.
const LOCK: &str = include_str!("../../Cargo.lock");
/// Tested compiler.
const TOOLCHAIN: &str = include_str!("../../rust-toolchain.toml");

/// Features of the runtime that a program is built with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// Computes on an NVIDIA GPU.
    pub(crate) cuda: bool,
    /// Reads Parquet and Arrow files.
    pub(crate) columnar: bool,
}

impl Features {
    /// Entry of a dependency in a manifest.
    fn manifest(self) -> String {
        let names = [("cuda", self.cuda), ("columnar", self.columnar)];
        let names: Vec<String> =
            names.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| format!("\"{name}\"")).collect();
        if names.is_empty() { String::new() } else { format!(", features = [{}]", names.join(", ")) }
    }
}

/// Files of a Cargo package.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// Name of the package and its program, shared by all specs of a model.
    pub(crate) name: String,
    manifest: String,
    source: String,
}

impl Package {
    /// Package of a model with the source of one program.
    pub(crate) fn new(model: &str, source: String, runtime: &Runtime, features: Features) -> Self {
        let name = package_name(model);
        let manifest = manifest(&name, &runtime.folder, features);
        Package { name, manifest, source }
    }

    /// Hash of everything that determines the program.
    pub(crate) fn hash(&self, flags: &str) -> String {
        hash([&self.manifest, &self.source, flags].map(str::as_bytes))
    }

    /// Writes the package, with a lock until the guard is dropped.
    pub(crate) fn write(&self, cache: &Cache) -> Result<Written, Error> {
        let folder = cache.package(&self.name);
        make_folder(&folder.join("src"))?;
        let path = folder.join("lock");
        let guard = lock(&path).map_err(|error| Error::io("lock", &path, &error))?;
        if write_if_changed(&folder.join("Cargo.toml"), self.manifest.as_bytes())? {
            // Cargo removes unneeded entries later.
            write_file(&folder.join("Cargo.lock"), LOCK.as_bytes())?;
        }
        write_if_changed(&folder.join("rust-toolchain.toml"), toolchain(TOOLCHAIN).as_bytes())?;
        write_if_changed(&folder.join("src/main.rs"), self.source.as_bytes())?;
        Ok(Written { name: self.name.clone(), folder, _guard: guard })
    }
}

/// A written and locked package.
#[derive(Debug)]
pub(crate) struct Written {
    name: String,
    folder: PathBuf,
    _guard: File,
}

impl Written {
    /// Builds it with Cargo, including all dependencies. Returns the path of the program.
    pub(crate) fn build(&self, cache: &Cache, flags: &str, verbose: bool) -> Result<PathBuf, Error> {
        let built = cargo::build(&self.folder, &cache.target(), &[], Some(flags), verbose)?
            .ok_or_else(|| self.refused())?;
        built
            .executable()
            .ok_or_else(|| Error::Input("the output of Cargo does not name the program".to_owned()))
    }

    /// Compiles it against the runtime in a checkout. Returns the path of the program.
    pub(crate) fn compile(
        &self,
        checkout: &Checkout,
        cache: &Cache,
        flags: &str,
        verbose: bool,
    ) -> Result<PathBuf, Error> {
        let output = self.folder.join(format!("program{}", env::consts::EXE_SUFFIX));
        let program = Program {
            source: &self.folder.join("src/main.rs"),
            incremental: &cache.incremental(&self.name),
            output: &output,
        };
        match checkout.compile(&program, flags, verbose)? {
            true => Ok(output),
            false => Err(self.refused()),
        }
    }

    fn refused(&self) -> Error {
        let folder = printable(self.folder.display());
        Error::Input(format!("the program does not compile; its source is in `{folder}`"))
    }
}

/// Waits for an exclusive file lock.
fn lock(path: &std::path::Path) -> std::io::Result<File> {
    let file = File::create(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            note("waiting for another command that compiles this model ...");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}

fn manifest(name: &str, runtime: &str, features: Features) -> String {
    let runtime = runtime.replace('\\', "\\\\").replace('"', "\\\"");
    let features = features.manifest();
    let lock = hash([LOCK.as_bytes()]);
    format!(
        "# Generated by turret. Do not edit. Versions {lock}.\n\
         [package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nturret-runtime = {{ path = \"{runtime}\"{features} }}\n\n\
         {profile}\n\
         [workspace]\n",
        profile = PROFILE.manifest()
    )
}

/// Toolchain file without the components for developers.
fn toolchain(pinned: &str) -> String {
    pinned.lines().filter(|line| !line.starts_with("components")).map(|line| format!("{line}\n")).collect()
}

/// Name of the package of a model. A hyphen marks an uppercase letter, so that different names stay different
/// on case-insensitive file systems: `FM` becomes `turret--f-m` and `fm` `turret-fm`.
fn package_name(model: &str) -> String {
    let mut name = String::from("turret-");
    for letter in model.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{Features, TOOLCHAIN, manifest, package_name, toolchain};

    #[test]
    fn names_suit_cargo_and_differ_without_regard_to_case() {
        let names = ["TwoTower", "DCN_v2", "fm", "FM", "Fm", "fM", "two_tower", "Two_Tower", "twotower"]
            .map(package_name);
        assert_eq!(names[..3], ["turret--two-tower", "turret--d-c-n_v2", "turret-fm"]);
        for (at, name) in names.iter().enumerate() {
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
            );
            assert!(!names[..at].contains(name), "{name}");
        }
    }

    #[test]
    fn paths_are_escaped() {
        assert!(manifest("a", "/x \"y\"", Features::default()).contains(r#"path = "/x \"y\"" }"#));
    }

    #[test]
    fn programs_have_the_features_that_they_need() {
        let of = |cuda, columnar| manifest("a", "r", Features { cuda, columnar });
        assert!(of(false, true).contains(r#"path = "r", features = ["columnar"] }"#));
        assert!(of(true, true).contains(r#"features = ["cuda", "columnar"] }"#));
    }

    #[test]
    fn programs_need_no_tools_of_developers() {
        let toolchain = toolchain(TOOLCHAIN);
        assert!(toolchain.contains("channel") && !toolchain.contains("clippy"));
    }
}
