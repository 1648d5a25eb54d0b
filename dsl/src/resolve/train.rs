//! The `train` and `export` blocks.

use turret_schema::Variants;

use super::metrics::resolve_metrics;
use super::schedules::{CLIPS, MOST_STEPS, SCHEDULES};
use super::stop::resolve_stop;
use super::{Names, Parts};
use crate::arguments::{Bound, Param, Rest, bind, bind_entries, describe, word_of, words_of};
use crate::ast::{Expr, ExprKind, Settings, SettingsKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{listed, read};
use crate::layers::WeightSettings;
use crate::model::{Model, Op, OptimizerSpec, TowerId};
use crate::span::Span;

/// Example of `optimizers`.
const BY_TOWER: &str = "`by_tower(wide = ftrl(lr = 0.05))`";

/// Keywords of the optimizers.
pub const OPTIMIZERS: [&str; OptimizerSpec::WORDS.len()] = words_of(&OptimizerSpec::WORDS);

/// Returns the keyword of an optimizer.
pub fn optimizer_word(optimizer: OptimizerSpec) -> &'static str {
    word_of(&OptimizerSpec::WORDS, |usual| usual.variant() == optimizer.variant())
}

/// Resolves the `train`, `export` and `metrics` blocks. Metrics are checked against the objective.
pub(super) fn resolve_settings(parts: &Parts<'_>, model: &mut Model, names: &Names, errors: &mut Errors) {
    let train = parts.settings(SettingsKind::Train).map(|settings| {
        let bound = bind_entries("`train`", settings.span, &settings.entries, &TRAIN, errors);
        resolve_train(&bound, model, errors);
        model.weights = WeightSettings::read(&bound, errors);
        if let Some(value) = bound.get("optimizers") {
            model.optimizers = resolve_optimizers(&bound, value, names, errors);
        }
        bound
    });
    if let Some(settings) = parts.settings(SettingsKind::Metrics) {
        let catalog = parts.settings(SettingsKind::Catalog).is_some();
        resolve_metrics(settings, catalog, model, names, errors);
    }
    if let Some((bound, value)) = train.as_ref().and_then(|bound| Some((bound, bound.get("stop")?))) {
        resolve_stop(bound, value, model, errors);
    }
    if let Some(settings) = parts.settings(SettingsKind::Export) {
        resolve_exports(settings, model, names, errors);
    }
}

const TRAIN: [Param; 12] = [
    Param::named("optimizer"),
    Param::named("optimizers"),
    Param::named("initializer"),
    Param::named("l2"),
    Param::named("weight_decay"),
    Param::named("batch"),
    Param::named("epochs"),
    Param::named("steps"),
    Param::named("schedule"),
    Param::named("clip"),
    Param::named("stop"),
    Param::named("seed"),
];

fn resolve_train(bound: &Bound<'_>, model: &mut Model, errors: &mut Errors) {
    let train = &mut model.train;
    if let Some(Ok(optimizer)) = bound.get("optimizer").map(|value| resolve_optimizer(value, errors)) {
        train.optimizer = optimizer;
    }
    train.batch = bound.size_or("batch", 1..=(1 << 24), train.batch, errors);
    train.epochs = bound.size_or("epochs", 1..=1_000_000, train.epochs, errors);
    train.seed = bound.count_or("seed", 0..=(1 << 53), train.seed, errors);
    if bound.get("steps").is_some() {
        train.steps = bound.size("steps", 1..=MOST_STEPS, errors).ok();
    }
    if let (Some(steps), Some(epochs)) = (bound.get("steps"), bound.get("epochs")) {
        errors.push(
            Diagnostic::new("E0202", steps.span, "`epochs` and `steps` both say how long to train")
                .label("so many batches")
                .note(epochs.span, "so many passes over the rows")
                .help("leave one of them out"),
        );
    }
    if let Some(value) = bound.get("schedule") {
        let schedule = read(&SCHEDULES, value, &mut (), errors)
            .unwrap_or_else(|| Err(bound.wrong("schedule", value, &listed(&SCHEDULES), errors)));
        train.schedule = schedule.unwrap_or_default();
    }
    if let Some(value) = bound.get("clip") {
        let clip = read(&CLIPS, value, &mut (), errors)
            .unwrap_or_else(|| Err(bound.wrong("clip", value, &listed(&CLIPS), errors)));
        train.clip = clip.ok();
    }
    if let (1, Some(batch)) = (train.batch, bound.get("batch")) {
        check_company(batch, model, errors);
    }
}

/// Reports a loss or layer that compares the records of a batch, if the batch size is 1.
fn check_company(batch: &Expr, model: &Model, errors: &mut Errors) {
    let loss = model.losses().find(|loss| loss.rule.needs_company());
    let loss = loss.and_then(|loss| Some((loss.rule.word, model.nodes[loss.operands().first()?.0].span)));
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

/// `adagrad(lr = 0.1)` and other optimizers.
pub(super) fn resolve_optimizer(value: &Expr, errors: &mut Errors) -> Result<OptimizerSpec, Reported> {
    let nothing: &[crate::ast::Argument] = &[];
    let (word, arguments) = match &value.kind {
        ExprKind::Name(word) => (word.as_str(), nothing),
        ExprKind::Call(call) => (call.function.text.as_str(), call.arguments.as_slice()),
        _ => ("", nothing),
    };
    let Some(&(_, mut rule)) = OptimizerSpec::WORDS.iter().find(|(name, _)| *name == word) else {
        let listed = OPTIMIZERS.map(|word| format!("`{word}`"));
        return Err(errors.push(
            Diagnostic::new("E0109", value.span, "this is not an optimizer")
                .label(describe(value))
                .suggest_word(
                    word,
                    OPTIMIZERS,
                    format!("one of {}, such as `adagrad(lr = 0.1)`", listed.join(", ")),
                ),
        ));
    };
    let params: Vec<Param> = rule
        .settings()
        .iter()
        .map(|(name, ..)| if *name == "lr" { Param::optional(name) } else { Param::named(name) })
        .collect();
    let bound = bind(&format!("`{word}`"), value.span, arguments, &params, Rest::Refused, errors)?;
    for (name, range, setting) in rule.settings() {
        *setting = bound.number_or(name, range, f64::from(*setting), errors) as f32;
    }
    Ok(rule)
}

/// `by_tower(wide = ftrl(lr = 0.05))`: optimizers of towers.
fn resolve_optimizers(
    bound: &Bound<'_>,
    value: &Expr,
    names: &Names,
    errors: &mut Errors,
) -> Vec<(TowerId, OptimizerSpec, Span)> {
    let call = match &value.kind {
        ExprKind::Call(call) if call.function.text == "by_tower" && !call.arguments.is_empty() => call,
        _ => {
            bound.wrong("optimizers", value, BY_TOWER, errors);
            return Vec::new();
        }
    };
    let mut found: Vec<(TowerId, OptimizerSpec, Span)> = Vec::new();
    for argument in &call.arguments {
        let Some(name) = &argument.name else {
            let message = "an argument of `by_tower` is an optimizer with the name of a tower";
            let example = format!("write {BY_TOWER}");
            errors.push(Diagnostic::new("E0205", argument.value.span, message).help(example));
            continue;
        };
        let Some(&tower) = names.towers.get(&name.text) else {
            let example = format!("write {BY_TOWER}");
            errors.push(unknown_tower(&name.text, name.span, names, &example));
            continue;
        };
        if let Some((.., first)) = found.iter().find(|(known, ..)| *known == tower) {
            let message = format!("the tower `{}` has two optimizers", name.text);
            errors.push(Diagnostic::new("E0202", name.span, message).note(*first, "first given here"));
            continue;
        }
        if let Ok(optimizer) = resolve_optimizer(&argument.value, errors) {
            found.push((tower, optimizer, name.span));
        }
    }
    found
}

/// Diagnostic of a name that no tower has.
fn unknown_tower(name: &str, span: Span, names: &Names, otherwise: &str) -> Diagnostic {
    let known = names.towers.keys().map(String::as_str);
    Diagnostic::new("E0105", span, format!("unknown tower `{name}`"))
        .label("no tower has this name")
        .suggest(name, known, otherwise)
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
                let example = "`export` lists towers: `export { user, item }`";
                errors.push(unknown_tower(name, span, names, example));
            }
        }
    }
}
