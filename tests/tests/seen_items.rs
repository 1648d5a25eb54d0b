//! Sampled negatives that exclude seen items, the hardest of those drawn, and a calibration, from spec to trained model: the
//! same bits in every run and after a stop, and users who took everything.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use turret::runtime::error::Error;
use turret::runtime::prelude::{Cpu, Program};
use turret::runtime::run::RunWriter;
use turret::runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};

mod unseen {
    turret::include_model!("negatives/unseen.dm");
}
mod shared {
    turret::include_model!("negatives/shared.dm");
}
mod hardest {
    turret::include_model!("negatives/hardest.dm");
}
mod calibrated {
    turret::include_model!("negatives/calibrated.dm");
}

/// 20 users with six different movies of ten each, the last of which is a test row. User `all` has nine movies in
/// training rows, and the tenth in its test row; with `again`, also in a training row.
fn data(again: bool) -> TempDir {
    let folder = tempdir().unwrap();
    let mut views = String::new();
    for user in 0..20 {
        (0..6).for_each(|time| writeln!(views, "u{user},m{},{time}", (user + time * 3) % 10).unwrap());
    }
    let watched = (0..9).chain(again.then_some(9)).chain([9]);
    watched.enumerate().for_each(|(time, movie)| writeln!(views, "all,m{movie},{time}").unwrap());
    fs::write(folder.path().join("views.csv"), views).unwrap();
    let movies: String = (0..10).map(|movie| format!("m{movie}\n")).collect();
    fs::write(folder.path().join("movies.csv"), movies).unwrap();
    folder
}

fn trained<P: Program<Cpu>>(
    data: &Path,
    out: &str,
    epochs: Option<usize>,
    threads: usize,
) -> Result<Trained, Error> {
    let options = TrainOptions {
        data: data.to_owned(),
        out: Some(data.join(out)),
        epochs,
        seed: 3,
        threads,
        ..Default::default()
    };
    train::<Cpu, P>(&options, &Cpu::default(), &Interrupt::default())
}

fn bits(run: &Trained) -> Vec<u32> {
    let weights = run.model.weights();
    weights.iter().flat_map(|weight| weight.values.widen().into_owned()).map(f32::to_bits).collect()
}

/// Share of rejected draws of each epoch.
fn rejected(run: &Trained) -> Vec<f64> {
    let lines = fs::read_to_string(run.folder.path().join("metrics.jsonl")).unwrap();
    let line = |line: &str| serde_json::from_str::<Value>(line).unwrap()["rejected"].as_f64();
    lines.lines().filter_map(line).collect()
}

/// Trains a model in several ways. Returns the bits of its weights, and the shares of rejected draws.
#[track_caller]
fn same_in_all_ways<P: Program<Cpu>>() -> (Vec<u32>, Vec<f64>) {
    let data = data(false);
    let one = trained::<P>(data.path(), "one", None, 1).unwrap();
    let three = trained::<P>(data.path(), "three", None, 3).unwrap();
    trained::<P>(data.path(), "parts", Some(1), 2).unwrap();
    let (folder, info) = RunWriter::open(&data.path().join("parts"), &P::description().spec).unwrap();
    let options = ResumeOptions { epochs: Some(3), threads: 2, ..Default::default() };
    let parts = resume::<Cpu, P>(folder, info, &options, &Cpu::default(), &Interrupt::default()).unwrap();
    for other in [&three, &parts] {
        assert_eq!(bits(other), bits(&one));
        assert_eq!(rejected(other), rejected(&one));
    }
    (bits(&one), rejected(&one))
}

/// A test row is never looked at: for the user `all`, the item of its test row is the only negative.
#[test]
fn runs_have_the_same_bits_in_all_ways() {
    for (found, share) in [
        same_in_all_ways::<unseen::Model<Cpu>>(),
        same_in_all_ways::<shared::Model<Cpu>>(),
        same_in_all_ways::<hardest::Model<Cpu>>(),
    ] {
        assert!(found.iter().all(|bits| f32::from_bits(*bits).is_finite()));
        assert!(share.len() == 3 && share.iter().all(|share| (0.4..0.8).contains(share)), "{share:?}");
    }
    assert!(same_in_all_ways::<calibrated::Model<Cpu>>().1.is_empty());
}

#[test]
fn a_user_who_took_everything_is_named() {
    let data = data(true);
    for error in [
        trained::<unseen::Model<Cpu>>(data.path(), "run", None, 1).err().unwrap(),
        trained::<shared::Model<Cpu>>(data.path(), "shared", None, 1).err().unwrap(),
    ] {
        let expected =
            "no candidate is left to sample for the user `all` (`user`): training rows have them all";
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.help().unwrap().contains("leave these users out"), "{error}");
    }
}
