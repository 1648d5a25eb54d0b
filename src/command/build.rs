//! `turret build`: a spec becomes a program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::cache::Cache;
use super::compile::{Options, compile};
use super::output::{Error, print};
use super::spec::{Setting, Spec, setting};

/// Arguments of `turret build`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The spec.
    spec: PathBuf,
    /// The program to write [default: the name of the spec without `.dm`]
    #[arg(short, value_name = "BIN")]
    output: Option<PathBuf>,
    /// Set a constant or a setting.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<Setting>,
    /// Compile for any processor of this architecture.
    #[arg(long)]
    portable: bool,
    /// Show what Cargo says.
    #[arg(short, long)]
    verbose: bool,
}

impl Args {
    /// Builds it, and prints where it is.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let spec = Spec::read(&self.spec, &self.set)?;
        let plan = spec.plan()?;
        let options = Options { portable: self.portable, verbose: self.verbose };
        let program = compile(&spec, &plan, &Cache::open()?, options)?;
        let output = self
            .output
            .unwrap_or_else(|| PathBuf::from(format!("{}{}", spec.stem(), std::env::consts::EXE_SUFFIX)));
        copy(&program, &output)?;
        print(&format!("{}\n", output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Copies a program beside its place, then renames it: one that runs goes on.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    if to.is_dir() {
        return Err(Error::Input(format!("`{}` is a folder; choose another name with -o", to.display())));
    }
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = to.with_file_name(name);
    fs::copy(from, &beside).and_then(|_| fs::rename(&beside, to)).map_err(|error| {
        // The first error is the one to report; a leftover is harmless.
        let _ = fs::remove_file(&beside);
        Error::io("write", to, &error)
    })
}
