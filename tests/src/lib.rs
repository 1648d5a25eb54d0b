//! Tools for end-to-end tests: the built command with a shared cache, so that dependencies of programs are
//! compiled once.

mod built;
pub mod clicks;
pub mod forms;
pub mod program;
mod stand_in;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Returns the root of the repository under test. Determined at run time, because clones with a common target
/// folder share this library.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let tests = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
        Path::new(&tests).parent().expect("the tests are a folder of the repository").to_owned()
    })
}

/// Returns a call of the `turret` command, built in the profile of the tests. Its cache is
/// `target/turret-cache`.
pub fn turret() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let turret = BUILT.get_or_init(build);
    let mut command = Command::new(turret);
    command.stdin(Stdio::null()).env_remove("TURRET_RUNTIME").env_remove("RUSTFLAGS");
    command.env("TURRET_CACHE", target().join("turret-cache")).env("TURRET_BUILT_WITH", built::ARGUMENTS);
    command
}

/// Result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Exit status.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a call to its end.
pub fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("the command writes UTF-8");
    let status = output.status.code().expect("no signal ends the command");
    Outcome { status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Returns the names that do not occur as words in a text.
pub fn names_not_in<'n>(names: impl Iterator<Item = &'n str>, text: &str) -> Vec<&'n str> {
    let words: BTreeSet<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    names.filter(|name| !words.contains(name)).collect()
}

/// Returns the folder of the profile of this test, such as `target/release`.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("the test is a file");
    // target/release/deps/test
    test.ancestors().nth(2).expect("tests are built in `deps`").to_owned()
}

fn target() -> PathBuf {
    profile().parent().expect("profiles are folders of the target folder").to_owned()
}

fn build() -> PathBuf {
    let folder = profile();
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    built::build(profile);
    folder.join(format!("turret{}", std::env::consts::EXE_SUFFIX))
}
