//! `turret expand`: the Rust that a spec becomes.

use std::path::PathBuf;
use std::process::ExitCode;

use super::output::{Error, print, write_file};
use super::spec::{Setting, Spec, setting};

/// Arguments of `turret expand`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The spec.
    spec: PathBuf,
    /// Set a constant or a setting.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<Setting>,
    /// Write to a file instead of standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Args {
    /// Prints it.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let source = Spec::read(&self.spec, &self.set)?.compile()?;
        match self.output {
            Some(path) => write_file(&path, source.as_bytes())?,
            None => print(&source)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
