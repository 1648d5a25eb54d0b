//! Runs that choose by validation rows: early stopping, best weights, schedules, limits of gradients, steps and saves.

mod events;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use turret::runtime::data::HeldOut;
use turret::runtime::erased::on_device;
use turret::runtime::error::{Error, LoadError, RunError, UsageError};
use turret::runtime::evaluate::{EvaluateOptions, evaluate};
use turret::runtime::loaded::StoredModel;
use turret::runtime::ops::{PassState, StepUpdate};
use turret::runtime::optim::rate_factor;
use turret::runtime::prelude::{Clip, Cpu, Program};
use turret::runtime::run::{RunWriter, Weights};
use turret::runtime::train::{Interrupt, ResumeOptions, SaveEvery, TrainOptions, Trained, resume, train};

mod stop {
    turret::include_model!("choosing/stop.dm");
}

mod cosine {
    turret::include_model!("choosing/cosine.dm");
}

type Stop = stop::Model<Cpu>;
type Cosine = cosine::Model<Cpu>;

/// Viewers click on films of their kind, of four, and often on others.
fn log(folder: &Path) {
    let mut log = String::from("time,viewer,film,age,click\n");
    for row in 0..1200u32 {
        let (viewer, film) = (row * 7 % 101, row.wrapping_mul(2_654_435_761) >> 16 & 63);
        let click = (viewer % 4 == film % 4) ^ (row.wrapping_mul(40_503) >> 7).is_multiple_of(5);
        let _ = writeln!(log, "{row},{viewer},{film},{},{}", row % 9, u8::from(click));
    }
    std::fs::write(folder.join("log.csv"), log).unwrap();
}

fn data() -> TempDir {
    let data = TempDir::new().unwrap();
    log(data.path());
    data
}

fn options(data: &TempDir, out: &str) -> TrainOptions {
    let (data, out) = (data.path().to_owned(), Some(data.path().join(out)));
    TrainOptions { data, out, seed: 3, threads: 1, ..Default::default() }
}

fn trained<P: Program<Cpu>>(options: &TrainOptions) -> Trained {
    train::<Cpu, P>(options, &Cpu::default(), &Interrupt::default()).unwrap()
}

fn resumed<P: Program<Cpu>>(
    run: &Path,
    options: &ResumeOptions,
    interrupt: &Interrupt,
) -> Result<Trained, Error> {
    let (folder, info) = RunWriter::open(run, &P::description().spec).unwrap();
    let options = ResumeOptions { threads: 1, ..options.clone() };
    resume::<Cpu, P>(folder, info, &options, &Cpu::default(), interrupt)
}

/// Names and numbers of the weights.
fn weights(model: &StoredModel) -> Vec<(String, Vec<f32>)> {
    let weights = model.model.weights().into_iter();
    weights.map(|one| (one.name, one.values.widen().into_owned())).collect()
}

fn stored<P: Program<Cpu>>(run: &Path, which: Weights) -> StoredModel {
    StoredModel::open_with(&on_device::<Cpu, P>(&Cpu::default()), run, which).unwrap()
}

fn lines(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn folders(run: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(run).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("checkpoint-"));
    names.sort();
    names
}

#[test]
fn a_run_that_stops_early_has_the_weights_of_its_best_evaluation() {
    let data = data();
    let run = data.path().join("run");
    let trained = trained::<Stop>(&options(&data, "run"));
    let chosen = trained.info.chosen.clone().unwrap();
    let epochs = trained.info.position.epochs;
    assert!(
        (chosen.metric.as_str(), chosen.waited, chosen.epoch + 3) == ("logloss", 3, epochs),
        "{chosen:?}"
    );
    assert!(epochs < 60);

    // The best of the curve, which is measured on validation rows alone.
    let lines = lines(&run);
    assert!(lines.iter().all(|line| line.get("eval").is_none()));
    let curve = lines
        .iter()
        .filter_map(|line| Some((line["epoch"].as_u64()?, line["validate"]["logloss"].as_f64()?)));
    let (epoch, value) = curve.clone().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!((epoch as usize, value, curve.count()), (chosen.epoch, chosen.value, epochs));
    assert_eq!(trained.info.best["logloss"].on, HeldOut::Validate);
    let measured = |model: &StoredModel| {
        let options = EvaluateOptions { part: HeldOut::Validate, ..Default::default() };
        let report = evaluate(&*model.model, &trained.dataset, options, &Interrupt::default()).unwrap();
        report.metrics[1].value
    };

    assert_eq!(
        folders(&run),
        [format!("checkpoint-{}", trained.info.steps), format!("checkpoint-best-{}", chosen.steps)]
    );
    let (best, last) = (stored::<Stop>(&run, Weights::Best), stored::<Stop>(&run, Weights::Last));
    assert_eq!(measured(&best), chosen.value);
    assert!(measured(&last) > chosen.value);
    let of_run: Vec<_> =
        trained.model.weights().into_iter().map(|one| one.values.widen().into_owned()).collect();
    assert!(weights(&best).into_iter().map(|(_, values)| values).eq(of_run));
    assert!(weights(&best) != weights(&last));

    // It does not continue.
    let steps = trained.info.steps;
    drop(trained);
    let again = resumed::<Stop>(
        &run,
        &ResumeOptions { epochs: Some(90), ..Default::default() },
        &Interrupt::default(),
    );
    assert_eq!(again.unwrap().info.steps, steps);
}

/// Steps within epochs and at their ends, before and after the best evaluation.
#[test]
fn a_run_that_ends_at_any_step_goes_on_to_the_same_bits() {
    let data = data();
    let whole = trained::<Stop>(&options(&data, "whole"));
    let path = |name: &str| data.path().join(name);
    let result =
        |run: &Path| [Weights::Best, Weights::Last].map(|which| weights(&stored::<Stop>(run, which)));
    let timeless = |run: &Path| {
        let mut lines = lines(run);
        lines.iter_mut().for_each(|line| drop(line.as_object_mut().unwrap().remove("seconds")));
        lines
    };
    let (chosen, last) = (whole.info.chosen.clone().unwrap(), whole.info.steps);
    for steps in BTreeSet::from([1, 7, 12, 36, chosen.steps, chosen.steps + 1, last - 1]) {
        let name = format!("after {steps}");
        let parts = trained::<Stop>(&TrainOptions { steps: Some(steps), ..options(&data, &name) });
        assert_eq!(parts.info.steps, steps);
        drop(parts);
        let to_the_end = ResumeOptions { epochs: Some(60), ..Default::default() };
        let parts = resumed::<Stop>(&path(&name), &to_the_end, &Interrupt::default()).unwrap();
        assert_eq!((parts.info.chosen.as_ref(), parts.info.steps), (Some(&chosen), last), "{name}");
        assert!(result(&path(&name)) == result(&path("whole")), "{name}");
        assert_eq!(timeless(&path(&name)), timeless(&path("whole")), "{name}");
    }
}

/// A schedule that depends on the last step, in sessions of one step each.
#[test]
fn a_schedule_goes_on_with_the_run() {
    let data = data();
    let whole = trained::<Cosine>(&options(&data, "whole"));
    let stop = Interrupt::default();
    stop.ask();
    let parts = options(&data, "parts");
    assert!(train::<Cpu, Cosine>(&parts, &Cpu::default(), &stop).is_err());
    let run = parts.out.unwrap();
    let mut sessions = 1;
    while resumed::<Cosine>(&run, &ResumeOptions::default(), &stop).is_err() {
        sessions += 1;
    }
    assert!(sessions > 30, "{sessions}");
    let path = whole.folder.path();
    assert!(
        weights(&stored::<Cosine>(path, Weights::Last)) == weights(&stored::<Cosine>(&run, Weights::Last))
    );

    // The rates of logged steps are those of the formula, once each.
    let schedule = &<Cosine as Program<Cpu>>::description().training.schedule;
    let total = whole.info.steps;
    let expected = (1..=total).filter(|step| *step == 1 || step.is_multiple_of(10));
    let expected: Vec<(u64, f32)> =
        expected.map(|step| (step, (0.5 * rate_factor(schedule, step, total)) as f32)).collect();
    for run in [path, &run] {
        assert_eq!(events::scalars(&run.join("steps"), "train/lr"), expected);
    }
    let of_epochs: Vec<f64> = lines(path).iter().filter_map(|line| line["lr"].as_f64()).collect();
    let steps_of_epoch = total / 3;
    let rates = [1, 2, 3].map(|epoch| 0.5 * rate_factor(schedule, epoch * steps_of_epoch, total));
    assert_eq!(of_epochs, rates);
}

/// State of the optimizer after a first step, which is its gradients, by tensor.
fn gradients(data: &TempDir, clip: Option<Clip>) -> Vec<(String, Vec<f32>)> {
    let mut trained =
        trained::<Cosine>(&TrainOptions { epochs: Some(0), ..options(data, &format!("{clip:?}")) });
    let rows: Vec<u32> = trained.dataset.train[..64].to_vec();
    let mut pass = PassState::training(3, 1);
    pass.update = StepUpdate { clip, ..Default::default() };
    trained.model.step(&trained.dataset.batch(&rows), &mut pass).unwrap();
    let state = trained.model.optimizer_state().into_iter();
    let state = state.map(|tensor| (tensor.name, tensor.values.widen().into_owned()));
    state.filter(|(name, _)| name.ends_with(".first")).collect()
}

#[test]
fn gradients_are_clipped_as_the_formulas_say() {
    let data = data();
    let free = gradients(&data, None);
    let all = || free.iter().flat_map(|(_, values)| values);
    let norm = all().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
    let largest = all().fold(0.0_f32, |most, g| most.max(g.abs()));
    // Tables and dense weights have gradients.
    let has_some = |of_tables: bool| {
        let mut some = free.iter().filter(|(name, _)| name.starts_with("tables.") == of_tables);
        some.any(|(_, values)| values.iter().any(|&g| g != 0.0))
    };
    assert!(has_some(true) && has_some(false) && norm > f64::from(largest));
    let mapped = |change: &dyn Fn(f32) -> f32| -> Vec<(String, Vec<f32>)> {
        free.iter()
            .map(|(name, values)| (name.clone(), values.iter().map(|&g| change(g)).collect()))
            .collect()
    };
    for most in [norm as f32 / 3.0, norm as f32 * 0.99] {
        let factor = (f64::from(most) / norm) as f32;
        assert!(gradients(&data, Some(Clip::Norm(most))) == mapped(&|g| g * factor), "{most} of {norm}");
    }
    assert!(gradients(&data, Some(Clip::Norm(norm as f32 * 1.01))) == free);
    let most = largest / 2.0;
    assert!(gradients(&data, Some(Clip::Value(most))) == mapped(&|g| g.clamp(-most, most)));
}

#[test]
fn the_last_saves_are_kept() {
    let data = data();
    let run = data.path().join("run");
    let saved =
        TrainOptions { save_every: Some(SaveEvery::Steps(10)), keep: Some(3), ..options(&data, "run") };
    let trained = trained::<Cosine>(&TrainOptions { steps: Some(31), ..saved });
    assert_eq!((trained.info.steps, trained.info.position.step), (31, 7));
    drop(trained);
    assert_eq!(folders(&run), ["checkpoint-20", "checkpoint-30", "checkpoint-31"]);
    let after = |steps| stored::<Cosine>(&run, Weights::After(steps));
    assert!(weights(&after(20)) != weights(&after(30)));
    assert!(weights(&after(31)) == weights(&stored::<Cosine>(&run, Weights::Best)));
    let program = on_device::<Cpu, Cosine>(&Cpu::default());
    match StoredModel::open_with(&program, &run, Weights::After(10)).err() {
        Some(LoadError::Run(RunError::NotKept { steps: 10, kept, .. })) => assert_eq!(kept, [20, 30, 31]),
        other => panic!("{other:?}"),
    }
    // The interval and the number belong to the run.
    let go_on = |steps| ResumeOptions { steps: Some(steps), ..Default::default() };
    drop(resumed::<Cosine>(&run, &go_on(45), &Interrupt::default()).unwrap());
    assert_eq!(folders(&run), ["checkpoint-31", "checkpoint-40", "checkpoint-45"]);
    let fewer = resumed::<Cosine>(&run, &go_on(44), &Interrupt::default()).err().unwrap();
    assert!(matches!(fewer, Error::Usage(UsageError::StepsDone { done: 45, asked: 44 })), "{fewer:?}");
}

/// The folder of `stop.dm`.
fn spec() -> PathBuf {
    turret_tests::root().join("tests/choosing/stop.dm")
}

#[test]
fn the_command_chooses_by_validation_rows() {
    let data = data();
    let command = |arguments: &[&str]| {
        let done = turret_tests::outcome(turret_tests::turret().args(arguments).current_dir(data.path()));
        assert_eq!(done.status, 0, "{}", done.stderr);
        let line = done.stdout.lines().last().unwrap().to_owned();
        (serde_json::from_str::<Value>(&line).unwrap(), done)
    };
    let spec = spec();
    let train = ["train", spec.to_str().unwrap(), "--data", ".", "--out", "run", "--json"];
    let (trained, said) = command(&train);
    assert!(said.stderr.contains("720 rows to train, 240 to validate, 240 to test"), "{}", said.stderr);
    assert!(
        said.stderr.contains("validate: auc") && said.stderr.contains("no better logloss in 3 evaluations"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("no validation part"), "{}", said.stderr);
    for name in
        ["validate auc", "validate logloss", "test auc", "test logloss", "validation rows", "test rows"]
    {
        assert!(said.stdout.lines().any(|line| line.starts_with(name)), "{name}: {}", said.stdout);
    }
    let chosen = &trained["chosen"];
    assert_eq!(trained["validate"]["logloss"], chosen["value"]);
    assert_eq!((&trained["rows"], &trained["validate"]["rows"]), (&240.into(), &240.into()));
    // Test rows are measured once, at the end.
    let lines = lines(&data.path().join("run"));
    assert_eq!(lines.iter().filter(|line| line.get("eval").is_some()).count(), 1);
    assert_eq!(
        lines.iter().filter(|line| line.get("validate").is_some() && line.get("run").is_none()).count()
            as u64,
        trained["epochs"]
    );
    let curves = events::names(&data.path().join("run"));
    for name in ["train/loss", "validate/auc", "validate/logloss", "eval/auc", "eval/logloss"] {
        assert!(curves.contains(name), "{curves:?}");
    }

    let eval = |more: &[&str]| command(&[&["eval", "run", "--json"], more].concat()).0;
    assert_eq!(eval(&[])["logloss"], trained["logloss"]);
    let validated = eval(&["--on", "validate"]);
    assert_eq!((&validated["logloss"], &validated["on"]), (&chosen["value"], &"validate".into()));
    let last = eval(&["--on", "validate", "--weights", "last"]);
    assert!(last["logloss"].as_f64() > validated["logloss"].as_f64(), "{last}");
    let exported = |weights: &str| {
        command(&["export", "run", "--rows", "validate", "--weights", weights, "--json"]);
        std::fs::read(data.path().join("run/export/score.npy")).unwrap()
    };
    assert!(exported("best") != exported("last"));
}

/// Without a validation part the test rows are measured between epochs, which a note tells; a choice by them is refused.
#[test]
fn measuring_test_rows_between_epochs_is_said() {
    let data = data();
    let text = std::fs::read_to_string(spec()).unwrap().replace("validate = 0.2, ", "");
    let run = |text: &str| {
        std::fs::write(data.path().join("m.dm"), text).unwrap();
        let train = ["train", "m.dm", "--data", ".", "--out", "run", "--epochs", "2", "--eval-every", "1"];
        turret_tests::outcome(turret_tests::turret().args(train).current_dir(data.path()))
    };
    let refused = run(&text);
    assert!(refused.status == 1 && refused.stderr.contains("error[E0426]"), "{}", refused.stderr);
    let done = run(&text.replace("stop      = patience(logloss, 3)", ""));
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert_eq!(done.stderr.matches("note: the split has no validation part").count(), 1, "{}", done.stderr);
    let validated = ["eval", "run", "--on", "validate"];
    let refused = turret_tests::outcome(turret_tests::turret().args(validated).current_dir(data.path()));
    assert!(refused.status != 0 && refused.stderr.contains("no validation rows"), "{}", refused.stderr);
}
