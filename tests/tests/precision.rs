//! Tables of 16 bits, from structs to trained model: they learn as tables of 32 bits do, and a resumed run and
//! any number of threads give the same bits.

use std::fmt::Write as _;
use std::path::Path;

use tempfile::TempDir;
use turret::runtime::Loaded;
use turret::runtime::evaluate::{EvaluateOptions, evaluate};
use turret::runtime::export::{RowSet, vectors};
use turret::runtime::prelude::{Cpu, Precision, Program};
use turret::runtime::run::RunWriter;
use turret::runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};
use turret::{Model, Table, Tower};
use turret_dsl::Compiler;
use turret_dsl::expand::Options;

mod exact {
    turret::include_model!("precision/exact.dm");
}

#[derive(Table)]
#[table(dim = 8, precision = bf16, initializer = normal(0.3))]
struct Viewers;

#[derive(Table)]
#[table(dim = 8, precision = f16, initializer = normal(0.3))]
struct Films;

#[derive(Tower)]
#[tower(Viewers[viewer])]
struct Viewer {
    viewer: u32,
}

#[derive(Tower)]
#[tower(Films[film])]
struct Film {
    film: u32,
}

#[derive(Model)]
#[model(
    data {
        log = csv("log.csv")
        split = random(test = 0.2, seed = 1)
    }
    input { click: label }
    objective bce(dot(viewer, film), click)
    metrics { auc }
    train { optimizer = adam(lr = 0.01), batch = 64, epochs = 8 }
    export { viewer, film }
)]
struct Short {
    viewer: Viewer,
    film: Film,
}

type Exactly = exact::Model<Cpu>;
type Shortly = short::Model<Cpu>;

/// Viewers click on films of their kind, of four, and sometimes on others.
fn log(folder: &Path) {
    let mut log = String::from("viewer,film,click\n");
    for row in 0..6000u32 {
        let (viewer, film) = (row * 7 % 101, row.wrapping_mul(2_654_435_761) >> 16 & 63);
        let click = (viewer % 4 == film % 4) ^ row.is_multiple_of(19);
        let _ = writeln!(log, "{viewer},{film},{}", u8::from(click));
    }
    std::fs::write(folder.join("log.csv"), log).unwrap();
}

fn trained<P: Program<Cpu>>(data: &Path, out: &str, epochs: Option<usize>, threads: usize) -> Trained {
    let options = TrainOptions {
        data: data.to_owned(),
        out: Some(data.join(out)),
        epochs,
        seed: 3,
        threads,
        ..Default::default()
    };
    train::<Cpu, P>(&options, &Cpu::default(), &Interrupt::default()).unwrap()
}

/// Names, formats and numbers of the weights.
fn weights(run: &Trained) -> Vec<(String, Precision, Vec<f32>)> {
    let weights = run.model.weights().into_iter();
    weights.map(|one| (one.name, one.values.precision(), one.values.widen().into_owned())).collect()
}

#[test]
fn structs_name_a_precision_too() {
    let program = |text: &str| Compiler::new("spec.dm", text).compile(&Options::default()).unwrap();
    let short = program(&<Shortly as Program<Cpu>>::description().spec.text);
    assert!(short.contains(".precision(Precision::Bf16)") && short.contains(".precision(Precision::F16)"));
    assert!(!program(&<Exactly as Program<Cpu>>::description().spec.text).contains("precision"));
}

#[test]
fn short_rows_learn_what_long_ones_do_in_half_the_bytes() {
    let data = TempDir::new().unwrap();
    log(data.path());
    let auc = |run: &Trained| {
        let options = EvaluateOptions::default();
        evaluate(&*run.model, &run.dataset, options, &Interrupt::default()).unwrap().metrics[0].value
    };
    let long = trained::<Exactly>(data.path(), "long", None, 1);
    let short = trained::<Shortly>(data.path(), "short", None, 1);
    let (of_long, of_short) = (auc(&long), auc(&short));
    assert!(of_long > 0.85 && (of_long - of_short).abs() < 0.01, "{of_long} {of_short}");
    let bytes = |run: &Trained| {
        let checkpoint = format!("checkpoint-{}/weights.safetensors", run.info.steps);
        std::fs::metadata(run.folder.path().join(checkpoint)).unwrap().len()
    };
    // Rows of 101 viewers, 64 films and two unknown keys.
    let halved = 2 * 8 * (101 + 64 + 2);
    assert!(bytes(&long).abs_diff(bytes(&short) + halved) <= 8, "{} {}", bytes(&long), bytes(&short));

    // A stored run answers and exports numbers of 32 bits, the same as the trained model.
    let stored = Loaded::<Cpu, Shortly>::open(short.folder.path(), &Cpu::default()).unwrap();
    let answered = stored.vectors(&[Film { film: 5 }]).unwrap();
    let exported = vectors(&*short.model, 1, RowSet::Test, &short.data, &short.dataset).unwrap();
    assert!(exported.matrix.values.chunks(8).any(|vector| vector == answered.row(0)));
}

#[test]
fn a_continued_run_has_the_bits_of_an_unbroken_one_on_any_number_of_threads() {
    let data = TempDir::new().unwrap();
    log(data.path());
    let whole = weights(&trained::<Shortly>(data.path(), "whole", Some(3), 1));
    let formats: Vec<_> = whole.iter().map(|(name, precision, _)| (name.as_str(), *precision)).collect();
    assert_eq!(
        formats,
        [("tables.viewers.weight", Precision::Bf16), ("tables.films.weight", Precision::F16)]
    );
    for threads in [2, 4] {
        assert_eq!(whole, weights(&trained::<Shortly>(data.path(), &threads.to_string(), Some(3), threads)));
    }
    trained::<Shortly>(data.path(), "parts", Some(1), 1);
    let spec = &<Shortly as Program<Cpu>>::description().spec;
    let (folder, info) = RunWriter::open(&data.path().join("parts"), spec).unwrap();
    let options = ResumeOptions { epochs: Some(3), threads: 1, ..Default::default() };
    let parts =
        resume::<Cpu, Shortly>(folder, info, &options, &Cpu::default(), &Interrupt::default()).unwrap();
    assert_eq!(whole, weights(&parts));
}
