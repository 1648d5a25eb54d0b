//! Runs of a program written by hand: trained, stored, gone on with and evaluated.

mod cache;
mod data;
mod forms;
mod logistic;

use std::path::Path;

use turret_runtime::cli::status;
use turret_runtime::data::{AnyBatch, RawTable, encode_fields};
use turret_runtime::erased::{AnyProgram as _, on_device};
use turret_runtime::error::{LoadError, ModelError, RunError, UsageError};
use turret_runtime::evaluate::{EvaluateOptions, evaluate};
use turret_runtime::export::{Format, RowSet, vectors, write};
use turret_runtime::loaded::{Loaded, Record};
use turret_runtime::ops::PassState;
use turret_runtime::prelude::*;
use turret_runtime::run::{RunFolder, RunInfo, RunWriter};
use turret_runtime::train::{Interrupt, ResumeOptions, SaveEvery, TrainOptions, resume, train};

use logistic::*;

/// A record of the one tower.
struct Click(&'static str);

impl Record<Logistic<0>> for Click {
    const TOWER: usize = 0;

    fn fields(&self) -> Vec<Field<'_>> {
        vec![self.0.into(), Field::Int(0)]
    }
}

/// A record with a label, which may be none.
struct Labelled(i64);

impl Record<Logistic<0>> for Labelled {
    const TOWER: usize = 0;

    fn fields(&self) -> Vec<Field<'_>> {
        vec!["i1".into(), Field::Int(self.0)]
    }
}

#[test]
fn a_loaded_model_gives_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, run) = (Cpu::default(), folder.path().join("run"));
    train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 2), &device, &Interrupt::default()).unwrap();
    let loaded = Loaded::<Cpu, Logistic<0>>::open(&run, &device).unwrap();
    let clicks = [Click("i1"), Click("i2"), Click("never seen")];
    let scores = loaded.encoded(&clicks).unwrap().scores().unwrap();
    let probabilities = loaded.probabilities(&clicks).unwrap();
    assert_eq!(probabilities.len(), 3);
    for (score, probability) in scores.into_iter().zip(probabilities) {
        assert_eq!(probability, 1.0 / (1.0 + (-f64::from(score)).exp()));
    }
    let encoded = || loaded.encoded(&clicks).unwrap();
    let fewer = encoded().and(&clicks[..2]).err();
    assert!(matches!(fewer, Some(LoadError::Usage(UsageError::RecordCount { records: 2, others: 3, .. }))));
    let twice = encoded().and(&clicks).err();
    assert!(matches!(twice, Some(LoadError::Usage(UsageError::RecordsTwice { .. }))));
}

#[test]
fn a_bad_record_is_told_from_a_broken_run() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, run) = (Cpu::default(), folder.path().join("run"));
    train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 1), &device, &Interrupt::default()).unwrap();
    let open = || Loaded::<Cpu, Logistic<0>>::open(&run, &device);
    let loaded = open().unwrap();
    match loaded.probabilities(&[Labelled(0), Labelled(7), Labelled(1)]) {
        Err(LoadError::Record { index: 1, source }) => assert_eq!(source.column, "label"),
        found => panic!("{found:?}"),
    }
    assert_eq!(loaded.probabilities(&[Labelled(0), Labelled(1)]).unwrap().len(), 2);

    let damage = |name: &Path| {
        let bytes = std::fs::read(name).unwrap();
        std::fs::write(name, &bytes[..bytes.len() - 1]).unwrap();
        open().err().unwrap()
    };
    assert!(matches!(damage(&weights(&run)), LoadError::Run(RunError::Damaged(_))));
    assert!(matches!(
        damage(&run.join("run.json")),
        LoadError::Run(RunError::Damaged(_) | RunError::Unreadable { .. })
    ));
    std::fs::remove_file(run.join("run.json")).unwrap();
    assert!(matches!(open().err().unwrap(), LoadError::Run(RunError::NotARun { .. })));
}

#[test]
fn a_resumed_run_equals_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let (whole, halves) = (folder.path().join("whole"), folder.path().join("halves"));
    let every_two = |out| TrainOptions { eval_every: Some(2), ..options(folder.path(), out, 4) };
    let trained = train::<Cpu, Logistic<0>>(&every_two(&whole), &device, &go).unwrap();
    let report = evaluate(&*trained.model, &trained.dataset, EvaluateOptions::default(), &go).unwrap();
    assert_eq!(report.rows, 125);
    let auc = &report.metrics[0];
    assert!(auc.metric == Metric::Auc(0) && auc.value > 0.85, "{report:?}");
    assert!(auc.interval.is_some_and(|(low, high)| low < auc.value && auc.value < high), "{report:?}");
    assert_eq!(trained.report, Some(report));
    assert!(trained.info.best["auc"].epoch.is_multiple_of(2), "{:?}", trained.info.best);

    // Ctrl-C after one step of the first epoch.
    let stop = Interrupt::default();
    stop.ask();
    let stopped = train::<Cpu, Logistic<0>>(&every_two(&halves), &device, &stop);
    assert_eq!(stopped.as_ref().err().map(status), Some(130));
    assert!(message(stopped).contains("resume"));
    let resumed = go_on::<0>(&halves, None).unwrap();
    assert_eq!(resumed.info.best, trained.info.best);
    let read = |run: &Path| std::fs::read(weights(run)).unwrap();
    assert_eq!(read(&whole), read(&halves));
    assert_eq!(metrics(&whole), metrics(&halves));
    let epochs: Vec<_> = metrics(&whole).iter().map(|line| line["epoch"].as_u64().unwrap()).collect();
    assert_eq!(epochs, [1, 2, 2, 3, 4, 4]);

    for format in [Format::Npy, Format::Safetensors, Format::Csv, Format::Jsonl] {
        let vectors = vectors(&*trained.model, 0, RowSet::Test, &trained.data, &trained.dataset).unwrap();
        assert_eq!(vectors.matrix.rows(), 125);
        assert!(
            write(&vectors, format, &folder.path().join("export")).unwrap().iter().all(|path| path.is_file())
        );
    }
    let again = train::<Cpu, Logistic<0>>(&options(folder.path(), &whole, 1), &device, &go);
    assert!(message(again).contains("already contains a run"));
}

/// Windows of rows are shuffled, and the rows of each; a run that stops in any of them goes on to the same result.
#[test]
fn a_run_that_stops_after_each_step_is_one() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let device = Cpu::default();
    let run = |name: &str, window| {
        let run = folder.path().join(name);
        (TrainOptions { window, ..options(folder.path(), &run, 2) }, run)
    };
    let trained = |name, window| {
        let (options, run) = run(name, window);
        train::<Cpu, Logistic<0>>(&options, &device, &Interrupt::default()).unwrap();
        std::fs::read(weights(&run)).unwrap()
    };
    let (whole, all) = (trained("whole", Some(37)), trained("all", None));
    assert!(trained("one window", Some(375)) == all && whole != all);
    let stop = || {
        let stop = Interrupt::default();
        stop.ask();
        stop
    };
    let (options, path) = run("steps", Some(37));
    let mut steps = 1;
    assert!(train::<Cpu, Logistic<0>>(&options, &device, &stop()).is_err());
    loop {
        let (opened, info) = RunWriter::open(&path, &spec(0)).unwrap();
        let options = ResumeOptions { threads: 1, ..ResumeOptions::default() };
        match resume::<Cpu, Logistic<0>>(opened, info, &options, &device, &stop()) {
            Err(error) => assert_eq!(status(&error), 130),
            Ok(_) => break,
        }
        steps += 1;
    }
    assert!(steps > 20, "{steps}");
    assert_eq!(std::fs::read(weights(&path)).unwrap(), whole);
}

#[test]
fn runs_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let run = folder.path().join("run");
    train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 1), &device, &go).unwrap();

    let other = message(RunFolder::open(&run, &spec(1)));
    assert!(other.contains("line 2") && other.contains("lr = 0.5") && other.contains("lr = 0.7"), "{other}");
    assert!(message(go_on::<0>(&run, Some(0))).contains("has done 1 epochs"));

    let path = weights(&run);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let cut = message(go_on::<0>(&run, Some(2)));
    assert!(cut.contains("weights.safetensors") && cut.contains("cut short"), "{cut}");

    let diverged =
        train::<Cpu, Logistic<2>>(&options(folder.path(), &folder.path().join("nan"), 1), &device, &go);
    assert!(message(diverged).contains("the loss is NaN at step 1"));
    assert!(RawTable::open(&Logistic::<0>::description().data, &folder.path().join("nowhere")).is_err());
}

/// A run of one epoch that was not stopped.
fn whole(folder: &Path) -> Vec<u8> {
    let run = folder.join("whole");
    train::<Cpu, Logistic<0>>(&options(folder, &run, 1), &Cpu::default(), &Interrupt::default()).unwrap();
    std::fs::read(weights(&run)).unwrap()
}

/// A long epoch is saved as it goes: what ends it takes away no more than the steps since.
#[test]
fn an_epoch_that_was_cut_short_goes_on_from_its_last_save() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let run = folder.path().join("run");
    let options = TrainOptions {
        save_every: Some(SaveEvery::Time(std::time::Duration::ZERO)),
        ..options(folder.path(), &run, 1)
    };
    let ended = train::<Cpu, Logistic<FIFTH_LOSS>>(&options, &Cpu::default(), &Interrupt::default());
    let ended = message(ended);
    assert!(ended.contains("the loss is NaN at step 5 (epoch 1)"), "{ended}");
    assert!(ended.contains("keeps the save after step") && ended.contains("lower learning rate"), "{ended}");
    let (_, info) = RunFolder::open(&run, &spec(0)).unwrap();
    assert!((1..5).contains(&info.position.step), "{info:?}");
    assert_eq!(info.steps, info.position.step as u64);
    assert_eq!(go_on::<0>(&run, None).unwrap().info.steps, 12);
    assert_eq!(std::fs::read(weights(&run)).unwrap(), whole(folder.path()));
}

#[test]
fn what_diverges_in_the_last_step_replaces_no_good_model() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let (weight, score) = (folder.path().join("weight"), folder.path().join("score"));
    let every_epoch = |run| TrainOptions { eval_every: Some(1), ..options(folder.path(), run, 1) };
    let diverged = [
        (
            &weight,
            "`item` holds NaN",
            message(train::<Cpu, Logistic<TWELFTH_WEIGHT>>(&every_epoch(&weight), &device, &go)),
        ),
        (
            &score,
            "the tower `ctr` is ",
            message(train::<Cpu, Logistic<SCORES>>(&options(folder.path(), &score, 1), &device, &go)),
        ),
    ];
    for (run, what, message) in diverged {
        assert!(message.contains(what) && message.contains("at step 12 (epoch 1)"), "{message}");
        assert!(message.contains("keeps the save after step 0"), "{message}");
        let resumed = go_on::<0>(run, None).unwrap();
        assert!(resumed.info.best.is_empty() == (run == &score), "evaluated by the run that goes on alone");
        assert_eq!(std::fs::read(weights(run)).unwrap(), whole(&folder.path().join(".")));
        std::fs::remove_dir_all(folder.path().join("whole")).unwrap();
    }
}

#[test]
fn a_save_that_fails_leaves_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let run = folder.path().join("run");
    let mut trained =
        train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 1), &Cpu::default(), &Interrupt::default())
            .unwrap();
    let later = RunInfo { steps: trained.info.steps + 1, ..trained.info.clone() };
    let checkpoint = run.join(format!("checkpoint-{}", later.steps));
    // The new `run.json` cannot be written.
    std::fs::create_dir(run.join(".run.json.tmp")).unwrap();
    assert!(trained.folder.save(&*trained.model, &later).is_err());
    assert!(!checkpoint.exists());
    // Cut off after the tensors and before `run.json`.
    std::fs::create_dir(&checkpoint).unwrap();
    std::fs::write(checkpoint.join("weights.safetensors"), "cut").unwrap();
    let held = message(go_on::<0>(&run, Some(2)));
    assert!(held.contains(&format!("process {} is writing to this folder", std::process::id())), "{held}");
    drop(trained);
    let resumed = go_on::<0>(&run, Some(2)).unwrap();
    assert_eq!(resumed.info.position.epochs, 2);
    // What was left over is gone.
    assert!(weights(&run).is_file() && !run.join(".run.json.tmp").exists());
}

/// A log is worth a warning and no more.
#[test]
fn training_goes_on_without_a_log() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let run = folder.path().join("run");
    std::fs::create_dir_all(run.join("metrics.jsonl")).unwrap();
    // As a run leaves it that was killed before its first save.
    std::fs::write(run.join(".lock"), "").unwrap();
    train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 1), &Cpu::default(), &Interrupt::default())
        .unwrap();
    assert_eq!(std::fs::read(weights(&run)).unwrap(), whole(folder.path()));
}

/// Features that another program declares, of the type of none of these.
mod other {
    use turret_runtime::data::{self, AnyFeatures, EncodedColumn, FieldError, InputInfo, Reads};
    use turret_runtime::prelude::*;

    #[derive(Clone, Default)]
    struct Empty;

    #[derive(Default)]
    pub(super) struct Batch;

    impl data::Batch for Batch {
        fn columns(&self, _: usize) -> Vec<&dyn EncodedColumn> {
            Vec::new()
        }
        fn columns_mut(&mut self, _: usize) -> Vec<&mut dyn EncodedColumn> {
            Vec::new()
        }
    }

    impl data::Features for Empty {
        type Batch = Batch;

        fn inputs(&self) -> &'static [InputInfo<'static>] {
            &[]
        }
        fn reads(&self, _: usize) -> Vec<Reads> {
            Vec::new()
        }
        fn encode(&self, _: usize, _: &Row<'_>, _: &mut Batch) -> Result<(), FieldError> {
            Ok(())
        }
    }

    impl data::StoredFeatures for Empty {
        fn parts(&self) -> data::Parts<'_> {
            Vec::new()
        }
        fn parts_mut(&mut self) -> data::PartsMut<'_> {
            Vec::new()
        }
    }

    pub(super) fn features() -> AnyFeatures {
        AnyFeatures::new(Empty)
    }
}

#[test]
fn features_and_batches_of_another_program_are_refused() {
    let program = on_device::<Cpu, Logistic<0>>(&Cpu::default());
    let training = &program.description().training;
    let features = program.declared();
    let model = program.build(&features, None, training, 1).unwrap();
    let mut pass = PassState::inference();
    assert_eq!(model.scores(&AnyBatch::default(), &mut pass).unwrap().values, [0.0; 0], "no record yet");

    let refused = program.build(&other::features(), None, training, 1).err();
    assert!(matches!(refused, Some(ModelError::Usage(UsageError::OtherFeatures))));
    let refused = program.footprint(&other::features(), 0).err();
    assert!(matches!(refused, Some(ModelError::Usage(UsageError::OtherFeatures))));
    let mut batch = AnyBatch::default();
    let encoded = encode_fields(&other::features(), 0, &[], &mut batch);
    assert!(encoded.is_ok() && batch.get::<other::Batch>().is_some());
    let refused = model.tower(0, &batch, &mut pass).err();
    assert!(matches!(refused, Some(ModelError::Usage(UsageError::OtherBatch))));
}

#[test]
fn stored_features_have_every_part_once() {
    let declared = || on_device::<Cpu, Logistic<0>>(&Cpu::default()).declared();
    let stored = serde_json::to_string(&declared()).unwrap();
    let restored = declared().restored(&stored).unwrap();
    assert_eq!(serde_json::to_string(&restored).unwrap(), stored);
    let error = |text: &str| declared().restored(text).err().unwrap().to_string();
    let twice = stored.replacen(
        '{',
        r#"{"item": {"name": "item", "missing": "Oov", "invalid": {"substitute": false}}, "#,
        1,
    );
    assert!(error(&twice).contains("`item` occurs twice"), "{}", error(&twice));
    assert!(error("{}").contains("`items` is not there"), "{}", error("{}"));
}
