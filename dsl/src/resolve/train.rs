//! The `train` and `export` blocks.

use super::metrics::resolve_metrics;
use super::{Names, Parts};
use crate::arguments::{BELOW_ONE, POSITIVE, Param, Rest, bind, bind_entries, describe, words_of};
use crate::ast::{Expr, ExprKind, Settings, SettingsKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Loss, Model, Op, Optimizer, Train};

/// An update rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Sgd,
    Adagrad,
    RowWiseAdagrad,
    Adam,
    AdamW,
}

/// The words of update rules.
const RULES: [(&str, Rule); 5] = [
    ("sgd", Rule::Sgd),
    ("adagrad", Rule::Adagrad),
    ("row_wise_adagrad", Rule::RowWiseAdagrad),
    ("adam", Rule::Adam),
    ("adamw", Rule::AdamW),
];

/// The optimizers, by their words.
pub const OPTIMIZERS: [&str; 5] = words_of(&RULES);

/// Returns the settings that hold where `train` says nothing.
pub(super) fn defaults() -> Train {
    let optimizer = Optimizer::Adam { lr: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weight_decay: 0.0 };
    Train { optimizer, batch: 256, epochs: 1, seed: 42 }
}

/// Resolves these blocks and `metrics`, which is checked against the objective.
pub(super) fn resolve_settings(parts: &Parts<'_>, model: &mut Model, names: &Names, errors: &mut Errors) {
    if let Some(settings) = parts.settings(SettingsKind::Train) {
        resolve_train(settings, model, errors);
    }
    if let Some(settings) = parts.settings(SettingsKind::Metrics) {
        let catalogue = parts.settings(SettingsKind::Catalogue).is_some();
        resolve_metrics(settings, catalogue, model, names, errors);
    }
    if let Some(settings) = parts.settings(SettingsKind::Export) {
        resolve_exports(settings, model, names, errors);
    }
}

fn resolve_train(settings: &Settings, model: &mut Model, errors: &mut Errors) {
    let params =
        [Param::named("optimizer"), Param::named("batch"), Param::named("epochs"), Param::named("seed")];
    let bound = bind_entries("`train`", settings.span, &settings.entries, &params, errors);
    let train = &mut model.train;
    if let Some(Ok(optimizer)) = bound.get("optimizer").map(|value| resolve_optimizer(value, errors)) {
        train.optimizer = optimizer;
    }
    train.batch = bound.count_or("batch", 1..=(1 << 24), train.batch, errors);
    train.epochs = bound.count_or("epochs", 1..=1_000_000, train.epochs, errors);
    train.seed = bound.count_or("seed", 0..=(1 << 53), train.seed, errors);
    if let (1, Some(batch)) = (train.batch, bound.get("batch")) {
        check_company(batch, model, errors);
    }
}

/// Reports a loss or a layer that compares the records of a batch, where a batch is one record.
fn check_company(batch: &Expr, model: &Model, errors: &mut Errors) {
    let loss = model.objective.iter().find_map(|(_, loss)| match loss {
        Loss::Softmax { name, query, in_batch: true, drawn: false, .. } => {
            Some((*name, model.nodes[query.0].span))
        }
        _ => None,
    });
    let layer = model.nodes.iter().find_map(|node| match &node.op {
        Op::Layer(operation) if operation.needs_company() => Some((operation.name(), node.span)),
        _ => None,
    });
    for (what, place, why) in [
        loss.map(|(name, place)| {
            (name, place, "its negatives are the candidates of the other records of the batch")
        }),
        layer.map(|(name, place)| (name, place, "it compares a record with the others of its batch")),
    ]
    .into_iter()
    .flatten()
    {
        errors.push(
            Diagnostic::new(
                "E0208",
                batch.span,
                format!("`{what}` learns nothing from batches of one record"),
            )
            .label("a batch is one record")
            .note(place, why)
            .help("write a larger `batch`, such as 256"),
        );
    }
}

/// `adagrad(lr = 0.1)` and its kind.
pub(super) fn resolve_optimizer(value: &Expr, errors: &mut Errors) -> Result<Optimizer, Reported> {
    let nothing: &[crate::ast::Argument] = &[];
    let (word, arguments) = match &value.kind {
        ExprKind::Name(word) => (word.as_str(), nothing),
        ExprKind::Call(call) => (call.function.text.as_str(), call.arguments.as_slice()),
        _ => ("", nothing),
    };
    let Some((_, rule)) = RULES.into_iter().find(|(name, _)| *name == word) else {
        return Err(errors.push(
            Diagnostic::new("E0109", value.span, "this is not an optimizer")
                .label(describe(value))
                .suggest_word(word, OPTIMIZERS, "one of `sgd`, `adagrad`, `row_wise_adagrad`, `adam`, `adamw`, such as `adagrad(lr = 0.1)`"),
        ));
    };
    let (lr, named) = (Param::optional("lr"), Param::named);
    let params: Vec<Param> = match rule {
        Rule::Sgd => vec![lr, named("momentum")],
        Rule::Adagrad | Rule::RowWiseAdagrad => vec![lr, named("initial_accumulator"), named("epsilon")],
        Rule::Adam => vec![lr, named("beta1"), named("beta2"), named("epsilon")],
        Rule::AdamW => vec![lr, named("beta1"), named("beta2"), named("epsilon"), named("weight_decay")],
    };
    let bound = bind(&format!("`{word}`"), value.span, arguments, &params, Rest::Refused, errors)?;
    let default_lr = match rule {
        Rule::Adam | Rule::AdamW => 0.001,
        Rule::Sgd | Rule::Adagrad | Rule::RowWiseAdagrad => 0.01,
    };
    let lr = bound.number_or("lr", POSITIVE..=1e3, default_lr, errors);
    let mut read = |name: &str, high: f64, default: f64| bound.number_or(name, 0.0..=high, default, errors);
    Ok(match rule {
        Rule::Sgd => Optimizer::Sgd { lr, momentum: read("momentum", BELOW_ONE, 0.0) },
        Rule::Adagrad => {
            let initial = read("initial_accumulator", 1e6, 0.1);
            Optimizer::Adagrad { lr, initial, epsilon: read("epsilon", 1.0, 1e-7) }
        }
        Rule::RowWiseAdagrad => {
            let initial = read("initial_accumulator", 1e6, 0.1);
            Optimizer::RowWiseAdagrad { lr, initial, epsilon: read("epsilon", 1.0, 1e-7) }
        }
        Rule::Adam | Rule::AdamW => Optimizer::Adam {
            lr,
            beta1: read("beta1", BELOW_ONE, 0.9),
            beta2: read("beta2", BELOW_ONE, 0.999),
            weight_decay: if rule == Rule::AdamW { read("weight_decay", 1e3, 0.01) } else { 0.0 },
            epsilon: bound.number_or("epsilon", 1e-30..=1.0, 1e-7, errors),
        },
    })
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
            Some(tower) if model.exports.contains(tower) => {
                let message = format!("the tower `{name}` is exported twice");
                errors.push(Diagnostic::new("E0104", span, message).help("remove it"));
            }
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
