//! `turret synth`: synthetic data with a planted structure.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_dsl::plan::Plan;
use turret_runtime::printable::printable;

use super::cache::Cache;
use super::output::{Error, note, print};
use crate::synth::{Kind, Options, REVISION, write};

/// Arguments of `turret synth`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Kind of the data.
    #[arg(long, value_enum, default_value = "movielens")]
    kind: Word,
    /// The folder to write to.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Same seed and sizes, same bytes.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Number of users.
    #[arg(long)]
    users: Option<usize>,
    /// Number of movies, posts, videos or apps.
    #[arg(long)]
    items: Option<usize>,
    /// Number of interactions.
    #[arg(long)]
    rows: Option<usize>,
    /// Width of pretrained vectors.
    #[arg(long)]
    width: Option<usize>,
}

/// Kind of data on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Word {
    /// The files of MovieLens 100K.
    Movielens,
    /// Users and posts with multi-valued, weighted and pretrained columns.
    Multivalue,
    /// Shown advertisements with the columns of Criteo's logs, 13 numbers and 26 keys.
    Clicks,
    /// Shown videos with clicks, purchases after a click, and seconds watched after a click.
    Feed,
    /// Apps in context, with the columns of Frappe.
    Apps,
}

impl Args {
    /// Writes the data and prints the best possible metrics.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let kind = match self.kind {
            Word::Movielens => Kind::MovieLens,
            Word::Multivalue => Kind::MultiValue,
            Word::Clicks => Kind::Clicks,
            Word::Feed => Kind::Feed,
            Word::Apps => Kind::Apps,
        };
        let Args { seed, users, items, rows, width, .. } = self;
        let planted = write(kind, &Options { seed, users, items, rows, width }, &self.out)
            .map_err(|error| Error::Input(error.to_string()))?;
        print(&planted.to_json())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the data folder that `--data` names; `synth` is synthetic data.
pub(super) fn folder_of(
    data: &Path,
    plan: &Plan,
    cache: impl FnOnce() -> Result<Cache, Error>,
) -> Result<PathBuf, Error> {
    if data.as_os_str() == "synth" { cached(plan, &cache()?) } else { Ok(data.to_owned()) }
}

/// Returns the synthetic data for a spec, which are written once.
fn cached(plan: &Plan, cache: &Cache) -> Result<PathBuf, Error> {
    let kind = kind(plan).ok_or_else(|| {
        Error::Input(format!(
            "`--data synth` has no data for `{}`: none of its sources is `u.data`, `train.tsv`, `train.csv`, `feed_train.csv` or `apps_train.csv`",
            plan.model.name
        ))
    })?;
    let options = Options::default();
    let folder = cache.data(&format!("{kind}-{}-{REVISION}", options.seed));
    // This file is written last, so the dataset is complete.
    if !folder.join("planted.json").is_file() {
        note(&format!("making data in {}", printable(folder.display())));
        write(kind, &options, &folder).map_err(|error| Error::Input(error.to_string()))?;
    }
    Ok(folder)
}

/// Returns the kind of dataset that has the files of a spec.
fn kind(plan: &Plan) -> Option<Kind> {
    let data = &plan.model.data;
    let mut files = (0..data.sources.len()).flat_map(|source| data.paths(source));
    files.find_map(|file| match Path::new(file).file_name()?.to_str()? {
        "u.data" => Some(Kind::MovieLens),
        "train.tsv" => Some(Kind::MultiValue),
        "train.csv" => Some(Kind::Clicks),
        "feed_train.csv" => Some(Kind::Feed),
        "apps_train.csv" => Some(Kind::Apps),
        _ => None,
    })
}
