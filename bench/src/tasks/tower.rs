//! User tower of a trained DSSM: a batch of encoded records, and one record after the other.

use std::path::Path;
use std::time::Instant;

use turret_runtime::data::{AnyBatch, EncodedDataset, Field};
use turret_runtime::erased::AnyModel;
use turret_runtime::matrix::Matrix;
use turret_runtime::ops::PassState;
use turret_runtime::prelude::Cpu;
use turret_runtime::prepare::DataOptions;
use turret_runtime::train::{Interrupt, TrainOptions, train};
use turret_runtime::{Loaded, Record};

use super::{Found, found, timed, write};
use crate::Failure;

mod dssm {
    turret::include_model!("specs/dssm_pairs.dm");
}
use dssm::{Batch, Model, UserRecord};

/// Number of records: a batch, or one after the other.
const ROWS: u32 = 4096;
const TOWER: usize = <UserRecord<'_> as Record<Model<Cpu>>>::TOWER;
/// File of the raw records: data of the spec.
const RECORDS: &str = "data/pairs.csv";
/// Number of passes over the batch.
const TIMES: usize = 50;
/// Number of times that each record is measured.
const ROUNDS: usize = 4;
/// Tables of the profile, in the order in which the tower reads them.
const PROFILE: [&str; 5] = ["user_id", "gender", "age", "occupation", "zip"];
const WIDTH: usize = 16;

/// Trains the model, and writes its weights, the encoded records and their raw values.
pub(super) fn prepare(data: &Path, inputs: &Path) -> Result<(), Failure> {
    let data = data.join("turret");
    let options =
        TrainOptions { data: data.clone(), out: Some(inputs.join("run")), threads: 1, ..Default::default() };
    let trained = train::<Cpu, Model<Cpu>>(&options, &Cpu::default(), &Interrupt::default())?;
    let batch = trained.dataset.batch(&(0..ROWS).collect::<Vec<_>>());
    let user = &batch.get::<Batch>().ok_or("the batch is of another model")?.user;
    let weights = weights(trained.model.as_ref());
    // The peer has the tables of the profile in one, one after the other.
    let columns = [&user.user_id, &user.gender, &user.age, &user.occupation, &user.zip];
    let (mut table, mut ids) = (Vec::new(), vec![0; PROFILE.len() * ROWS as usize]);
    for (at, (name, column)) in PROFILE.iter().zip(columns).enumerate() {
        let first = (table.len() / WIDTH) as u32;
        table.extend(weights(&format!("{name}.weight"))?);
        for (ids, id) in ids.chunks_exact_mut(PROFILE.len()).zip(column.as_slice()) {
            ids[at] = first + id;
        }
    }
    write(inputs, "profile.f32", &table, f32::to_le_bytes)?;
    write(inputs, "profile.u32", &ids, u32::to_le_bytes)?;
    write(inputs, "watched.u32", user.watched.ids(), u32::to_le_bytes)?;
    write(inputs, "offsets.u32", user.watched.offsets(), u32::to_le_bytes)?;
    for name in ["movie.weight", "hidden_0.weight", "hidden_0.bias", "hidden_1.weight", "hidden_1.bias"] {
        write(inputs, &format!("{name}.f32"), &weights(name)?, f32::to_le_bytes)?;
    }
    let rows = std::fs::read_to_string(data.join("pairs.csv"))?;
    let records: Vec<&str> = rows.lines().take(1 + ROWS as usize).collect();
    std::fs::create_dir_all(inputs.join("data"))?;
    Ok(std::fs::write(inputs.join(RECORDS), records.join("\n"))?)
}

/// Returns a function that finds the values of a table, or of a weight of the user tower.
fn weights(model: &dyn AnyModel) -> impl Fn(&str) -> Result<Vec<f32>, Failure> {
    let all: Vec<_> =
        model.weights().into_iter().map(|tensor| (tensor.name, tensor.values.widen().into_owned())).collect();
    move |name| {
        let is_named = |found: &str| found == format!("tables.{name}") || found == format!("user.{name}");
        let found = all.iter().find(|(found, _)| is_named(found));
        let names = || all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        Ok(found.ok_or_else(|| format!("no weight is named `{name}` in {}", names()))?.1.clone())
    }
}

/// A batch of all records.
pub(super) fn batch(inputs: &Path, started: Instant) -> Result<Found, Failure> {
    let stored = Stored::open(inputs)?;
    let batch = stored.dataset.batch(&(0..ROWS).collect::<Vec<_>>());
    let mut pass = PassState::inference();
    let pass = || Ok(stored.loaded.model.tower(TOWER, &batch, &mut pass)?);
    let (vectors, seconds, startup) = timed(started, TIMES, pass)?;
    Ok(found([
        ("rows_per_s", f64::from(ROWS) / seconds),
        ("checksum", checksum(&vectors.values)),
        ("startup_to_first_step_s", startup),
    ]))
}

/// One encoded record after the other.
pub(super) fn records(inputs: &Path, started: Instant) -> Result<Found, Failure> {
    let stored = Stored::open(inputs)?;
    let batches: Vec<_> = (0..ROWS).map(|row| stored.dataset.batch(&[row])).collect();
    let mut pass = PassState::inference();
    one_by_one(started, |row| Ok(stored.loaded.model.tower(TOWER, &batches[row], &mut pass)?))
}

/// One record of raw values after the other.
pub(super) fn values(inputs: &Path, started: Instant) -> Result<Found, Failure> {
    let loaded = Loaded::<Cpu, Model<Cpu>>::open(&inputs.join("run"), &Cpu::default())?;
    let text = std::fs::read_to_string(inputs.join(RECORDS))?;
    let mut lines = text.lines().map(|line| line.split(','));
    let names: Vec<&str> = lines.next().ok_or("there are no records")?.collect();
    let rows: Vec<Vec<&str>> = lines.map(Iterator::collect).collect();
    let records: Vec<UserRecord<'_>> = rows.iter().map(|row| record(&names, row)).collect();
    one_by_one(started, |row| Ok(loaded.vectors(std::slice::from_ref(&records[row]))?))
}

/// A record of a line with these columns.
fn record<'a>(names: &[&str], row: &[&'a str]) -> UserRecord<'a> {
    let field = |name| {
        let at = names.iter().position(|other| *other == name);
        at.and_then(|at| row.get(at)).map_or(Field::Missing, |value| Field::from(*value))
    };
    UserRecord {
        user_id: field("user_id"),
        gender: field("gender"),
        age: field("age"),
        occupation: field("occupation"),
        zip: field("zip"),
        watched: field("watched"),
    }
}

/// The stored model with its data.
struct Stored {
    loaded: Loaded<Cpu, Model<Cpu>>,
    dataset: EncodedDataset<AnyBatch>,
}

impl Stored {
    fn open(inputs: &Path) -> Result<Self, Failure> {
        let mut loaded = Loaded::<Cpu, Model<Cpu>>::open(&inputs.join("run"), &Cpu::default())?;
        let (_, dataset) = loaded.prepare(Some(inputs.join("data")), &DataOptions::default())?;
        Ok(Self { loaded, dataset })
    }
}

/// Computes the vectors of all records, once to warm up and then [`ROUNDS`] times.
fn one_by_one(
    started: Instant,
    mut vector: impl FnMut(usize) -> Result<Matrix, Failure>,
) -> Result<Found, Failure> {
    vector(0)?;
    let startup = started.elapsed().as_secs_f64();
    let mut vectors = Vec::with_capacity(ROWS as usize * WIDTH);
    for row in 0..ROWS as usize {
        vectors.extend(vector(row)?.values);
    }
    let mut microseconds = Vec::with_capacity(ROUNDS * ROWS as usize);
    for row in (0..ROUNDS).flat_map(|_| 0..ROWS as usize) {
        let start = Instant::now();
        vector(row)?;
        microseconds.push(start.elapsed().as_secs_f64() * 1e6);
    }
    microseconds.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| microseconds[(share * microseconds.len() as f64) as usize];
    Ok(found([
        ("p50_us", quantile(0.5)),
        ("p99_us", quantile(0.99)),
        ("checksum", checksum(&vectors)),
        ("startup_to_first_step_s", startup),
    ]))
}

/// Sum of the values of all vectors with the factors -2, -1, 0, 1 and 2 in turn.
fn checksum(vectors: &[f32]) -> f64 {
    vectors.iter().zip((-2..=2).cycle()).map(|(&value, factor)| f64::from(value) * f64::from(factor)).sum()
}
