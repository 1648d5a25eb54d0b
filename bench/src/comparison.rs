//! Training compared with Python systems: the same rows, one after the other, each side at its better number of threads.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::cases::{CASES, Case, Peer, Program, Spec};
use crate::process::{Fields, run, run_until};
use crate::table::{begin, duration, median, megabytes, row};
use crate::turret::command;
use crate::{Args, Failure};

/// Numbers of threads that Turret is tried with.
const THREADS: [&str; 2] = ["1", "2"];

/// A side of a comparison at a number of threads.
struct Side<'a> {
    name: String,
    run: Box<dyn Fn() -> Result<Figures, Failure> + 'a>,
}

/// Figures of a run.
#[derive(Clone, Copy)]
struct Figures {
    samples_per_s: f64,
    peak_bytes: f64,
    /// Seconds from the start of the process to the first step.
    startup: f64,
}

/// Measures the cases that `--case` names, or all whose Python is given.
pub(crate) fn compare(args: &Args, peers: &Path) -> Result<(), Failure> {
    if let Some(unknown) = args.case.iter().find(|name| CASES.iter().all(|case| case.name != **name)) {
        let known: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        return Err(format!("no case is named `{unknown}`; there are {}", known.join(", ")).into());
    }
    let data: PathBuf = variable("PEERS_DATA").ok_or("PEERS_DATA does not name the prepared data")?.into();
    let folder = tempfile::tempdir()?;
    let columns = [
        "case",
        "peer",
        "Turret, samples/s",
        "peer, samples/s",
        "ratio",
        "range",
        "memory",
        "peer",
        "start-up",
        "peer",
    ];
    if !args.json {
        begin("Training compared with Python systems", &columns);
    }
    let asked = |case: &&Case| args.case.is_empty() || args.case.iter().any(|name| name == case.name);
    for case in CASES.iter().filter(asked) {
        let ours = THREADS.map(|threads| turret(args, peers, &data, folder.path(), case, threads));
        let theirs: Vec<Side<'_>> =
            case.peers.iter().flat_map(|peer| sides(args, peers, &data, peer)).collect();
        if theirs.is_empty() {
            eprintln!("{}: left out, since no variable names a Python with its peer", case.name);
            continue;
        }
        let (ours, theirs) = (best(&ours)?, best(&theirs)?);
        let mut pairs = Vec::new();
        for _ in 0..args.runs {
            pairs.push(((ours.run)()?, (theirs.run)()?));
        }
        print(args, case, theirs, &pairs);
    }
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Runs each side once, which also warms it up, and returns the fastest.
fn best<'a, 's>(sides: &'a [Side<'s>]) -> Result<&'a Side<'s>, Failure> {
    let mut best: Option<(f64, &Side<'_>)> = None;
    for side in sides {
        let rate = (side.run)()?.samples_per_s;
        if best.is_none_or(|(other, _)| rate > other) {
            best = Some((rate, side));
        }
    }
    Ok(best.ok_or("there is nothing to compare")?.1)
}

fn turret<'a>(
    args: &'a Args,
    peers: &'a Path,
    data: &'a Path,
    folder: &'a Path,
    case: &'a Case,
    threads: &'static str,
) -> Side<'a> {
    let measure = move || {
        let out = folder.join(case.name);
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        let spec = match case.spec {
            Spec::Matched(name) => peers.join("matched").join(name),
            Spec::Own(name) => args.specs.join(name),
            Spec::OfPeers(name) => args.own_peers.join(name),
        };
        // The program is built before it is timed.
        let program = folder.join(format!("{}-program", case.name));
        let (sets, others) =
            case.arguments.split_at(case.arguments.iter().take_while(|a| **a != "--epochs").count());
        let mut build = Command::new(command(args)?);
        run(build.arg("build").arg(&spec).args(sets).arg("-o").arg(&program), "")?;
        let mut train = Command::new(&program);
        train.args(["train", "--json", "--no-cache", "--threads", threads]).args(others);
        train.arg("--data").arg(data.join(case.data)).arg("--out").arg(&out);
        // A run saves its first state right before its first step.
        let (done, startup) = run_until(&mut train, &out.join("run.json"))?;
        let result = done.result()?;
        Ok(Figures {
            samples_per_s: result.number("samples_per_s")?,
            peak_bytes: result.number("peak_rss_bytes")?,
            startup,
        })
    };
    Side { name: format!("Turret, {threads} threads"), run: Box::new(measure) }
}

fn sides<'a>(args: &'a Args, peers: &'a Path, data: &'a Path, peer: &'a Peer) -> Vec<Side<'a>> {
    let (system, name) = peer.system.names();
    let Some(python) = variable(name) else { return Vec::new() };
    let side = |threads: &&'static str| {
        let (python, threads) = (python.clone(), *threads);
        let measure = move || {
            let arguments = peer.arguments.iter().map(|one| one.replace("{data}", &data.to_string_lossy()));
            let mut program = Command::new(&python);
            program
                .arg(match peer.program {
                    Program::Given(name) => peers.join(name),
                    Program::Own(name) => args.own_peers.join(name),
                })
                .args(arguments)
                .args(["--threads", threads]);
            let result: Fields = run(&mut program, "")?.result()?;
            Ok(Figures {
                samples_per_s: result.number("samples_per_s")?,
                peak_bytes: result.number("peak_rss_mb")? * 1048576.0,
                startup: result.number("startup_to_first_step_s").unwrap_or(f64::NAN),
            })
        };
        Side { name: format!("{system}, {threads} threads"), run: Box::new(measure) as Box<_> }
    };
    peer.threads.iter().map(side).collect()
}

fn print(args: &Args, case: &Case, theirs: &Side<'_>, pairs: &[(Figures, Figures)]) {
    let mut ratios: Vec<f64> = pairs.iter().map(|(a, b)| a.samples_per_s / b.samples_per_s).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let ours = |of: fn(&Figures) -> f64| median(pairs.iter().map(|(ours, _)| of(ours)).collect());
    let peers = |of: fn(&Figures) -> f64| median(pairs.iter().map(|(_, peer)| of(peer)).collect());
    let (low, high) =
        (ratios.first().copied().unwrap_or(f64::NAN), ratios.last().copied().unwrap_or(f64::NAN));
    if args.json {
        let line = json!({
            "case": case.name, "peer": theirs.name,
            "samples_per_s": ours(|f| f.samples_per_s), "peer_samples_per_s": peers(|f| f.samples_per_s),
            "ratio": median(ratios.clone()), "ratio_low": low, "ratio_high": high,
            "peak_rss_bytes": ours(|f| f.peak_bytes), "peer_peak_rss_bytes": peers(|f| f.peak_bytes),
            "startup_s": ours(|f| f.startup), "peer_startup_s": peers(|f| f.startup),
        });
        println!("{line}");
        return;
    }
    row(&[
        case.about.to_owned(),
        theirs.name.clone(),
        format!("{:.0}", ours(|f| f.samples_per_s)),
        format!("{:.0}", peers(|f| f.samples_per_s)),
        format!("{:.2}", median(ratios)),
        format!("{low:.2} to {high:.2}"),
        megabytes(ours(|f| f.peak_bytes)),
        megabytes(peers(|f| f.peak_bytes)),
        duration(ours(|f| f.startup)),
        duration(peers(|f| f.startup)),
    ]);
}
