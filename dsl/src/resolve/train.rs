//! The `train`, `metrics` and `export` blocks.

use super::{Names, Parts};
use crate::arguments::{BELOW_ONE, Bound, POSITIVE, Param, Rest, bind, bind_entries, describe, whole};
use crate::ast::{Entry, Expr, ExprKind, Settings, SettingsKind};
use crate::diag::{Diagnostic, Errors};
use crate::model::{Loss, Metric, Model, Optimizer, Train};

/// Every optimizer.
pub const OPTIMIZERS: [&str; 5] = ["sgd", "adagrad", "row_wise_adagrad", "adam", "adamw"];

/// What holds where `train` says nothing.
pub(super) fn defaults() -> Train {
    let optimizer = Optimizer::Adam { lr: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weight_decay: 0.0 };
    Train { optimizer, batch: 256, epochs: 1, seed: 42 }
}

/// Resolves the three blocks.
pub(super) fn resolve_settings(parts: &Parts<'_>, model: &mut Model, names: &Names, errors: &mut Errors) {
    if let Some(settings) = parts.settings(SettingsKind::Train) {
        resolve_train(settings, model, errors);
    }
    if let Some(settings) = parts.settings(SettingsKind::Metrics) {
        let catalogue = parts.settings(SettingsKind::Catalogue).is_some();
        for entry in &settings.entries {
            resolve_metric(entry, catalogue, model, errors);
        }
    }
    if let Some(settings) = parts.settings(SettingsKind::Export) {
        resolve_exports(settings, model, names, errors);
    }
}

fn resolve_train(settings: &Settings, model: &mut Model, errors: &mut Errors) {
    let params =
        [Param::named("optimizer"), Param::named("batch"), Param::named("epochs"), Param::named("seed")];
    let bound = bind_entries("`train`", settings.span, &settings.entries, &params, errors);
    if let Some(optimizer) = bound.get("optimizer").and_then(|value| resolve_optimizer(value, errors)) {
        model.train.optimizer = optimizer;
    }
    if let Some(batch) = bound.count("batch", 1..=(1 << 24), errors) {
        model.train.batch = batch;
    }
    if let Some(epochs) = bound.count("epochs", 1..=1_000_000, errors) {
        model.train.epochs = epochs;
    }
    if let Some(seed) = bound.count("seed", 0..=(1 << 53), errors) {
        model.train.seed = seed;
    }
}

/// `adagrad(lr = 0.1)` and its kind.
pub(super) fn resolve_optimizer(value: &Expr, errors: &mut Errors) -> Option<Optimizer> {
    let nothing: &[crate::ast::Argument] = &[];
    let (word, arguments) = match &value.kind {
        ExprKind::Name(word) => (word.as_str(), nothing),
        ExprKind::Call(call) => (call.function.text.as_str(), call.arguments.as_slice()),
        _ => ("", nothing),
    };
    let lr = Param::optional("lr");
    let params: Vec<Param> = match word {
        "sgd" => vec![lr, Param::named("momentum")],
        "adagrad" | "row_wise_adagrad" => {
            vec![lr, Param::named("initial_accumulator"), Param::named("epsilon")]
        }
        "adam" => vec![lr, Param::named("beta1"), Param::named("beta2"), Param::named("epsilon")],
        "adamw" => {
            vec![
                lr,
                Param::named("beta1"),
                Param::named("beta2"),
                Param::named("epsilon"),
                Param::named("weight_decay"),
            ]
        }
        _ => {
            errors.push(
                Diagnostic::new("E0109", value.span, "this is not an optimizer")
                    .label(describe(value))
                    .suggest(word, OPTIMIZERS, "one of `sgd`, `adagrad`, `row_wise_adagrad`, `adam`, `adamw`, such as `adagrad(lr = 0.1)`"),
            );
            return None;
        }
    };
    let bound = bind(&format!("`{word}`"), value.span, arguments, &params, Rest::Refused, errors)?;
    let read = |bound: &Bound<'_>, name: &str, high: f64, default: f64, errors: &mut Errors| {
        bound.number(name, 0.0..=high, errors).unwrap_or(default)
    };
    let default_lr = if matches!(word, "adam" | "adamw") { 0.001 } else { 0.01 };
    let lr = bound.number("lr", POSITIVE..=1e3, errors).unwrap_or(default_lr);
    Some(match word {
        "sgd" => Optimizer::Sgd { lr, momentum: read(&bound, "momentum", BELOW_ONE, 0.0, errors) },
        "adagrad" | "row_wise_adagrad" => {
            let initial = read(&bound, "initial_accumulator", 1e6, 0.1, errors);
            let epsilon = read(&bound, "epsilon", 1.0, 1e-7, errors);
            if word == "adagrad" {
                Optimizer::Adagrad { lr, initial, epsilon }
            } else {
                Optimizer::RowWiseAdagrad { lr, initial, epsilon }
            }
        }
        _ => Optimizer::Adam {
            lr,
            beta1: read(&bound, "beta1", BELOW_ONE, 0.9, errors),
            beta2: read(&bound, "beta2", BELOW_ONE, 0.999, errors),
            epsilon: read(&bound, "epsilon", 1.0, 1e-7, errors),
            weight_decay: if word == "adamw" { read(&bound, "weight_decay", 1e3, 0.01, errors) } else { 0.0 },
        },
    })
}

/// Resolves an entry of `metrics`, and checks it against the objective.
fn resolve_metric(entry: &Entry, catalogue: bool, model: &mut Model, errors: &mut Errors) {
    let span = entry.value.span;
    let (word, arguments) = match &entry.value.kind {
        ExprKind::Name(word) => (word.as_str(), None),
        ExprKind::Call(call) => (call.function.text.as_str(), Some(&call.arguments)),
        ExprKind::Invalid => return,
        _ => ("", None),
    };
    let metrics = match (word, arguments) {
        _ if entry.name.is_some() => None,
        ("auc", None) => Some(vec![Metric::Auc]),
        ("logloss", None) => Some(vec![Metric::LogLoss]),
        ("top_k_accuracy", Some(arguments)) if !arguments.is_empty() => {
            let counts = arguments.iter();
            let counts = counts.filter_map(|argument| whole("k", &argument.value, 1..=(1 << 31), errors));
            Some(counts.map(Metric::TopK).collect())
        }
        _ => None,
    };
    let Some(metrics) = metrics else {
        let known = ["auc", "logloss", "top_k_accuracy"];
        errors.push(
            Diagnostic::new("E0110", span, "this is not a metric").label(describe(&entry.value)).suggest(
                word,
                known,
                "one of `auc`, `logloss`, `top_k_accuracy(1, 10, 100)`",
            ),
        );
        return;
    };
    // Without an objective, what is wrong with it was said already.
    if let Some((_, loss)) = model.objective.first() {
        let retrieval = matches!(loss, Loss::InBatchSoftmax { .. });
        match metrics.first() {
            Some(Metric::TopK(_)) if !retrieval => errors.push(
                Diagnostic::new("E0408", span, "top-k accuracy needs a retrieval objective")
                    .label("it counts how often the candidate of a record is among the k nearest")
                    .help("use `in_batch_softmax(query, candidate)`, or the metrics `auc` and `logloss`"),
            ),
            Some(Metric::TopK(_)) if !catalogue => errors.push(
                Diagnostic::new("E0409", span, "top-k accuracy ranks a catalogue, and none is named")
                    .label("nearest of which candidates?")
                    .help("add `catalogue { source = ..., key = ... }`"),
            ),
            Some(Metric::Auc | Metric::LogLoss) if retrieval => errors.push(
                Diagnostic::new("E0408", span, format!("`{word}` needs an objective with a label"))
                    .label("it compares scores with labels")
                    .help("use `top_k_accuracy(1, 10, 100)`, or the objective `bce(score, label)`"),
            ),
            _ => {}
        }
    }
    for metric in metrics {
        if model.metrics.contains(&metric) {
            errors.push(Diagnostic::new("E0104", span, "this metric is listed twice").help("remove it"));
        } else {
            model.metrics.push(metric);
        }
    }
}

fn resolve_exports(settings: &Settings, model: &mut Model, names: &Names, errors: &mut Errors) {
    for entry in &settings.entries {
        let span = entry.value.span;
        let (ExprKind::Name(name), None) = (&entry.value.kind, &entry.name) else {
            let span = entry.name.as_ref().map_or(span, |name| name.span);
            errors.push(
                Diagnostic::new("E0205", span, "`export` lists names of towers")
                    .help("write `export { user, item }`"),
            );
            continue;
        };
        match names.towers.get(name) {
            Some(tower) if model.exports.contains(tower) => errors.push(
                Diagnostic::new("E0104", span, format!("the tower `{name}` is exported twice"))
                    .help("remove it"),
            ),
            Some(tower) => model.exports.push(*tower),
            None => {
                let known = names.towers.keys().map(String::as_str);
                errors.push(
                    Diagnostic::new("E0105", span, format!("unknown tower `{name}`"))
                        .label("no tower has this name")
                        .suggest(name, known, "`export` lists towers: `export { user, item }`"),
                );
            }
        }
    }
}
