//! Compilation of a plan to a program with Cargo.

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
use super::checkout::Checkout;
use super::files::{copy_file, make_folder};
use super::output::{Error, note};
use super::package::{Features, Package};
use super::runtime::Runtime;
use super::spec::program;

/// rustc options for programs, chosen by measurement (`bench/RESULTS.md`). Kernels are compiled with the
/// runtime, so the code generation units of a program need not be optimized together, and an edit recompiles
/// only the units that it changes.
pub(super) const PROFILE: Profile = Profile { opt_level: 3, codegen_units: 256 };

/// rustc options for programs.
pub(super) struct Profile {
    opt_level: u32,
    codegen_units: u32,
}

impl Profile {
    /// Returns the options as rustc arguments.
    pub(super) fn rustc(&self) -> Vec<String> {
        let options = [
            format!("opt-level={}", self.opt_level),
            format!("codegen-units={}", self.codegen_units),
            "lto=off".to_owned(),
            "strip=symbols".to_owned(),
        ];
        options.into_iter().flat_map(|option| ["-C".to_owned(), option]).collect()
    }

    /// Returns the options as a manifest section. Without link-time optimization the kernels of the runtime
    /// must be in one unit.
    pub(super) fn manifest(&self) -> String {
        format!(
            "[profile.release]\nopt-level = {}\ncodegen-units = {}\nlto = \"off\"\nstrip = true\nincremental = true\n\n\
             [profile.release.package.turret-runtime]\ncodegen-units = 1\n",
            self.opt_level, self.codegen_units
        )
    }
}

/// Maximum number of cached programs. The least recently used are removed.
const KEPT: usize = 32;

/// Options for compiling programs.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// Accepted for compatibility: every program runs on any processor of its architecture.
    #[arg(long = "portable", hide = true)]
    _portable: bool,
    /// Compute on an NVIDIA GPU; compiling needs nvcc and nvidia-smi.
    #[arg(long)]
    pub(super) cuda: bool,
    /// Show the output of Cargo.
    #[arg(short, long)]
    verbose: bool,
}

/// Compiles a plan, unless it is cached, and returns the path of the program.
pub(crate) fn compile(plan: &Plan, cache: &Cache, options: Options) -> Result<PathBuf, Error> {
    let runtime = Runtime::open(cache)?;
    // No header: the copy of the spec in a run has another path, but should find the same program.
    let source = print(expand(plan, &program()), "");
    let features = Features { cuda: options.cuda, columnar: columnar(plan)? };
    let package = Package::new(&plan.model.name, source, &runtime, features);
    // Kernels are chosen when a program starts, so no processor flags are needed except the user's.
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
    let checkout = Checkout::find().filter(|_| !options.cuda && !runtime.is_external);
    let first = checkout.is_none() && !cache.target().is_dir();
    let further = if first { " and, this first time, what all programs share" } else { "" };
    note(&format!("compiling {}{further} ...", plan.model.name));
    let start = Instant::now();
    let written = package.write(cache)?;
    let built = match &checkout {
        Some(checkout) => written.compile(checkout, cache, &flags, options.verbose)?,
        None => written.build(cache, &flags, options.verbose || first)?,
    };
    make_folder(&programs)?;
    copy_file(&built, &program)?;
    note(&format!("compiled in {:.1} s", start.elapsed().as_secs_f64()));
    clean(&programs);
    cache.sweep();
    Ok(program)
}

/// Returns whether a plan reads Parquet or Arrow files. An error if this command was built without them.
pub(super) fn columnar(plan: &Plan) -> Result<bool, Error> {
    let source = plan.model.data.sources.iter().find(|source| source.form.is_columnar());
    match source {
        Some(source) if !cfg!(feature = "columnar") => {
            Err(without_columnar(&format!("the source `{}`", source.name)))
        }
        source => Ok(source.is_some()),
    }
}

/// Error of a file or source that this command does not read without a feature.
pub(super) fn without_columnar(what: &str) -> Error {
    Error::Input(format!(
        "{what} has rows of Parquet or Arrow, and this `turret` is built without them: build it with `--features \
         columnar`, or write the rows as CSV or JSON lines"
    ))
}

/// Checks that a tool of the CUDA toolkit or driver is installed.
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

/// Marks a program as used. If this fails, it may be recompiled later.
fn used(program: &Path) {
    let _ = fs::File::open(program).and_then(|file| file.set_modified(SystemTime::now()));
}

/// Removes all programs except the most recently used ones. Failures to remove are ignored.
fn clean(programs: &Path) {
    for old in by_age(programs).skip(KEPT) {
        let _ = fs::remove_file(old);
    }
}

/// Lists a folder, most recent first.
pub(super) fn by_age(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut dated: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    dated.sort_unstable_by(|a, b| b.cmp(a));
    dated.into_iter().map(|(_, path)| path)
}
