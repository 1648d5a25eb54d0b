//! A draft of a click model from features and settings.

use super::super::draft::{Click, ClickForm, Column, Draft, Kind, Line, Source, model_name};
use super::Converted;
use super::models;
use super::training::Training;

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
    /// Batch norm of the hidden layers.
    pub(super) batch_norm: bool,
    /// Penalty of the hidden layers.
    pub(super) l2_hidden: Option<f64>,
    /// Penalty of the tables.
    pub(super) l2: Option<f64>,
    /// Penalty of the first-order terms.
    pub(super) l2_linear: Option<f64>,
    /// Training.
    pub(super) training: Training,
    /// Field of the groups of `gauc`.
    pub(super) groups: Option<String>,
}

/// Activations of `mlp`.
const ACTIVATIONS: [&str; 8] = ["relu", "sigmoid", "tanh", "linear", "prelu", "dice", "gelu", "silu"];
/// Width of vectors that are not given.
pub(super) const DIM: usize = 8;

/// Constants of the tables.
pub(super) fn constants(draft: &mut Draft, dim: usize, l2: Option<f64>) {
    draft.constant("dim", &dim.to_string(), "dim = dim");
    draft.constant("l2", &l2.map_or(String::new(), number), "l2 = l2");
}

/// Widths of vectors other than that of all tables.
pub(super) fn lost_widths(features: &[Column], dim: usize) -> Vec<String> {
    let others =
        features.iter().filter_map(|column| Some((column.width.filter(|&own| own != dim)?, &column.name)));
    others.map(|(own, name)| format!("`embedding_dim = {own}` of `{name}`; all tables have {dim}")).collect()
}

impl Settings {
    /// Settings of the tables.
    pub(super) fn table(&self) -> &'static str {
        if self.l2.is_some() { "dim = dim, l2 = l2" } else { "dim = dim" }
    }

    /// Activation of the hidden layers in the language.
    pub(super) fn activation(&self, lost: &mut Vec<String>) -> &'static str {
        let given = self.activation.as_deref().unwrap_or("relu");
        let plain = given.to_lowercase();
        ACTIVATIONS.iter().find(|known| **known == plain).copied().unwrap_or_else(|| {
            lost.push(format!("the activation `{given}`; `relu` is in its place"));
            "relu"
        })
    }

    /// Norm, dropout and penalty of the hidden layers, as further arguments of `mlp`.
    pub(super) fn of_hidden(&self) -> String {
        let norm = if self.batch_norm { ", norm = batch" } else { "" };
        let dropout = self.dropout.map_or(String::new(), |rate| format!(", dropout = {rate}"));
        let l2 = self.l2_hidden.map_or(String::new(), |l2| format!(", l2 = {}", number(l2)));
        format!("{norm}{dropout}{l2}")
    }

    /// Norm and dropout after a last layer without an activation, which `mlp` has no norm and dropout of.
    pub(super) fn after_last(&self) -> String {
        let norm = if self.batch_norm { " |> batch_norm" } else { "" };
        let dropout = self.dropout.map_or(String::new(), |rate| format!(" |> dropout({rate})"));
        format!("{norm}{dropout}")
    }
}

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
        self.lost.extend(lost_widths(&self.features, dim));
        let mut draft = Draft { name: model_name(&self.name), ..Draft::default() };
        let what = if models::click(&name).is_some() { name.as_str() } else { "a network" };
        draft.about = vec![format!("The probability of `{}`: {what}, converted.", self.label.name)];
        draft.data = vec![self.source.line(), self.split.clone()];
        let activation = self.settings.activation(&mut self.lost);
        let layers = format!("mlp(hidden, {activation}{})", self.settings.of_hidden());
        let table = self.settings.table();
        let linear = match self.settings.l2_linear {
            None => String::new(),
            shared if shared == self.settings.l2 => "l2 = l2".to_owned(),
            Some(own) => format!("l2 = {}", number(own)),
        };
        let features: Vec<&Column> = self.features.iter().collect();
        let click = Click { form, tower: "score", features, table, linear: &linear, hidden: &layers };
        draft.towers = vec![click.tower()];
        draft.tables = click.tables(table);
        let label = &self.label.name;
        let groups =
            self.settings.groups.as_ref().map_or(String::new(), |field| format!(", gauc(by = {field})"));
        draft.body = vec![
            Line::new(format!("objective bce(score, {label})")),
            Line::new(format!("metrics {{ auc, logloss{groups} }}")),
            self.settings.training.line(),
        ];
        constants(&mut draft, dim, self.settings.l2);
        let hidden = if self.settings.hidden.is_empty() { &[64, 32][..] } else { &self.settings.hidden };
        let hidden: Vec<String> = hidden.iter().map(ToString::to_string).collect();
        draft.constant("hidden", &format!("[{}]", hidden.join(", ")), "mlp(hidden");
        draft.columns = [self.label.clone()].into_iter().chain(self.features.iter().cloned()).collect();
        Converted { draft, lost: self.lost }
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
