//! `--set train.lr=0.1`: overrides of settings by block and name, or by block, setting and argument.

use super::Override;
use crate::ast::{Argument, Call, Entry, Expr, ExprKind, Member, Model, Name, Settings, SettingsKind};
use crate::diag::{Diagnostic, Errors};

/// Sets `block.setting`, `block.argument` or `block.setting.argument`.
pub(super) fn set(model: &mut Model, change: &Override, errors: &mut Errors) {
    let parts: Vec<&str> = change.name.text.split('.').collect();
    let Some(entries) = entries(model, parts[0], change) else {
        let mut known = vec!["train", "data", "catalog", "metrics"];
        known.retain(|block| self::entries(model, block, change).is_some());
        let tables = model.members.iter().filter_map(|member| match member {
            Member::Embedding(embedding) => Some(embedding.name.text.as_str()),
            _ => None,
        });
        known.extend(tables);
        let block = Name { text: parts[0].to_string(), span: change.name.span };
        errors.push(Override { name: block, value: change.value.clone() }.unknown("block", &known));
        return;
    };
    match parts[1..] {
        [key] => set_setting(entries, parts[0], key, change, errors),
        [key, argument] => match entry(entries, key) {
            Some(entry) => set_argument(&mut entry.value, argument, change),
            None => {
                let known: Vec<&str> =
                    entries.iter().filter_map(|entry| Some(entry.name.as_ref()?.text.as_str())).collect();
                errors.push(change.unknown("setting", &known));
            }
        },
        _ => {
            errors.push(change.unknown("setting", &[]));
        }
    }
}

/// Returns the entries of a settings block or table. `train` is added if the spec has none.
fn entries<'m>(model: &'m mut Model, block: &str, change: &Override) -> Option<&'m mut Vec<Entry>> {
    // `export` lists names of towers and has no settings.
    let kind = SettingsKind::of(block).filter(|kind| *kind != SettingsKind::Export);
    let is_it = |member: &Member| match member {
        Member::Settings(settings) => Some(settings.kind) == kind,
        Member::Embedding(embedding) => embedding.name.text == block,
        _ => false,
    };
    let index = match model.members.iter().position(is_it) {
        None if kind == Some(SettingsKind::Train) => {
            let settings =
                Settings { kind: SettingsKind::Train, span: change.name.span, entries: Vec::new() };
            model.members.push(Member::Settings(settings));
            model.members.len() - 1
        }
        index => index?,
    };
    match &mut model.members[index] {
        Member::Settings(settings) => Some(&mut settings.entries),
        Member::Embedding(embedding) => Some(&mut embedding.entries),
        _ => None,
    }
}

/// Returns the entry with this name: `name = ...`, the flag `name`, or the only unnamed call `name(...)`.
fn entry<'e>(entries: &'e mut [Entry], key: &str) -> Option<&'e mut Entry> {
    let is_named = |entry: &Entry| match (&entry.name, &entry.value.kind) {
        (Some(name), _) => name.text == key,
        (None, ExprKind::Name(flag)) => flag == key,
        (None, ExprKind::Call(call)) => call.function.text == key,
        _ => false,
    };
    let mut found = entries.iter_mut().filter(|entry| is_named(entry));
    found.next().filter(|_| found.next().is_none())
}

/// Overrides the entry with this name, else the only argument with this name in any entry, else adds an
/// entry.
fn set_setting(entries: &mut Vec<Entry>, block: &str, key: &str, change: &Override, errors: &mut Errors) {
    if let Some(entry) = entry(entries, key) {
        if matches!(entry.value.kind, ExprKind::Name(_)) {
            // A flag gets a name and a value.
            entry.name = Some(Name { text: key.to_string(), span: change.name.span });
        }
        entry.value = change.value.clone();
        return;
    }
    let mut holders: Vec<&mut Entry> = entries.iter_mut().filter(|entry| has(&entry.value, key)).collect();
    match holders.as_mut_slice() {
        [] => {}
        [one] => return set_argument(&mut one.value, key, change),
        many => {
            let names: Vec<String> = many
                .iter()
                .filter_map(|entry| Some(format!("`{block}.{}.{key}`", entry.name.as_ref()?.text)))
                .collect();
            let message = format!("`{}` could be one of several settings", change.name.text);
            errors.push(
                Diagnostic::new("E0113", change.name.span, message)
                    .help(format!("write {}", names.join(" or "))),
            );
            return;
        }
    }
    if block == "train" && key == "lr" {
        return set_lr(entries, change);
    }
    let name = Name { text: key.to_string(), span: change.name.span };
    entries.push(Entry { name: Some(name), value: change.value.clone() });
}

/// Overrides the unnamed learning rate of an optimizer.
fn set_lr(entries: &mut Vec<Entry>, change: &Override) {
    if let Some(Entry { value: optimizer, .. }) = entry(entries, "optimizer") {
        return set_argument(optimizer, "lr", change);
    }
    let span = change.name.span;
    let word = Expr { kind: ExprKind::Name("adam".to_string()), span };
    entries.push(Entry { name: Some(Name { text: "optimizer".to_string(), span }), value: word });
    set_lr(entries, change);
}

/// Sets an argument of a call: `adam` becomes `adam(lr = 0.1)`. `lr` may be unnamed.
fn set_argument(value: &mut Expr, key: &str, change: &Override) {
    if let ExprKind::Name(word) = &value.kind {
        let function = Name { text: word.clone(), span: value.span };
        value.kind = ExprKind::Call(Call { function, arguments: Vec::new(), piped: false });
    }
    let ExprKind::Call(call) = &mut value.kind else {
        // The value has no arguments; the new value replaces it, and `resolve` reports the error.
        *value = change.value.clone();
        return;
    };
    if let Some(argument) = named(call, key) {
        argument.value = change.value.clone();
        return;
    }
    if key == "lr" {
        call.arguments.retain(|argument| argument.name.is_some());
    }
    let name = Name { text: key.to_string(), span: change.name.span };
    call.arguments.push(Argument { name: Some(name), value: change.value.clone() });
}

fn named<'a>(call: &'a mut Call, key: &str) -> Option<&'a mut Argument> {
    call.arguments.iter_mut().find(|argument| is(argument, key))
}

/// Returns whether a value is a call with an argument of that name.
fn has(value: &Expr, key: &str) -> bool {
    matches!(&value.kind, ExprKind::Call(call) if call.arguments.iter().any(|argument| is(argument, key)))
}

fn is(argument: &Argument, key: &str) -> bool {
    argument.name.as_ref().is_some_and(|name| name.text == key)
}
