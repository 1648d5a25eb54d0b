//! Build of the repository, as Cargo does it for `cargo test --workspace`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{outcome, root, target};

/// Libraries and build scripts of a build.
pub(crate) struct Built(Vec<Value>);

/// Arguments of Cargo. Naming a test of the workspace selects the features with which `cargo test --workspace` built the
/// dependencies.
pub(crate) const ARGUMENTS: &str = if cfg!(feature = "columnar") {
    "--workspace --test command --bin turret --features columnar"
} else {
    "--workspace --test command --bin turret"
};

/// Builds the command and its libraries in a profile.
pub(crate) fn build(profile: &str) -> Built {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--profile", profile]).args(ARGUMENTS.split_whitespace());
    cargo.args(["--message-format", "json-render-diagnostics"]);
    cargo.arg("--target-dir").arg(target()).current_dir(root());
    let built = outcome(&mut cargo);
    assert_eq!(built.status, 0, "the command does not build\n{}", built.stderr);
    let message = |line| serde_json::from_str(line).expect("Cargo writes JSON");
    Built(built.stdout.lines().map(message).collect())
}

impl Built {
    /// Returns the file of an optimized library: build scripts and macros link others.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(crate) fn library(&self, name: &str) -> PathBuf {
        let is_it =
            |message: &&Value| message["target"]["name"] == name && message["profile"]["opt_level"] == "3";
        let files = self.0.iter().filter(is_it).filter_map(|message| message["filenames"].as_array());
        let mut files = files.flatten().filter_map(Value::as_str);
        files.find(|file| file.ends_with(".rlib")).map(PathBuf::from).expect("Cargo built the library")
    }

    /// Returns the linker search folders of build scripts, in the format of rustc's `-L`.
    pub(crate) fn linked_folders(&self) -> impl Iterator<Item = &Path> {
        let folders = self.0.iter().filter_map(|message| message["linked_paths"].as_array());
        folders.flatten().filter_map(Value::as_str).map(Path::new)
    }
}
