//! Models of several tasks: losses, metrics, predictions and curves by name, with the same bits after a stop.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use turret::runtime::data::HeldOut;
use turret::runtime::evaluate::{EvaluateOptions, evaluate};
use turret::runtime::loaded::Loaded;
use turret::runtime::predict::Predicted;
use turret::runtime::prelude::{Cpu, Program};
use turret::runtime::run::RunWriter;
use turret::runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};
use turret_tests::{outcome, root, turret};

mod every {
    turret::include_model!("tasks/every.dm");
}

mod uncertain {
    turret::include_model!("tasks/uncertain.dm");
}

type Every = every::Model<Cpu>;
type Uncertain = uncertain::Model<Cpu>;

/// Number of places.
const PLACES: u32 = 8;

/// Pseudo-random bits of a row.
fn bits(row: u32, of: u32) -> u32 {
    let mixed = (row * 16 + of).wrapping_mul(2_654_435_761);
    (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 8
}

/// Everything depends on the place, and a little on chance. Nothing is known of seconds without a click.
fn data() -> TempDir {
    let mut log = String::from("place,mood,clicked,bought,seconds,visits,genre,stars,importance\n");
    for row in 0..3_000 {
        let place = bits(row, 0) % PLACES;
        let share = |of: u32| f64::from(bits(row, of) % 1_000) / 1_000.0;
        let clicked = share(1) < 0.1 + 0.1 * f64::from(place);
        let bought = clicked && share(2) < if place.is_multiple_of(2) { 0.8 } else { 0.2 };
        let seconds = match clicked {
            true => format!("{:.3}", (f64::from(place) * 0.5 + share(3)).exp()),
            false => String::new(),
        };
        let visits = place / 2 + bits(row, 4) % 2;
        let genre = ["drama", "film, noir", "7"][((place + u32::from(share(5) < 0.1)) % 3) as usize];
        let stars = (place / 2 + u32::from(share(6) < 0.1)).min(3);
        let (clicked, bought) = (u8::from(clicked), u8::from(bought));
        let _ = writeln!(
            log,
            "p{place},{:.3},{clicked},{bought},{seconds},{visits},\"{genre}\",{stars},{}",
            share(7),
            1 + row % 2
        );
    }
    let data = TempDir::new().unwrap();
    std::fs::write(data.path().join("log.csv"), log).unwrap();
    data
}

fn trained_as<P: Program<Cpu>>(data: &Path, out: &str, options: TrainOptions) -> Trained {
    let options = TrainOptions { data: data.to_owned(), out: Some(data.join(out)), seed: 5, ..options };
    train::<Cpu, P>(&options, &Cpu::default(), &Interrupt::default()).unwrap()
}

fn trained(data: &Path, out: &str, options: TrainOptions) -> Trained {
    trained_as::<Every>(data, out, options)
}

fn lines(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_task_learns_and_is_measured_by_its_name() {
    let data = data();
    let trained = trained(data.path(), "run", TrainOptions { threads: 1, ..TrainOptions::default() });
    let options = EvaluateOptions { part: HeldOut::Test, ..EvaluateOptions::default() };
    let report = evaluate(&*trained.model, &trained.dataset, options, &Interrupt::default()).unwrap();
    let value = |name: &str| {
        let found = report.metrics.iter().find(|found| found.name == name);
        found.unwrap_or_else(|| panic!("{name} is not measured: {report:?}")).value
    };
    assert!(value("click_auc") > 0.68 && value("buy_auc") > 0.75, "{report:?}");
    assert!(value("click_pr_auc") > 0.5 && value("click_f1") > 0.5, "{report:?}");
    assert!((value("click_calibration") - 1.0).abs() < 0.15 && value("click_calibration_error") < 0.1);
    let [calibration, of_buy] = &report.calibration[..] else { panic!("{:?}", report.calibration) };
    assert_eq!((&*calibration.name, calibration.bins.len()), ("click_calibration_error", 10));
    assert_eq!(of_buy.name, "buy_calibration_error");
    let rows = calibration.bins.iter().map(|bin| bin.rows as f64);
    let differences = calibration.bins.iter().map(|bin| (bin.probability - bin.label).abs());
    let error: f64 = rows.zip(differences).map(|(rows, difference)| rows * difference).sum();
    assert!((error / report.rows as f64 - value("click_calibration_error")).abs() < 1e-12, "{report:?}");
    // Chance moves the logarithm of the seconds by up to 1, and the number of visits by 0 or 1.
    assert!(value("stay_mae") < 9.0 && value("price_mae") < 9.0, "{report:?}");
    assert!(value("visits_rmse") < 0.6, "{report:?}");
    assert!(value("genre_accuracy") > 0.8 && value("stars_accuracy") > 0.8, "{report:?}");
    assert!(value("genre_logloss") < 0.5 && value("stars_mae") < 0.25, "{report:?}");
    assert!(report.metrics.iter().all(|found| found.interval.is_some()), "{report:?}");
    for task in ["buy", "stay", "price"] {
        let note = format!("rows count for the task `{task}`");
        assert!(report.notes.iter().any(|said| said.ends_with(&note)), "{:?}", report.notes);
    }
    let counted = report.notes.iter().filter(|said| said.contains("rows count for the task")).count();
    assert_eq!(counted, 3, "{:?}", report.notes);
}

/// Predictions of the test rows, in the units of the data, have the errors that evaluation measures.
#[test]
fn predictions_are_those_that_evaluation_measures() {
    let data = data();
    let run = data.path().join("run");
    let trained = trained(data.path(), "run", TrainOptions { threads: 1, ..TrainOptions::default() });
    let options = EvaluateOptions { part: HeldOut::Test, ..EvaluateOptions::default() };
    let report = evaluate(&*trained.model, &trained.dataset, options, &Interrupt::default()).unwrap();
    let text = std::fs::read_to_string(data.path().join("log.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let test = trained.dataset.held_out(HeldOut::Test);
    let records: Vec<every::SharedRecord<'_>> = test
        .iter()
        .map(|&row| every::SharedRecord {
            place: rows[row as usize][0].into(),
            mood: rows[row as usize][1].into(),
        })
        .collect();
    let loaded = Loaded::<Cpu, Every>::open(&run, &Cpu::default()).unwrap();
    let predictions = loaded.encoded(&records).unwrap().predictions().unwrap();
    let (mut errors, mut clicked) = (0.0, 0.0);
    for (found, &row) in predictions.iter().zip(test) {
        let [
            Predicted::Probability { .. },
            Predicted::Probability { .. },
            Predicted::Number(stay),
            Predicted::Number(_),
            Predicted::Number(_),
            Predicted::Class { probabilities, .. },
            Predicted::Level { above, .. },
        ] = &found[..]
        else {
            panic!("{found:?}")
        };
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9 && above.len() == 3);
        if let Ok(seconds) = rows[row as usize][4].parse::<f64>() {
            errors += (stay - seconds).abs();
            clicked += 1.0;
        }
    }
    let measured = report.metrics.iter().find(|found| found.name == "stay_mae").unwrap().value;
    assert!((errors / clicked - measured).abs() < 1e-5 * measured, "{} is not {measured}", errors / clicked);
    assert!(loaded.probabilities(&records).is_err() && loaded.encoded(&records).unwrap().scores().is_err());
}

/// The losses of the tasks add up to the loss, and a run that was stopped within an epoch has those of one that was not.
#[test]
fn losses_of_tasks_add_up_and_survive_a_stop() {
    let data = data();
    let whole = trained(data.path(), "whole", TrainOptions { threads: 1, ..TrainOptions::default() });
    let steps = whole.info.steps;
    for at in [1, 40, 75] {
        let out = format!("stopped-{at}");
        let options = TrainOptions { threads: 2, steps: Some(at), ..TrainOptions::default() };
        drop(trained(data.path(), &out, options));
        let run = data.path().join(&out);
        let (folder, info) = RunWriter::open(&run, &whole.model.description().spec).unwrap();
        let options = ResumeOptions { threads: 1, steps: Some(steps), ..ResumeOptions::default() };
        let resumed =
            resume::<Cpu, Every>(folder, info, &options, &Cpu::default(), &Interrupt::default()).unwrap();
        assert_eq!(resumed.info.steps, steps);
        let losses = |run: &Path| -> Vec<(Value, Value)> {
            let lines = lines(run).into_iter().filter(|line| line.get("loss").is_some());
            lines.map(|line| (line["loss"].clone(), line["losses"].clone())).collect()
        };
        assert_eq!(losses(&run), losses(&data.path().join("whole")), "stopped after {at} steps");
    }
    for line in lines(&data.path().join("whole")).iter().filter(|line| line.get("loss").is_some()) {
        let losses = line["losses"].as_object().unwrap();
        let sum: f64 = losses.values().map(|loss| loss.as_f64().unwrap()).sum();
        assert_eq!(losses.len(), 7);
        assert!((sum - line["loss"].as_f64().unwrap()).abs() < 1e-5 * sum, "{line}");
    }
}

/// Learned weights follow the losses of their tasks, are logged, and have the same bits after a stop, on any number of threads.
#[test]
fn weights_of_tasks_are_learned_and_survive_a_stop() {
    let data = data();
    let trained = |out: &str, options: TrainOptions| trained_as::<Uncertain>(data.path(), out, options);
    let whole = trained("whole", TrainOptions { threads: 1, ..TrainOptions::default() });
    let epochs = |out: &str| -> Vec<(Value, Value, Value)> {
        let lines = lines(&data.path().join(out)).into_iter().filter(|line| line.get("loss").is_some());
        lines.map(|line| (line["loss"].clone(), line["losses"].clone(), line["weights"].clone())).collect()
    };
    let found = epochs("whole");
    assert_eq!(found.len(), 6);
    let (_, losses, weights) = found.last().unwrap();
    let of = |values: &Value, task: &str| values[task].as_f64().unwrap();
    // Seconds of clicked records are in the tens, so their error is large and its weight falls; half of it counts.
    assert!(of(losses, "stay") > 1.0 && of(weights, "stay") < 0.3, "{losses} {weights}");
    assert!(of(losses, "click") < 0.5 * 1.4 && of(weights, "click") > 0.6, "{losses} {weights}");
    let names: Vec<&String> = weights.as_object().unwrap().keys().collect();
    assert_eq!(names, ["click", "stay", "visits"]);
    for at in [1, 40] {
        let out = format!("stopped-{at}");
        drop(trained(&out, TrainOptions { threads: 2, steps: Some(at), ..TrainOptions::default() }));
        let run = data.path().join(&out);
        let (folder, info) = RunWriter::open(&run, &whole.model.description().spec).unwrap();
        let options = ResumeOptions { threads: 2, steps: Some(whole.info.steps), ..ResumeOptions::default() };
        resume::<Cpu, Uncertain>(folder, info, &options, &Cpu::default(), &Interrupt::default()).unwrap();
        assert_eq!(epochs(&out), found, "stopped after {at} steps");
    }
    let curves = std::fs::read_dir(data.path().join("whole")).unwrap().flatten();
    let curves: Vec<u8> = curves
        .filter(|file| file.file_name().to_string_lossy().contains("tfevents"))
        .flat_map(|file| std::fs::read(file.path()).unwrap())
        .collect();
    let curve = b"train/weight/stay";
    assert!(curves.windows(curve.len()).any(|part| part == curve));
}

/// The command answers by the names of the tasks, in JSON and in a table.
#[test]
fn the_command_answers_by_name() {
    let data = data();
    let spec = root().join("tests/tasks/every.dm");
    let spec = spec.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let done = outcome(turret().args(arguments).current_dir(data.path()));
        assert_eq!(done.status, 0, "{arguments:?}\n{}", done.stderr);
        done
    };
    let done = run(&["train", spec, "--data", ".", "--epochs", "1", "--out", "run", "--json"]);
    let result: Value = serde_json::from_str(done.stdout.lines().last().unwrap()).unwrap();
    assert!(result["click_auc_low"].as_f64() < result["click_auc"].as_f64(), "{result}");
    assert!(result.get("auc").is_none() && result["stay_mae"].is_number(), "{result}");
    assert!(done.stderr.contains(", stay 0."), "{}", done.stderr);
    let bins = result["click_calibration_error_bins"].as_array().unwrap();
    assert_eq!(bins.len(), 10, "{result}");
    let [rows, probability, label] =
        ["rows", "probability", "label"].map(|name| bins[9][name].as_f64().unwrap());
    let row = format!("  {rows:>12}  {probability:>16.4}  {label:>10.4}\n");
    assert!(
        done.stdout.contains("click_calibration_error by bins\n") && done.stdout.contains(&row),
        "{}",
        done.stdout
    );
    std::fs::write(data.path().join("records.jsonl"), "{\"place\": \"p1\", \"mood\": 0.5}\n").unwrap();
    let done = run(&["predict", "run", "--input", "records.jsonl"]);
    let answer: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(answer["click"]["probability"].is_number() && answer["visits"]["value"].is_number(), "{answer}");
    assert!(answer["genre"]["probabilities"]["film, noir"].is_number(), "{answer}");
    assert!(answer["stars"]["level"].is_string() && answer["stars"]["above"]["2"].is_number(), "{answer}");
    let done = run(&["predict", "run", "--input", "records.jsonl", "--output-format", "csv"]);
    let header = done.stdout.lines().next().unwrap();
    assert!(header.starts_with("click_probability,click_score,buy_probability,"), "{header}");
    assert!(header.contains(",\"genre_probability_film, noir\","), "{header}");
    assert_eq!(done.stdout.lines().count(), 2);
}
