//! The `train`, `metrics` and `export` blocks.

use super::{Names, Parts};
use crate::arguments::{Bound, Param, Rest, bind, bind_entries, describe};
use crate::ast::{Expr, ExprKind, Settings, SettingsKind};
use crate::diag::{Diagnostic, Errors};
use crate::model::{Loss, Metric, Model, Optimizer, Train};

/// What holds where `train` says nothing.
pub(super) fn defaults() -> Train {
    let optimizer = Optimizer::Adam { lr: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weight_decay: 0.0 };
    Train { optimizer, batch: 256, epochs: 1, seed: 42 }
}

/// Resolves the three blocks, and checks metrics against the objective.
pub(super) fn resolve_settings(parts: &Parts<'_>, model: &mut Model, names: &Names, errors: &mut Errors) {
    if let Some(settings) = parts.settings(SettingsKind::Train) {
        resolve_train(settings, model, errors);
    }
    if let Some(settings) = parts.settings(SettingsKind::Metrics) {
        for entry in &settings.entries {
            resolve_metric(&entry.value, model, errors);
        }
    }
    let retrieval = matches!(model.objective.first(), Some((_, Loss::InBatchSoftmax { .. })));
    if let Some(settings) = parts.settings(SettingsKind::Metrics) {
        for (entry, metric) in settings.entries.iter().zip(model.metrics.clone()) {
            if matches!(metric, Metric::TopK(_)) && !retrieval {
                errors.push(
                    Diagnostic::new("E0408", entry.value.span, "top-k accuracy needs a retrieval objective")
                        .help("use `in_batch_softmax(query, candidate)`, or the metrics `auc` and `logloss`"),
                );
            }
            if matches!(metric, Metric::Auc | Metric::LogLoss) && retrieval {
                errors.push(
                    Diagnostic::new("E0408", entry.value.span, "this metric needs an objective with a label")
                        .help("use `top_k_accuracy(1, 10, 100)`, or the objective `bce(score, label)`"),
                );
            }
            if matches!(metric, Metric::TopK(_)) && retrieval && model.catalogue.is_none() {
                errors.push(
                    Diagnostic::new(
                        "E0409",
                        entry.value.span,
                        "top-k accuracy ranks a catalogue, and none is named",
                    )
                    .help("add `catalogue { source = ..., key = ... }`"),
                );
            }
        }
    }
    if let Some(settings) = parts.settings(SettingsKind::Export) {
        resolve_exports(settings, model, names, errors);
    }
}

fn resolve_train(settings: &Settings, model: &mut Model, errors: &mut Errors) {
    let params =
        [Param::named("optimizer"), Param::named("batch"), Param::named("epochs"), Param::named("seed")];
    let Some(bound) = bind_entries("`train`", settings.span, &settings.entries, &params, errors) else {
        return;
    };
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
    const WORDS: [&str; 5] = ["sgd", "adagrad", "row_wise_adagrad", "adam", "adamw"];
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
                    .suggest(word, WORDS, "one of `sgd`, `adagrad`, `row_wise_adagrad`, `adam`, `adamw`, such as `adagrad(lr = 0.1)`"),
            );
            return None;
        }
    };
    let bound = bind(&format!("`{word}`"), value.span, arguments, &params, Rest::Refused, errors)?;
    let read = |bound: &Bound<'_>, name: &str, high: f64, default: f64, errors: &mut Errors| {
        bound.number(name, 0.0..=high, errors).unwrap_or(default)
    };
    let default_lr = if matches!(word, "adam" | "adamw") { 0.001 } else { 0.01 };
    let lr = read(&bound, "lr", 1e3, default_lr, errors);
    Some(match word {
        "sgd" => Optimizer::Sgd { lr, momentum: read(&bound, "momentum", 1.0, 0.0, errors) },
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
            beta1: read(&bound, "beta1", 1.0, 0.9, errors),
            beta2: read(&bound, "beta2", 1.0, 0.999, errors),
            epsilon: read(&bound, "epsilon", 1.0, 1e-7, errors),
            weight_decay: if word == "adamw" { read(&bound, "weight_decay", 1e3, 0.01, errors) } else { 0.0 },
        },
    })
}

fn resolve_metric(value: &Expr, model: &mut Model, errors: &mut Errors) {
    match &value.kind {
        ExprKind::Name(word) if word == "auc" => model.metrics.push(Metric::Auc),
        ExprKind::Name(word) if word == "logloss" => model.metrics.push(Metric::LogLoss),
        ExprKind::Call(call) if call.function.text == "top_k_accuracy" && !call.arguments.is_empty() => {
            for argument in &call.arguments {
                if let Some(k) = crate::arguments::whole("k", &argument.value, 1..=(1 << 31), errors) {
                    model.metrics.push(Metric::TopK(k));
                }
            }
        }
        ExprKind::Invalid => {}
        _ => errors.push(
            Diagnostic::new("E0110", value.span, "this is not a metric")
                .help("one of `auc`, `logloss`, `top_k_accuracy(1, 10, 100)`"),
        ),
    }
}

fn resolve_exports(settings: &Settings, model: &mut Model, names: &Names, errors: &mut Errors) {
    for entry in &settings.entries {
        let ExprKind::Name(name) = &entry.value.kind else {
            errors.push(Diagnostic::new("E0205", entry.value.span, "`export` lists names of towers"));
            continue;
        };
        match names.towers.get(name) {
            Some(tower) => model.exports.push(*tower),
            None => {
                let known = names.towers.keys().map(String::as_str);
                errors.push(
                    Diagnostic::new("E0105", entry.value.span, format!("unknown tower `{name}`"))
                        .label("no tower has this name")
                        .suggest(name, known, "`export` lists towers: `export { user, item }`"),
                );
            }
        }
    }
}
