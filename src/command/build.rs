//! `turret build`: from a spec to a program, by cargo in the cache folder.

use std::{
    env, fs,
    io::{self, IsTerminal, Write, stderr},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use turret_dsl::expand::Options;

use super::{Failure, cache, package, spec};

/// Arguments of `build`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The spec.
    spec: PathBuf,
    /// Copies the program to this path.
    #[arg(short, long, value_name = "BIN")]
    output: Option<PathBuf>,
    #[command(flatten)]
    how: How,
}

/// How programs are built.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct How {
    /// Builds for any machine of this kind, not just for this one.
    #[arg(long)]
    pub(super) portable: bool,
    /// Builds for NVIDIA GPUs; needs nvcc.
    #[arg(long)]
    pub(super) cuda: bool,
    /// Shows what cargo says.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// Builds the program and prints where it is.
pub(super) fn run(arguments: &Arguments, overrides: &spec::Overrides) -> Result<ExitCode, Failure> {
    let built = program(&arguments.spec, overrides, arguments.how, &cache::folder()?)?;
    let path = match &arguments.output {
        Some(output) => {
            copy(&built, output)?;
            output
        }
        None => &built,
    };
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the program of a spec, or finds that it is up to date.
pub(super) fn program(
    spec: &Path,
    overrides: &spec::Overrides,
    how: How,
    cache: &Path,
) -> Result<PathBuf, Failure> {
    let code = spec::compiler(spec, overrides)?
        .compile(&Options { main: true, ..Options::default() })
        .map_err(|failure| spec::refused(&failure))?;
    let package = package::write(spec, overrides, &code, cache)?;
    let target = cache.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release"]).arg("--target-dir").arg(&target).current_dir(&package.folder);
    if how.cuda {
        cargo.args(["--features", "cuda"]);
    }
    // The encoded form would hide RUSTFLAGS; a build target would move the program.
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET").env("RUSTFLAGS", flags(how));
    cargo_build(cargo, spec, how.verbose)?;
    Ok(target.join("release").join(format!("{}{}", package.name, env::consts::EXE_SUFFIX)))
}

fn flags(how: How) -> String {
    let mut flags = env::var("RUSTFLAGS").unwrap_or_default();
    if !how.portable {
        flags.push_str(" -C target-cpu=native");
    }
    flags.trim().to_owned()
}

/// Runs cargo; what it says is shown when it fails, or when asked for.
fn cargo_build(mut cargo: Command, spec: &Path, verbose: bool) -> Result<(), Failure> {
    let started = Instant::now();
    let terminal = stderr().is_terminal();
    eprint!("compiling {}{}", spec.display(), if terminal && !verbose { " ..." } else { "\n" });
    // A lost terminal does not stop the build.
    let _ = stderr().flush();
    let output = if verbose {
        cargo.stdout(Stdio::null()).status().map(|status| (status, Vec::new()))
    } else {
        cargo.stdin(Stdio::null()).output().map(|output| (output.status, output.stderr))
    };
    let (status, said) = output.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::input(
            "`cargo` was not found: Turret compiles models with the Rust toolchain; get it from https://rustup.rs",
        ),
        _ => Failure::input(format_args!("cannot run cargo: {error}")),
    })?;
    if terminal && !verbose {
        eprint!("\r\x1b[2K");
    }
    if status.success() {
        eprintln!("compiled {} in {:.1} s", spec.display(), started.elapsed().as_secs_f64());
        Ok(())
    } else {
        Err(Failure::input(format_args!(
            "cargo could not build the program ({status})\n{}",
            String::from_utf8_lossy(&said)
        )))
    }
}

/// Copies the program beside its place and renames it, so that one that runs is not written into.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = to.with_file_name(name);
    fs::copy(from, &temporary)
        .and_then(|_| fs::rename(&temporary, to))
        .map_err(|error| Failure::io("write", to, &error))
}
