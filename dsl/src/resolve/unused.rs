//! Check for unused declarations. They would waste memory and mislead readers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::ast::{Block, Body, Expr, ExprKind, range_names};
use crate::diag::{Diagnostic, Errors};
use crate::model::{ColumnId, ColumnKind, Loss, Model, Op, TableId, TowerId};
use crate::words::nearest;

use super::{Names, Parts};

/// Reports unused columns, tables and towers. If the spec has other errors, a name also counts as used if it
/// occurs anywhere, or if a misspelled name seems to mean it.
pub(super) fn check_unused(parts: &Parts<'_>, model: &Model, names: &Names, errors: &mut Errors) {
    let (columns, tables, towers) = used(model);
    let right = errors.are_unused_only();
    let wanted = if right { BTreeSet::new() } else { wanted(parts, names) };
    let mut report = |what: &str, name: &str, code, span, help: String| {
        if !wanted.contains(name) {
            let message = format!("the {what} `{name}` is never used");
            errors.push(Diagnostic::new(code, span, message).label("nothing reads it").help(help));
        }
    };
    for (column, used) in model.columns.iter().zip(columns) {
        let help = match column.kind {
            ColumnKind::Weight(_) => continue,
            ColumnKind::Label(_) | ColumnKind::Target(_) if !right => continue,
            ColumnKind::Label(_) => "train on it, as with `bce(score, label)`, or remove it",
            ColumnKind::Target(_) => "train on it, as with `mse(value, target)`, or remove it",
            _ => "use it in a tower, or remove it",
        };
        if !used {
            report("column", &column.name, "E0501", column.span, help.to_string());
        }
    }
    for (table, used) in model.tables.iter().zip(tables) {
        if !used {
            let help = format!("look a column up in it, `{}[column]`, or remove it", table.name);
            report("table", &table.name, "E0503", table.span, help);
        }
    }
    for (tower, used) in model.towers.iter().zip(towers) {
        // Without an objective, no tower is used.
        if !used && !model.tasks.is_empty() {
            let help = "use it in the objective or in `export`, or remove it".to_string();
            report("tower", &tower.name, "E0504", tower.span, help);
        }
    }
}

/// Returns which columns, tables and towers the model reads.
fn used(model: &Model) -> (Vec<bool>, Vec<bool>, Vec<bool>) {
    let mut columns = vec![false; model.columns.len()];
    let mut tables = vec![false; model.tables.len()];
    let mut towers = vec![false; model.towers.len()];
    for node in &model.nodes {
        match node.op {
            Op::Column(ColumnId(column)) => columns[column] = true,
            Op::Lookup(TableId(table), ColumnId(column)) => {
                tables[table] = true;
                columns[column] = true;
            }
            Op::Tower(TowerId(tower)) => towers[tower] = true,
            Op::Layer(_) => {}
        }
    }
    let of_losses = model.losses().flat_map(Loss::columns);
    of_losses.for_each(|column| columns[column.0] = true);
    let listed = model.negatives.iter().filter_map(|negatives| negatives.column);
    listed.for_each(|column| columns[column.0] = true);
    for export in &model.exports {
        towers[export.0] = true;
    }
    (columns, tables, towers)
}

/// Reports blocks that are never called and parameters that their block does not read. Blocks outside the
/// model may be used by other files.
pub(super) fn check_blocks(parts: &Parts<'_>, outer: &[Block], errors: &mut Errors) {
    let words = words(parts);
    for block in &parts.blocks {
        if !words.contains(block.name.text.as_str()) {
            let message = format!("the block `{}` is never used", block.name.text);
            errors.push(
                Diagnostic::new("E0506", block.name.span, message)
                    .label("nothing calls it")
                    .help("call it in a tower, or remove it"),
            );
        }
    }
    for block in outer.iter().chain(parts.blocks.iter().copied()) {
        let mut words = BTreeSet::new();
        words_of_body(&block.body, &mut words);
        for parameter in &block.parameters {
            if !words.contains(parameter.name.text.as_str()) {
                let message = format!("the parameter `{}` is never used", parameter.name.text);
                errors.push(
                    Diagnostic::new("E0502", parameter.name.span, message)
                        .label("the block does not read it")
                        .help("use it in the block, or remove it"),
                );
            }
        }
    }
}

/// All words in the expressions of a model.
fn words<'a>(parts: &Parts<'a>) -> BTreeSet<Cow<'a, str>> {
    let mut words = BTreeSet::new();
    let bodies = parts.towers.iter().map(|tower| &tower.body);
    for body in bodies.chain(parts.blocks.iter().map(|block| &block.body)) {
        words_of_body(body, &mut words);
    }
    let tasks = parts.objectives.iter().flat_map(|objective| &objective.tasks);
    tasks.for_each(|task| words_of(&task.value, &mut words));
    let of_objectives = parts.objectives.iter().flat_map(|objective| &objective.settings);
    let settings = parts.settings.iter().flat_map(|settings| &settings.entries).chain(of_objectives);
    settings.for_each(|entry| words_of(&entry.value, &mut words));
    words
}

/// Names in expressions, and the names that unknown words seem to mean.
fn wanted(parts: &Parts<'_>, names: &Names) -> BTreeSet<String> {
    let words = words(parts);
    let known = || names.columns.keys().chain(names.tables.keys()).chain(names.towers.keys());
    let declared: BTreeSet<&str> = known().map(String::as_str).collect();
    let unknown = words.iter().filter(|word| !declared.contains(word.as_ref())).take(100);
    let mut wanted: BTreeSet<String> =
        unknown.filter_map(|word| nearest(word, declared.iter().copied())).map(str::to_string).collect();
    wanted.extend(words.iter().map(ToString::to_string));
    wanted
}

fn words_of_body<'e>(body: &'e Body, words: &mut BTreeSet<Cow<'e, str>>) {
    body.lets.iter().for_each(|binding| words_of(&binding.value, words));
    words_of(&body.result, words);
}

fn words_of<'e>(expr: &'e Expr, words: &mut BTreeSet<Cow<'e, str>>) {
    match &expr.kind {
        ExprKind::Name(word) => {
            words.insert(word.into());
        }
        ExprKind::Call(call) => {
            words.insert(call.function.text.as_str().into());
            call.arguments.iter().for_each(|argument| words_of(&argument.value, words));
        }
        ExprKind::List(items) => items.iter().for_each(|item| words_of(item, words)),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
            words_of(a, words);
            words_of(b, words);
        }
        ExprKind::Negate(inner) | ExprKind::Member(inner, _) => words_of(inner, words),
        ExprKind::Range(first, last) => words.extend(range_names(first, last).map(Cow::Owned)),
        ExprKind::Number(_) | ExprKind::Whole(_) | ExprKind::Text(_) | ExprKind::Invalid => {}
    }
}
