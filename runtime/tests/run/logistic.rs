//! A program written by hand, a logistic regression over one column of ids, and how its runs are looked at.

use std::path::{Path, PathBuf};

use turret_runtime::data::{
    self, Counting, EncodedColumn, FieldError, FieldName, InputInfo, Reads, Vocabulary,
};
use turret_runtime::error::{Error, ModelError};
use turret_runtime::prelude::*;
use turret_runtime::run::RunWriter;
use turret_runtime::state::{NamedTensor, StateError, StateReader};
use turret_runtime::train::{Interrupt, ResumeOptions, TrainOptions, Trained, resume};

pub(crate) const FIELDS: &[FieldName] = &[FieldName::of("clicks", "item"), FieldName::of("clicks", "label")];

#[derive(Clone, Default)]
pub(crate) struct Columns {
    item: Ids,
    label: Floats<1>,
}

impl data::Batch for Columns {
    fn columns(&self, _: usize) -> Vec<&dyn EncodedColumn> {
        vec![&self.item, &self.label]
    }
    fn columns_mut(&mut self, _: usize) -> Vec<&mut dyn EncodedColumn> {
        vec![&mut self.item, &mut self.label]
    }
}

#[derive(Clone)]
pub(crate) struct Features {
    items: Vocabulary,
    item: IdColumn,
    label: LabelColumn,
}

impl data::StoredFeatures for Features {
    fn parts(&self) -> data::Parts<'_> {
        vec![("items".into(), &self.items), ("item".into(), &self.item), ("label".into(), &self.label)]
    }
    fn parts_mut(&mut self) -> data::PartsMut<'_> {
        vec![
            ("items".into(), &mut self.items),
            ("item".into(), &mut self.item),
            ("label".into(), &mut self.label),
        ]
    }
}

impl data::Features for Features {
    type Batch = Columns;
    fn inputs(&self) -> &'static [InputInfo<'static>] {
        const INPUTS: &[InputInfo<'static>] = &[InputInfo::new("ctr", 0, FIELDS)];
        INPUTS
    }

    fn reads(&self, _: usize) -> Vec<Reads> {
        let reads = |column, field, keys| Reads { column, field, keys, counting: Counting::Counted };
        vec![reads(1, 0, Some(0)), reads(2, 1, None)]
    }
    fn encode(&self, _: usize, row: &Row<'_>, batch: &mut Columns) -> Result<(), FieldError> {
        self.item.encode(
            &row.field(0),
            &self.items,
            &mut batch.item,
            turret_runtime::data::Counting::Counted,
        )?;
        self.label.encode(&row.field(1), &mut batch.label, turret_runtime::data::Counting::Counted)
    }
}

impl Default for Features {
    fn default() -> Self {
        Self {
            items: Vocabulary::new("item", Keys::learned()).oov(Oov::Bucket),
            item: IdColumn::new("item", IdSpec::default().missing(MissingId::Oov)),
            label: LabelColumn::new("label", LabelSpec::default()),
        }
    }
}

/// `KIND` chooses the spec and what goes wrong.
pub(crate) struct Logistic<const KIND: usize> {
    weights: Vec<f32>,
    lr: f32,
    /// Steps of this process.
    pub(crate) steps: usize,
}

/// The loss of the fifth step is no number.
pub(crate) const FIFTH_LOSS: usize = 3;
/// The twelfth step, the last of an epoch, leaves a weight that is no number.
pub(crate) const TWELFTH_WEIGHT: usize = 4;
/// Scores are infinite after the first step, though the weights are not.
pub(crate) const SCORES: usize = 5;
/// The rows are in ten files.
pub(crate) const PARTS: usize = 6;
pub(crate) const GZIP: usize = 7;
pub(crate) const ZSTD: usize = 8;
pub(crate) const JSON_LINES: usize = 9;
pub(crate) const PARQUET: usize = 10;
pub(crate) const PARQUET_PARTS: usize = 11;
pub(crate) const ARROW: usize = 12;
/// Each line has a list of rows.
pub(crate) const LISTS: usize = 13;
/// The same in JSON lines, in ten files.
pub(crate) const JSON_LISTS: usize = 14;

fn source(kind: usize) -> SourceSpec {
    match kind {
        PARTS => SourceSpec::csv("clicks", "part-*.csv"),
        GZIP => SourceSpec::csv("clicks", "clicks.csv.gz"),
        ZSTD => SourceSpec::csv("clicks", "clicks.csv.zst"),
        JSON_LINES => SourceSpec::of("clicks", "clicks.jsonl", FileForm::JsonLines),
        PARQUET => SourceSpec::of("clicks", "clicks.parquet", FileForm::Parquet),
        PARQUET_PARTS => SourceSpec::of("clicks", "part-*.parquet", FileForm::Parquet),
        ARROW => SourceSpec::of("clicks", "clicks.arrow", FileForm::Arrow),
        LISTS => SourceSpec::tsv("clicks", "lists.tsv")
            .explode(ExplodeSpec::new("shown", "item").separator('|').weight("label").weight_separator('=')),
        JSON_LISTS => SourceSpec::of("clicks", "lists-*.jsonl", FileForm::JsonLines)
            .explode(ExplodeSpec::new("shown", "item").weight("label")),
        _ => SourceSpec::csv("clicks", "clicks.csv"),
    }
}

/// The spec of a kind.
pub(crate) fn spec(kind: usize) -> SpecInfo {
    let (name, text, fingerprint) = match kind {
        1 => ("Logistic", "model Logistic {\n    lr = 0.7\n}\n", "bbbb"),
        2 => ("Diverging", "model Diverging {}\n", "cccc"),
        _ => ("Logistic", "model Logistic {\n    lr = 0.5\n}\n", "aaaa"),
    };
    SpecInfo {
        name: name.into(),
        text: text.into(),
        fingerprint: fingerprint.into(),
        compiler: "test".into(),
        ..SpecInfo::default()
    }
}

fn description(kind: usize) -> Description {
    Description {
        spec: spec(kind),
        towers: vec![TowerInfo::new("ctr", 1, 0).exported(true)],
        tasks: vec![TaskInfo::new("", Prediction::Probability)],
        metrics: vec![Metric::Auc(0), Metric::LogLoss(0)],
        files: if kind == 1 { vec![FileSpec::keys("item", "keys.txt")] } else { Vec::new() },
        data: DataSpec {
            sources: vec![source(kind)],
            split: SplitSpec::random(0.25, 1),
            ..DataSpec::default()
        },
        training: TrainSpec::new(OptimizerSpec::sgd(0.5)).batch(32).epochs(4).seed(1),
        ..Description::default()
    }
}

static DESCRIPTIONS: LazyLock<[Description; JSON_LISTS + 1]> =
    LazyLock::new(|| std::array::from_fn(description));

impl<const F: usize> Program<Cpu> for Logistic<F> {
    type Features = Features;

    fn description() -> &'static Description {
        &DESCRIPTIONS[F]
    }
    fn footprint(_: &Description, _: &Features, _: usize) -> Footprint {
        Footprint::default()
    }
    fn build(
        features: &Features,
        _: Option<&Path>,
        train: &TrainSpec,
        _: Cpu,
        _: u64,
    ) -> Result<Self, ModelError> {
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
        _: &mut Pass<Cpu>,
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
    fn loss(
        &self,
        batch: &Columns,
        pass: &mut Pass<Cpu>,
    ) -> Result<f32, <Cpu as turret_runtime::dfdx::tensor::HasErr>::Err> {
        let scores = self.scores(batch, pass)?;
        let losses = scores
            .values
            .iter()
            .zip(batch.label.as_slice())
            .map(|(score, label)| (1.0 + score.exp()).ln() - label * score);
        Ok(losses.sum::<f32>() / batch.item.rows() as f32)
    }
    fn tower(
        &self,
        _: usize,
        batch: &Columns,
        pass: &mut Pass<Cpu>,
    ) -> Result<Matrix, <Cpu as turret_runtime::dfdx::tensor::HasErr>::Err> {
        self.scores(batch, pass)
    }
    fn scores(
        &self,
        batch: &Columns,
        _: &mut Pass<Cpu>,
    ) -> Result<Matrix, <Cpu as turret_runtime::dfdx::tensor::HasErr>::Err> {
        let factor = if F == SCORES && self.steps > 0 { f32::INFINITY } else { 1.0 };
        let scores = batch.item.as_slice().iter().map(|&id| factor * self.weights[id as usize]);
        Ok(Matrix { width: 1, values: scores.collect() })
    }
    fn labels<'b>(&self, _: usize, batch: &'b Columns) -> &'b [f32] {
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
pub(crate) fn data(folder: &Path) {
    let row = |index: usize| {
        let item = index * 7 % 10;
        let label = u8::from((item < 5) != (index.is_multiple_of(11)));
        format!("{item},{label}\n")
    };
    let rows: String = (0..500).map(row).collect();
    std::fs::write(folder.join("clicks.csv"), format!("item,label\n{rows}")).unwrap();
}

pub(crate) fn options(data: &Path, out: &Path, epochs: usize) -> TrainOptions {
    TrainOptions {
        data: data.to_owned(),
        out: Some(out.to_owned()),
        epochs: Some(epochs),
        seed: 1,
        threads: 1,
        ..TrainOptions::default()
    }
}

/// Message and remedy.
pub(crate) fn message<T, E: Into<Error>>(result: Result<T, E>) -> String {
    result.err().map(|error| format!("{:?}", error.into())).unwrap_or_default()
}

pub(crate) fn go_on<const F: usize>(run: &Path, epochs: Option<usize>) -> Result<Trained, Error> {
    let (folder, info) = RunWriter::open(run, &spec(F))?;
    let options = ResumeOptions { epochs, threads: info.threads, ..ResumeOptions::default() };
    resume::<Cpu, Logistic<F>>(folder, info, &options, &Cpu::default(), &Interrupt::default())
}

/// The weights of a run, from the one checkpoint it has.
pub(crate) fn weights(run: &Path) -> PathBuf {
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

/// Returns what `metrics.jsonl` says, times left out.
pub(crate) fn metrics(run: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let timeless = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().retain(|name, _| !["seconds", "rows"].contains(&name.as_str()));
        line
    };
    text.lines().map(timeless).collect()
}
