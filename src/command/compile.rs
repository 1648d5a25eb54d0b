//! From a plan to a program, by Cargo.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

use turret_dsl::expand::expand;
use turret_dsl::plan::Plan;
use turret_dsl::print::print;

use super::cache::Cache;
use super::files::{copy_file, make_folder};
use super::output::{Error, note};
use super::package::{Package, Written};
use super::runtime::Runtime;
use super::spec::program;
use turret_runtime::printable::printable;

/// Programs that are kept; those that have not run for longest go first.
const KEPT: usize = 32;

/// Options of the compilation of programs.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// Accepted for compatibility: every program runs on any processor of its architecture.
    #[arg(long = "portable", hide = true)]
    _portable: bool,
    /// Compute on an NVIDIA GPU; compiling needs nvcc and nvidia-smi.
    #[arg(long)]
    cuda: bool,
    /// Show the output of Cargo.
    #[arg(short, long)]
    verbose: bool,
}

/// Compiles a plan, unless that has been done, and gives the path of the program.
pub(crate) fn compile(plan: &Plan, cache: &Cache, options: Options) -> Result<PathBuf, Error> {
    let runtime = Runtime::open(cache)?;
    // No header: a run has a copy of the spec at another path, and is to find the program that trained it.
    let source = print(expand(plan, &program()), "");
    let package = Package::new(&plan.model.name, source, &runtime, options.cuda);
    // Kernels are chosen when a program starts, so only the user says more of the processor.
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let programs = cache.programs();
    let program =
        programs.join(format!("{}-{}{}", package.name, package.hash(&flags), env::consts::EXE_SUFFIX));
    if program.is_file() && !runtime.is_external {
        used(&program);
        return Ok(program);
    }
    if options.cuda {
        ["nvcc", "nvidia-smi"].into_iter().try_for_each(answers)?;
    }
    let first = !cache.target().is_dir();
    let further = if first { " and, this first time, what all programs share" } else { "" };
    note(&format!("compiling {}{further} ...", plan.model.name));
    let start = Instant::now();
    let written = package.write(cache)?;
    let built = cargo(&written, cache, &flags, options.verbose || first)?;
    make_folder(&programs)?;
    copy_file(&built, &program)?;
    note(&format!("compiled in {:.1} s", start.elapsed().as_secs_f64()));
    clean(&programs);
    cache.sweep();
    Ok(program)
}

/// Checks that a tool of the CUDA toolkit or the driver is there.
fn answers(tool: &str) -> Result<(), Error> {
    let status = Command::new(tool).arg("--version").stdin(Stdio::null()).output();
    match status {
        Ok(output) if output.status.success() => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::Input(format!("cannot run `{tool}`: {error}")))
        }
        _ => Err(Error::Input(format!(
            "`--cuda` needs `{tool}`, which is not found: install NVIDIA's driver and CUDA toolkit, or leave out `--cuda` to \
             compute on the CPU"
        ))),
    }
}

/// Builds a package. Gives the path of its program as Cargo tells it: a target in the user's configuration moves it to another folder.
fn cargo(package: &Written, cache: &Cache, flags: &str, verbose: bool) -> Result<PathBuf, Error> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--manifest-path"]).arg(package.folder.join("Cargo.toml"));
    command.arg("--target-dir").arg(cache.target()).current_dir(&package.folder);
    command.args(["--message-format", "json-render-diagnostics"]);
    command.env("RUSTFLAGS", flags).env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(if verbose { Stdio::inherit() } else { Stdio::piped() });
    let output = command.spawn().and_then(|child| child.wait_with_output()).map_err(|error| {
        Error::Input(format!("cannot run Cargo, which comes with Rust (https://rustup.rs): {error}"))
    })?;
    if output.status.success() {
        return executable(&output.stdout)
            .ok_or_else(|| Error::Input("the output of Cargo does not name the program".to_owned()));
    }
    note(String::from_utf8_lossy(&output.stderr).trim_end());
    Err(Error::Input(format!(
        "the program does not compile; its source is in `{}`",
        printable(package.folder.display())
    )))
}

/// The program that Cargo's messages tell of, a JSON object a line.
fn executable(messages: &[u8]) -> Option<PathBuf> {
    let lines = messages.split(|&byte| byte == b'\n').rev();
    let mut messages = lines.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    messages.find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// Notes that a program is in use. Where that cannot be noted, it is only compiled again some day.
fn used(program: &Path) {
    let _ = fs::File::open(program).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Removes all programs but the last used. One that runs, or that another process removed, is no matter.
fn clean(programs: &Path) {
    for old in by_age(programs).skip(KEPT) {
        let _ = fs::remove_file(old);
    }
}

/// Lists a folder, the youngest first.
pub(super) fn by_age(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut dated: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    dated.sort_unstable_by(|a, b| b.cmp(a));
    dated.into_iter().map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::executable;

    #[test]
    fn the_program_is_where_cargo_says() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}
not JSON
{"reason":"compiler-artifact","target":{"name":"turret-m"},"executable":"/t/x86_64/release/turret-m"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(messages.as_bytes()).as_deref(), Some(Path::new("/t/x86_64/release/turret-m")));
        assert_eq!(executable(b""), None);
    }
}
