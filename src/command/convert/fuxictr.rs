//! Configurations of FuxiCTR: `dataset_config.yaml`, `model_config.yaml` and `feature_map.json`.

mod model;

use std::path::{Path, PathBuf};

use turret_runtime::printable::printable;

use super::super::draft::{Column, Kind, Line, Source, Taken, quoted};
use super::super::output::{Error, note};
use super::click::{ClickModel, dense, number};
use super::value::Value;
use super::{Converted, read, stem, yaml};

/// Settings of a feature that are converted or that a spec needs no counterpart of.
const KNOWN: [&str; 17] = [
    "name",
    "active",
    "dtype",
    "type",
    "splitter",
    "max_len",
    "share_embedding",
    "encoder",
    "feature_encoder",
    "embedding_dim",
    "min_categr_count",
    "fill_na",
    "na_value",
    "padding",
    "source",
    "vocab_size",
    "padding_idx",
];
/// Further settings of a feature map, which follow from the data.
const OF_MAP: [&str; 3] = ["oov_idx", "remap", "pretrain_dim"];

/// Converts configurations.
pub(super) fn convert(files: &[PathBuf]) -> Result<Converted, Error> {
    let (mut data, mut model): (Option<Entry>, Option<Entry>) = (None, None);
    let mut map = None;
    for file in files {
        let name = printable(file.display()).to_string();
        let value = yaml::parse(&read(file)?).map_err(|error| Error::Input(format!("{name}: {error}")))?;
        if value.get("features").is_some() && value.get("dataset_id").is_some() {
            map = Some(value);
            continue;
        }
        for (id, entry) in value.entries() {
            let found = if entry.get("feature_cols").is_some() {
                &mut data
            } else if entry.get("model").is_some() {
                &mut model
            } else {
                continue;
            };
            match found {
                None => *found = Some((id.clone(), entry.clone(), base(&value))),
                Some((first, ..)) => note(&format!("{name}: `{first}` is converted, and `{id}` is not")),
            }
        }
    }
    if data.is_none() && map.is_none() {
        return Err(Error::Input(
            "no file has features: name the `dataset_config.yaml`, or the `feature_map.json` of the data set"
                .to_owned(),
        ));
    }
    let mut found = Reading::default();
    let source = match (&data, &map) {
        (Some((_, entry, _)), _) => found.dataset(entry),
        (None, Some(map)) => found.feature_map(map),
        (None, None) => Source::default(),
    };
    let name = model.as_ref().map(|(id, ..)| id.clone()).or(data.as_ref().map(|(id, ..)| id.clone()));
    let settings = model
        .as_ref()
        .map(|(_, entry, base)| model::settings(entry, base, found.validates, &mut found.lost))
        .unwrap_or_default();
    let label = found
        .label
        .take()
        .unwrap_or_else(|| Column::new("label", Kind::Label).unsure("no file names the label"));
    let of_model = model.as_ref().and_then(|(_, entry, _)| entry.get("model")?.text().map(str::to_owned));
    let split = found.split.take().unwrap_or_else(|| {
        Line::new("split = random(test = 0.1)").unsure("no file names training and test rows")
    });
    let model = ClickModel {
        name: name.unwrap_or_else(|| files.first().map_or(String::new(), |file| stem(file))),
        model: of_model,
        source,
        split,
        features: found.features,
        label,
        settings,
        lost: found.lost,
    };
    Ok(model.convert())
}

/// An entry of a file: its name, its settings, and those that all entries share.
type Entry = (String, Value, Value);

/// Settings that all models of a file share.
fn base(value: &Value) -> Value {
    value.get("Base").cloned().unwrap_or(Value::None)
}

#[derive(Default)]
struct Reading {
    names: Taken,
    features: Vec<Column>,
    /// Fields by the names of their columns.
    shared: Vec<(String, String)>,
    label: Option<Column>,
    split: Option<Line>,
    /// True if the split has validation rows.
    validates: bool,
    lost: Vec<String>,
}

impl Reading {
    /// Reads an entry of `dataset_config.yaml`.
    fn dataset(&mut self, entry: &Value) -> Source {
        for label in entry.get("label_col").map_or(&[][..], Value::items) {
            let name = label.get("name").unwrap_or(label);
            self.add_label(name);
        }
        let count = entry.get("min_categr_count").and_then(Value::count).unwrap_or(1);
        for feature in entry.get("feature_cols").map_or(&[][..], Value::items) {
            if feature.get("active") == Some(&Value::Bool(false)) {
                continue;
            }
            for name in feature.get("name").map(Value::texts).unwrap_or_default() {
                self.feature(name, feature, count);
            }
        }
        self.share();
        let path = |name: &str| entry.get(name).and_then(Value::text).map(base_name);
        let (train, valid, test) = (path("train_data"), path("valid_data"), path("test_data"));
        let main = train.clone().unwrap_or_else(|| "train.csv".to_owned());
        let held_out = test.clone().or(valid.clone());
        // One file for both parts measures the choice itself.
        let valid = valid.filter(|valid| held_out.as_ref() != Some(valid));
        self.validates = train.is_some() && valid.is_some();
        self.split = train.zip(held_out).map(|(train, test)| {
            let validate = valid.map_or(String::new(), |valid| format!(", validate = {}", quoted(&valid)));
            Line::new(format!(
                "split = given(train = {}, test = {}{validate})",
                quoted(&train),
                quoted(&test)
            ))
        });
        let format = entry.get("data_format").and_then(Value::text).unwrap_or("csv").to_owned();
        if format != "csv" {
            self.lost.push(format!("`data_format = {format}`; the spec reads CSV"));
        }
        Source {
            name: "log".to_owned(),
            word: "csv".to_owned(),
            paths: vec![main],
            unsure: vec!["paths are names of files in the folder of `--data`".to_owned()],
            ..Source::default()
        }
    }

    /// Reads `feature_map.json`.
    fn feature_map(&mut self, map: &Value) -> Source {
        map.get("labels").map_or(&[][..], Value::items).iter().for_each(|label| self.add_label(label));
        for feature in map.get("features").map_or(&[][..], Value::items) {
            for (name, settings) in feature.entries() {
                self.feature(name, settings, 1);
            }
        }
        self.share();
        Source {
            name: "log".to_owned(),
            word: "csv".to_owned(),
            paths: vec!["train.csv".to_owned()],
            unsure: vec!["a feature map names no files".to_owned()],
            ..Source::default()
        }
    }

    fn add_label(&mut self, name: &Value) {
        let Some(name) = name.text() else { return };
        if self.label.is_some() {
            self.lost.push(format!("the label `{name}`; the spec has one"));
            return;
        }
        let own = self.names.choose(name);
        self.label = Some(Column::new(&own, Kind::Label).reads(None, name));
    }

    fn feature(&mut self, name: &str, settings: &Value, min_count: usize) {
        let text = |setting: &str| settings.get(setting).and_then(Value::text);
        let kind = text("type").unwrap_or("categorical");
        if kind == "meta" {
            return;
        }
        let own = self.names.choose(name);
        let of_keys = |kind: Kind| {
            let column = Column::new(&own, kind).reads(None, name);
            let count = settings.get("min_categr_count").and_then(Value::count).unwrap_or(min_count);
            if count > 1 { column.with(format!("vocab = learned(min_count = {count})")) } else { column }
        };
        let column = match kind {
            "categorical" => of_keys(Kind::Id),
            "numeric" => {
                let fill = settings.get("fill_na").or(settings.get("na_value")).and_then(Value::number);
                let column = dense(&own, name, 1);
                fill.map_or(column.clone(), |fill| column.with(format!("missing = {}", number(fill))))
            }
            "sequence" => {
                let most = settings.get("max_len").and_then(Value::count);
                let column = of_keys(Kind::Sequence).with(format!("max = {}", most.unwrap_or(50)));
                let column = if most.is_none() { column.unsure("`max_len` is not given") } else { column };
                match text("splitter").map(|splitter| splitter.chars().collect::<Vec<_>>()) {
                    Some(splitter) if splitter.len() == 1 && splitter[0] != ',' => {
                        column.with(format!("separator = {}", quoted(&splitter[0].to_string())))
                    }
                    Some(splitter) if splitter.len() == 1 => column,
                    _ => column.with("separator = \"^\"").unsure("`splitter` is not given"),
                }
            }
            other => {
                self.lost.push(format!("the feature `{name}` of type `{other}`"));
                return;
            }
        };
        let mut column = column;
        column.width = settings.get("embedding_dim").and_then(Value::count);
        for encoder in
            ["feature_encoder", "encoder"].iter().flat_map(|word| settings.get(word)).flat_map(Value::items)
        {
            let encoder = encoder.text().unwrap_or_default();
            match encoder.trim_start_matches("layers.").split('(').next().unwrap_or_default() {
                "MaskedSumPooling" => column.pool = "sum",
                "MaskedAveragePooling" | "" | "null" | "nn.Linear" => {}
                _ => self.lost.push(format!("the encoder `{encoder}` of `{name}`; it is the mean")),
            }
        }
        if let Some(shared) = text("share_embedding") {
            self.shared.push((own.clone(), shared.to_owned()));
        }
        let known = |setting: &str| KNOWN.contains(&setting) || OF_MAP.contains(&setting);
        for (setting, value) in settings.entries().iter().filter(|(setting, _)| !known(setting)) {
            if *value != Value::None {
                self.lost.push(format!("`{setting} = {value}` of `{name}`"));
            }
        }
        self.features.push(column);
    }

    /// Gives columns the tables of others.
    fn share(&mut self) {
        for (name, field) in std::mem::take(&mut self.shared) {
            let reads = |column: &&Column| match &column.from {
                Some((_, own)) => *own == field,
                None => column.name == field,
            };
            let table = self.features.iter().find(reads).map(|column| column.name.clone());
            let column = self.features.iter_mut().find(|column| column.name == name);
            match (table, column) {
                (Some(table), Some(column)) => {
                    column.table = table;
                    column.arguments.retain(|argument| !argument.starts_with("vocab"));
                }
                _ => self
                    .lost
                    .push(format!("`share_embedding = {field}` of `{name}`; there is no such feature")),
            }
        }
    }
}

/// Name of a file without its folders.
fn base_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}
