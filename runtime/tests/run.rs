//! A program written by hand, a logistic regression over one column of ids, through training, storing and evaluation.

use std::path::{Path, PathBuf};

use turret_runtime::data::{Data, PolicyCount, Vocabulary};
use turret_runtime::error::Error;
use turret_runtime::evaluate::{ROWS_AT_ONCE, evaluate};
use turret_runtime::export::{Format, RowSet, vectors, write};
use turret_runtime::prelude::*;
use turret_runtime::run::{RunFolder, RunInfo, RunWriter};
use turret_runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume, train};

const FIELDS: &[FieldName] = &[FieldName::of("clicks", "item"), FieldName::of("clicks", "label")];

#[derive(Clone, Default)]
struct Columns {
    item: Ids,
    label: Floats<1>,
}

impl EncodedBatch for Columns {
    fn rows(&self, _: usize) -> usize {
        self.item.rows()
    }
    fn gather(&self, _: usize, rows: &[u32], into: &mut Self) {
        self.item.gather_into(rows, &mut into.item);
        self.label.gather_into(rows, &mut into.label);
    }
    fn truncate(&mut self, _: usize, rows: usize) {
        self.item.truncate(rows);
        self.label.truncate(rows);
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(crate = "turret_runtime::serde")]
struct Features {
    items: Vocabulary,
    item: IdColumn,
    label: LabelColumn,
}

impl FittedFeatures for Features {
    type Batch = Columns;
    const INPUTS: &'static [InputInfo] = &[InputInfo { name: "ctr", part: 0, fields: FIELDS }];

    fn declared() -> Self {
        Self {
            items: Vocabulary::learned("item", Learned { min_count: 1, max: None }).oov(Oov::Bucket),
            item: IdColumn::new("item").missing(MissingId::Oov),
            label: LabelColumn::new("label"),
        }
    }
    fn observe(&mut self, _: usize, row: &Row<'_>) -> Result<(), FieldError> {
        self.item.observe(&row.field(0), &mut self.items)
    }
    fn finish(&mut self) -> Result<(), FitError> {
        self.items.finish()
    }
    fn encode(&self, _: usize, row: &Row<'_>, batch: &mut Columns) -> Result<(), FieldError> {
        self.item.encode(&row.field(0), &self.items, &mut batch.item)?;
        self.label.encode(&row.field(1), &mut batch.label)
    }
    fn take_counts(&self) -> Vec<PolicyCount> {
        self.item.counts()
    }
}

/// `KIND` chooses the spec and what goes wrong.
struct Logistic<const KIND: usize> {
    weights: Vec<f32>,
    lr: f32,
    /// Steps of this process.
    steps: usize,
}

/// The loss of the fifth step is no number.
const FIFTH_LOSS: usize = 3;
/// The twelfth step, the last of an epoch, leaves a weight that is no number.
const TWELFTH_WEIGHT: usize = 4;
/// Scores are infinite after the first step, though the weights are not.
const SCORES: usize = 5;

const LOGISTIC: SpecInfo = SpecInfo {
    name: "Logistic",
    about: "",
    renamed: &[],
    text: "model Logistic {\n    lr = 0.5\n}\n",
    fingerprint: "aaaa",
    compiler: "test",
};

const SPECS: [SpecInfo; 6] = [
    LOGISTIC,
    SpecInfo {
        name: "Logistic",
        about: "",
        renamed: &[],
        text: "model Logistic {\n    lr = 0.7\n}\n",
        fingerprint: "bbbb",
        compiler: "test",
    },
    SpecInfo {
        name: "Diverging",
        about: "",
        renamed: &[],
        text: "model Diverging {}\n",
        fingerprint: "cccc",
        compiler: "test",
    },
    LOGISTIC,
    LOGISTIC,
    LOGISTIC,
];

impl<const F: usize> Program<Cpu> for Logistic<F> {
    type Features = Features;
    const SPEC: SpecInfo = SPECS[F];
    const TOWERS: &'static [TowerInfo] =
        &[TowerInfo { name: "ctr", width: 1, vectors: 1, input: 0, exported: true }];
    const EVALUATION: Evaluation = Evaluation::Ranking;
    const METRICS: &'static [Metric] = &[Metric::Auc, Metric::LogLoss];
    const FILES: &'static [FileSpec] =
        if F == 1 { &[FileSpec::Keys { of: "item", path: "keys.txt" }] } else { &[] };

    fn data() -> DataSpec {
        DataSpec {
            sources: vec![SourceSpec::csv("clicks", "clicks.csv")],
            joins: Vec::new(),
            filters: Vec::new(),
            timeline: None,
            history: None,
            split: SplitSpec::Random { test: 0.25, seed: 1 },
            catalogue: None,
            groups: Vec::new(),
            on_error: OnError::Stop,
        }
    }
    fn training() -> TrainSpec {
        TrainSpec { optimizer: OptimizerSpec::sgd(0.5), batch: 32, epochs: 4, seed: 1, shuffle: true }
    }
    fn footprint(_: &Features, _: usize) -> Footprint {
        Footprint::default()
    }
    fn build(
        features: &Features,
        _: Option<&Path>,
        train: &TrainSpec,
        _: Cpu,
        _: u64,
    ) -> Result<Self, StateError> {
        let lr = match (F, &train.optimizer) {
            (2, _) => f32::NAN,
            (_, OptimizerSpec::Sgd { lr, .. }) => *lr,
            _ => 0.1,
        };
        Ok(Self { weights: vec![0.0; features.items.rows()], lr, steps: 0 })
    }
    fn step(
        &mut self,
        batch: &Columns,
        _: &Pass<Cpu>,
    ) -> Result<f32, <Cpu as turret_runtime::dfdx::tensor::HasErr>::Err> {
        let mut loss = 0.0;
        for (&id, &label) in batch.item.as_slice().iter().zip(batch.label.as_slice()) {
            let weight = &mut self.weights[id as usize];
            let probability = 1.0 / (1.0 + (-*weight).exp());
            loss -= if label > 0.5 { probability.ln() } else { (1.0 - probability).ln() };
            *weight -= self.lr * (probability - label);
        }
        self.steps += 1;
        match (F, self.steps) {
            (FIFTH_LOSS, 5) => loss = f32::NAN,
            (TWELFTH_WEIGHT, 12) => self.weights[0] = f32::NAN,
            _ => {}
        }
        Ok(loss / batch.item.rows() as f32)
    }
    fn tower(
        &self,
        _: usize,
        batch: &Columns,
        pass: &Pass<Cpu>,
    ) -> Result<Matrix, <Cpu as turret_runtime::dfdx::tensor::HasErr>::Err> {
        Ok(Matrix { width: 1, values: self.score(batch, pass)? })
    }
    fn score(
        &self,
        batch: &Columns,
        _: &Pass<Cpu>,
    ) -> Result<Vec<f32>, <Cpu as turret_runtime::dfdx::tensor::HasErr>::Err> {
        let factor = if F == SCORES && self.steps > 0 { f32::INFINITY } else { 1.0 };
        Ok(batch.item.as_slice().iter().map(|&id| factor * self.weights[id as usize]).collect())
    }
    fn labels<'b>(&self, batch: &'b Columns) -> &'b [f32] {
        batch.label.as_slice()
    }
    fn weights(&self) -> Vec<NamedTensor<'_>> {
        vec![NamedTensor::new("item", [self.weights.len()], self.weights.as_slice())]
    }
    fn load_weights(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        self.weights = reader.take("item", &[self.weights.len()])?;
        Ok(())
    }
    fn optimizer_state(&self) -> Vec<NamedTensor<'_>> {
        Vec::new()
    }
    fn load_optimizer_state(&mut self, _: &mut StateReader<'_>) -> Result<(), StateError> {
        Ok(())
    }
}

/// Items 0 to 4 are clicked, 5 to 9 are not, with a few exceptions.
fn data(folder: &Path) {
    let row = |index: usize| {
        let item = index * 7 % 10;
        let label = u8::from((item < 5) != (index.is_multiple_of(11)));
        format!("{item},{label}\n")
    };
    let rows: String = (0..500).map(row).collect();
    std::fs::write(folder.join("clicks.csv"), format!("item,label\n{rows}")).unwrap();
}

fn options(data: &Path, out: &Path, epochs: usize) -> TrainOptions {
    TrainOptions {
        data: data.to_owned(),
        out: Some(out.to_owned()),
        epochs: Some(epochs),
        seed: 1,
        threads: 1,
        ..TrainOptions::default()
    }
}

fn message<T>(result: Result<T, Error>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

fn go_on<const F: usize>(run: &Path, epochs: Option<usize>) -> Result<Trained<Cpu, Logistic<F>>, Error> {
    let (folder, info) = RunWriter::open(run, &SPECS[F])?;
    let options = ResumeOptions { epochs, threads: info.threads, ..ResumeOptions::default() };
    resume(folder, info, &options, &Cpu::default(), &Interrupt::default())
}

/// The weights of a run, from the one checkpoint it has.
fn weights(run: &Path) -> PathBuf {
    let entries = std::fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path());
    let [checkpoint] = &entries
        .filter(|path| {
            path.is_dir()
                && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("checkpoint-"))
        })
        .collect::<Vec<_>>()[..]
    else {
        panic!("a run has one checkpoint")
    };
    checkpoint.join("weights.safetensors")
}

/// What `metrics.jsonl` says, times left out.
fn metrics(run: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let timeless = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().retain(|name, _| !["seconds", "rows"].contains(&name.as_str()));
        line
    };
    text.lines().map(timeless).collect()
}

#[test]
fn a_resumed_run_equals_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let (whole, halves) = (folder.path().join("whole"), folder.path().join("halves"));
    let every_two = |out| TrainOptions { eval_every: Some(2), ..options(folder.path(), out, 4) };
    let trained: Trained<Cpu, Logistic<0>> = train(&every_two(&whole), &device, &go).unwrap();
    let report = evaluate(&trained.model, &trained.dataset, ROWS_AT_ONCE, &device, &go).unwrap();
    assert_eq!(report.rows, 125);
    let auc = report.metrics[0];
    assert!(auc.metric == Metric::Auc && auc.value > 0.85, "{report:?}");
    assert!(auc.interval.is_some_and(|(low, high)| low < auc.value && auc.value < high), "{report:?}");
    assert_eq!(trained.report, Some(report));
    assert!(trained.info.best["auc"].epoch.is_multiple_of(2), "{:?}", trained.info.best);

    // Ctrl-C after one step of the first epoch.
    let stop = Interrupt::default();
    stop.ask();
    let stopped = train::<Cpu, Logistic<0>>(&every_two(&halves), &device, &stop);
    assert_eq!(stopped.as_ref().err().map(Error::status), Some(130));
    assert!(message(stopped).contains("--resume"));
    let resumed = go_on::<0>(&halves, None).unwrap();
    assert_eq!(resumed.info.best, trained.info.best);
    let read = |run: &Path| std::fs::read(weights(run)).unwrap();
    assert_eq!(read(&whole), read(&halves));
    assert_eq!(metrics(&whole), metrics(&halves));
    let epochs: Vec<_> = metrics(&whole).iter().map(|line| line["epoch"].as_u64().unwrap()).collect();
    assert_eq!(epochs, [1, 2, 2, 3, 4, 4]);

    for format in [Format::Npy, Format::Safetensors, Format::Csv, Format::Jsonl] {
        let vectors =
            vectors(&trained.model, 0, RowSet::Test, &trained.data, &trained.dataset, &device).unwrap();
        assert_eq!(vectors.matrix.rows(), 125);
        assert!(
            write(&vectors, format, &folder.path().join("export")).unwrap().iter().all(|path| path.is_file())
        );
    }
    let again = train::<Cpu, Logistic<0>>(&options(folder.path(), &whole, 1), &device, &go);
    assert!(message(again).contains("holds a run already"));
}

#[test]
fn runs_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let run = folder.path().join("run");
    train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 1), &device, &go).unwrap();

    let other = message(RunFolder::open(&run, &SPECS[1]));
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
    assert!(Data::open(&Logistic::<0>::data(), &folder.path().join("nowhere")).is_err());
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
    let options =
        TrainOptions { save_every: Some(std::time::Duration::ZERO), ..options(folder.path(), &run, 1) };
    let ended = train::<Cpu, Logistic<FIFTH_LOSS>>(&options, &Cpu::default(), &Interrupt::default());
    let ended = message(ended);
    assert!(ended.contains("the loss is NaN at step 5 (epoch 1)"), "{ended}");
    assert!(ended.contains("stays as it was saved after step") && ended.contains("`--lr`"), "{ended}");
    let (_, info) = RunFolder::open(&run, &LOGISTIC).unwrap();
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
        assert!(message.contains("as it was saved after step 0"), "{message}");
        let resumed = go_on::<0>(run, None).unwrap();
        assert!(resumed.info.best.is_empty() == (run == &score), "evaluated by the run that goes on alone");
        assert_eq!(std::fs::read(weights(run)).unwrap(), whole(&folder.path().join(".")));
        std::fs::remove_dir_all(folder.path().join("whole")).unwrap();
    }
}

#[test]
fn a_run_knows_its_data() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, run, file) = (Cpu::default(), folder.path().join("run"), folder.path().join("clicks.csv"));
    let stop = Interrupt::default();
    stop.ask();
    assert!(train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 4), &device, &stop).is_err());
    let text = std::fs::read_to_string(&file).unwrap();
    let flipped = text.replacen(",0\n", ",1\n", 1);
    let appended = format!("{text}3,1\n");
    for (changed, said) in [
        (&flipped, "clicks.csv: same length, other content"),
        (&appended, "clicks.csv: 1 row more, those before unchanged"),
        (&text[..text.len() - 4].to_owned(), "clicks.csv: 1 row fewer, and others may differ"),
    ] {
        std::fs::write(&file, changed).unwrap();
        let refused = message(go_on::<0>(&run, None));
        assert!(refused.contains(said) && refused.contains("--allow-changed-data"), "{refused}");
    }

    // What was there before goes on as it would have, and rows that are appended test or train without moving others.
    std::fs::write(&file, &text).unwrap();
    let before = Data::open(&Logistic::<0>::data(), folder.path()).unwrap();
    std::fs::write(&file, &appended).unwrap();
    let after = Data::open(&Logistic::<0>::data(), folder.path()).unwrap();
    assert!(after.train.starts_with(&before.train) && after.test.starts_with(&before.test));

    let (opened, info) = RunWriter::open(&run, &SPECS[0]).unwrap();
    assert_eq!((info.position.epochs, info.position.step), (0, 1));
    let allowed = ResumeOptions { threads: 1, allow_changed_data: true, ..ResumeOptions::default() };
    let resumed: Trained<Cpu, Logistic<0>> =
        resume(opened, info, &allowed, &device, &Interrupt::default()).unwrap();
    assert_eq!(resumed.info.rows, after.train.len());
    // The step of the epoch that was cut short, and four epochs.
    assert_eq!(resumed.info.steps, 1 + 4 * 12);
    drop(resumed);
    // The data it went on with are its own now.
    assert_eq!(go_on::<0>(&run, Some(5)).unwrap().info.position.epochs, 5);

    // A run of a version that stored no files and no checksums is known by its rows.
    let path = run.join("run.json");
    let mut stored: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    stored
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !["files", "checksums", "checksum"].contains(&name.as_str()));
    std::fs::write(&path, stored.to_string()).unwrap();
    std::fs::write(&file, text.lines().take(401).map(|line| format!("{line}\n")).collect::<String>())
        .unwrap();
    let refused = message(go_on::<0>(&run, Some(6)));
    assert!(refused.contains("300 rows to train on instead of"), "{refused}");
    std::fs::write(&file, &appended).unwrap();
    assert!(go_on::<0>(&run, Some(6)).is_ok());
}

#[test]
fn a_run_keeps_the_keys_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (run, keys) = (folder.path().join("run"), folder.path().join("keys.txt"));
    std::fs::write(&keys, "1\n2\n").unwrap();
    let trained: Trained<Cpu, Logistic<1>> =
        train(&options(folder.path(), &run, 1), &Cpu::default(), &Interrupt::default()).unwrap();
    let files = trained.info.files.clone().unwrap();
    // It holds the lock of the run.
    drop(trained);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, files[0].rows, files[1].bytes), (vec!["clicks.csv", "keys.txt"], Some(500), 4));
    // Said, and no reason to refuse: the keys are not read again.
    std::fs::write(&keys, "2\n1\n").unwrap();
    assert!(go_on::<1>(&run, Some(2)).is_ok());
    std::fs::remove_file(&keys).unwrap();
    assert!(go_on::<1>(&run, Some(3)).is_ok());
}

#[test]
fn test_rows_that_also_train_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let trained: Trained<Cpu, Logistic<0>> =
        train(&options(folder.path(), &folder.path().join("run"), 1), &device, &go).unwrap();
    let report = evaluate(&trained.model, &trained.dataset, ROWS_AT_ONCE, &device, &go).unwrap();
    let note = &report.notes[0];
    assert!(note.starts_with("125 of 125 test rows also train, value by value"), "{note}");
}

#[test]
fn a_save_that_fails_leaves_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let run = folder.path().join("run");
    let mut trained: Trained<Cpu, Logistic<0>> =
        train(&options(folder.path(), &run, 1), &Cpu::default(), &Interrupt::default()).unwrap();
    let later = RunInfo { steps: trained.info.steps + 1, ..trained.info.clone() };
    let checkpoint = run.join(format!("checkpoint-{}", later.steps));
    // The new `run.json` cannot be written.
    std::fs::create_dir(run.join(".run.json.tmp")).unwrap();
    assert!(trained.folder.save(&trained.model, &later).is_err());
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
    train::<Cpu, Logistic<0>>(&options(folder.path(), &run, 1), &Cpu::default(), &Interrupt::default())
        .unwrap();
    assert_eq!(std::fs::read(weights(&run)).unwrap(), whole(folder.path()));
}
