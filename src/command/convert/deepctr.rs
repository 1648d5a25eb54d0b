//! Python files of DeepCTR and DeepMatch: feature columns and the call of a model.

mod features;
mod fit;
mod matching;
mod script;
mod tasks;

use std::path::Path;

use turret_runtime::printable::printable;

use super::super::draft::{Column, Kind};
use super::super::output::Error;
use super::click::{ClickModel, Settings};
use super::python::Scope;
use super::training::{OTHER_ROWS, TORCH_NORM};
use super::value::{Call, Value};
use super::{Converted, models, stem};
use features::Features;
use fit::Fit;
use script::Script;

/// Arguments of models that are converted or that a spec needs no counterpart of.
const KNOWN: [&str; 21] = [
    "linear_feature_columns",
    "dnn_feature_columns",
    "user_feature_columns",
    "item_feature_columns",
    "history_feature_list",
    "dnn_dropout",
    "dnn_use_bn",
    "dnn_hidden_units",
    "hidden_units",
    "dnn_activation",
    "l2_reg_embedding",
    "l2_reg_linear",
    "l2_reg_dnn",
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
    let (script, fit) = (Script::of(&scope, text), Fit::of(&scope, text));
    let mut features = Features::new(&script);
    let columns: Vec<Vec<Column>> = lists.iter().map(|list| features.columns(list)).collect();
    let mut lost = features.lost;
    lost.extend(scope.unread.iter().map(|line| format!("line {line}, whose features are not read")));
    let of_tasks = tasks::arguments(&call.name);
    let known =
        [&KNOWN[..], matching::arguments(&call.name), of_tasks.as_deref().unwrap_or_default()].concat();
    let others = call.others(&known);
    lost.extend(others.into_iter().map(|other| format!("`{other}` of `{}`", call.name)));
    let is_matching = call.named("user_feature_columns").is_some()
        || models::retrieval(&call.name).is_some() && models::click(&call.name).is_none()
        || features::is_pair(&scope);
    if let ([user, item], true) = (&columns[..], is_matching && columns.len() == 2) {
        return Ok(matching::convert(&stem(path), call, &script, &fit, user, item, lost));
    }
    let mut all: Vec<Column> = Vec::new();
    for column in columns.into_iter().flatten() {
        if !all.iter().any(|other| other.name == column.name) {
            all.push(column);
        }
    }
    if of_tasks.is_some() {
        let of_features = (all, features.names, features.dim);
        return Ok(tasks::convert(&stem(path), call, &script, &fit, of_features, lost));
    }
    let label = match script.labels.first() {
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
    let settings = settings(call, &fit, features.dim, true, &mut lost);
    let model = ClickModel {
        name: stem(path),
        model: Some(call.name.clone()),
        source: script.source(),
        split: fit.split(),
        features: all,
        label,
        settings,
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

/// Settings of a model. Only a spec of one click has early stopping.
fn settings(call: &Call, fit: &Fit, dim: Option<usize>, stops: bool, lost: &mut Vec<String>) -> Settings {
    let hidden = call.named("dnn_hidden_units").or(call.named("hidden_units"));
    let (l2, l2_linear) = (fit.l2(call, "l2_reg_embedding"), fit.l2(call, "l2_reg_linear"));
    let network = network(call, fit);
    lost.extend(l2.or(l2_linear).map(|_| OTHER_ROWS.to_owned()));
    lost.extend((network.batch_norm && fit.is_torch()).then(|| TORCH_NORM.to_owned()));
    lost.extend(
        (network.l2_hidden.is_some() && fit.is_torch())
            .then(|| "the penalty of the layer after the hidden ones, which has `l2_reg_dnn` too".to_owned()),
    );
    Settings {
        hidden: hidden.map(Value::counts).unwrap_or_default(),
        dim,
        l2,
        l2_linear,
        training: fit.training(call, stops, lost),
        ..network
    }
}

/// Activation, norm, dropout and penalty of hidden layers.
fn network(call: &Call, fit: &Fit) -> Settings {
    Settings {
        activation: call.named("dnn_activation").and_then(Value::text).map(str::to_owned),
        batch_norm: call.named("dnn_use_bn").is_some_and(Value::is_true),
        dropout: call.named("dnn_dropout").and_then(Value::number).filter(|rate| *rate > 0.0),
        l2_hidden: fit.l2(call, "l2_reg_dnn"),
        ..Settings::default()
    }
}
