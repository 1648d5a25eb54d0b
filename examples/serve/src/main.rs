//! Movie recommendations: each line of standard input is a record; each line of output has its vector and the
//! best candidates.
//!
//! `example-serve RUN` serves the folder of a run of `turret train specs/two_tower.dm`. Without a run it
//! first trains on synthetic data. Try `{"user_id": 1, "timestamp": 880000000}`.

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use turret::runtime::export::{RowSet, Vectors, vectors};
use turret::runtime::prelude::Cpu;
use turret::runtime::prepare::DataOptions;
use turret::runtime::train::{Interrupt, TrainOptions, train};
use turret::runtime::{LoadError, Loaded, Record};
use turret::synth;

mod two_tower {
    turret::include_model!("../../specs/two_tower.dm");
}
use two_tower::{CandidateRecord, Model, QueryRecord};

/// Number of candidates in an answer.
const BEST: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let run = std::env::args_os().nth(1).map_or_else(trained, |run| Ok(PathBuf::from(run)))?;
    let device = Cpu::default();
    let mut loaded = Loaded::<Cpu, Model<Cpu>>::open(&run, &device)?;
    let (data, dataset) = loaded.prepare(None, &DataOptions::default())?;
    let tower = <CandidateRecord<'_> as Record<Model<Cpu>>>::TOWER;
    let movies = vectors(&*loaded.model, tower, RowSet::All, &data, &dataset)?;
    for line in io::stdin().lock().lines() {
        writeln!(io::stdout(), "{}", answer(&line?, &loaded, &movies)?)?;
    }
    Ok(())
}

/// Returns the answer to a record, or the reason why it has none. Other errors are errors of the service.
fn answer(line: &str, loaded: &Loaded<Cpu, Model<Cpu>>, movies: &Vectors) -> Result<Value, LoadError> {
    let refused = |reason: String| Ok(json!({"error": reason}));
    let record: QueryRecord<'_> = match serde_json::from_str(line) {
        Ok(record) => record,
        Err(error) => return refused(error.to_string()),
    };
    let query = match loaded.vectors(&[record]) {
        Ok(query) => query,
        Err(LoadError::Record { source, .. }) => return refused(source.to_string()),
        Err(error) => return Err(error),
    };
    let score = |movie: usize| -> f32 {
        movies.matrix.row(movie).iter().zip(query.row(0)).map(|(candidate, query)| candidate * query).sum()
    };
    let mut best: Vec<(usize, f32)> = (0..movies.keys.len()).map(|movie| (movie, score(movie))).collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1));
    best.truncate(BEST);
    let best: Vec<Value> =
        best.iter().map(|(movie, score)| json!({"title": movies.keys[*movie][0], "score": score})).collect();
    Ok(json!({"vector": query.row(0), "best": best}))
}

/// Returns the folder of a run on synthetic data.
fn trained() -> Result<PathBuf, Box<dyn Error>> {
    let data = Path::new("data/movielens").to_owned();
    synth::write(synth::Kind::MovieLens, &synth::Options::default(), &data)?;
    let options = TrainOptions { data, epochs: Some(3), ..Default::default() };
    let trained = train::<Cpu, Model<Cpu>>(&options, &Cpu::default(), &Interrupt::default())?;
    eprintln!("stored in {}", trained.folder.path().display());
    Ok(trained.folder.path().to_owned())
}
