//! `turret search`: trains a spec with values of its search space, and chooses by the validation rows.

mod process;
mod record;
mod report;
mod rounds;
mod sampling;
mod session;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_dsl::model::{Metric, Model, STANDARD_INPUT};
use turret_dsl::plan::Plan;
use turret_dsl::{Planned, SearchSpace};
use turret_runtime::cli::interrupt;
use turret_runtime::footprint::ByteSize;
use turret_runtime::printable::printable;
use turret_runtime::state::Lock;

use super::cache::Cache;
use super::compile::Options;
use super::files::{make_folder, write_file};
use super::look::{Extent, look};
use super::output::{Error, note, refused};
use super::spec::{Settings, Spec, shown};
use super::synth;
use record::{Record, Setup};
use rounds::{Round, halving, once};
use sampling::{Strategy, Values, strategy, trials};
use session::Session;

/// Name of the copy of the spec in the folder of a search.
const SPEC: &str = "spec.dm";

/// Arguments of `turret search`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The spec; a search that goes on has its own.
    #[arg(required_unless_present = "resume")]
    spec: Option<PathBuf>,
    /// Folder of the data.
    #[arg(long, value_name = "DIR", required_unless_present = "resume", conflicts_with = "resume")]
    data: Option<PathBuf>,
    /// Folder of the search: `search.json`, and the runs of its trials.
    #[arg(short, long, value_name = "DIR", required_unless_present = "resume", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Strategy [default: `grid` if there are only choices, with at most `--trials` combinations, else `random`].
    #[arg(long, value_enum, conflicts_with = "resume")]
    by: Option<Strategy>,
    /// Number of trials [default: 20, and all combinations of a grid].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "resume")]
    trials: Option<u32>,
    /// Metric to choose by, one of the spec's, such as `ndcg(10)` [default: the first].
    #[arg(long, conflicts_with = "resume")]
    metric: Option<String>,
    /// Seed of the values that are drawn. The seed of training is the spec's.
    #[arg(long, default_value_t = 42, conflicts_with = "resume")]
    seed: u64,
    /// Passes over the training rows, instead of the spec's; of halving, those of the last round.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "resume")]
    epochs: Option<u32>,
    /// Of this number of trials, one goes on to the next round of halving.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..), conflicts_with = "resume")]
    eta: u32,
    /// Continues the search of this folder.
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
    /// Prints a JSON object for each trial, and one for the result.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    options: Options,
}

/// Options of the programs of trials.
#[derive(clap::Args)]
struct Reading {
    /// Number of threads of each trial; trials run one after the other [default: one per core].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Reads the data without the cache of encoded data, in each trial again.
    #[arg(long)]
    no_cache: bool,
    /// Memory for reading and encoding the data, such as `1GiB`.
    #[arg(long, value_name = "SIZE")]
    memory: Option<ByteSize>,
}

impl Reading {
    /// The options as arguments of a program.
    fn arguments(&self) -> Vec<String> {
        let threads = self.threads.map(|threads| format!("--threads={threads}"));
        let memory = self.memory.map(|memory| format!("--memory={}B", memory.as_u64()));
        let no_cache = self.no_cache.then(|| "--no-cache".to_owned());
        [threads, memory, no_cache].into_iter().flatten().collect()
    }
}

impl Args {
    /// Begins a search, or continues one, up to its result.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        // Before the threads that look at the data.
        let interrupt = interrupt().map_err(refused)?;
        let cache = Cache::open()?;
        let (folder, lock, record, trials) = match &self.resume {
            Some(folder) => self.continued(folder)?,
            None => self.begun(&cache)?,
        };
        let mut options = self.options;
        options.cuda = record.setup.cuda;
        Session {
            folder,
            record,
            trials,
            cache,
            options,
            reading: self.reading,
            json: self.json,
            interrupt,
            _lock: lock,
        }
        .run()
    }

    fn begun(&self, cache: &Cache) -> Result<(PathBuf, Lock, Record, Trials), Error> {
        let (Some(path), Some(data), Some(folder)) = (&self.spec, &self.data, &self.out) else {
            return Err(Error::Usage("name a spec, and folders with `--data` and `--out`".to_owned()));
        };
        if Record::is_in(folder) {
            let folder = printable(folder.display());
            return Err(Error::Input(format!(
                "`{folder}` has a search\nhelp: continue it with `turret search --resume {folder}`, or choose another folder"
            )));
        }
        let spec = Spec::read(path, &self.settings)?;
        let space = spec.space().map_err(|failure| shown(&failure))?;
        if space.settings.is_empty() {
            return Err(Error::Input(format!(
                "`{}` has nothing to search\nhelp: give a constant or a setting several values, such as `const width = search(16, 32)`",
                printable(path.display())
            )));
        }
        let given = self.trials.map(|trials| trials as usize);
        let mut setup = Setup {
            spec: path.clone(),
            set: self.settings.texts(),
            data: data.clone(),
            by: self.by.unwrap_or_else(|| strategy(&space, given)),
            trials: given,
            seed: self.seed,
            metric: self.metric.clone(),
            epochs: self.epochs.map(|epochs| epochs as usize),
            eta: self.eta as usize,
            cuda: self.options.cuda,
        };
        let text = space.text.clone();
        let trials = Trials::new(&spec, space, &setup)?;
        check_repeatable(&trials.first.plan)?;
        setup.data = synth::folder_of(data, &trials.first.plan, || Ok(cache.clone()))?;
        setup.data = std::path::absolute(&setup.data).map_err(|error| Error::io("find", data, &error))?;
        look(&trials.first, &setup.data, Extent::Beginnings)?.remarks.iter().for_each(|remark| note(remark));
        make_folder(folder)?;
        let lock = Lock::take(folder).map_err(refused)?;
        write_file(&folder.join(SPEC), text.as_bytes())?;
        let record = Record::new(setup);
        record.write(folder)?;
        Ok((folder.clone(), lock, record, trials))
    }

    fn continued(&self, folder: &Path) -> Result<(PathBuf, Lock, Record, Trials), Error> {
        if !Record::is_in(folder) {
            let folder = printable(folder.display());
            return Err(Error::Input(format!("`{folder}` is not the folder of a search")));
        }
        if self.spec.is_some() || !self.settings.texts().is_empty() || self.options.cuda {
            return Err(Error::Usage("a search keeps its spec, settings and device".to_owned()));
        }
        let lock = Lock::take(folder).map_err(refused)?;
        let record = Record::read(folder)?;
        let spec = Spec::read(&folder.join(SPEC), &Settings::of(&record.setup.set))?;
        let space = spec.space().map_err(|failure| shown(&failure))?;
        let trials = Trials::new(&spec, space, &record.setup)?;
        Ok((folder.to_owned(), lock, record, trials))
    }
}

/// All trials of a search.
struct Trials {
    /// Values and plan of each. A plan may be impossible for its values; the error says why.
    each: Vec<(Values, Result<Plan, String>)>,
    /// First plan that is possible.
    first: Planned,
    rounds: Vec<Round>,
    metric: Metric,
}

impl Trials {
    /// Plans the trials of a spec. An error if no trial is possible, or if validation rows cannot choose among them.
    fn new(spec: &Spec, space: SearchSpace, setup: &Setup) -> Result<Self, Error> {
        let values = trials(&space, setup.by, setup.trials, setup.seed).map_err(Error::Usage)?;
        // Runs have this text, in which imports are replaced.
        let spec = spec.with_text(space.text.clone());
        let (mut first, mut refusal, mut each) = (None, None, Vec::new());
        for values in values {
            let plan = match spec.with(values.iter().cloned()).try_plan() {
                Ok(planned) => {
                    let plan = planned.plan.clone();
                    first.get_or_insert(planned);
                    Ok(plan)
                }
                Err(failure) => {
                    let error = failure.diagnostics.first().map_or(String::new(), |diagnostic| {
                        format!("{}: {}", diagnostic.code, diagnostic.message)
                    });
                    refusal.get_or_insert(failure);
                    Err(error)
                }
            };
            each.push((values, plan));
        }
        let first = match (first, refusal) {
            (Some(first), _) => first,
            (None, Some(failure)) => return Err(shown(&failure)),
            (None, None) => return Err(Error::Usage("there are no trials".to_owned())),
        };
        space.check_split(&first.plan.model.data.split).map_err(|failure| shown(&failure))?;
        let metric = metric(&first.plan.model, setup)?;
        let rounds = rounds(&each, setup)?;
        Ok(Trials { each, first, rounds, metric })
    }

    /// Name of the metric in results.
    fn metric_name(&self) -> String {
        self.first.plan.model.metric_name(self.metric)
    }
}

/// Refuses data that can be read only once.
fn check_repeatable(plan: &Plan) -> Result<(), Error> {
    let data = &plan.model.data;
    let mut paths = (0..data.sources.len()).flat_map(|source| data.paths(source));
    match paths.any(|path| path == STANDARD_INPUT) {
        false => Ok(()),
        true => Err(Error::Input(
            "each trial reads the data, and standard input can be read only once: write it to a file"
                .to_owned(),
        )),
    }
}

/// Finds the metric to choose by among those of a spec.
fn metric(model: &Model, setup: &Setup) -> Result<Metric, Error> {
    let Some(first) = model.choosing_metrics().next() else {
        let spec = printable(setup.spec.display());
        return Err(Error::Input(format!(
            "`{spec}` measures nothing to choose by\nhelp: list metrics: `metrics {{ ndcg(10) }}`"
        )));
    };
    let Some(asked) = &setup.metric else { return Ok(first) };
    let is_it = |metric: &Metric| [model.written_metric(*metric), model.metric_name(*metric)].contains(asked);
    model.choosing_metrics().find(is_it).ok_or_else(|| {
        let known: Vec<String> =
            model.choosing_metrics().map(|metric| format!("`{}`", model.written_metric(metric))).collect();
        let why = match model.metrics.iter().any(is_it) {
            true => format!("`{asked}` does not measure what is relevant: choose by"),
            false => format!("the spec does not measure `{asked}`: add it to `metrics`, or choose by"),
        };
        Error::Usage(format!("{why} {}", known.join(", ")))
    })
}

/// Returns the rounds of the trials.
fn rounds(each: &[(Values, Result<Plan, String>)], setup: &Setup) -> Result<Vec<Round>, Error> {
    let mut lengths = each.iter().filter_map(|(_, plan)| {
        let train = plan.as_ref().ok()?.model.train;
        Some((train.epochs, train.steps))
    });
    let length = lengths.next();
    if lengths.any(|other| Some(other) != length) && (setup.epochs.is_some() || setup.by == Strategy::Halving)
    {
        let option = if setup.epochs.is_some() { "`--epochs`" } else { "`--by halving`" };
        return Err(Error::Usage(format!(
            "the length of training is searched, and {option} determines it: choose one with `--set`"
        )));
    }
    if setup.by != Strategy::Halving {
        return Ok(once(each.len(), setup.epochs));
    }
    let epochs = match (setup.epochs, length) {
        (Some(epochs), _) | (None, Some((epochs, None))) => epochs,
        (None, _) => {
            return Err(Error::Usage("halving trains by epochs, not steps: add `--epochs`".to_owned()));
        }
    };
    halving(each.len(), epochs, setup.eta).ok_or_else(|| {
        Error::Usage(format!(
            "halving by {} needs at least {} trials and epochs: {} and {epochs} are one round, as of `--by random`",
            setup.eta,
            setup.eta,
            each.len()
        ))
    })
}
