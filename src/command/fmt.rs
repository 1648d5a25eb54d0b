//! `turret fmt`: formats specs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_dsl::Failure;
use turret_runtime::printable::printable;

use super::files::write_file;
use super::output::{Error, each, print};
use super::spec::{Settings, Spec, shown};

/// Arguments of `turret fmt`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Specs to format.
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Write nothing; list the specs that are not formatted, and fail if there are any.
    #[arg(long)]
    check: bool,
}

impl Args {
    /// Runs the verb.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        each(&self.specs, |path| self.format(path))
    }

    /// Formats or checks a file. Returns whether it is now formatted.
    fn format(&self, path: &Path) -> Result<bool, Error> {
        let spec = Spec::read(path, &Settings::default())?;
        let formatted = turret_dsl::fmt::format(&spec.text).map_err(|unparsed| {
            let texts = vec![(printable(path.display()).to_string(), spec.text.clone())];
            shown(&Failure { diagnostics: unparsed.diagnostics, spans: unparsed.spans, texts })
        })?;
        if formatted == spec.text {
            return Ok(true);
        }
        if self.check {
            print(&format!("{}\n", printable(path.display())))?;
            return Ok(false);
        }
        write_file(path, formatted.as_bytes()).map(|()| true)
    }
}
