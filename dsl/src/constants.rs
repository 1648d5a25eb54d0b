//! Constants and `--set` overrides: after this stage no expression names a constant.

use std::collections::{BTreeMap, BTreeSet};

use crate::arguments::number;
use crate::ast::{Block, Body, Const, Entry, Expr, ExprKind, Member, Name, Operator, Spec};
use crate::diag::{Diagnostic, Errors, suggestion};
use crate::span::Span;

mod settings;
#[cfg(test)]
mod tests;

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
    let (settings, changes): (Vec<&Override>, Vec<&Override>) =
        overrides.iter().partition(|change| change.name.text.contains('.'));
    let constants = Constants::collect(spec, &changes, errors);
    let mut used = BTreeSet::new();
    spec.blocks.iter_mut().for_each(|block| replace_block(block, &constants.values, &mut used));
    let Some(model) = &mut spec.model else { return };
    for member in &mut model.members {
        match member {
            Member::Const(_) => {}
            Member::Settings(settings) => {
                replace_entries(&mut settings.entries, &constants.values, &mut used)
            }
            Member::Input(input) => {
                for column in &mut input.columns {
                    if let ExprKind::Name(name) = &column.names.kind {
                        constants.refuse("column", name, column.names.span, errors);
                    }
                    replace(&mut column.kind, &constants.values, &mut used);
                }
            }
            Member::Embedding(embedding) => {
                replace_entries(&mut embedding.entries, &constants.values, &mut used);
            }
            Member::Block(block) => replace_block(block, &constants.values, &mut used),
            Member::Tower(tower) => {
                constants.refuse("tower", &tower.name.text, tower.name.span, errors);
                replace_body(&mut tower.body, &constants.values, &mut used);
            }
            Member::Objective(objective) => replace(&mut objective.value, &constants.values, &mut used),
        }
    }
    for change in settings {
        let mut change = change.clone();
        replace(&mut change.value, &constants.values, &mut used);
        settings::set(model, &change, errors);
    }
    constants.check_used(&used, errors);
}

/// The constants of a spec and the files it imports.
#[derive(Default)]
struct Constants {
    values: BTreeMap<String, Expr>,
    names: Vec<Name>,
    /// The constants that each one's value names.
    uses: BTreeMap<String, BTreeSet<String>>,
    /// How many of the names stand outside the model: they may be there for others, so an unused one is no error.
    shared: usize,
}

impl Constants {
    /// A constant may use those above it, so a cycle cannot be written.
    fn collect(spec: &Spec, changes: &[&Override], errors: &mut Errors) -> Self {
        let mut constants = Constants::default();
        spec.constants.iter().for_each(|constant| constants.add(constant, changes, errors));
        constants.shared = constants.names.len();
        for member in spec.model.iter().flat_map(|model| &model.members) {
            if let Member::Const(constant) = member {
                constants.add(constant, changes, errors);
            }
        }
        let known: Vec<&str> = constants.names.iter().map(|name| name.text.as_str()).collect();
        let unknown = changes.iter().filter(|change| !known.contains(&change.name.text.as_str()));
        unknown.for_each(|change| errors.push(change.unknown("constant", &known)));
        constants
    }

    fn add(&mut self, constant: &Const, changes: &[&Override], errors: &mut Errors) {
        let name = &constant.name;
        if let Some(first) = self.names.iter().find(|other| other.text == name.text) {
            errors.push(
                Diagnostic::new(
                    "E0104",
                    name.span,
                    format!("the constant `{}` is declared twice", name.text),
                )
                .note(first.span, "first here"),
            );
            return;
        }
        // What only the value as written uses is not unused because another value was set.
        let mut used = BTreeSet::new();
        let mut value = constant.value.clone();
        replace(&mut value, &self.values, &mut used);
        if let Some(change) = changes.iter().rfind(|change| change.name.text == name.text) {
            value = change.value.clone();
            replace(&mut value, &self.values, &mut used);
        }
        self.values.insert(name.text.clone(), value);
        self.uses.insert(name.text.clone(), used);
        self.names.push(name.clone());
    }

    /// Reports a declaration with the name of a constant: the constant would stand wherever it is meant.
    fn refuse(&self, what: &str, name: &str, span: Span, errors: &mut Errors) {
        if let Some(first) = self.names.iter().find(|constant| constant.text == name) {
            errors.push(
                Diagnostic::new("E0104", span, format!("the {what} `{name}` has the name of a constant"))
                    .note(first.span, "the constant is declared here")
                    .help("rename one of them"),
            );
        }
    }

    fn check_used(&self, used: &BTreeSet<String>, errors: &mut Errors) {
        let mut used = used.clone();
        for name in self.names.iter().rev() {
            if used.contains(&name.text) {
                used.extend(self.uses.get(&name.text).into_iter().flatten().cloned());
            }
        }
        for name in self.names[self.shared..].iter().filter(|name| !used.contains(&name.text)) {
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

/// The parameters of a block hide constants of their names.
fn replace_block(block: &mut Block, constants: &BTreeMap<String, Expr>, used: &mut BTreeSet<String>) {
    for parameter in &mut block.parameters {
        parameter.default.iter_mut().for_each(|value| replace(value, constants, used));
    }
    let mut visible = constants.clone();
    block.parameters.iter().for_each(|parameter| drop(visible.remove(&parameter.name.text)));
    replace_body(&mut block.body, &visible, used);
}

/// A `let` hides a constant of its name in the whole body.
fn replace_body(body: &mut Body, constants: &BTreeMap<String, Expr>, used: &mut BTreeSet<String>) {
    let mut visible = constants.clone();
    body.lets.iter().for_each(|binding| drop(visible.remove(&binding.name.text)));
    body.lets.iter_mut().for_each(|binding| replace(&mut binding.value, &visible, used));
    replace(&mut body.result, &visible, used);
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
            fold(expr);
        }
        // `table[column]`: both are names of declarations, never constants.
        ExprKind::Index(..) | ExprKind::Member(..) => {}
        ExprKind::Negate(inner) => replace(inner, constants, used),
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Range(..) | ExprKind::Invalid => {}
    }
}

/// Arithmetic between two numbers becomes their result, where that is a number.
fn fold(expr: &mut Expr) {
    let ExprKind::Binary(operator, a, b) = &expr.kind else { return };
    let (Some(a), Some(b)) = (number(a), number(b)) else { return };
    let value = match operator {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mul => a * b,
        Operator::Div => a / b,
    };
    if value.is_finite() {
        expr.kind = ExprKind::Number(value);
    }
}

impl Override {
    /// There is nothing of that name to set.
    fn unknown(&self, what: &str, known: &[&str]) -> Diagnostic {
        let message = format!("there is no {what} `{}` to set", self.name.text);
        let diagnostic = Diagnostic::new("E0113", self.name.span, message);
        match suggestion(&self.name.text, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => diagnostic,
            None => diagnostic.help(format!("there are {}", known.join(", "))),
        }
    }
}
