//! Turret compared with Python systems: the same work, one after the other, each side at its better number of threads.

mod agreement;
mod report;
mod sides;

use std::path::{Path, PathBuf};

use crate::cases::{self, Case};
use crate::process::Fields;
use crate::{Args, Failure};

use agreement::agree;
use report::Comparison;
use sides::{Folders, Side};

/// Figures and results of a run.
struct Run {
    fields: Fields,
    peak_bytes: f64,
    /// Seconds from the start of the process to the first step or result.
    startup: f64,
}

/// Measures the cases that `--case` names, or all whose Python is given.
pub(crate) fn compare(args: &Args, peers: &Path) -> Result<(), Failure> {
    if let Some(unknown) = args.case.iter().find(|name| cases::all().all(|case| case.name != **name)) {
        let known: Vec<&str> = cases::all().map(|case| case.name).collect();
        return Err(format!("no case is named `{unknown}`; there are {}", known.join(", ")).into());
    }
    let data: PathBuf = variable("PEERS_DATA").ok_or("PEERS_DATA does not name the prepared data")?.into();
    let scratch = tempfile::tempdir()?;
    let folders = Folders { peers, data: &data, scratch: scratch.path() };
    if !args.json {
        report::begin();
    }
    let asked = |case: &&Case| args.case.is_empty() || args.case.iter().any(|name| name == case.name);
    for case in cases::all().filter(asked) {
        let theirs = sides::peers(args, folders, case);
        if theirs.is_empty() {
            eprintln!("{}: left out, since no variable names a Python with its peer", case.name);
            continue;
        }
        folders.prepare(case)?;
        let ours = sides::turret(args, folders, case);
        let (ours, theirs) = (best(case, &ours)?, best(case, &theirs)?);
        let mut pairs = Vec::new();
        for _ in 0..args.runs {
            let (our, their) = ((ours.run)()?, (theirs.run)()?);
            agree(case, (&ours.name, &our.fields), (&theirs.name, &their.fields))?;
            pairs.push((our, their));
        }
        Comparison { case, peer: &theirs.name, pairs: &pairs }.print(args.json)?;
    }
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs each side once, which also warms it up, and returns the fastest.
fn best<'a, 's>(case: &Case, sides: &'a [Side<'s>]) -> Result<&'a Side<'s>, Failure> {
    let mut best: Option<(f64, &Side<'_>)> = None;
    for side in sides {
        let found = (side.run)()?.fields.number(case.figure.name())?;
        if best.is_none_or(|(other, _)| case.figure.ratio(found, other) > 1.0) {
            best = Some((found, side));
        }
    }
    Ok(best.ok_or("there is nothing to compare")?.1)
}
