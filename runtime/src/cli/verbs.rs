//! The verbs, from their arguments to their output.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

use crate::data::Features;
use crate::data::{EncodedDataset, FileStamp, RawTable};
use crate::device::Start;
use crate::error::{Error, RunError, UsageError};
use crate::evaluate::{EvaluateOptions, evaluate};
use crate::export::{self, Format, RowSet};
use crate::interrupt::Interrupt;
use crate::kernels::Kernels;
use crate::loaded::Loaded;
use crate::predict::{self, Answers, Records};
use crate::prepare::{BatchOf, prepare_fitted};
use crate::printable::printable;
use crate::program::{Evaluation, Program};
use crate::progress::{counted, rounded, say};
use crate::run::RunWriter;
use crate::train::{self, ResumeOptions, TrainOptions, Trained};

use super::bar::progress_form;
use super::report::{Outcome, print, shown_json};
use super::{EvalArgs, ExportArgs, InspectArgs, PredictArgs, TrainArgs, interrupt, set_threads};

pub(super) fn train<D: Start, P: Program<D>>(args: TrainArgs) -> Result<(), Error> {
    let started = Instant::now();
    let interrupt = interrupt()?;
    let TrainArgs {
        data,
        out,
        epochs,
        batch,
        lr,
        seed,
        budget,
        eval_every,
        resume,
        allow_changed_data,
        common,
    } = args;
    let stored = resume.map(|run| RunWriter::open(&run, &P::description().spec)).transpose()?;
    // A run that goes on does so on the threads it began with.
    let threads = set_threads(common.threads.or(stored.as_ref().map(|(_, info)| info.threads)))?;
    say(format_args!("{}, {} kernels", counted(threads, "thread"), Kernels::chosen()?));
    let (device, progress) = (D::start()?, progress_form());
    let mut trained: Trained<D, P> = match stored {
        Some((folder, info)) => {
            let options = ResumeOptions {
                data,
                epochs,
                threads,
                eval_every,
                save_every: None,
                allow_changed_data,
                progress,
            };
            train::resume(folder, info, &options, &device, &interrupt)?
        }
        None => {
            let (data, seed) = (data.unwrap_or_default(), seed.unwrap_or(P::description().training.seed));
            let options = TrainOptions {
                data,
                out,
                epochs,
                batch,
                lr,
                budget,
                seed,
                threads,
                eval_every,
                save_every: None,
                progress,
            };
            train::train(&options, &device, &interrupt)?
        }
    };
    let report = match trained.report.take() {
        Some(report) => report,
        None => {
            let options = EvaluateOptions { progress, ..Default::default() };
            let report = evaluate(&trained.model, &trained.dataset, options, &device, &interrupt)?;
            trained.log.evaluation(trained.info.position.epochs, &report);
            report
        }
    };
    let rows = if trained.dataset.test.is_empty() { RowSet::Train } else { RowSet::Test };
    for (tower, info) in P::description().towers.iter().enumerate().filter(|(_, info)| info.exported) {
        let vectors = export::vectors(&trained.model, tower, rows, &trained.data, &trained.dataset, &device)?;
        for path in export::write(&vectors, Format::Npy, &trained.folder.exports()?)? {
            say(format_args!("exported {}: {}", info.name, printable(path.display())));
        }
    }
    let outcome = Outcome {
        info: &trained.info,
        samples_per_s: trained.samples_per_s,
        seconds: started.elapsed().as_secs_f64(),
        run: trained.folder.path(),
    };
    let line = print(&report, &outcome, common.json)?;
    trained.log.append(&line);
    Ok(())
}

/// The data at hand, or those the run was trained on.
fn data<D: Start, P: Program<D>>(
    loaded: &mut Loaded<D, P>,
    data: Option<PathBuf>,
) -> Result<(RawTable, EncodedDataset<BatchOf<D, P>>), Error> {
    if let Some(data) = data {
        loaded.info.data = data;
    }
    prepare_fitted::<D, P>(&loaded.info.data, &loaded.features)
}

pub(super) fn eval<D: Start, P: Program<D>>(args: EvalArgs) -> Result<(), Error> {
    let started = Instant::now();
    if args.batch == 0 {
        return Err(UsageError::EmptyBatch.into());
    }
    set_threads(args.common.threads)?;
    let device = D::start()?;
    let run = args.run.or(args.out).ok_or(UsageError::NoRun)?;
    let mut loaded = Loaded::<D, P>::open(&run, &device)?;
    for (name, asked, has) in [
        ("epochs", args.epochs.map(|epochs| epochs as u64), loaded.info.position.epochs as u64),
        ("seed", args.seed, loaded.info.seed),
    ] {
        if let Some(asked) = asked.filter(|&asked| asked != has) {
            return Err(RunError::Setting { path: run, setting: name, found: has, asked }.into());
        }
    }
    let (data, dataset) = data(&mut loaded, args.data)?;
    let evaluating = Instant::now();
    let options = EvaluateOptions { rows_at_once: args.batch, progress: progress_form() };
    let mut report = evaluate(&loaded.model, &dataset, options, &device, &Interrupt::default())?;
    report.notes.extend(loaded.info.remarks(&data));
    let outcome = Outcome {
        info: &loaded.info,
        samples_per_s: report.rows as f64 / evaluating.elapsed().as_secs_f64().max(1e-9),
        seconds: started.elapsed().as_secs_f64(),
        run: loaded.folder.path(),
    };
    print(&report, &outcome, args.common.json).map(drop)
}

pub(super) fn predict<D: Start, P: Program<D>>(args: PredictArgs) -> Result<(), Error> {
    set_threads(args.threads)?;
    let device = D::start()?;
    let tower = match (&args.tower, P::description().evaluation) {
        (Some(name), _) => Some(tower_named::<D, P>(name)?),
        (None, Evaluation::Retrieval { query, .. }) => Some(query),
        (None, Evaluation::Ranking | Evaluation::PairScores) => None,
    };
    let records = match &args.input {
        Some(path) => Records::open(path, args.format)?,
        None => Records::stdin(args.format)?,
    };
    let loaded = Loaded::<D, P>::open(&args.run, &device)?;
    let mut output = BufWriter::new(io::stdout().lock());
    let answers = Answers::to(&mut output, args.output_format);
    predict::predict(&loaded.model, &loaded.features, tower, &device, records, answers)
}

pub(super) fn export<D: Start, P: Program<D>>(args: ExportArgs) -> Result<(), Error> {
    set_threads(args.common.threads)?;
    let device = D::start()?;
    let towers: Vec<usize> = match &args.tower {
        Some(name) => vec![tower_named::<D, P>(name)?],
        None => (0..P::description().towers.len())
            .filter(|&tower| P::description().towers[tower].exported)
            .collect(),
    };
    if towers.is_empty() {
        return Err(UsageError::NothingExported.into());
    }
    let mut loaded = Loaded::<D, P>::open(&args.run, &device)?;
    let (data, dataset) = data(&mut loaded, args.data)?;
    for remark in loaded.info.remarks(&data) {
        say(format_args!("note: {remark}"));
    }
    let out = args.out.map_or_else(|| loaded.folder.exports(), Ok)?;
    let mut stdout = io::stdout().lock();
    let mut lines = Vec::new();
    for tower in towers {
        let vectors = export::vectors(&loaded.model, tower, args.rows, &data, &dataset, &device)?;
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

pub(super) fn inspect<D: Start, P: Program<D>>(args: InspectArgs) -> Result<(), Error> {
    let device = D::start()?;
    let Loaded { folder, info, model, .. } = Loaded::<D, P>::open(&args.run, &device)?;
    let tensors = model.weights();
    let parameters: usize = tensors.iter().map(|tensor| tensor.values.len()).sum();
    let mut stdout = io::stdout().lock();
    if args.json {
        let shapes: serde_json::Map<_, _> =
            tensors.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone().into())).collect();
        let towers: Vec<_> = P::description()
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
        info.lr.unwrap_or(P::description().training.optimizer.lr()),
        info.seed,
        info.seconds
    )?;
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
    for tower in &P::description().towers {
        let fields: Vec<_> =
            P::Features::INPUTS[tower.input].fields.iter().map(ToString::to_string).collect();
        writeln!(stdout, "  tower {}: {} -> [{}]", tower.name, fields.join(", "), tower.width)?;
    }
    writeln!(stdout, "  {parameters} parameters")?;
    for tensor in &tensors {
        writeln!(stdout, "    {} {:?}", tensor.name, tensor.shape)?;
    }
    Ok(())
}

fn tower_named<D: Start, P: Program<D>>(name: &str) -> Result<usize, Error> {
    let names = || P::description().towers.iter().map(|tower| &*tower.name);
    let found = names().position(|other| other == name);
    found.ok_or_else(|| UsageError::UnknownTower { name: name.to_owned(), towers: names().collect() }.into())
}

/// Lists files of data, one a line.
fn write_files(output: &mut impl Write, files: Option<&[FileStamp]>) -> io::Result<()> {
    let Some(files) = files else { return writeln!(output, "    files that are not known") };
    for file in files {
        let rows = file.rows.map(|rows| format!(", {} rows", rounded(rows as f64))).unwrap_or_default();
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
