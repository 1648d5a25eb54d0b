//! `turret explain`: the meaning of an error code, or the costs and diagram of a spec.

mod costs;
mod diagram;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;

use turret_runtime::footprint::ByteSize;
use turret_runtime::printable::printable;
use turret_runtime::run::RunFolder;

use super::output::{Error, note, print, refused};
use super::spec::{Settings, Spec};
use costs::{Costs, Setting};

/// Documentation of error codes, with one section per code.
const ERRORS: &str = include_str!("../../docs/errors.md");

/// Arguments of `turret explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A code such as E0101, a spec, or the folder of a run, with the sizes of its data.
    #[arg(value_name = "CODE|SPEC|RUN")]
    subject: PathBuf,
    /// Records per batch, instead of the spec's.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    batch: Option<u64>,
    /// Number of threads, instead of the machine's.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    threads: Option<u64>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Fails if training needs more memory than this, such as `8GiB`.
    #[arg(long, value_name = "SIZE")]
    budget: Option<ByteSize>,
    /// Memory of the data, such as `1GiB`, which the budget counts too.
    #[arg(long, value_name = "SIZE", requires = "budget")]
    memory: Option<ByteSize>,
    /// Draws the model, as SVG.
    #[arg(long, value_name = "FILE")]
    diagram: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Args {
    /// Runs the verb.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        if let Some(code) = self.subject.to_str().and_then(code) {
            let entry = entry(ERRORS, &code);
            print(entry.ok_or_else(|| Error::Input(format!("there is no error {code}")))?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let run = self.subject.is_dir().then_some(self.subject.as_path());
        let plan = match run {
            Some(run) => Spec::read_run(run, &self.settings)?,
            None => Spec::read(&self.subject, &self.settings)?,
        }
        .plan()?;
        let sizes = run.map(RunFolder::sizes_of).transpose().map_err(refused)?;
        let (weights, candidates) = sizes.unzip();
        let rows = |table: &str| {
            let shape = weights.as_ref()?.shape(&format!("tables.{table}.weight"))?;
            shape.first().map(|&rows| rows as u64)
        };
        let threads =
            self.threads.unwrap_or_else(|| available_parallelism().map_or(1, |count| count.get() as u64));
        let candidates = candidates.flatten().map(|candidates| candidates as u64);
        let costs = Costs::new(&plan, &Setting { batch: self.batch, threads, rows, candidates });
        if let Some(path) = &self.diagram {
            fs::write(path, diagram::svg(&plan)).map_err(|error| Error::io("write", path, &error))?;
            note(&format!("drawn: {}", printable(path.display())));
        }
        print(&if self.json { format!("{:#}\n", costs.json()) } else { costs.text() })?;
        if let Some(budget) = self.budget {
            costs.check(budget, self.memory.unwrap_or(ByteSize::b(0))).map_err(refused)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns a code in the spelling of the documentation.
fn code(word: &str) -> Option<String> {
    let digits = word.strip_prefix(['E', 'e'])?;
    let is_code = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| format!("E{digits}"))
}

/// Returns the section of a code, including its heading.
fn entry<'t>(text: &'t str, code: &str) -> Option<&'t str> {
    let heading = format!("## {code}\n");
    let start = if text.starts_with(&heading) { 0 } else { text.find(&format!("\n{heading}"))? + 1 };
    let rest = &text[start..];
    let end = rest.find("\n\n## ").map_or(rest.len(), |end| end + 1);
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::{code, entry};

    #[test]
    fn codes_are_told_from_specs() {
        assert_eq!(code("e0012").as_deref(), Some("E0012"));
        assert_eq!([code("E12"), code("Error"), code("E0001.dm")], [None, None, None]);
    }

    #[test]
    fn entries_end_where_the_next_begins() {
        let text = "# Errors\n\n## E0001\n\nOne.\n\n## E0002\n\nTwo.\n";
        assert_eq!(entry(text, "E0001"), Some("## E0001\n\nOne.\n"));
        assert_eq!(entry(text, "E0002"), Some("## E0002\n\nTwo.\n"));
        assert_eq!(entry(text, "E0003"), None);
    }
}
