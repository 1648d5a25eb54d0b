//! `turret check`: what is wrong with specs.

use std::path::PathBuf;
use std::process::ExitCode;

use turret_dsl::render::to_json;

use super::output::{Error, note, print};
use super::spec::{Setting, Spec, setting, shown, texts};

/// Arguments of `turret check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Specs to check.
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Print diagnostics as JSON, one object a line, on standard output.
    #[arg(long)]
    json: bool,
    /// Set a constant or a setting.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<Setting>,
}

impl Args {
    /// Checks all of them, whatever is wrong with the first.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let mut code = ExitCode::SUCCESS;
        for path in &self.specs {
            match self.check(path) {
                Ok(true) => {}
                Ok(false) | Err(Error::Shown) => code = ExitCode::from(1),
                Err(Error::Input(message)) => {
                    note(&format!("error: {message}"));
                    code = ExitCode::from(1);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(code)
    }

    fn check(&self, path: &std::path::Path) -> Result<bool, Error> {
        let spec = Spec::read(path, &self.set)?;
        match spec.try_plan() {
            Ok(_) => {
                if !self.json {
                    print(&format!("{}: ok\n", path.display()))?;
                }
                Ok(true)
            }
            Err(failure) if self.json => {
                print(&to_json(&failure.diagnostics, &failure.spans, &texts(&failure.texts)))?;
                Ok(false)
            }
            Err(failure) => Err(shown(&failure)),
        }
    }
}
