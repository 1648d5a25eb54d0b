//! Python files of DeepCTR and DeepMatch: feature columns and the call of a model.

mod features;
mod matching;
mod script;

use std::path::Path;

use turret_runtime::printable::printable;

use super::super::draft::{Column, Kind, Line};
use super::super::output::Error;
use super::click::{ClickModel, Settings};
use super::python::Scope;
use super::value::{Call, Value};
use super::{Converted, models, stem};
use features::Features;
use script::Script;

/// Arguments of models that are converted or that a spec needs no counterpart of.
const KNOWN: [&str; 18] = [
    "linear_feature_columns",
    "dnn_feature_columns",
    "user_feature_columns",
    "item_feature_columns",
    "history_feature_list",
    "dnn_dropout",
    "dnn_hidden_units",
    "hidden_units",
    "dnn_activation",
    "l2_reg_embedding",
    "task",
    "seed",
    "device",
    "gpus",
    "user_dnn_hidden_units",
    "item_dnn_hidden_units",
    "loss_type",
    "inputs",
];

/// Converts a file.
pub(super) fn convert(path: &Path, text: &str) -> Result<Converted, Error> {
    let scope = Scope::of(text);
    let Some((call, lists)) = model(&scope) else {
        return Err(Error::Input(format!(
            "`{}` has no call of a model with lists of `SparseFeat`, `VarLenSparseFeat` and `DenseFeat`",
            printable(path.display())
        )));
    };
    let script = Script::of(&scope, text);
    let mut features = Features::new(&script);
    let columns: Vec<Vec<Column>> = lists.iter().map(|list| features.columns(list)).collect();
    let mut lost = features.lost;
    lost.extend(scope.unread.iter().map(|line| format!("line {line}, whose features are not read")));
    let known = [&KNOWN[..], matching::arguments(&call.name)].concat();
    let others = call.others(&known);
    lost.extend(others.into_iter().map(|other| format!("`{other}` of `{}`", call.name)));
    let is_matching = call.named("user_feature_columns").is_some()
        || models::retrieval(&call.name).is_some() && models::click(&call.name).is_none()
        || features::is_pair(&scope);
    if let ([user, item], true) = (&columns[..], is_matching && columns.len() == 2) {
        return Ok(matching::convert(&stem(path), call, &script, user, item, lost));
    }
    let mut all: Vec<Column> = Vec::new();
    for column in columns.into_iter().flatten() {
        if !all.iter().any(|other| other.name == column.name) {
            all.push(column);
        }
    }
    let label = match &script.label {
        Some(label) => Column::new(&features.names.choose(label), Kind::Label).reads(None, label),
        None => {
            Column::new(&features.names.choose("label"), Kind::Label).unsure("no `target` names the label")
        }
    };
    if let Some(task) = call.named("task").and_then(Value::text)
        && task != "binary"
    {
        lost.push(format!("`task = \"{task}\"`; the spec has labels of two values"));
    }
    let model = ClickModel {
        name: stem(path),
        model: Some(call.name.clone()),
        source: script.source(),
        split: Line::new("split = random(test = 0.2)"),
        features: all,
        label,
        settings: settings(call, &script, features.dim),
        lost,
    };
    Ok(model.convert())
}

/// Finds the last call of a model: one that has lists of features, or names of such lists.
fn model(scope: &Scope) -> Option<(&Call, Vec<Vec<Call>>)> {
    let lists = |call: &'_ Call| -> Vec<Vec<Call>> {
        let arguments = call.positional.iter().chain(call.named.iter().map(|(_, value)| value));
        arguments.filter_map(|value| feature_list(call, value)).collect()
    };
    let calls = scope.calls.iter().rev().map(|(_, call)| (call, lists(call)));
    calls.into_iter().find(|(call, lists)| !lists.is_empty() && !features::is_helper(&call.name))
}

/// Features of an argument of a model. NCF has names of keys with their numbers.
fn feature_list(call: &Call, value: &Value) -> Option<Vec<Call>> {
    match value {
        Value::Map(entries) if models::retrieval(&call.name) == Some("ncf") => {
            let feature = |(name, size): &(String, Value)| Call {
                name: "SparseFeat".to_owned(),
                positional: vec![Value::Text(name.clone()), size.clone()],
                named: Vec::new(),
                line: call.line,
            };
            Some(entries.iter().map(feature).collect())
        }
        Value::List(_) => {
            let calls = value.calls();
            let are_features = !calls.is_empty() && calls.iter().all(|call| features::is_feature(call));
            are_features.then(|| calls.into_iter().cloned().collect())
        }
        _ => None,
    }
}

fn settings(call: &Call, script: &Script, dim: Option<usize>) -> Settings {
    let hidden = call.named("dnn_hidden_units").or(call.named("hidden_units"));
    Settings {
        dropout: call.named("dnn_dropout").and_then(Value::number).filter(|rate| *rate > 0.0),
        dim,
        hidden: hidden.map(Value::counts).unwrap_or_default(),
        activation: call.named("dnn_activation").and_then(Value::text).map(str::to_owned),
        l2: call.named("l2_reg_embedding").and_then(Value::number).filter(|l2| *l2 > 0.0),
        optimizer: script.optimizer.clone(),
        rate: script.rate,
        batch: script.batch,
        epochs: script.epochs,
        groups: None,
    }
}
