//! `recommend`: its arguments, and their way to lists of items.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use turret_schema::{STANDARD_INPUT, Text};

use crate::error::{Error, RecordsError, UsageError};
use crate::loaded::StoredModel;
use crate::predict::{RecordFormat, Records};
use crate::progress::say;
use crate::recommend::{
    Condition, ListFormat, ListOptions, Lists, Shown, Users, check_ranks_items, filters, for_records,
    for_test_rows, user_field,
};
use crate::state::write_atomically;

use super::reading::Reading;
use super::{StartProgram, set_threads};

/// Arguments of `recommend`.
#[derive(Args)]
#[command(group(ArgGroup::new("whom").required(true).args(["user", "all", "records", "on"])))]
pub struct RecommendArgs {
    /// Folder of the run.
    run: PathBuf,
    /// Key of a user of the data; may be repeated.
    #[arg(long, value_name = "KEY")]
    user: Vec<String>,
    /// All users of the data.
    #[arg(long)]
    all: bool,
    /// File of records of users, as `predict` reads it; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    records: Option<PathBuf>,
    /// Lists of evaluation, each with its relevant items.
    #[arg(long, value_enum, conflicts_with_all = ["by", "include_seen", "conditions"])]
    on: Option<On>,
    /// Maximum number of items for each user.
    #[arg(short, long, default_value_t = 10)]
    k: usize,
    /// Field of the main source that names the users [default: that of `history`, of the split, or of `metrics`].
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// Keeps items that a user took.
    #[arg(long)]
    include_seen: bool,
    /// Column of the catalog to show with each item; may be repeated.
    #[arg(long, value_name = "COLUMN")]
    show: Vec<String>,
    /// Condition on a column of the catalog: `genre=Drama`, `year>=1990` or `year<=1999`; may be repeated.
    #[arg(long = "where", value_name = "CONDITION")]
    conditions: Vec<Condition>,
    /// Format of the records [default: by the extension of the file, else jsonl].
    #[arg(long, value_enum, requires = "records")]
    format: Option<RecordFormat>,
    /// Prints a JSON object per user: `{"user": "42", "items": [{"key": "50", "score": 1.5}]}`.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Prints a CSV line per item, with a header.
    #[arg(long)]
    csv: bool,
    /// File to write [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Folder of the data [default: the folder that the run was trained on].
    #[arg(long)]
    data: Option<PathBuf>,
    /// Number of threads [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
    #[command(flatten)]
    reading: Reading,
}

/// Rows whose lists are written by the protocol of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum On {
    /// The test rows.
    Test,
}

pub(super) fn recommend(start: StartProgram<'_>, args: RecommendArgs) -> Result<(), Error> {
    let options = ListOptions { k: args.k, include_seen: args.include_seen }.check()?;
    set_threads(args.threads)?;
    let program = start()?;
    check_ranks_items(program.description())?;
    let field = |given: Option<&str>| user_field(program.description(), given);
    let (user, records) = match (&args.records, args.on) {
        (Some(path), _) => {
            // Of records it is a name to print.
            let given = args.by.clone().map(Text::from);
            (given.or_else(|| field(None).ok()), Some(opened(path, args.format)?))
        }
        (None, Some(On::Test)) => (None, None),
        (None, None) => (Some(field(args.by.as_deref())?), None),
    };
    let mut loaded = StoredModel::open(program.as_ref(), &args.run)?;
    let of_users = user.as_ref().filter(|_| records.is_none() && args.on.is_none());
    let (data, dataset) = match of_users {
        Some(field) => loaded.prepare_users(field, args.data, &args.reading.options())?,
        None => loaded.prepare(args.data, &args.reading.options())?,
    };
    loaded.info.remarks(&data).iter().for_each(|remark| say(format_args!("note: {remark}")));
    let mut recommender = loaded.recommender(&dataset)?;
    recommender.only(&filters(&args.conditions), &data)?;
    let shown = match &program.description().data.catalog {
        Some(spec) => Shown::new(spec, recommender.catalog(), &data, &args.show)?,
        None => Shown::default(),
    };
    let format = match (args.json, args.csv) {
        (true, _) => ListFormat::Jsonl,
        (_, true) => ListFormat::Csv,
        _ => ListFormat::Text,
    };
    // Wrong users are found before a line is written.
    let users = of_users.map(|field| Users::new(&dataset, &data, field)).transpose()?;
    let some = match &users {
        Some(users) if args.all => users.all(),
        Some(users) => args.user.iter().map(|key| users.find(key)).collect::<Result<_, UsageError>>()?,
        None => Vec::new(),
    };
    written(args.output.as_deref(), |output| {
        let mut lists = Lists::to(output, format, &shown);
        match (records, users) {
            (Some(records), _) => {
                for_records(&recommender, &loaded.features, records, user, options, &mut lists)
            }
            (None, Some(users)) => {
                lists.begin()?;
                recommender
                    .for_users(&users, &some, options, |user, list| lists.user(users.key(user), &list))?;
                lists.flush()
            }
            (None, None) => {
                let mut lists = lists.with_relevant(&recommender.catalog().keys);
                for_test_rows(&recommender, &data, options.k, &mut lists)
            }
        }
    })
}

/// Opens a file of records, or standard input.
fn opened(path: &Path, format: Option<RecordFormat>) -> Result<Records, Error> {
    match path.as_os_str() == STANDARD_INPUT {
        true => Records::stdin(format),
        false => Records::open(path, format),
    }
}

/// Writes to a file, or to standard output. A file is written although some records were rejected, and not at all after
/// another error.
fn written(
    path: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(path) = path else { return write(&mut BufWriter::new(io::stdout().lock())) };
    let mut failed = None;
    let stored = write_atomically(path, |file| match write(file) {
        Ok(()) => Ok(()),
        Err(Error::Output(error)) => Err(error),
        Err(error) => {
            let is_whole = matches!(error, Error::Records(RecordsError::Refused { .. }));
            failed = Some(error);
            if is_whole { Ok(()) } else { Err(io::Error::other("no list is complete")) }
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(stored?),
    }
}
