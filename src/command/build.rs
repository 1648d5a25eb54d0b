//! `turret build`: compiles a spec to a program.

use std::path::PathBuf;
use std::process::ExitCode;

use turret_runtime::printable::printable;

use super::cache::Cache;
use super::compile::{Options, compile};
use super::files::copy_file;
use super::output::{Error, print};
use super::spec::{Settings, Spec};

/// Arguments of `turret build`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The spec.
    spec: PathBuf,
    /// The program to write [default: the name of the spec without `.dm`]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    options: Options,
}

impl Args {
    /// Builds the program and prints its path.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let spec = Spec::read(&self.spec, &self.settings)?;
        let program = compile(&spec.plan()?, &Cache::open()?, self.options)?;
        let output = self
            .output
            .unwrap_or_else(|| PathBuf::from(format!("{}{}", spec.stem(), std::env::consts::EXE_SUFFIX)));
        copy_file(&program, &output)?;
        print(&format!("{}\n", printable(output.display())))?;
        Ok(ExitCode::SUCCESS)
    }
}
