//! Bodies of towers: expressions become nodes, `let`s names of nodes, and blocks are expanded where they are called.

use std::collections::{BTreeMap, BTreeSet};

use super::Names;
use crate::arguments::{bind, describe, number};
use crate::ast::{Block, Body, Call, Expr, ExprKind, Name, Operator, Tower};
use crate::diag::{Diagnostic, Errors};
use crate::layers::{Graph, LAYERS, add_nodes, mul_nodes, scale_node};
use crate::model::{self, ColumnId, ColumnKind, Model, Node, NodeId, Op, TowerId};
use crate::span::Span;

/// Most nodes of a model: blocks that call blocks could multiply without end.
const MAX_NODES: usize = 100_000;
/// Deepest nesting of blocks.
const MAX_DEPTH: usize = 32;

/// What expressions are resolved against.
pub(super) struct Scope<'a> {
    pub(super) model: &'a mut Model,
    pub(super) names: &'a mut Names,
    pub(super) errors: &'a mut Errors,
    blocks: BTreeMap<&'a str, &'a Block>,
    lets: Vec<BTreeMap<String, Bound>>,
    /// The towers, while their bodies are read: they cannot read each other.
    siblings: BTreeMap<&'a str, Span>,
    /// Where the value of a `let` was written last.
    uses: BTreeMap<NodeId, Span>,
    /// Blocks that call themselves, which was reported.
    recursive: BTreeSet<&'a str>,
    /// How many blocks are being expanded, one in the other.
    depth: usize,
    full: bool,
}

/// What a `let` or a parameter stands for. No node: it is wrong, and already reported.
struct Bound {
    node: Option<NodeId>,
    span: Span,
    used: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        model: &'a mut Model,
        names: &'a mut Names,
        outer: &'a [Block],
        inner: &[&'a Block],
        errors: &'a mut Errors,
    ) -> Self {
        let mut blocks: BTreeMap<&str, &Block> = BTreeMap::new();
        for block in outer.iter().chain(inner.iter().copied()) {
            let name = &block.name;
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
            if LAYERS.iter().any(|layer| layer.name() == name.text) {
                errors.push(
                    Diagnostic::new(
                        "E0104",
                        name.span,
                        format!("the block `{}` has the name of a layer", name.text),
                    )
                    .label("a layer of the language")
                    .help("give the block another name"),
                );
            } else if let Some(first) = blocks.insert(&name.text, block) {
                errors.push(
                    Diagnostic::new(
                        "E0104",
                        name.span,
                        format!("the block `{}` is declared twice", name.text),
                    )
                    .label("declared again")
                    .note(first.name.span, "first here"),
                );
            }
        }
        let mut scope = Scope {
            model,
            names,
            errors,
            blocks,
            lets: Vec::new(),
            siblings: BTreeMap::new(),
            uses: BTreeMap::new(),
            recursive: BTreeSet::new(),
            depth: 0,
            full: false,
        };
        scope.check_recursion();
        scope
    }

    /// Resolves towers in order; a tower's nodes follow one another.
    pub(super) fn resolve_towers(&mut self, towers: &[&'a Tower]) {
        self.siblings = towers.iter().map(|tower| (tower.name.text.as_str(), tower.name.span)).collect();
        for tower in towers {
            if let Some(first) = self.names.towers.get(&tower.name.text) {
                self.errors.push(
                    Diagnostic::new(
                        "E0104",
                        tower.name.span,
                        format!("the tower `{}` is declared twice", tower.name.text),
                    )
                    .label("declared again")
                    .note(self.model.towers[first.0].span, "first here"),
                );
                continue;
            }
            let first = self.model.nodes.len();
            let result = self.body(&tower.body);
            let nodes = (first..self.model.nodes.len()).map(NodeId).collect();
            self.names.towers.insert(tower.name.text.clone(), TowerId(self.model.towers.len()));
            self.model.towers.push(model::Tower {
                name: tower.name.text.clone(),
                docs: tower.docs.clone(),
                span: tower.name.span,
                nodes,
                result: result.unwrap_or(NodeId(usize::MAX)),
            });
        }
        self.siblings.clear();
    }

    /// A body whose value is its last node.
    fn body(&mut self, body: &Body) -> Option<NodeId> {
        self.lets.push(BTreeMap::new());
        let result = self.lets_and_result(body);
        for (name, bound) in self.lets.pop().unwrap_or_default() {
            if !bound.used {
                self.errors.push(unused_let(&name, bound.span));
            }
        }
        result
    }

    fn lets_and_result(&mut self, body: &Body) -> Option<NodeId> {
        for binding in &body.lets {
            let before = self.model.nodes.len();
            let node = self.value(&binding.value);
            let name = &binding.name;
            if let Some(node) = node
                && node.0 >= before
            {
                self.model.nodes[node.0].name = Some(name.text.clone());
            }
            let scope = self.lets.last_mut()?;
            if let Some(first) = scope.get(&name.text) {
                let first = first.span;
                self.errors.push(
                    Diagnostic::new("E0104", name.span, format!("`{}` is defined twice", name.text))
                        .label("defined again")
                        .note(first, "first here")
                        .help("give it another name"),
                );
                continue;
            }
            scope.insert(name.text.clone(), Bound { node, span: name.span, used: false });
        }
        self.value(&body.result)
    }

    fn name(&mut self, name: &str, span: Span) -> Option<NodeId> {
        if let Some(bound) = self.lets.last_mut().and_then(|scope| scope.get_mut(name)) {
            bound.used = true;
            if let Some(node) = bound.node {
                self.uses.insert(node, span);
            }
            return bound.node;
        }
        // A tower may have the name of a column: the objective means the tower, a tower the column.
        let tower = self.names.towers.get(name).filter(|_| self.siblings.is_empty());
        if let Some(&tower) = tower {
            return Some(self.add(Op::Tower(tower), Vec::new(), span));
        }
        if let Some(&id) = self.names.columns.get(name) {
            return self.column(id, span);
        }
        if self.names.tables.contains_key(name) {
            self.errors.push(
                Diagnostic::new("E0304", span, format!("`{name}` is a table, not a value"))
                    .label("a table holds the rows of all keys")
                    .help(format!("look a column up in it: `{name}[column]`")),
            );
            return None;
        }
        if self.names.wrong_columns.contains(name) {
            return None;
        }
        if let Some(&declared) = self.siblings.get(name) {
            self.errors.push(
                Diagnostic::new("E0312", span, format!("a tower cannot read the tower `{name}`"))
                    .note(declared, "declared here")
                    .help("join towers in the objective: `bce(dot(user, item), label)`; share what they have in common in a `block`"),
            );
            return None;
        }
        if LAYERS.iter().any(|layer| layer.name() == name) || self.blocks.contains_key(name) {
            self.errors.push(
                Diagnostic::new("E0304", span, format!("`{name}` is a function, not a value"))
                    .label("it is not called")
                    .help(format!("call it: `{name}(...)`, or `... |> {name}`")),
            );
            return None;
        }
        let lets = self.lets.last().into_iter().flat_map(|scope| scope.keys());
        let known = self.names.columns.keys().chain(self.names.towers.keys()).chain(lets);
        self.errors.push(
            Diagnostic::new("E0105", span, format!("unknown name `{name}`"))
                .label("no column, `let` or tower has this name")
                .suggest(name, known.map(String::as_str), "columns are declared in `input`"),
        );
        None
    }

    fn column(&mut self, id: ColumnId, span: Span) -> Option<NodeId> {
        let column = &self.model.columns[id.0];
        let problem = match &column.kind {
            ColumnKind::Float { .. } | ColumnKind::Vector { .. } => {
                return Some(self.add(Op::Column(id), Vec::new(), span));
            }
            ColumnKind::Label { .. } => {
                Diagnostic::new("E0305", span, format!("the label `{}` is used as a feature", column.name))
                    .note(column.span, "declared as a label here")
                    .help("a model that reads its label learns nothing else; use it in the objective only")
            }
            ColumnKind::Frequency => Diagnostic::new(
                "E0305",
                span,
                format!("the frequency `{}` is used as a feature", column.name),
            )
            .note(column.span, "declared here")
            .help("it corrects for how often candidates are sampled: `in_batch_softmax(..., probability = ...)`"),
            ColumnKind::Weight { .. } => Diagnostic::new(
                "E0305",
                span,
                format!("the sample weight `{}` is used as a feature", column.name),
            )
            .note(column.span, "declared as a weight here")
            .help("declare a `float` column with `from` to use the same field as a feature"),
            kind => Diagnostic::new("E0306", span, format!("`{}` holds keys, not numbers", column.name))
                .label(format!("a column of kind `{}`", kind.word()))
                .note(column.span, "declared here")
                .help(format!("look it up in a table: `table[{}]`", column.name)),
        };
        self.errors.push(problem);
        None
    }

    fn index(&mut self, table: &Expr, column: &Expr, span: Span) -> Option<NodeId> {
        let (ExprKind::Name(table_name), ExprKind::Name(column_name)) = (&table.kind, &column.kind) else {
            self.errors.push(
                Diagnostic::new("E0307", span, "a lookup is a table and a column")
                    .help("write `table[column]`"),
            );
            return None;
        };
        let found_table = self.names.tables.get(table_name).copied();
        if found_table.is_none() {
            self.errors.push(
                Diagnostic::new("E0105", table.span, format!("unknown table `{table_name}`"))
                    .label("no `embedding` has this name")
                    .suggest(
                        table_name,
                        self.names.tables.keys().map(String::as_str),
                        format!("declare it: `embedding {table_name} {{ dim = 16 }}`"),
                    ),
            );
        }
        let found_column = self.names.columns.get(column_name).copied();
        if found_column.is_none() && !self.names.wrong_columns.contains(column_name) {
            self.errors.push(
                Diagnostic::new("E0105", column.span, format!("unknown column `{column_name}`"))
                    .label("no column has this name")
                    .suggest(
                        column_name,
                        self.names.columns.keys().map(String::as_str),
                        "columns are declared in `input`",
                    ),
            );
        }
        let id = found_column?;
        let declared = &self.model.columns[id.0];
        if !declared.kind.is_key() {
            self.errors.push(
                Diagnostic::new("E0308", column.span, format!("`{column_name}` holds no keys to look up"))
                    .label(format!("a column of kind `{}`", declared.kind.word()))
                    .note(declared.span, "declared here")
                    .help("use it as it is, or declare a `bucket` column of the same field"),
            );
            return None;
        }
        Some(self.add(Op::Lookup(found_table?, id), Vec::new(), span))
    }

    fn call(&mut self, call: &Call, span: Span) -> Option<NodeId> {
        let name = call.function.text.as_str();
        if let Some(layer) = LAYERS.iter().find(|layer| layer.name() == name) {
            let what = format!("`{name}`");
            let bound = bind(&what, span, &call.arguments, layer.params(), layer.rest(), self.errors);
            if bound.is_none() {
                self.read_values(call);
            }
            return layer.build(&bound?, self);
        }
        if let Some(block) = self.blocks.get(name).copied() {
            return self.expand_block(block, call, span);
        }
        let known = LAYERS.iter().map(|layer| layer.name()).chain(self.blocks.keys().copied());
        self.errors.push(
            Diagnostic::new("E0111", call.function.span, format!("unknown function `{name}`"))
                .label("no layer or block has this name")
                .suggest(
                    name,
                    known,
                    "layers are listed in docs/language.md; a block is declared with `block name(x) { ... }`",
                ),
        );
        self.read_values(call);
        None
    }

    /// Reads the values among the arguments of a call that is wrong, for what is wrong in them.
    fn read_values(&mut self, call: &Call) {
        for argument in &call.arguments {
            if !self.is_setting(&argument.value) {
                self.value(&argument.value);
            }
        }
    }

    /// Expands a block: arguments that are settings take the place of their parameter, values become names of nodes.
    fn expand_block(&mut self, block: &'a Block, call: &Call, span: Span) -> Option<NodeId> {
        if self.recursive.contains(block.name.text.as_str()) {
            self.read_values(call);
            return None;
        }
        if self.depth == MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} blocks call one another");
            self.errors.push(Diagnostic::new("E0309", span, message).help("call layers instead of blocks"));
            return None;
        }
        let Some(given) = self.block_arguments(block, call, span) else {
            self.read_values(call);
            return None;
        };
        let mut settings = BTreeMap::new();
        let mut values = BTreeMap::new();
        for parameter in &block.parameters {
            let Some(&value) = given.get(parameter.name.text.as_str()) else { continue };
            if self.is_setting(value) {
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

    /// The arguments of a call of a block by their parameters, defaults included.
    fn block_arguments<'e>(
        &mut self,
        block: &'e Block,
        call: &'e Call,
        span: Span,
    ) -> Option<BTreeMap<&'e str, &'e Expr>> {
        let what = format!("the block `{}`", block.name.text);
        let before = self.errors.len();
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
                        .suggest(&name.text, names(), "the parameters of a block stand in its `(...)`")
                }
                (None, None) => {
                    Diagnostic::new("E0203", value.span, format!("{what} takes no further argument"))
                        .label(format!("{} is one too many", describe(value)))
                        .note(block.name.span, "declared here")
                }
            };
            self.errors.push(problem);
        }
        let good = self.errors.len() == before;
        for parameter in &block.parameters {
            let name = parameter.name.text.as_str();
            match &parameter.default {
                _ if given.contains_key(name) => {}
                Some(default) => {
                    given.insert(name, default);
                }
                None if good => self.errors.push(
                    Diagnostic::new("E0204", span, format!("{what} needs `{name}`"))
                        .label(format!("`{name}` is missing"))
                        .note(parameter.name.span, "declared here"),
                ),
                None => {}
            }
        }
        (self.errors.len() == before).then_some(given)
    }

    /// Whether an argument of a block is a setting (a number, a list, a word such as `relu`) rather than a value.
    fn is_setting(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::List(_) => true,
            ExprKind::Negate(inner) => self.is_setting(inner),
            ExprKind::Name(name) => {
                let bound = self.lets.last().is_some_and(|scope| scope.contains_key(name));
                !bound && !self.names.columns.contains_key(name) && !self.names.towers.contains_key(name)
            }
            _ => false,
        }
    }

    /// Reports every block that calls itself, directly or through others.
    fn check_recursion(&mut self) {
        for (name, block) in &self.blocks {
            if reaches_cycle(block, &self.blocks) {
                self.recursive.insert(name);
                self.errors.push(
                    Diagnostic::new("E0310", block.name.span, format!("the block `{name}` calls itself"))
                        .label("directly, or through other blocks")
                        .help("a block is expanded where it is called, so this would never end"),
                );
            }
        }
    }
}

fn unused_let(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new("E0502", span, format!("`{name}` is never used"))
        .label("nothing reads it")
        .help("use it below, or remove it")
}

fn reaches_cycle(block: &Block, blocks: &BTreeMap<&str, &Block>) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = called_by(block);
    while let Some(call) = open.pop() {
        if call == block.name.text {
            return true;
        }
        if seen.insert(call)
            && let Some(next) = blocks.get(call)
        {
            open.extend(called_by(next));
        }
    }
    false
}

/// The functions that a block calls.
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

impl Graph for Scope<'_> {
    fn value(&mut self, expr: &Expr) -> Option<NodeId> {
        let span = expr.span;
        if self.errors.is_full() {
            return None;
        }
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Index(table, column) => self.index(table, column, span),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Negate(inner) => {
                let inner = self.value(inner)?;
                Some(scale_node(self, inner, -1.0, span))
            }
            ExprKind::Binary(operator, a, b) => self.binary(*operator, a, b, span),
            ExprKind::Invalid => None,
            _ => {
                self.errors.push(
                    Diagnostic::new("E0304", span, format!("{} is not a value", describe(expr)))
                        .help("a value is a column, a `let`, a tower, or a call"),
                );
                None
            }
        }
    }

    fn add(&mut self, op: Op, inputs: Vec<NodeId>, span: Span) -> NodeId {
        if self.model.nodes.len() >= MAX_NODES {
            if !self.full {
                self.full = true;
                let message = format!("a model has at most {MAX_NODES} operations");
                self.errors.push(Diagnostic::new("E0309", span, message));
            }
            return NodeId(MAX_NODES - 1);
        }
        let place = |input: &NodeId| self.uses.get(input).copied().unwrap_or(self.model.nodes[input.0].span);
        let uses = inputs.iter().map(place).collect();
        self.model.nodes.push(Node { op, inputs, uses, span, name: None });
        NodeId(self.model.nodes.len() - 1)
    }

    fn errors(&mut self) -> &mut Errors {
        self.errors
    }
}

impl Scope<'_> {
    fn binary(&mut self, operator: Operator, a: &Expr, b: &Expr, span: Span) -> Option<NodeId> {
        match (operator, number(a), number(b)) {
            (Operator::Mul, None, Some(by)) => {
                let a = self.value(a)?;
                Some(scale_node(self, a, by, span))
            }
            (Operator::Mul, Some(by), None) => {
                let b = self.value(b)?;
                Some(scale_node(self, b, by, span))
            }
            (Operator::Div, None, Some(by)) if by != 0.0 => {
                let a = self.value(a)?;
                Some(scale_node(self, a, 1.0 / by, span))
            }
            (Operator::Add | Operator::Sub | Operator::Mul, None, None) => {
                let (a, b) = (self.value(a), self.value(b));
                let (a, mut b) = (a?, b?);
                if operator == Operator::Mul {
                    return Some(mul_nodes(self, a, b, span));
                }
                if operator == Operator::Sub {
                    b = scale_node(self, b, -1.0, span);
                }
                Some(add_nodes(self, a, b, span))
            }
            _ => {
                self.errors.push(
                    Diagnostic::new("E0304", span, "this arithmetic has no meaning here")
                        .help("values are added and multiplied; a value may be multiplied or divided by a number other than 0"),
                );
                None
            }
        }
    }
}
