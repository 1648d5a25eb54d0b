//! The verbs, from their arguments to their output.

use std::io::{self, BufWriter, Write};
use std::time::Instant;

use serde_json::json;
use turret_schema::{Precision, STANDARD_INPUT};

use crate::data::{Features, FileStamp, HeldOut};
use crate::erased::AnyProgram;
use crate::error::{Error, RunError, UsageError};
use crate::evaluate::{EvaluateOptions, Report, evaluate};
use crate::export::{self, Format, RowSet};
use crate::interrupt::Interrupt;
use crate::kernels::Kernels;
use crate::loaded::StoredModel;
use crate::predict::{self, Answers, Records};
use crate::printable::printable;
use crate::program::{Description, Evaluation};
use crate::progress::{counted, rounded, say};
use crate::run::{Chosen, RunInfo, RunWriter, Weights};
use crate::train::{self, ResumeOptions, TrainOptions, Trained};

use super::against::{self, Against};
use super::bar::progress_form;
use super::report::{Outcome, print, shown_json};
use super::{
    EvalArgs, ExportArgs, InspectArgs, PredictArgs, StartProgram, TrainArgs, interrupt, set_threads,
};

pub(super) fn train(
    description: &'static Description,
    start: StartProgram<'_>,
    args: TrainArgs,
) -> Result<(), Error> {
    let started = Instant::now();
    let interrupt = interrupt()?;
    let TrainArgs {
        data,
        out,
        epochs,
        steps,
        batch,
        lr,
        seed,
        budget,
        eval_every,
        save_every,
        keep,
        resume,
        allow_changed_data,
        reading,
        common,
    } = args;
    let reading = reading.options();
    let stored = resume.map(|run| RunWriter::open(&run, &description.spec)).transpose()?;
    // A resumed run keeps its number of threads.
    let threads = set_threads(common.threads.or(stored.as_ref().map(|(_, info)| info.threads)))?;
    say(format_args!("{}, {} kernels", counted(threads, "thread"), Kernels::chosen()?));
    let (program, progress) = (start()?, progress_form());
    let mut trained = match stored {
        Some((folder, info)) => {
            let options = ResumeOptions {
                data,
                epochs,
                steps,
                threads,
                eval_every,
                save_every,
                keep,
                allow_changed_data,
                progress,
                reading,
            };
            train::resume_program(program.as_ref(), folder, info, &options, &interrupt)?
        }
        None => {
            let (data, seed) = (data.unwrap_or_default(), seed.unwrap_or(description.training.seed));
            let options = TrainOptions {
                data,
                out,
                epochs,
                steps,
                batch,
                lr,
                budget,
                seed,
                window: None,
                threads,
                eval_every,
                save_every,
                keep,
                progress,
                reading,
            };
            train::train_program(program.as_ref(), &options, &interrupt)?
        }
    };
    let mut reports = Vec::new();
    if trained.data.spec().split.has_validation() {
        reports.push(measured(&mut trained, HeldOut::Validate, true, &interrupt)?);
    }
    reports.push(measured(&mut trained, HeldOut::Test, true, &interrupt)?);
    let rows = if trained.dataset.test.is_empty() { RowSet::Train } else { RowSet::Test };
    for (tower, info) in description.towers.iter().enumerate().filter(|(_, info)| info.exported) {
        let vectors = export::vectors(trained.model.as_ref(), tower, rows, &trained.data, &trained.dataset)?;
        for path in export::write(&vectors, Format::Npy, &trained.folder.exports()?)? {
            say(format_args!("exported {}: {}", info.name, printable(path.display())));
        }
    }
    let outcome = Outcome {
        info: &trained.info,
        weights: Weights::Best,
        samples_per_s: trained.samples_per_s,
        seconds: started.elapsed().as_secs_f64(),
        run: trained.folder.path(),
        against: None,
    };
    let line = print(&reports, &outcome, common.json)?;
    trained.log.append(&line);
    Ok(())
}

/// Evaluates a trained model on held-out rows; with `slices`, also within the slices of its spec. The last evaluation of training
/// is not repeated if it has all of this.
pub(super) fn measured(
    trained: &mut Trained,
    part: HeldOut,
    slices: bool,
    interrupt: &Interrupt,
) -> Result<Report, Error> {
    let slices = slices && !trained.model.description().slices.is_empty();
    if let Some(report) = trained.report.take_if(|report| report.part == part && !slices) {
        return Ok(report);
    }
    let slices = slices.then_some(&trained.features);
    let options = EvaluateOptions { part, progress: progress_form(), slices, ..Default::default() };
    let report = evaluate(trained.model.as_ref(), &trained.dataset, options, interrupt)?;
    let epoch = trained.info.epoch_of_weights();
    // The evaluation that chose the weights is in the log.
    if part == HeldOut::Test || trained.info.position.evaluated < epoch {
        trained.log.evaluation(epoch, &report);
    }
    Ok(report)
}

pub(super) fn eval(start: StartProgram<'_>, args: EvalArgs) -> Result<(), Error> {
    let started = Instant::now();
    let run = args.run.as_ref().or(args.out.as_ref()).ok_or(UsageError::NoRun)?;
    if let Some(other) = &args.against {
        against::check(run, other)?;
    }
    let program = evaluator(start, &args)?;
    let loaded = StoredModel::open_with(program.as_ref(), run, args.weights)?;
    for (name, asked, has) in [
        ("epochs", args.epochs.map(|epochs| epochs as u64), loaded.info.position.epochs as u64),
        ("seed", args.seed, loaded.info.seed),
    ] {
        if let Some(asked) = asked.filter(|&asked| asked != has) {
            let path = run.clone();
            return Err(RunError::Setting { path, setting: name, found: has, asked }.into());
        }
    }
    let Evaluated { report, info, samples_per_s } = evaluated(loaded, &args, true)?;
    let against = args.against.as_deref();
    let against = against.map(|other| Against::new(program.as_ref(), &report, other, &args)).transpose()?;
    let outcome = Outcome {
        info: &info,
        weights: args.weights,
        samples_per_s,
        seconds: started.elapsed().as_secs_f64(),
        run,
        against: against.as_ref(),
    };
    print(&[report], &outcome, args.common.json).map(drop)
}

/// Starts a program that evaluates.
pub(super) fn evaluator(start: StartProgram<'_>, args: &EvalArgs) -> Result<Box<dyn AnyProgram>, Error> {
    if args.batch == 0 {
        return Err(UsageError::EmptyBatch.into());
    }
    set_threads(args.common.threads)?;
    start()
}

/// An evaluated run.
pub(super) struct Evaluated {
    pub(super) report: Report,
    info: RunInfo,
    /// Rows per second.
    samples_per_s: f64,
}

/// Evaluates a run; with `parts`, also the baselines if they are asked for, and the slices of its spec.
pub(super) fn evaluated(mut loaded: StoredModel, args: &EvalArgs, parts: bool) -> Result<Evaluated, Error> {
    let (data, dataset) = loaded.prepare(args.data.clone(), &args.reading.options())?;
    let evaluating = Instant::now();
    if args.on == HeldOut::Validate && !data.spec().split.has_validation() {
        return Err(UsageError::NoValidation.into());
    }
    let options = EvaluateOptions {
        part: args.on,
        rows_at_once: args.batch,
        progress: progress_form(),
        baselines: parts && args.baselines,
        slices: parts.then_some(&loaded.features),
    };
    let mut report = evaluate(loaded.model.as_ref(), &dataset, options, &Interrupt::default())?;
    report.notes.extend(loaded.info.remarks(&data));
    let samples_per_s = report.rows as f64 / evaluating.elapsed().as_secs_f64().max(1e-9);
    Ok(Evaluated { report, info: loaded.info, samples_per_s })
}

pub(super) fn predict(start: StartProgram<'_>, args: PredictArgs) -> Result<(), Error> {
    set_threads(args.threads)?;
    let program = start()?;
    let description = program.description();
    let has_named_tasks = description.tasks.iter().any(|task| !task.name.is_empty());
    let tower = match (&args.tower, description.evaluation) {
        (Some(name), _) => Some(tower_named(description, name)?),
        (None, Evaluation::Retrieval { query, .. }) if !has_named_tasks => Some(query),
        (None, _) if description.tasks.is_empty() => return Err(UsageError::NoPredictions.into()),
        (None, _) => None,
    };
    let records = match &args.input {
        Some(path) if path.as_os_str() != STANDARD_INPUT => Records::open(path, args.format)?,
        _ => Records::stdin(args.format)?,
    };
    let loaded = StoredModel::open_with(program.as_ref(), &args.run, args.weights)?;
    let mut output = BufWriter::new(io::stdout().lock());
    let answers = Answers::to(&mut output, args.output_format, loaded.model.as_ref());
    predict::predict(loaded.model.as_ref(), &loaded.features, tower, records, answers)
}

pub(super) fn export(start: StartProgram<'_>, args: ExportArgs) -> Result<(), Error> {
    set_threads(args.common.threads)?;
    let program = start()?;
    let towers: Vec<usize> = match &args.tower {
        Some(name) => vec![tower_named(program.description(), name)?],
        None => (0..program.description().towers.len())
            .filter(|&tower| program.description().towers[tower].exported)
            .collect(),
    };
    if towers.is_empty() {
        return Err(UsageError::NothingExported.into());
    }
    let mut loaded = StoredModel::open_with(program.as_ref(), &args.run, args.weights)?;
    let (data, dataset) = loaded.prepare(args.data, &args.reading.options())?;
    for remark in loaded.info.remarks(&data) {
        say(format_args!("note: {remark}"));
    }
    let out = args.out.map_or_else(|| loaded.folder.exports(), Ok)?;
    let mut stdout = io::stdout().lock();
    let mut lines = Vec::new();
    for tower in towers {
        let vectors = export::vectors(loaded.model.as_ref(), tower, args.rows, &data, &dataset)?;
        let files = export::write(&vectors, args.format, &out)?;
        for file in &files {
            writeln!(stdout, "{}", printable(file.display()))?;
        }
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        lines.push(json!({"tower": vectors.tower, "rows": vectors.matrix.rows(), "width": vectors.matrix.width, "files": files}));
    }
    if args.common.json {
        writeln!(stdout, "{}", shown_json(&json!({"exports": lines}))?)?;
    }
    Ok(())
}

pub(super) fn inspect(start: StartProgram<'_>, args: InspectArgs) -> Result<(), Error> {
    let program = start()?;
    let StoredModel { folder, info, features, model, .. } = StoredModel::open(program.as_ref(), &args.run)?;
    let tensors = model.weights();
    let parameters: usize = tensors.iter().map(|tensor| tensor.values.len()).sum();
    let mut stdout = io::stdout().lock();
    if args.json {
        let shapes: serde_json::Map<_, _> =
            tensors.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone().into())).collect();
        let towers: Vec<_> = program
            .description()
            .towers
            .iter()
            .map(|tower| json!({"name": tower.name, "width": tower.width}))
            .collect();
        writeln!(
            stdout,
            "{}",
            shown_json(
                &json!({"run": info, "kernels": Kernels::chosen()?, "parameters": parameters, "tensors": shapes, "towers": towers})
            )?
        )?;
        return Ok(());
    }
    writeln!(stdout, "{} in {}", printable(&info.name), printable(folder.path().display()))?;
    let (compiler, fingerprint) = (printable(&info.compiler), printable(&info.fingerprint));
    writeln!(stdout, "  compiler {compiler}, fingerprint {fingerprint}")?;
    writeln!(
        stdout,
        "  {} of {} epochs, {} steps of {} rows, learning rate {}, seed {}, {:.1} s of training",
        info.position.epochs,
        info.epochs,
        info.steps,
        info.batch,
        info.lr.unwrap_or(program.description().training.optimizer.lr()),
        info.seed,
        info.seconds
    )?;
    if let Some(Chosen { metric, value, epoch, steps, .. }) = &info.chosen {
        writeln!(
            stdout,
            "  best {metric} on the validation rows {value:.4}, after epoch {epoch} and {steps} steps"
        )?;
    }
    writeln!(stdout, "  data {}", printable(info.data.display()))?;
    write_files(&mut stdout, info.files.as_deref())?;
    for earlier in &info.earlier {
        writeln!(stdout, "  data up to step {} (epoch {})", earlier.steps, earlier.epochs)?;
        write_files(&mut stdout, earlier.files.as_deref())?;
    }
    let trained = info.kernels.map_or_else(String::new, |kernels| format!(", {kernels} kernels"));
    writeln!(
        stdout,
        "  trained on {}{trained}; this program computes with {} kernels",
        counted(info.threads, "thread"),
        Kernels::chosen()?
    )?;
    for tower in &program.description().towers {
        let fields: Vec<_> = features.inputs()[tower.input].fields.iter().map(ToString::to_string).collect();
        writeln!(stdout, "  tower {}: {} -> [{}]", tower.name, fields.join(", "), tower.width)?;
    }
    writeln!(stdout, "  {parameters} parameters")?;
    for tensor in &tensors {
        let precision = match tensor.values.precision() {
            Precision::F32 => String::new(),
            precision => format!(" {}", precision.word()),
        };
        writeln!(stdout, "    {} {:?}{precision}", tensor.name, tensor.shape)?;
    }
    Ok(())
}

fn tower_named(description: &'static Description, name: &str) -> Result<usize, Error> {
    let names = || description.towers.iter().map(|tower| &*tower.name);
    let found = names().position(|other| other == name);
    found.ok_or_else(|| UsageError::UnknownTower { name: name.to_owned(), towers: names().collect() }.into())
}

/// Lists data files, one per line.
fn write_files(output: &mut impl Write, files: Option<&[FileStamp]>) -> io::Result<()> {
    let Some(files) = files else { return writeln!(output, "    files that are not known") };
    for file in files {
        let rows = file.rows.map(|rows| format!(", {}", counted(rows as usize, "row"))).unwrap_or_default();
        let bytes = rounded(file.bytes as f64);
        writeln!(
            output,
            "    {}: {}{rows}, {bytes} bytes, checksum {}",
            printable(&file.path),
            printable(&file.role),
            file.checksum
        )?;
    }
    Ok(())
}
