//! From a spec to a program, by Cargo.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use turret_dsl::plan::Plan;

use super::cache::Cache;
use super::output::{Error, note};
use super::package::Package;
use super::spec::Spec;
use super::toolchain;

/// How programs are compiled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// For any processor of this architecture, not for the one at hand.
    pub(crate) portable: bool,
    /// Show what Cargo says.
    pub(crate) verbose: bool,
}

/// Compiles a spec and gives the path of its program.
pub(crate) fn compile(spec: &Spec, plan: &Plan, cache: &Cache, options: Options) -> Result<PathBuf, Error> {
    let source = unplaced(&spec.compile()?);
    let runtime = toolchain::runtime(cache)?;
    let flags = flags(options.portable);
    let package = Package::write(cache, &plan.model.name, &source, &runtime, &flags)?;
    note(&format!("compiling {} ...", plan.model.name));
    let start = Instant::now();
    cargo(&package, cache, &flags, options.verbose)?;
    note(&format!("compiled in {:.1} s", start.elapsed().as_secs_f64()));
    let program = cache.target().join("release").join(format!("{}{}", package.name, env::consts::EXE_SUFFIX));
    if !program.is_file() {
        return Err(Error::Input(format!("Cargo made no `{}`", program.display())));
    }
    Ok(program)
}

/// The source without its first line, which names the path of the spec: a run has a copy of the spec elsewhere, and is to
/// find the program that trained it.
fn unplaced(source: &str) -> String {
    let rest = source.split_once('\n').filter(|(first, _)| first.starts_with("//"));
    rest.map_or_else(|| source.to_owned(), |(_, rest)| rest.to_owned())
}

/// The user's flags of the compiler and ours.
fn flags(portable: bool) -> String {
    let mut flags = env::var("RUSTFLAGS").unwrap_or_default();
    if !portable {
        flags.push_str(" -C target-cpu=native");
    }
    flags.trim().to_owned()
}

fn cargo(package: &Package, cache: &Cache, flags: &str, verbose: bool) -> Result<(), Error> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--manifest-path"]).arg(package.folder.join("Cargo.toml"));
    command.arg("--target-dir").arg(cache.target()).current_dir(&package.folder);
    // A target of the user's would move the program to another folder.
    command.env("RUSTFLAGS", flags).env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(if verbose { Stdio::inherit() } else { Stdio::piped() });
    let output = command.spawn().and_then(|child| child.wait_with_output()).map_err(|error| {
        Error::Input(format!("cannot run Cargo, which comes with Rust (https://rustup.rs): {error}"))
    })?;
    if output.status.success() {
        return Ok(());
    }
    note(String::from_utf8_lossy(&output.stderr).trim_end());
    Err(Error::Input(format!(
        "the program does not compile; its source is in `{}`",
        package.folder.display()
    )))
}
