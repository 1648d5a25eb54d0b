//! Constants and `--set` overrides. After this stage no expression refers to a constant.

use std::collections::{BTreeMap, BTreeSet};

use crate::arguments::number;
use crate::ast::{Block, Body, Call, Const, Entry, Expr, ExprKind, Member, Name, Operator, Spec};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::search::{self, Searched};
use crate::span::Span;
use crate::words;

mod settings;
#[cfg(test)]
mod tests;

/// A `--set name=value`.
#[derive(Clone, Debug)]
pub struct Override {
    /// `layers`, or `train.lr`.
    pub name: Name,
    /// The value.
    pub value: Expr,
}

/// Applies overrides and replaces constants by their values. `meaning` returns the meaning of keywords that
/// are values; a constant cannot have such a name. Returns the searches, which have no value yet.
pub fn substitute(
    spec: &mut Spec,
    overrides: &[Override],
    meaning: Meaning,
    errors: &mut Errors,
) -> Result<Vec<Searched>, Reported> {
    let (settings, changes): (Vec<&Override>, Vec<&Override>) =
        overrides.iter().partition(|change| change.name.text.contains('.'));
    let mut constants = Constants::collect(spec, &changes, meaning, errors);
    let mut uses = Uses::default();
    let used = &mut uses;
    spec.blocks.iter_mut().for_each(|block| replace_block(block, &constants.values, used));
    let Some(model) = &mut spec.model else { return Ok(Vec::new()) };
    for member in &mut model.members {
        match member {
            Member::Const(_) => {}
            Member::Settings(settings) => replace_entries(&mut settings.entries, &constants.values, used),
            Member::Input(input) => {
                for column in &mut input.columns {
                    if let ExprKind::Name(name) = &column.names.kind {
                        constants.refuse("column", name, column.names.span, errors);
                    }
                    replace(&mut column.kind, &constants.values, used);
                }
            }
            Member::Embedding(embedding) => {
                replace_entries(&mut embedding.entries, &constants.values, used);
            }
            Member::Block(block) => replace_block(block, &constants.values, used),
            Member::Tower(tower) => {
                constants.refuse("tower", &tower.name.text, tower.name.span, errors);
                replace_body(&mut tower.body, &constants.values, used);
            }
            Member::Objective(objective) => {
                objective.tasks.iter_mut().for_each(|task| replace(&mut task.value, &constants.values, used));
                replace_entries(&mut objective.settings, &constants.values, used);
            }
        }
    }
    for change in settings {
        let mut change = change.clone();
        replace(&mut change.value, &constants.values, used);
        settings::set(model, &change, errors);
    }
    uses.check(errors);
    let used = constants.check_used(uses.names, errors);
    constants.searched.retain(|searched| used.contains(&searched.name));
    let of_settings = if constants.has_searches { search::in_settings(spec, errors)? } else { Vec::new() };
    Ok(constants.searched.into_iter().chain(of_settings).collect())
}

/// Maximum depth of a constant's value after expansion.
const MAX_LEVELS: usize = 128;
/// Maximum total number of expressions after the expansion of constants.
const MAX_SIZE: usize = 1 << 20;

/// Value of a constant and its size.
struct Value {
    expr: Expr,
    size: usize,
}

/// Uses of constants.
#[derive(Default)]
struct Uses {
    names: BTreeSet<String>,
    /// Total size of the substituted values.
    size: usize,
    /// Place where the limit was exceeded.
    full: Option<Span>,
}

impl Uses {
    fn check(&self, errors: &mut Errors) {
        if let Some(span) = self.full {
            errors.push(
                Diagnostic::new("E0309", span, format!("constants expand to more than {MAX_SIZE} values"))
                    .help("keep long lists in a file: `vocab = file(\"words.txt\")`"),
            );
        }
    }
}

/// Meaning of a keyword that is a value. A constant cannot have its name.
pub type Meaning = fn(&str) -> Option<&'static str>;

/// Constants of a spec and of its imported files.
struct Constants {
    meaning: Meaning,
    values: BTreeMap<String, Value>,
    spans: BTreeMap<String, Span>,
    names: Vec<Name>,
    /// Constants used by the value of each constant.
    uses: BTreeMap<String, BTreeSet<String>>,
    /// Total size of the values substituted in constants.
    size: usize,
    /// Number of constants outside the model. Other files may use them, so they may be unused.
    shared: usize,
    /// False if the spec has something of its own called `search`.
    has_searches: bool,
    /// Constants that are searched.
    searched: Vec<Searched>,
}

impl Constants {
    /// Collects the constants. A constant may use only earlier ones, so there are no cycles.
    fn collect(spec: &Spec, changes: &[&Override], meaning: Meaning, errors: &mut Errors) -> Self {
        let mut constants = Constants {
            meaning,
            values: BTreeMap::new(),
            spans: BTreeMap::new(),
            names: Vec::new(),
            uses: BTreeMap::new(),
            size: 0,
            shared: 0,
            has_searches: search::is_free(spec),
            searched: Vec::new(),
        };
        spec.constants.iter().for_each(|constant| constants.add(constant, changes, errors));
        constants.shared = constants.names.len();
        for member in spec.model.iter().flat_map(|model| &model.members) {
            if let Member::Const(constant) = member {
                constants.add(constant, changes, errors);
            }
        }
        let known: Vec<&str> = constants.names.iter().map(|name| name.text.as_str()).collect();
        let unknown = changes.iter().filter(|change| !known.contains(&change.name.text.as_str()));
        errors.extend(unknown.map(|change| change.unknown("constant", &known)));
        constants
    }

    fn add(&mut self, constant: &Const, changes: &[&Override], errors: &mut Errors) {
        let name = &constant.name;
        if let Some(&first) = self.spans.get(&name.text) {
            errors.push(
                Diagnostic::new(
                    "E0104",
                    name.span,
                    format!("the constant `{}` is declared twice", name.text),
                )
                .label("declared again")
                .note(first, "first here"),
            );
            return;
        }
        // A constant that only an overridden value uses does not count as unused.
        let mut used = Uses { size: self.size, ..Uses::default() };
        let mut value = constant.value.clone();
        replace(&mut value, &self.values, &mut used);
        if let Some(change) = changes.iter().rfind(|change| change.name.text == name.text) {
            value = change.value.clone();
            replace(&mut value, &self.values, &mut used);
        }
        used.check(errors);
        self.size = used.size;
        if self.has_searches
            && let Some(searched) = Searched::of(&name.text, &value)
        {
            self.searched.push(searched);
            value.kind = ExprKind::Invalid;
        }
        let (size, levels) = measure(&value);
        if levels > MAX_LEVELS {
            errors.push(
                Diagnostic::new(
                    "E0004",
                    name.span,
                    format!("`{}` has more than {MAX_LEVELS} levels", name.text),
                )
                .label("including those of the constants that it names"),
            );
            value.kind = ExprKind::Invalid;
        }
        if let Some(meaning) = (self.meaning)(&name.text) {
            errors.push(
                Diagnostic::new(
                    "E0104",
                    name.span,
                    format!("the constant `{}` has the name of {meaning}", name.text),
                )
                .label("it would replace this word everywhere")
                .help("give the constant another name"),
            );
            // The value is reported only once.
            value.kind = ExprKind::Invalid;
        }
        self.values.insert(name.text.clone(), Value { expr: value, size });
        self.spans.insert(name.text.clone(), name.span);
        self.uses.insert(name.text.clone(), used.names);
        self.names.push(name.clone());
    }

    /// Reports a declaration that has the name of a constant, because the constant would replace it
    /// everywhere.
    fn refuse(&self, what: &str, name: &str, span: Span, errors: &mut Errors) {
        if let Some(&first) = self.spans.get(name) {
            errors.push(
                Diagnostic::new("E0104", span, format!("the {what} `{name}` has the name of a constant"))
                    .note(first, "the constant is declared here")
                    .help("rename one of them"),
            );
        }
    }

    /// Reports unused constants. Returns the names of the others, given those that the model uses.
    fn check_used(&self, mut used: BTreeSet<String>, errors: &mut Errors) -> BTreeSet<String> {
        for name in self.names.iter().rev() {
            if used.contains(&name.text) {
                used.extend(self.uses.get(&name.text).into_iter().flatten().cloned());
            }
        }
        for name in self.names[self.shared..].iter().filter(|name| !used.contains(&name.text)) {
            errors.push(
                Diagnostic::new("E0505", name.span, format!("the constant `{}` is never used", name.text))
                    .label("nothing reads it")
                    .help("use it, or remove it"),
            );
        }
        used
    }
}

/// Replaces the parameters of a block by their arguments.
pub(crate) fn substitute_body(body: &mut Body, settings: &BTreeMap<String, Expr>) {
    let values = settings.iter().map(|(name, expr)| (name.clone(), Value { expr: expr.clone(), size: 0 }));
    replace_body(body, &values.collect(), &mut Uses::default());
}

/// Parameters of a block shadow constants.
fn replace_block(block: &mut Block, constants: &BTreeMap<String, Value>, used: &mut Uses) {
    for parameter in &mut block.parameters {
        parameter.default.iter_mut().for_each(|value| replace(value, constants, used));
    }
    let parameters = block.parameters.iter().map(|parameter| parameter.name.text.clone()).collect();
    replace_visible(&mut block.body, constants, parameters, used);
}

fn replace_body(body: &mut Body, constants: &BTreeMap<String, Value>, used: &mut Uses) {
    replace_visible(body, constants, BTreeSet::new(), used);
}

/// A `let` shadows a constant in the whole body.
fn replace_visible(
    body: &mut Body,
    constants: &BTreeMap<String, Value>,
    mut hidden: BTreeSet<String>,
    used: &mut Uses,
) {
    hidden.extend(body.lets.iter().map(|binding| binding.name.text.clone()));
    let visible = |name: &str| constants.get(name).filter(|_| !hidden.contains(name));
    body.lets.iter_mut().for_each(|binding| replace_in(&mut binding.value, &visible, used));
    replace_in(&mut body.result, &visible, used);
}

fn replace_entries(entries: &mut [Entry], constants: &BTreeMap<String, Value>, used: &mut Uses) {
    entries.iter_mut().for_each(|entry| replace(&mut entry.value, constants, used));
}

fn replace(expr: &mut Expr, constants: &BTreeMap<String, Value>, used: &mut Uses) {
    replace_in(expr, &|name: &str| constants.get(name), used);
}

fn replace_in<'v>(expr: &mut Expr, visible: &impl Fn(&str) -> Option<&'v Value>, used: &mut Uses) {
    match &mut expr.kind {
        ExprKind::Name(name) => {
            if let Some(value) = visible(name) {
                used.names.insert(name.clone());
                used.size += value.size;
                if used.size > MAX_SIZE {
                    used.full.get_or_insert(expr.span);
                    expr.kind = ExprKind::Invalid;
                } else {
                    *expr = value.expr.clone();
                }
            }
        }
        ExprKind::List(items) => items.iter_mut().for_each(|item| replace_in(item, visible, used)),
        ExprKind::Call(call) => {
            call.arguments.iter_mut().for_each(|argument| replace_in(&mut argument.value, visible, used));
            if let Some(value) = visible(&call.function.text) {
                replace_function(call, value, used);
            }
        }
        ExprKind::Binary(_, a, b) => {
            replace_in(a, visible, used);
            replace_in(b, visible, used);
            fold(expr);
        }
        // In `table[column]` both are declarations, not constants.
        ExprKind::Index(..) | ExprKind::Member(..) => {}
        ExprKind::Negate(inner) => replace_in(inner, visible, used),
        ExprKind::Number(_)
        | ExprKind::Whole(_)
        | ExprKind::Text(_)
        | ExprKind::Range(..)
        | ExprKind::Invalid => {}
    }
}

/// A constant that is a word or a call can be called. Its own arguments come after those of the call.
fn replace_function(call: &mut Call, value: &Value, used: &mut Uses) {
    let (function, arguments) = match &value.expr.kind {
        ExprKind::Name(word) => (word, [].as_slice()),
        ExprKind::Call(inner) => (&inner.function.text, inner.arguments.as_slice()),
        _ => return,
    };
    used.names.insert(std::mem::replace(&mut call.function.text, function.clone()));
    used.size += value.size;
    if used.size > MAX_SIZE {
        used.full.get_or_insert(call.function.span);
    } else {
        call.arguments.extend(arguments.iter().cloned());
    }
}

/// Returns the number of nodes of an expression.
pub(crate) fn size(expr: &Expr) -> usize {
    measure(expr).0
}

/// Returns the number of nodes and the depth of an expression.
fn measure(expr: &Expr) -> (usize, usize) {
    let inner = expr.parts().into_iter().map(measure);
    let (size, levels): (Vec<usize>, Vec<usize>) = inner.unzip();
    (1 + size.iter().sum::<usize>(), 1 + levels.into_iter().max().unwrap_or(0))
}

/// Evaluates arithmetic on two number literals, if the result is finite.
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
    /// Reports an unknown constant or setting.
    fn unknown(&self, what: &str, known: &[&str]) -> Diagnostic {
        let message = format!("there is no {what} `{}` to set", self.name.text);
        let diagnostic = Diagnostic::new("E0113", self.name.span, message);
        match words::nearest(&self.name.text, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => diagnostic,
            None => diagnostic.help(format!("there are {}", known.join(", "))),
        }
    }
}
