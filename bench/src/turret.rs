//! Benchmarks of Turret: compilation, edits, sizes, training, evaluation and export.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use turret_dsl::Compiler;
use turret_dsl::expand::Options;
use turret_runtime::kernels::{Kernels, VARIABLE};

use crate::edit;
use crate::process::{self, Finished};
use crate::table::{begin, duration, median, megabytes, row};
use crate::{Args, Failure};

/// Number of compilations of a spec per process.
const COMPILED: usize = 200;

/// The command and its inputs.
pub(crate) struct Turret<'a> {
    args: &'a Args,
    command: PathBuf,
    specs: Vec<PathBuf>,
    folder: &'a Path,
}

/// Returns the path of the `turret` command.
pub(crate) fn command(args: &Args) -> Result<PathBuf, Failure> {
    let command = match &args.turret {
        Some(command) => command.clone(),
        None => std::env::current_exe()?.with_file_name("turret"),
    };
    Ok(command
        .canonicalize()
        .map_err(|error| format!("{}: {error}; build it with `cargo build --release`", command.display()))?)
}

impl<'a> Turret<'a> {
    /// The command with these arguments, and a folder for its runs.
    pub(crate) fn new(args: &'a Args, folder: &'a Path) -> Result<Self, Failure> {
        let command = command(args)?;
        let mut specs: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&args.specs)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "dm") {
                specs.push(path);
            }
        }
        specs.sort();
        Ok(Turret { args, command, specs, folder })
    }

    /// Compilation from spec text to Rust.
    pub(crate) fn compiling(&self) -> Result<(), Failure> {
        begin("Spec to Rust", &["spec", "in a process", "`turret expand`"]);
        for spec in &self.specs {
            let text = fs::read_to_string(spec)?;
            let compiler = Compiler::new(&name(spec), &text).files(turret_dsl::read_below(spec));
            let mut seconds = Vec::new();
            for _ in 0..COMPILED {
                let start = Instant::now();
                compiler.compile(&Options::default()).map_err(|_| "the spec does not compile")?;
                seconds.push(start.elapsed().as_secs_f64());
            }
            let whole = self.time([Path::new("expand"), spec])?;
            row(&[name(spec), duration(median(seconds)), duration(whole)]);
        }
        Ok(())
    }

    /// Time from an edit of layer widths to the end of the first epoch.
    pub(crate) fn editing(&self) -> Result<(), Failure> {
        let spec = self.args.specs.join("two_tower.dm");
        let text = fs::read_to_string(&spec)?;
        let edited = self.folder.join("edited.dm");
        begin("Spec edited to the first epoch done", &["spec", "seconds"]);
        // The first run also builds what all programs share.
        let mut seconds = Vec::new();
        for width in 0..=self.args.runs {
            let layers = format!("const layers = [{}, 32]", 33 + width);
            fs::write(&edited, text.replace("const layers = [64, 32]", &layers))?;
            let done = self.train(&edited, &[], 1)?;
            seconds.push(done.seconds_to_line.ok_or("no epoch was reported")?);
        }
        row(&[name(&spec), duration(median(seconds.split_off(1)))]);
        Ok(())
    }

    /// Time from an edit of a width to the program, for each spec.
    pub(crate) fn compiling_edits(&self) -> Result<(), Failure> {
        begin("Spec edited to its program", &["spec", "seconds"]);
        let folder = self.folder.join("edits");
        fs::create_dir_all(&folder)?;
        let program = self.folder.join("program");
        for spec in &self.specs {
            let text = fs::read_to_string(spec)?;
            let edited = folder.join(name(spec));
            let mut seconds = Vec::new();
            // The first build compiles the unchanged spec, and what all programs share.
            for edit in 0..=self.args.runs {
                let text = edit::widened(&text, edit + 1).ok_or("the spec names no width")?;
                fs::write(&edited, text)?;
                seconds.push(self.time_once([Path::new("build"), &edited, Path::new("-o"), &program])?);
            }
            row(&[name(spec), duration(median(seconds.split_off(1)))]);
        }
        Ok(())
    }

    /// Sizes of programs.
    pub(crate) fn sizes(&self) -> Result<(), Failure> {
        begin("Sizes", &["program", "size"]);
        for spec in &self.specs {
            let program = self.folder.join("program");
            process::run(
                Command::new(&self.command).args([Path::new("build"), spec, Path::new("-o"), &program]),
                "",
            )?;
            row(&[name(spec), megabytes(fs::metadata(&program)?.len() as f64)]);
        }
        row(&["the `turret` command".to_owned(), megabytes(fs::metadata(&self.command)?.len() as f64)]);
        Ok(())
    }

    /// Training, evaluation and export.
    pub(crate) fn training(&self) -> Result<(), Failure> {
        let columns =
            ["run", "epoch", "samples/s", "whole command", "peak memory", "`turret eval`", "`turret export`"];
        begin("Training, evaluation, export", &columns);
        for (spec, layers) in [
            ("two_tower.dm", Some("layers=[32]")),
            ("two_tower.dm", Some("layers=[64, 32]")),
            ("dssm_multivalue.dm", None),
        ] {
            let set: Vec<&str> = layers.into_iter().flat_map(|layers| ["--set", layers]).collect();
            let spec = self.args.specs.join(spec);
            let (mut epochs, mut rates, mut whole, mut memory) = (vec![], vec![], vec![], vec![]);
            // The first run compiles.
            for at in 0..=self.args.runs {
                let done = self.train(&spec, &set, self.args.epochs)?;
                if at > 0 {
                    let result = done.result()?;
                    rates.push(result.number("samples_per_s")?);
                    epochs.push(result.number("train_rows")? / result.number("samples_per_s")?);
                    whole.push(done.seconds);
                    memory.push(result.number("peak_rss_bytes")?);
                }
            }
            let verb = |verb| self.time([Path::new(verb), &self.run_folder()]);
            row(&[
                [&name(&spec), layers.unwrap_or_default()].join(" ").trim_end().to_owned(),
                duration(median(epochs)),
                format!("{:.0}", median(rates)),
                duration(median(whole)),
                megabytes(median(memory)),
                duration(verb("eval")?),
                duration(verb("export")?),
            ]);
        }
        Ok(())
    }

    /// Training with the kernels of each instruction set.
    pub(crate) fn kernels(&self) -> Result<(), Failure> {
        let spec = self.args.specs.join("two_tower.dm");
        begin("Instruction sets", &["kernels", "`two_tower.dm` [64, 32], samples/s"]);
        for kernels in Kernels::available() {
            let mut rates = Vec::new();
            for _ in 0..self.args.runs {
                let trained = self.train_with(&spec, &[], self.args.epochs, &[(VARIABLE, kernels.word())])?;
                rates.push(trained.result()?.number("samples_per_s")?);
            }
            row(&[kernels.to_string(), format!("{:.0}", median(rates))]);
        }
        Ok(())
    }

    /// Trains a spec in a run folder that is reused.
    fn train(&self, spec: &Path, set: &[&str], epochs: usize) -> Result<Finished, Failure> {
        self.train_with(spec, set, epochs, &[])
    }

    fn train_with(
        &self,
        spec: &Path,
        set: &[&str],
        epochs: usize,
        variables: &[(&str, &str)],
    ) -> Result<Finished, Failure> {
        let run = self.run_folder();
        if run.exists() {
            fs::remove_dir_all(&run)?;
        }
        let is_movielens = spec.file_name().is_some_and(|name| name != "dssm_multivalue.dm");
        let data = self.args.movielens.as_deref().filter(|_| is_movielens).unwrap_or(Path::new("synth"));
        let mut command = Command::new(&self.command);
        command.envs(variables.iter().copied());
        // The data are read in each run, as by the other systems.
        command.args(["train", "--json", "--no-cache", "--epochs", &epochs.to_string()]).args(set).arg(spec);
        process::run(command.arg("--data").arg(data).arg("--out").arg(&run), "epoch 1/")
    }

    fn run_folder(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// Returns the median time of a call.
    fn time<const N: usize>(&self, words: [&Path; N]) -> Result<f64, Failure> {
        let seconds: Result<_, Failure> = (0..self.args.runs).map(|_| self.time_once(words)).collect();
        Ok(median(seconds?))
    }

    fn time_once<const N: usize>(&self, words: [&Path; N]) -> Result<f64, Failure> {
        Ok(process::run(Command::new(&self.command).args(words), "")?.seconds)
    }
}

fn name(spec: &Path) -> String {
    spec.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
