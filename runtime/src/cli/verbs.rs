//! What each verb does, from its arguments to what it prints.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

use crate::data::{Data, Dataset, nearest};
use crate::device::Start;
use crate::error::Error;
use crate::evaluate::evaluate;
use crate::export::{self, Format, RowSet};
use crate::loaded::Loaded;
use crate::predict;
use crate::prepare::{BatchOf, prepare_fitted};
use crate::program::{Evaluation, Features, Program};
use crate::progress::say;
use crate::state::StateError;
use crate::train::{self, Interrupt, TrainOptions, Trained};

use super::report::{Outcome, print};
use super::{EvalArgs, ExportArgs, InspectArgs, PredictArgs, TrainArgs, set_threads};

pub(super) fn train<D: Start, P: Program<D>>(args: TrainArgs) -> Result<(), Error> {
    let started = Instant::now();
    let threads = set_threads(args.common.threads)?;
    let interrupt = Interrupt::on_ctrl_c()?;
    let device = D::start()?;
    let trained: Trained<D, P> = match (&args.resume, args.data) {
        (Some(run), data) => train::resume(run, data.as_deref(), args.epochs, &device, &interrupt)?,
        (None, data) => {
            let options = TrainOptions {
                data: data.unwrap_or_default(),
                out: args.out,
                epochs: args.epochs,
                batch: args.batch,
                lr: args.lr,
                seed: args.seed.unwrap_or(P::training().seed),
                threads,
            };
            train::train(&options, &device, &interrupt)?
        }
    };
    let report = evaluate(&trained.model, &trained.dataset, &device)?;
    for (tower, info) in P::TOWERS.iter().enumerate().filter(|(_, info)| info.exported) {
        let rows = if trained.dataset.test.is_empty() { RowSet::Train } else { RowSet::Test };
        let vectors = export::vectors(&trained.model, tower, rows, &trained.data, &trained.dataset, &device)?;
        for path in export::write(&vectors, Format::Npy, &trained.folder.file("export"))? {
            say(format_args!("exported {}: {}", info.name, path.display()));
        }
    }
    let outcome = Outcome {
        epochs: trained.info.epochs,
        samples_per_s: Some(trained.samples_per_s),
        seconds: started.elapsed().as_secs_f64(),
        run: trained.folder.path(),
        data: &trained.info.data,
    };
    let line = print(&report, &outcome, args.common.json)?;
    Ok(trained.folder.metrics().append(&line)?)
}

/// The data at hand, or those the run was trained on.
fn data<D: Start, P: Program<D>>(
    loaded: &mut Loaded<D, P>,
    data: Option<PathBuf>,
) -> Result<(Data, Dataset<BatchOf<D, P>>), Error> {
    if let Some(data) = data {
        loaded.info.data = data;
    }
    prepare_fitted::<D, P>(&loaded.info.data, &loaded.features)
}

pub(super) fn eval<D: Start, P: Program<D>>(args: EvalArgs) -> Result<(), Error> {
    let started = Instant::now();
    set_threads(args.common.threads)?;
    let device = D::start()?;
    let mut loaded = Loaded::<D, P>::open(&args.run, &device)?;
    let (_, dataset) = data(&mut loaded, args.data)?;
    let report = evaluate(&loaded.model, &dataset, &device)?;
    let outcome = Outcome {
        epochs: loaded.info.position.epochs,
        samples_per_s: None,
        seconds: started.elapsed().as_secs_f64(),
        run: loaded.folder.path(),
        data: &loaded.info.data,
    };
    print(&report, &outcome, args.common.json).map(drop)
}

pub(super) fn predict<D: Start, P: Program<D>>(args: PredictArgs) -> Result<(), Error> {
    set_threads(args.threads)?;
    let device = D::start()?;
    let tower = match (&args.tower, P::EVALUATION) {
        (Some(name), _) => Some(tower_named::<D, P>(name)?),
        (None, Evaluation::Retrieval { query, .. }) => Some(query),
        (None, Evaluation::Ranking) => None,
    };
    let loaded = Loaded::<D, P>::open(&args.run, &device)?;
    let mut input: Box<dyn BufRead> = match &args.input {
        Some(path) => {
            Box::new(BufReader::new(File::open(path).map_err(|source| StateError::read(path, source))?))
        }
        None => Box::new(io::stdin().lock()),
    };
    let mut output = BufWriter::new(io::stdout().lock());
    predict::predict(&loaded.model, &loaded.features, tower, &device, &mut *input, &mut output)
}

pub(super) fn export<D: Start, P: Program<D>>(args: ExportArgs) -> Result<(), Error> {
    set_threads(args.common.threads)?;
    let device = D::start()?;
    let towers: Vec<usize> = match &args.tower {
        Some(name) => vec![tower_named::<D, P>(name)?],
        None => (0..P::TOWERS.len()).filter(|&tower| P::TOWERS[tower].exported).collect(),
    };
    if towers.is_empty() {
        return Err(Error::usage("the spec exports no tower").help("name one with `--tower`"));
    }
    let mut loaded = Loaded::<D, P>::open(&args.run, &device)?;
    let (data, dataset) = data(&mut loaded, args.data)?;
    let out = args.out.unwrap_or_else(|| loaded.folder.file("export"));
    let mut stdout = io::stdout().lock();
    let mut lines = Vec::new();
    for tower in towers {
        let vectors = export::vectors(&loaded.model, tower, args.rows, &data, &dataset, &device)?;
        let files = export::write(&vectors, args.format, &out)?;
        for file in &files {
            writeln!(stdout, "{}", file.display())?;
        }
        lines.push(json!({"tower": vectors.tower, "rows": vectors.matrix.rows(), "width": vectors.matrix.width, "files": files}));
    }
    if args.common.json {
        writeln!(stdout, "{}", json!({"exports": lines}))?;
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
        let towers: Vec<_> =
            P::TOWERS.iter().map(|tower| json!({"name": tower.name, "width": tower.width})).collect();
        writeln!(
            stdout,
            "{}",
            json!({"run": info, "parameters": parameters, "tensors": shapes, "towers": towers})
        )?;
        return Ok(());
    }
    writeln!(stdout, "{} in {}", info.name, folder.path().display())?;
    writeln!(stdout, "  compiler {}, fingerprint {}", info.compiler, info.fingerprint)?;
    writeln!(
        stdout,
        "  {} of {} epochs, {} steps of {} rows, seed {}, {:.1} s of training",
        info.position.epochs, info.epochs, info.steps, info.batch, info.seed, info.seconds
    )?;
    for tower in P::TOWERS {
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
    let names = || P::TOWERS.iter().map(|tower| tower.name);
    names().position(|other| other == name).ok_or_else(|| {
        let error = Error::usage(format_args!("there is no tower `{name}`"));
        match nearest(name, names()) {
            Some(similar) => error.help(format_args!("did you mean `{similar}`?")),
            None => error.help(format_args!("the towers are {}", names().collect::<Vec<_>>().join(", "))),
        }
    })
}
