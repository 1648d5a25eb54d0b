//! A draft of a click model from features and settings.

use super::super::draft::{Click, ClickForm, Column, Draft, Kind, Line, Source, model_name};
use super::Converted;
use super::models;

/// A click model of another system.
pub(super) struct ClickModel {
    /// Name of the spec.
    pub(super) name: String,
    /// Name of the model in the other system.
    pub(super) model: Option<String>,
    /// Rows.
    pub(super) source: Source,
    /// Line of the split.
    pub(super) split: Line,
    /// Features.
    pub(super) features: Vec<Column>,
    /// Label.
    pub(super) label: Column,
    /// Settings.
    pub(super) settings: Settings,
    /// Parts without a counterpart.
    pub(super) lost: Vec<String>,
}

/// Settings of a model and its training; `None` if they are not given.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// Width of the vectors.
    pub(super) dim: Option<usize>,
    /// Widths of the hidden layers.
    pub(super) hidden: Vec<usize>,
    /// Activation of the hidden layers.
    pub(super) activation: Option<String>,
    /// Dropout of the hidden layers.
    pub(super) dropout: Option<f64>,
    /// Penalty of the tables.
    pub(super) l2: Option<f64>,
    /// Optimizer.
    pub(super) optimizer: Option<String>,
    /// Learning rate.
    pub(super) rate: Option<f64>,
    /// Records of a step.
    pub(super) batch: Option<usize>,
    /// Passes over the rows.
    pub(super) epochs: Option<usize>,
    /// Field of the groups of `gauc`.
    pub(super) groups: Option<String>,
}

/// Activations of `mlp`.
const ACTIVATIONS: [&str; 8] = ["relu", "sigmoid", "tanh", "linear", "prelu", "dice", "gelu", "silu"];
/// Optimizers.
const OPTIMIZERS: [&str; 4] = ["adam", "adagrad", "sgd", "adamw"];
/// Width of vectors that are not given.
const DIM: usize = 8;

impl ClickModel {
    /// Drafts the spec.
    pub(super) fn convert(mut self) -> Converted {
        let name = self.model.clone().unwrap_or_default();
        let form = models::click(&name).unwrap_or_else(|| {
            if !name.is_empty() {
                self.lost.push(format!("the model `{name}`; the features have a network in its place"));
            }
            ClickForm::Network
        });
        let dim = self.settings.dim.unwrap_or(DIM);
        for column in &self.features {
            if let Some(width) = column.width.filter(|&width| width != dim) {
                self.lost
                    .push(format!("`embedding_dim = {width}` of `{}`; all tables have {dim}", column.name));
            }
        }
        let mut draft = Draft { name: model_name(&self.name), ..Draft::default() };
        let what = if models::click(&name).is_some() { name.as_str() } else { "a network" };
        draft.about = vec![format!("The probability of `{}`: {what}, converted.", self.label.name)];
        draft.data = vec![self.source.line(), self.split.clone()];
        let layers = self.layers();
        let table = if self.settings.l2.is_some() { "dim = dim, l2 = l2" } else { "dim = dim" };
        let features: Vec<&Column> = self.features.iter().collect();
        let click = Click { form, tower: "score", features, table, hidden: &layers };
        draft.towers = vec![click.tower()];
        draft.tables = click.tables(table);
        let label = &self.label.name;
        let groups =
            self.settings.groups.as_ref().map_or(String::new(), |field| format!(", gauc(by = {field})"));
        draft.body = vec![
            Line::new(format!("objective bce(score, {label})")),
            Line::new(format!("metrics {{ auc, logloss{groups} }}")),
            self.train(),
        ];
        draft.constant("dim", &dim.to_string(), "dim = dim");
        let l2 = self.settings.l2.map_or(String::new(), number);
        draft.constant("l2", &l2, "l2 = l2");
        let hidden: Vec<String> = self.hidden().iter().map(ToString::to_string).collect();
        draft.constant("hidden", &format!("[{}]", hidden.join(", ")), "mlp(hidden");
        draft.columns = [self.label.clone()].into_iter().chain(self.features.iter().cloned()).collect();
        Converted { draft, lost: self.lost }
    }

    /// Hidden layers; each has its dropout, if there is one.
    fn layers(&mut self) -> String {
        let activation = self.activation();
        match self.settings.dropout {
            None => format!("mlp(hidden, {activation})"),
            Some(rate) => {
                let layer = |units: &usize| format!("dense({units}, {activation}) |> dropout({rate})");
                self.hidden().iter().map(layer).collect::<Vec<_>>().join(" |> ")
            }
        }
    }

    fn hidden(&self) -> Vec<usize> {
        if self.settings.hidden.is_empty() { vec![64, 32] } else { self.settings.hidden.clone() }
    }

    fn activation(&mut self) -> String {
        let given = self.settings.activation.clone().unwrap_or_else(|| "relu".to_owned());
        let plain = given.to_lowercase();
        if ACTIVATIONS.contains(&plain.as_str()) {
            return plain;
        }
        self.lost.push(format!("the activation `{given}`; `relu` is in its place"));
        "relu".to_owned()
    }

    fn train(&mut self) -> Line {
        let given = self.settings.optimizer.clone().unwrap_or_else(|| "adam".to_owned());
        let plain = given.to_lowercase();
        let optimizer = if OPTIMIZERS.contains(&plain.as_str()) {
            plain
        } else {
            self.lost.push(format!("the optimizer `{given}`; `adam` is in its place"));
            "adam".to_owned()
        };
        let rate = number(self.settings.rate.unwrap_or(0.001));
        let (batch, epochs) = (self.settings.batch.unwrap_or(256), self.settings.epochs.unwrap_or(1));
        Line::new(format!(
            "train {{ optimizer = {optimizer}(lr = {rate}), batch = {batch}, epochs = {epochs} }}"
        ))
    }
}

/// A number as the language writes it.
pub(super) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-3 { format!("{value:e}") } else { value.to_string() }
}

/// A column of numbers, or of one.
pub(super) fn dense(name: &str, field: &str, width: usize) -> Column {
    match width {
        0 | 1 => Column::new(name, Kind::Float).reads(None, field),
        width => Column::new(name, Kind::Vector).reads(None, field).with(width.to_string()),
    }
}
