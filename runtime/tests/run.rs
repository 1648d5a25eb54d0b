//! A program written by hand, a logistic regression over one column of ids, through training, storing and evaluation.

use std::path::Path;

use turret_runtime::data::{Data, PolicyCount, Vocabulary};
use turret_runtime::error::Error;
use turret_runtime::evaluate::evaluate;
use turret_runtime::export::{Format, RowSet, vectors, write};
use turret_runtime::prelude::*;
use turret_runtime::run::RunFolder;
use turret_runtime::train::{Interrupt, TrainOptions, Trained, resume, train};

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

/// `FINGERPRINT` stands for the text of the spec.
struct Logistic<const FINGERPRINT: usize> {
    weights: Vec<f32>,
    lr: f32,
}

const SPECS: [SpecInfo; 3] = [
    SpecInfo {
        name: "Logistic",
        text: "model Logistic {\n    lr = 0.5\n}\n",
        fingerprint: "aaaa",
        compiler: "test",
    },
    SpecInfo {
        name: "Logistic",
        text: "model Logistic {\n    lr = 0.7\n}\n",
        fingerprint: "bbbb",
        compiler: "test",
    },
    SpecInfo { name: "Diverging", text: "model Diverging {}\n", fingerprint: "cccc", compiler: "test" },
];

impl<const F: usize> Program<Cpu> for Logistic<F> {
    type Features = Features;
    const SPEC: SpecInfo = SPECS[F];
    const TOWERS: &'static [TowerInfo] = &[TowerInfo { name: "ctr", width: 1, input: 0, exported: true }];
    const EVALUATION: Evaluation = Evaluation::Ranking;
    const METRICS: &'static [Metric] = &[Metric::Auc, Metric::LogLoss];

    fn data() -> DataSpec {
        DataSpec {
            sources: vec![SourceSpec::csv("clicks", "clicks.csv")],
            joins: Vec::new(),
            split: SplitSpec::Random { test: 0.25, seed: 1 },
            catalogue: None,
            on_error: OnError::Stop,
        }
    }
    fn training() -> TrainSpec {
        TrainSpec { optimizer: OptimizerSpec::sgd(0.5), batch: 32, epochs: 4, seed: 1, shuffle: true }
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
        Ok(Self { weights: vec![0.0; features.items.rows()], lr })
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
        Ok(batch.item.as_slice().iter().map(|&id| self.weights[id as usize]).collect())
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

#[test]
fn a_resumed_run_equals_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    data(folder.path());
    let (device, go) = (Cpu::default(), Interrupt::default());
    let (whole, halves) = (folder.path().join("whole"), folder.path().join("halves"));
    let trained: Trained<Cpu, Logistic<0>> = train(&options(folder.path(), &whole, 4), &device, &go).unwrap();
    let report = evaluate(&trained.model, &trained.dataset, &device).unwrap();
    assert_eq!(report.rows, 125);
    assert!(report.metrics[0].0 == "auc" && report.metrics[0].1 > 0.85, "{report:?}");

    // Ctrl-C after one step of the first epoch.
    let stop = Interrupt::default();
    stop.ask();
    let stopped = train::<Cpu, Logistic<0>>(&options(folder.path(), &halves, 4), &device, &stop);
    assert_eq!(stopped.as_ref().err().map(Error::status), Some(130));
    assert!(message(stopped).contains("--resume"));
    resume::<Cpu, Logistic<0>>(&halves, None, None, &device, &go).unwrap();
    let read = |run: &Path, file: &str| std::fs::read(run.join(file)).unwrap();
    assert_eq!(read(&whole, "weights.safetensors"), read(&halves, "weights.safetensors"));
    assert_eq!(String::from_utf8(read(&halves, "metrics.jsonl")).unwrap().lines().count(), 4);
    let losses = |run: &Path| -> Vec<f64> {
        let text = String::from_utf8(read(run, "metrics.jsonl")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["loss"].as_f64().unwrap())
            .collect()
    };
    assert_eq!(losses(&whole), losses(&halves));

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

    let path = run.join("weights.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
    let cut = message(resume::<Cpu, Logistic<0>>(&run, None, Some(2), &device, &go));
    assert!(cut.contains("weights.safetensors") && cut.contains("cut short"), "{cut}");

    let diverged =
        train::<Cpu, Logistic<2>>(&options(folder.path(), &folder.path().join("nan"), 1), &device, &go);
    assert!(message(diverged).contains("the loss is NaN at step 1"));
    assert!(Data::open(&Logistic::<0>::data(), &folder.path().join("nowhere")).is_err());
}
