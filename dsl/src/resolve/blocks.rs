//! Blocks: declaration, check for recursion, and expansion at each call.

use std::collections::{BTreeMap, BTreeSet};

use super::expressions::{Bound, Scope, unused_let};
use crate::arguments::describe;
use crate::ast::{Block, Call, Expr, ExprKind, Name};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::layers::{Graph, LAYERS};
use crate::model::NodeId;
use crate::span::Span;

/// Maximum nesting of blocks.
const MAX_DEPTH: usize = 32;
/// Maximum number of blocks in the notes of a diagnostic.
const MAX_NOTES: usize = 4;

/// The blocks of a model.
pub(super) struct Blocks<'a> {
    pub(super) by_name: BTreeMap<&'a str, &'a Block>,
    /// Recursive blocks, which were reported.
    recursive: BTreeMap<&'a str, Reported>,
}

impl<'a> Blocks<'a> {
    /// Collects and checks the blocks outside and inside the model.
    pub(super) fn collect(outer: &'a [Block], inner: &[&'a Block], errors: &mut Errors) -> Self {
        let mut by_name: BTreeMap<&str, &Block> = BTreeMap::new();
        for block in outer.iter().chain(inner.iter().copied()) {
            check_parameters(block, errors);
            let Name { text, span } = &block.name;
            if LAYERS.iter().any(|layer| layer.name() == text) {
                errors.push(
                    Diagnostic::new("E0104", *span, format!("the block `{text}` has the name of a layer"))
                        .label("a layer of the language")
                        .help("give the block another name"),
                );
            } else if let Some(first) = by_name.insert(text, block) {
                errors.push(
                    Diagnostic::new("E0104", *span, format!("the block `{text}` is declared twice"))
                        .label("declared again")
                        .note(first.name.span, "first here"),
                );
            }
        }
        let recursive = recursive(&by_name, errors);
        Blocks { by_name, recursive }
    }
}

fn check_parameters(block: &Block, errors: &mut Errors) {
    let mut parameters: BTreeMap<&str, Span> = BTreeMap::new();
    for parameter in &block.parameters {
        let Name { text, span } = &parameter.name;
        if let Some(first) = parameters.insert(text, *span) {
            errors.push(
                Diagnostic::new("E0104", *span, format!("the parameter `{text}` is declared twice"))
                    .label("declared again")
                    .note(first, "first here"),
            );
        }
    }
}

/// Returns the recursive blocks. Reports each cycle of calls.
fn recursive<'a>(blocks: &BTreeMap<&'a str, &'a Block>, errors: &mut Errors) -> BTreeMap<&'a str, Reported> {
    let called = |block: &'a Block| called_by(block).into_iter().filter(|name| blocks.contains_key(name));
    let mut calls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut callers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (&name, &block) in blocks {
        calls.insert(name, called(block).collect());
        calls[name].iter().for_each(|called| callers.entry(called).or_default().push(name));
    }
    // Repeatedly removes blocks that call no remaining block, until only cycles are left.
    let mut done: Vec<&str> = calls.keys().copied().filter(|name| calls[name].is_empty()).collect();
    let mut recursive = BTreeMap::new();
    loop {
        while let Some(name) = done.pop() {
            calls.remove(name);
            for caller in callers.get(name).into_iter().flatten() {
                if let Some(open) = calls.get_mut(caller)
                    && open.remove(name)
                    && open.is_empty()
                {
                    done.push(caller);
                }
            }
        }
        let Some((&first, _)) = calls.first_key_value() else { return recursive };
        let circle = circle(first, &calls);
        let reported = report(&circle, blocks, errors);
        recursive.extend(circle.iter().map(|&name| (name, reported)));
        done = circle;
    }
}

/// Returns a cycle of calls that is reachable from a block. Every block calls another.
fn circle<'a>(first: &'a str, calls: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let (mut path, mut steps) = (vec![first], BTreeMap::from([(first, 0)]));
    let mut at = first;
    while let Some(&next) = calls[at].first() {
        if let Some(&start) = steps.get(next) {
            return path.split_off(start);
        }
        steps.insert(next, path.len());
        path.push(next);
        at = next;
    }
    path
}

fn report(circle: &[&str], blocks: &BTreeMap<&str, &Block>, errors: &mut Errors) -> Reported {
    let mut declared: Vec<(&str, Span)> = circle.iter().map(|name| (*name, blocks[name].name.span)).collect();
    declared.sort_by_key(|(_, span)| span.0);
    let (name, span) = declared[0];
    let mut diagnostic = Diagnostic::new("E0310", span, format!("the block `{name}` calls itself"))
        .help("each call expands the block, so this would never end");
    for (_, other) in declared.iter().skip(1).take(MAX_NOTES) {
        diagnostic = diagnostic.note(*other, "through this block");
    }
    errors.push(diagnostic)
}

/// Functions that a block calls.
fn called_by(block: &Block) -> Vec<&str> {
    fn walk<'e>(expr: &'e Expr, calls: &mut Vec<&'e str>) {
        match &expr.kind {
            ExprKind::Call(call) => {
                calls.push(&call.function.text);
                call.arguments.iter().for_each(|argument| walk(&argument.value, calls));
            }
            ExprKind::List(items) => items.iter().for_each(|item| walk(item, calls)),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                walk(a, calls);
                walk(b, calls);
            }
            ExprKind::Negate(inner) | ExprKind::Member(inner, _) => walk(inner, calls),
            _ => {}
        }
    }
    let mut calls = Vec::new();
    block.body.lets.iter().for_each(|binding| walk(&binding.value, &mut calls));
    walk(&block.body.result, &mut calls);
    calls
}

impl<'a> Scope<'a> {
    /// Expands a block. Arguments that are settings are substituted for their parameter; values become names
    /// of nodes.
    pub(super) fn expand_block(
        &mut self,
        block: &'a Block,
        call: &Call,
        span: Span,
    ) -> Result<NodeId, Reported> {
        if let Some(&reported) = self.blocks.recursive.get(block.name.text.as_str()) {
            self.read_values(call);
            return Err(reported);
        }
        if self.depth == MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} blocks call one another");
            return Err(self
                .errors
                .push(Diagnostic::new("E0309", span, message).help("call layers instead of blocks")));
        }
        let given = self.block_arguments(block, call, span);
        if given.is_err() {
            self.read_values(call);
        }
        let given = given?;
        let mut settings = BTreeMap::new();
        let mut values = BTreeMap::new();
        for parameter in &block.parameters {
            let Some(&value) = given.get(parameter.name.text.as_str()) else { continue };
            if self.is_setting(value) {
                self.read += crate::constants::size(value);
                settings.insert(parameter.name.text.clone(), value.clone());
            } else {
                let node = self.value(value);
                values.insert(
                    parameter.name.text.clone(),
                    Bound { node, span: parameter.name.span, used: true },
                );
            }
        }
        let mut body = block.body.clone();
        crate::constants::substitute_body(&mut body, &settings);
        self.depth += 1;
        self.lets.push(values);
        let result = self.lets_and_result(&body);
        for (name, bound) in self.lets.pop().unwrap_or_default() {
            if !bound.used {
                self.errors.push(unused_let(&name, bound.span));
            }
        }
        self.depth -= 1;
        result
    }

    /// Arguments of a block call by parameter, including defaults.
    fn block_arguments<'e>(
        &mut self,
        block: &'e Block,
        call: &'e Call,
        span: Span,
    ) -> Result<BTreeMap<&'e str, &'e Expr>, Reported> {
        let what = format!("the block `{}`", block.name.text);
        let mut wrong = None;
        let mut given: BTreeMap<&str, &Expr> = BTreeMap::new();
        for argument in &call.arguments {
            let names = || block.parameters.iter().map(|parameter| parameter.name.text.as_str());
            let value = &argument.value;
            let parameter = match &argument.name {
                Some(name) => names().find(|parameter| *parameter == name.text),
                None => names().find(|parameter| !given.contains_key(parameter)),
            };
            let problem = match (parameter, &argument.name) {
                (Some(parameter), _) => {
                    let Some(first) = given.insert(parameter, value) else { continue };
                    Diagnostic::new("E0202", value.span, format!("`{parameter}` is given twice"))
                        .label("given again")
                        .note(first.span, "first given here")
                }
                (None, Some(name)) => {
                    Diagnostic::new("E0201", name.span, format!("{what} has no parameter `{}`", name.text))
                        .label("unknown parameter")
                        .note(block.name.span, "declared here")
                        .suggest(&name.text, names(), "the parameters of a block are declared in its `(...)`")
                }
                (None, None) => {
                    Diagnostic::new("E0203", value.span, format!("{what} takes no further argument"))
                        .label(format!("{} is one too many", describe(value)))
                        .note(block.name.span, "declared here")
                }
            };
            wrong = Some(self.errors.push(problem));
        }
        let good = wrong.is_none();
        for parameter in &block.parameters {
            let name = parameter.name.text.as_str();
            match &parameter.default {
                _ if given.contains_key(name) => {}
                Some(default) => {
                    given.insert(name, default);
                }
                None if good => {
                    wrong = Some(
                        self.errors.push(
                            Diagnostic::new("E0204", span, format!("{what} needs `{name}`"))
                                .label(format!("`{name}` is missing"))
                                .note(parameter.name.span, "declared here"),
                        ),
                    );
                }
                None => {}
            }
        }
        wrong.map_or(Ok(given), Err)
    }

    /// Returns whether an argument of a block is a setting (a number, a list, a word such as `relu`) instead
    /// of a value.
    pub(super) fn is_setting(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Number(_) | ExprKind::Whole(_) | ExprKind::Text(_) | ExprKind::List(_) => true,
            ExprKind::Negate(inner) => self.is_setting(inner),
            ExprKind::Name(name) => {
                let bound = self.lets.last().is_some_and(|scope| scope.contains_key(name));
                !bound && !self.names.columns.contains_key(name) && !self.names.towers.contains_key(name)
            }
            _ => false,
        }
    }
}
