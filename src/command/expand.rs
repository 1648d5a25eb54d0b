//! `turret expand`: prints the Rust source of a spec.

use std::path::PathBuf;
use std::process::ExitCode;

use super::files::write_file;
use super::output::{Error, print};
use super::spec::{Settings, Spec};

/// Arguments of `turret expand`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The spec.
    spec: PathBuf,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Args {
    /// Runs the verb.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let source = Spec::read(&self.spec, &self.settings)?.expand()?;
        match self.output {
            Some(path) => write_file(&path, source.as_bytes())?,
            None => print(&source)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
