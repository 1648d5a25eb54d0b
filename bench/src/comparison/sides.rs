//! Sides of a comparison: processes of Turret and of its peers.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Run, variable};
use crate::cases::{Case, Peer, Place, Work};
use crate::process::{run, run_until};
use crate::tasks::Task;
use crate::turret::command;
use crate::{Args, Failure};

/// Numbers of threads that Turret is tried with.
const THREADS: [&str; 2] = ["1", "2"];

/// A side of a comparison at a number of threads.
pub(super) struct Side<'a> {
    pub(super) name: String,
    pub(super) run: Box<dyn Fn() -> Result<Run, Failure> + 'a>,
}

/// Folders of a comparison.
#[derive(Clone, Copy)]
pub(super) struct Folders<'a> {
    /// Programs of the peers.
    pub(super) peers: &'a Path,
    /// Data of the peers.
    pub(super) data: &'a Path,
    /// Folder of runs, programs and inputs, which is removed.
    pub(super) scratch: &'a Path,
}

impl Folders<'_> {
    /// Writes what both sides of a case read, unless the case reads prepared data.
    pub(super) fn prepare(&self, case: &Case) -> Result<(), Failure> {
        match case.work {
            Work::Training { .. } => Ok(()),
            Work::Task(task) => task.prepare(self.data, &self.inputs(case)),
        }
    }

    fn inputs(&self, case: &Case) -> PathBuf {
        self.scratch.join(format!("{}-inputs", case.name))
    }
}

/// Sides of Turret.
pub(super) fn turret<'a>(args: &'a Args, folders: Folders<'a>, case: &'a Case) -> Vec<Side<'a>> {
    let side = |threads: &'static str| {
        let measure = move || match case.work {
            Work::Training { spec, arguments, data } => {
                train(args, folders, case, (spec, arguments, data), threads)
            }
            Work::Task(task) => do_task(task, &folders.inputs(case), threads),
        };
        Side { name: format!("Turret, {threads} threads"), run: Box::new(measure) as Box<_> }
    };
    THREADS.map(side).into()
}

fn train(
    args: &Args,
    folders: Folders<'_>,
    case: &Case,
    (spec, arguments, data): (Place, &[&str], &str),
    threads: &str,
) -> Result<Run, Failure> {
    let out = folders.scratch.join(case.name);
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    // The program is built before it is timed.
    let program = folders.scratch.join(format!("{}-program", case.name));
    let (sets, others) = arguments.split_at(arguments.iter().take_while(|a| **a != "--epochs").count());
    let mut build = Command::new(command(args)?);
    build.arg("build").arg(spec.path(args, folders.peers)).args(sets).arg("-o").arg(&program);
    run(&mut build, "")?;
    let mut train = Command::new(&program);
    train.args(["train", "--json", "--no-cache", "--threads", threads]).args(others);
    train.arg("--data").arg(folders.data.join(data)).arg("--out").arg(&out);
    // A run saves its first state right before its first step.
    let (done, startup) = run_until(&mut train, &out.join("run.json"))?;
    let fields = done.result()?;
    Ok(Run { peak_bytes: fields.number("peak_rss_bytes")?, fields, startup })
}

fn do_task(task: Task, inputs: &Path, threads: &str) -> Result<Run, Failure> {
    let mut program = Command::new(std::env::current_exe()?);
    program.arg("--task").arg(task.to_string()).arg("--inputs").arg(inputs).args(["--threads", threads]);
    let fields = run(&mut program, "")?.result()?;
    let (peak_bytes, startup) = (fields.number("peak_rss_bytes")?, fields.number("startup_to_first_step_s")?);
    Ok(Run { fields, peak_bytes, startup })
}

/// Sides of the peers whose Python is given.
pub(super) fn peers<'a>(args: &'a Args, folders: Folders<'a>, case: &'a Case) -> Vec<Side<'a>> {
    case.peers.iter().flat_map(|peer| sides_of(args, folders, case, peer)).collect()
}

fn sides_of<'a>(args: &'a Args, folders: Folders<'a>, case: &'a Case, peer: &'a Peer) -> Vec<Side<'a>> {
    let (system, name) = peer.system.names();
    let Some(python) = variable(name) else { return Vec::new() };
    let side = |threads: &&'static str| {
        let (python, threads) = (python.clone(), *threads);
        let measure = move || {
            let inputs = folders.inputs(case);
            let placed = [("{data}", folders.data), ("{inputs}", &inputs)];
            let argument = |one: &&str| {
                placed
                    .iter()
                    .fold((*one).to_owned(), |one, (name, path)| one.replace(name, &path.to_string_lossy()))
            };
            let mut program = Command::new(&python);
            program.arg(peer.program.path(args, folders.peers));
            program.args(peer.arguments.iter().map(argument)).args(["--threads", threads]);
            let fields = run(&mut program, "")?.result()?;
            let startup = fields.number("startup_to_first_step_s").unwrap_or(f64::NAN);
            Ok(Run { peak_bytes: fields.number("peak_rss_mb")? * 1048576.0, fields, startup })
        };
        Side { name: format!("{system}, {threads} threads"), run: Box::new(measure) as Box<_> }
    };
    peer.threads.iter().map(side).collect()
}
