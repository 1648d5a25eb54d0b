//! `turret check`: what is wrong with specs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_dsl::render::to_json;

use super::output::{Error, each, print};
use super::spec::{Settings, Spec, shown, texts};

/// Arguments of `turret check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Specs to check.
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Print diagnostics as JSON, one object a line, on standard output.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Args {
    /// Checks all of them.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        each(&self.specs, |path| self.check(path))
    }

    /// Whether nothing is wrong.
    fn check(&self, path: &Path) -> Result<bool, Error> {
        match Spec::read(path, &self.settings)?.try_plan() {
            Ok(_) if self.json => Ok(true),
            Ok(_) => print(&format!("{}: ok\n", path.display())).map(|()| true),
            Err(failure) if self.json => {
                print(&to_json(&failure.diagnostics, &failure.spans, &texts(&failure.texts)))?;
                Ok(false)
            }
            Err(failure) => Err(shown(&failure)),
        }
    }
}
