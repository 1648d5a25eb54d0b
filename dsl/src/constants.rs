//! Constants and `--set` overrides: after this stage no expression names a constant.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Argument, Body, Entry, Expr, ExprKind, Member, Name, SettingsKind, Spec};
use crate::diag::{Diagnostic, Errors, suggestion};

/// A `--set name=value`: where it goes, and the value.
#[derive(Clone, Debug)]
pub struct Override {
    /// `layers`, or `train.lr`.
    pub name: Name,
    /// The value.
    pub value: Expr,
}

/// Puts overrides in place and constants where their names stand.
pub fn substitute(spec: &mut Spec, overrides: &[Override], errors: &mut Errors) {
    for change in overrides {
        apply(spec, change, errors);
    }
    let Some(model) = &mut spec.model else { return };
    let mut constants: BTreeMap<String, Expr> = BTreeMap::new();
    let mut declared: Vec<Name> = Vec::new();
    let mut used = BTreeSet::new();
    for member in &mut model.members {
        let Member::Const(constant) = member else { continue };
        if let Some(first) = declared.iter().find(|name| name.text == constant.name.text) {
            errors.push(
                Diagnostic::new(
                    "E0104",
                    constant.name.span,
                    format!("the constant `{}` is declared twice", first.text),
                )
                .note(first.span, "first here"),
            );
            continue;
        }
        // A constant may use those above it, so a cycle cannot be written.
        replace(&mut constant.value, &constants, &mut used);
        declared.push(constant.name.clone());
        constants.insert(constant.name.text.clone(), constant.value.clone());
    }
    for member in &mut model.members {
        match member {
            Member::Const(_) => {}
            Member::Settings(settings) => replace_entries(&mut settings.entries, &constants, &mut used),
            Member::Input(input) => {
                for column in &mut input.columns {
                    replace(&mut column.kind, &constants, &mut used);
                }
            }
            Member::Embedding(embedding) => replace_entries(&mut embedding.entries, &constants, &mut used),
            Member::Block(block) => replace_body(&mut block.body, &constants, &mut used),
            Member::Tower(tower) => replace_body(&mut tower.body, &constants, &mut used),
            Member::Objective(objective) => replace(&mut objective.value, &constants, &mut used),
        }
    }
    for name in declared {
        if !used.contains(&name.text) {
            errors.push(
                Diagnostic::new("E0505", name.span, format!("the constant `{}` is never used", name.text))
                    .help("use it, or remove it"),
            );
        }
    }
}

/// Puts settings in the place of the parameters of a block.
pub(crate) fn substitute_body(body: &mut Body, settings: &BTreeMap<String, Expr>) {
    replace_body(body, settings, &mut BTreeSet::new());
}

fn replace_body(body: &mut Body, constants: &BTreeMap<String, Expr>, used: &mut BTreeSet<String>) {
    body.lets.iter_mut().for_each(|binding| replace(&mut binding.value, constants, used));
    replace(&mut body.result, constants, used);
}

fn replace_entries(entries: &mut [Entry], constants: &BTreeMap<String, Expr>, used: &mut BTreeSet<String>) {
    entries.iter_mut().for_each(|entry| replace(&mut entry.value, constants, used));
}

fn replace(expr: &mut Expr, constants: &BTreeMap<String, Expr>, used: &mut BTreeSet<String>) {
    match &mut expr.kind {
        ExprKind::Name(name) => {
            if let Some(value) = constants.get(name) {
                used.insert(name.clone());
                *expr = value.clone();
            }
        }
        ExprKind::List(items) => items.iter_mut().for_each(|item| replace(item, constants, used)),
        ExprKind::Call(call) => {
            call.arguments.iter_mut().for_each(|argument| replace(&mut argument.value, constants, used));
        }
        ExprKind::Binary(_, a, b) => {
            replace(a, constants, used);
            replace(b, constants, used);
        }
        // `table[column]`: both are names of declarations, never constants.
        ExprKind::Index(..) | ExprKind::Member(..) => {}
        ExprKind::Negate(inner) => replace(inner, constants, used),
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Range(..) | ExprKind::Invalid => {}
    }
}

fn apply(spec: &mut Spec, change: &Override, errors: &mut Errors) {
    let Some(model) = &mut spec.model else { return };
    let unknown = |known: Vec<&str>, what: &str| {
        let diagnostic = Diagnostic::new(
            "E0113",
            change.name.span,
            format!("there is no {what} `{}` to set", change.name.text),
        );
        match suggestion(&change.name.text, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => diagnostic,
            None => diagnostic.help(format!("there are {}", known.join(", "))),
        }
    };
    let Some((block, key)) = change.name.text.split_once('.') else {
        let mut known = Vec::new();
        for member in &mut model.members {
            if let Member::Const(constant) = member {
                if constant.name.text == change.name.text {
                    constant.value = change.value.clone();
                    return;
                }
                known.push(constant.name.text.as_str());
            }
        }
        errors.push(unknown(known, "constant"));
        return;
    };
    let kind = match block {
        "data" => Some(SettingsKind::Data),
        "catalogue" => Some(SettingsKind::Catalogue),
        "train" => Some(SettingsKind::Train),
        _ => None,
    };
    let entries = model.members.iter_mut().find_map(|member| match member {
        Member::Settings(settings) if Some(settings.kind) == kind => Some(&mut settings.entries),
        Member::Embedding(embedding) if embedding.name.text == block => Some(&mut embedding.entries),
        _ => None,
    });
    let Some(entries) = entries else {
        errors.push(unknown(vec!["train", "data", "catalogue"], "block"));
        return;
    };
    let value = change.value.clone();
    if let Some(entry) =
        entries.iter_mut().find(|entry| entry.name.as_ref().is_some_and(|name| name.text == key))
    {
        entry.value = value;
        return;
    }
    for entry in entries.iter_mut() {
        if let ExprKind::Call(call) = &mut entry.value.kind
            && let Some(argument) = named(&mut call.arguments, key)
        {
            argument.value = value;
            return;
        }
    }
    let name = Name { text: key.to_string(), span: change.name.span };
    entries.push(Entry { name: Some(name), value });
}

fn named<'a>(arguments: &'a mut [Argument], key: &str) -> Option<&'a mut Argument> {
    arguments.iter_mut().find(|argument| argument.name.as_ref().is_some_and(|name| name.text == key))
}
