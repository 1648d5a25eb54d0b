//! The checkout from which the command was built. Programs link to the runtime that Cargo built for the
//! command, so that shared code is compiled once.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use turret_runtime::sources::CRATES;

use super::cargo;
use super::compile::PROFILE;
use super::output::Error;
use super::runtime::files;

/// Variable with the arguments of Cargo that built the command, if they were not those of the package. Its tests build it with
/// the features of the workspace.
const BUILT_WITH: &str = "TURRET_BUILT_WITH";

/// A checkout, and the target folder that contains the command.
#[derive(Debug)]
pub(crate) struct Checkout {
    root: PathBuf,
    target: PathBuf,
}

impl Checkout {
    /// Finds the checkout, if the command is in Cargo's target folder, is optimized, and contains the current
    /// runtime of the checkout.
    pub(crate) fn find() -> Option<Self> {
        Self::of(&env::current_exe().ok()?, Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    fn of(command: &Path, root: &Path) -> Option<Self> {
        let profile = command.parent()?;
        let target = profile.parent()?;
        let is_built_here = profile.ends_with("release") && target.join("CACHEDIR.TAG").is_file();
        (is_built_here && has_our_runtime(root))
            .then(|| Checkout { root: root.to_owned(), target: target.to_owned() })
    }

    /// Compiles a program. Returns false after printing the errors if it does not compile.
    pub(crate) fn compile(&self, program: &Program<'_>, flags: &str, verbose: bool) -> Result<bool, Error> {
        // The same arguments as when Cargo built the command, so that nothing is rebuilt: features are those
        // of the whole package.
        let package = match cfg!(feature = "columnar") {
            true => "--package turret --lib --features columnar",
            false => "--package turret --lib",
        };
        let arguments = env::var(BUILT_WITH).unwrap_or_else(|_| package.to_owned());
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let Some(built) = cargo::build(&self.root, &self.target, &arguments, None, verbose)? else {
            return Ok(false);
        };
        let runtime = built
            .library("turret_runtime", "sources")
            .ok_or_else(|| Error::Input("the output of Cargo does not name the runtime".to_owned()))?;
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.arg(program.source).arg("-o").arg(program.output).current_dir(&self.root);
        rustc.args(["--crate-name", "program", "--crate-type", "bin", "--edition", "2024"]);
        rustc.args(PROFILE.rustc()).arg("-C").arg(joined("incremental=", program.incremental));
        rustc.arg("--extern").arg(joined("turret_runtime=", &runtime));
        let dependencies = runtime.parent().map(|folder| joined("dependency=", folder));
        let folders = dependencies.into_iter().chain(built.linked_folders().map(Into::into));
        folders.for_each(|folder| {
            rustc.arg("-L").arg(folder);
        });
        rustc.args(flags.split_whitespace());
        Ok(cargo::run(&mut rustc, "rustc", verbose)?.is_some())
    }
}

/// Files of a program to compile.
#[derive(Debug)]
pub(crate) struct Program<'a> {
    /// Source file.
    pub(crate) source: &'a Path,
    /// Incremental compilation folder.
    pub(crate) incremental: &'a Path,
    /// Output file.
    pub(crate) output: &'a Path,
}

/// `name=path`, for paths in any encoding.
fn joined(name: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(name);
    argument.push(path);
    argument
}

/// Returns whether the linked crates in a folder equal those in this command.
fn has_our_runtime(root: &Path) -> bool {
    CRATES.iter().all(|of_crate| {
        let folder = root.join(of_crate.folder);
        let is = |path: &Path, bytes: &[u8]| fs::read(folder.join(path)).is_ok_and(|found| found == bytes);
        is(Path::new("Cargo.toml"), of_crate.manifest.as_bytes())
            && files(of_crate.sources)
                .iter()
                .all(|file| is(&Path::new("src").join(file.path()), file.contents()))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Checkout, has_our_runtime};

    #[test]
    fn only_a_command_that_cargo_built_here_is_in_its_checkout() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(has_our_runtime(root));
        let target = tempfile::tempdir().unwrap();
        let at = |place: &str| Checkout::of(&target.path().join(place), root).is_some();
        assert!(!at("release/turret"), "no folder of Cargo's");
        fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
        assert!(at("release/turret"));
        assert!(!at("debug/turret") && !at("bin/turret"));
    }

    #[test]
    fn a_checkout_with_another_runtime_is_another() {
        let root = tempfile::tempdir().unwrap();
        assert!(!has_our_runtime(root.path()));
        let target = tempfile::tempdir().unwrap();
        fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
        assert!(Checkout::of(&target.path().join("release/turret"), root.path()).is_none());
    }
}
