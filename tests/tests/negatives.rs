//! Objectives that sample candidates, from spec to trained model: each recovers the structure of a small
//! synthetic log, and a resumed run equals an uninterrupted one.

use std::fmt::Write as _;
use std::path::Path;

use tempfile::TempDir;
use turret::runtime::evaluate::{EvaluateOptions, evaluate};
use turret::runtime::prelude::{Cpu, Program};
use turret::runtime::run::RunWriter;
use turret::runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};

mod sampled {
    turret::include_model!("negatives/sampled.dm");
}
mod mixed {
    turret::include_model!("negatives/mixed.dm");
}
mod full {
    turret::include_model!("negatives/full.dm");
}
mod given {
    turret::include_model!("negatives/given.dm");
}
mod listed {
    turret::include_model!("negatives/listed.dm");
}

/// 40 movies of 5 kinds. Each user watches movies of one kind, and dislikes three of another. Candidate 39
/// has a small share.
fn log(folder: &Path) {
    let (mut views, mut movies) = (String::new(), String::new());
    for movie in 0..40 {
        let _ = writeln!(movies, "{movie},{}", if movie == 39 { 0.01 } else { 1.0 });
    }
    for row in 0..3000u32 {
        let user = row * 7 % 31;
        let movie = 5 * (row.wrapping_mul(2_654_435_761) >> 16 & 7) + user % 5;
        let disliked: Vec<String> =
            (0..3).map(|at| (5 * ((row + at) % 8) + (user + 1 + row % 4) % 5).to_string()).collect();
        let _ = writeln!(views, "{user},{movie},{},{row}", disliked.join(" "));
    }
    std::fs::write(folder.join("views.csv"), views).unwrap();
    std::fs::write(folder.join("movies.csv"), movies).unwrap();
}

fn trained<P: Program<Cpu>>(data: &Path, out: &Path, epochs: Option<usize>) -> Trained {
    let options = TrainOptions {
        data: data.to_owned(),
        out: Some(out.to_owned()),
        epochs,
        seed: 3,
        threads: 1,
        ..Default::default()
    };
    train::<Cpu, P>(&options, &Cpu::default(), &Interrupt::default()).unwrap()
}

/// Hit rate at 8: 0.2 for random scores, 1 for the true kinds.
fn hit_rate<P: Program<Cpu>>(data: &Path) -> f64 {
    let run = TempDir::new().unwrap();
    let Trained { model, dataset, .. } = trained::<P>(data, &run.path().join("run"), None);
    let report = evaluate(&*model, &dataset, EvaluateOptions::default(), &Interrupt::default()).unwrap();
    report.metrics[0].value
}

#[test]
fn what_is_planted_is_found() {
    let data = TempDir::new().unwrap();
    log(data.path());
    let found = [
        hit_rate::<sampled::Model<Cpu>>(data.path()),
        hit_rate::<mixed::Model<Cpu>>(data.path()),
        hit_rate::<full::Model<Cpu>>(data.path()),
        hit_rate::<given::Model<Cpu>>(data.path()),
        hit_rate::<listed::Model<Cpu>>(data.path()),
    ];
    assert!(found.iter().all(|&rate| rate > 0.8), "{found:?}");
}

#[test]
fn a_continued_run_draws_what_it_would_have_drawn() {
    let data = TempDir::new().unwrap();
    log(data.path());
    let whole = trained::<sampled::Model<Cpu>>(data.path(), &data.path().join("whole"), Some(3));
    trained::<sampled::Model<Cpu>>(data.path(), &data.path().join("parts"), Some(1));
    let spec = &<sampled::Model<Cpu> as Program<Cpu>>::description().spec;
    let (folder, info) = RunWriter::open(&data.path().join("parts"), spec).unwrap();
    let options = ResumeOptions { epochs: Some(3), threads: 1, ..Default::default() };
    let parts =
        resume::<Cpu, sampled::Model<Cpu>>(folder, info, &options, &Cpu::default(), &Interrupt::default())
            .unwrap();
    let bits = |run: &Trained| -> Vec<u32> {
        let weights = run.model.weights();
        let tables = weights.iter().filter(|weight| weight.name.starts_with("tables."));
        tables.flat_map(|table| table.values.widen().into_owned()).map(f32::to_bits).collect()
    };
    assert_eq!(bits(&whole), bits(&parts));
}
