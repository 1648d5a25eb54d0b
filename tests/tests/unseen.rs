//! Keys without training rows are read as the mean of the learned rows, for any seed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use turret::runtime::Loaded;
use turret::runtime::predict::{AnswerFormat, Answers, Records, predict};
use turret::runtime::prelude::{Cpu, Program};
use turret::runtime::run::{RunFolder, RunWriter};
use turret::runtime::train::{Interrupt, ResumeOptions, TrainOptions, resume, train};

mod probability {
    turret::include_model!("unseen/probability.dm");
}
mod cosine {
    turret::include_model!("unseen/cosine.dm");
}
mod rare {
    turret::include_model!("unseen/rare.dm");
}

/// 200 rows: two of four users click, each on an item of its kind; `rows` are first.
fn log(rows: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut text = format!("y,user,item\n{rows}");
    for row in 0..200 {
        let _ = writeln!(text, "{},u{},{}", row % 2, row % 4, ["a", "b"][row % 2]);
    }
    std::fs::write(folder.path().join("log.csv"), text).unwrap();
    folder
}

fn trained<P: Program<Cpu>>(data: &Path, name: &str, options: TrainOptions) -> PathBuf {
    let run = data.join(name);
    let options = TrainOptions { data: data.to_owned(), out: Some(run.clone()), threads: 1, ..options };
    let _ = train::<Cpu, P>(&options, &Cpu::default(), &Interrupt::default()).unwrap();
    run
}

/// Probabilities of records, given as JSON lines.
fn probabilities<P: Program<Cpu>>(run: &Path, records: &str) -> Vec<f64> {
    let input = run.join("records.jsonl");
    std::fs::write(&input, records).unwrap();
    let loaded = Loaded::<Cpu, P>::open(run, &Cpu::default()).unwrap();
    let mut output = Vec::new();
    let (records, answers) =
        (Records::open(&input, None).unwrap(), Answers::to(&mut output, AnswerFormat::Jsonl, &*loaded.model));
    predict(&*loaded.model, &loaded.features, None, records, answers).unwrap();
    let lines = String::from_utf8(output).unwrap();
    let probability = |line| serde_json::from_str::<Value>(line).unwrap()["probability"].as_f64().unwrap();
    lines.lines().map(probability).collect()
}

fn seeds() -> impl Iterator<Item = TrainOptions> {
    (1..5).map(|seed| TrainOptions { seed, ..Default::default() })
}

#[test]
fn an_unknown_user_clicks_as_often_as_users_do() {
    type Model = probability::Model<Cpu>;
    let data = log("");
    for options in seeds() {
        let run = trained::<Model>(data.path(), &format!("run{}", options.seed), options);
        let records = "{\"user\": \"zz\"}\n{}\n{\"user\": \"u0\"}\n{\"user\": \"u1\"}\n";
        let found = probabilities::<Model>(&run, records);
        assert_eq!(found[0], found[1], "a missing user is an unknown one");
        assert!((0.3..0.7).contains(&found[0]), "{found:?}");
        assert!(found[2] < 0.1 && found[3] > 0.9, "{found:?}");
    }
}

#[test]
fn an_unknown_direction_is_that_of_the_others() {
    type Model = cosine::Model<Cpu>;
    let data = log("");
    for options in seeds() {
        let run = trained::<Model>(data.path(), &format!("run{}", options.seed), options);
        let records = "{\"user\": \"zz\", \"item\": \"a\"}\n{\"user\": \"zz\", \"item\": \"b\"}\n";
        let found = probabilities::<Model>(&run, records);
        assert!(found[0] < 0.5 && found[1] > 0.5, "nobody clicks on a, all click on b: {found:?}");
    }
}

#[test]
fn rare_keys_train_the_row_of_unknown_ones_and_listed_keys_without_rows_are_the_mean() {
    type Model = rare::Model<Cpu>;
    // Each rare user clicks.
    let rare: String = (0..60).map(|user| format!("1,rare{user},a\n")).collect();
    let data = log(&rare);
    for options in seeds() {
        let run = trained::<Model>(data.path(), &format!("run{}", options.seed), options);
        let records = "{\"user\": \"zz\", \"item\": \"a\"}\n{\"user\": \"u0\", \"item\": \"a\"}\n\
                       {\"user\": \"u0\", \"item\": \"never\"}\n{\"user\": \"u0\", \"item\": \"what\"}\n";
        let found = probabilities::<Model>(&run, records);
        assert!(found[0] > 0.9 && found[1] < 0.2, "{found:?}");
        assert_eq!(found[2], found[3], "both items are read as the mean of two");
    }
}

/// A mean that replaces a row in reading is never written to it.
#[test]
fn evaluation_and_a_stop_change_no_bit_of_training() {
    type Model = rare::Model<Cpu>;
    let data = log("1,rare,a\n");
    let options =
        |epochs, eval_every| TrainOptions { epochs: Some(epochs), eval_every, seed: 3, ..Default::default() };
    let weights = |run: &Path| {
        let spec = &<Model as Program<Cpu>>::description().spec;
        let (folder, info) = RunFolder::open(run, spec).unwrap();
        std::fs::read(folder.file(&format!("checkpoint-{}/weights.safetensors", info.steps))).unwrap()
    };
    let whole = trained::<Model>(data.path(), "whole", options(4, None));
    let evaluated = trained::<Model>(data.path(), "evaluated", options(4, Some(1)));
    let parts = trained::<Model>(data.path(), "parts", options(1, None));
    let (folder, info) = RunWriter::open(&parts, &<Model as Program<Cpu>>::description().spec).unwrap();
    let further = ResumeOptions { epochs: Some(4), threads: 1, ..Default::default() };
    let resumed =
        resume::<Cpu, Model>(folder, info, &further, &Cpu::default(), &Interrupt::default()).unwrap();
    drop(resumed);
    assert!(weights(&whole) == weights(&evaluated));
    assert!(weights(&whole) == weights(&parts));
}
