//! `turret check`: checks specs and their data.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_dsl::render::to_json;
use turret_dsl::{Failure, Planned};
use turret_runtime::printable::printable;
use turret_runtime::progress::counted;

use super::cache::Cache;
use super::look::{Extent, Fault, look};
use super::output::{Error, each, note, print};
use super::spec::{Settings, Spec, shown, texts};
use super::synth::folder_of;

/// Arguments of `turret check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Specs to check.
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<PathBuf>,
    /// Also check the data: files, headers, and all rows through every column. Reports on the columns.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Look at the beginnings of long files only, without a report on them.
    #[arg(long, requires = "data")]
    quick: bool,
    /// Print diagnostics and the report as JSON, one object per line, on standard output.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Args {
    /// Runs the verb.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        each(&self.specs, |path| self.check(path))
    }

    /// Checks a spec. Returns whether it has no errors.
    fn check(&self, path: &Path) -> Result<bool, Error> {
        let spec = Spec::read(path, &self.settings)?;
        let (planned, checked) = match plans(&spec) {
            Ok(plans) => plans,
            Err(failure) => return self.report(&failure),
        };
        let mut report = None;
        if let Some(data) = &self.data {
            let extent = if self.quick { Extent::Beginnings } else { Extent::All };
            match look(&planned, &folder_of(data, &planned.plan, Cache::open)?, extent) {
                Ok(looked) => {
                    looked.of_training.iter().chain(&looked.remarks).for_each(|remark| note(remark));
                    report = looked.report;
                }
                Err(Fault::Spec(failure)) => return self.report(&failure),
                Err(fault) => return Err(fault.into()),
            }
        }
        match report {
            Some(report) if self.json => print(&report.json())?,
            None if self.json => {}
            report => {
                let table = report.map_or(String::new(), |report| report.text());
                print(&format!("{}: ok{checked}\n{table}", printable(path.display())))?;
            }
        }
        Ok(true)
    }

    /// Prints the errors of a spec.
    fn report(&self, failure: &Failure) -> Result<bool, Error> {
        if !self.json {
            return Err(shown(failure));
        }
        print(&to_json(&failure.diagnostics, &failure.spans, &texts(&failure.texts)))?;
        Ok(false)
    }
}

/// Returns the plan of a spec. If it has searches, each of their choices and bounds is checked with the first of the others:
/// the first plan is returned, with a note on the number.
fn plans(spec: &Spec) -> Result<(Planned, String), Box<Failure>> {
    let space = spec.space()?;
    if space.settings.is_empty() {
        return Ok((spec.try_plan()?, String::new()));
    }
    let plans = space.covering().into_iter().map(|values| spec.with(values).try_plan());
    let mut plans = plans.collect::<Result<Vec<_>, _>>()?;
    let searched = counted(space.settings.len(), "searched value");
    let note = format!(", {} of {searched} checked", counted(plans.len(), "combination"));
    Ok((plans.swap_remove(0), note))
}
