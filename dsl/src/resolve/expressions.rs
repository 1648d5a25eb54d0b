//! Bodies of towers: expressions become nodes, `let`s become names of nodes, and block calls are expanded.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Names;
use super::blocks::Blocks;
use crate::arguments::{bind, describe, number, scalar};
use crate::ast::{Block, Body, Call, Expr, ExprKind, Operator, Tower, range_names};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::layers::{
    Feature, Graph, LAYERS, NewTable, Role, WeightSettings, add_nodes, mul_nodes, scale_node, shift_node,
};
use crate::model::{self, ColumnId, Model, Need, Node, NodeId, Op, TableId, TowerId};
use crate::span::Span;

/// Maximum number of nodes of a model; nested blocks could multiply without bound.
const MAX_NODES: usize = 1 << 14;
/// Maximum number of expressions that are read. Those of a block count at each call.
const MAX_READ: usize = 1 << 20;
/// Maximum number of towers of a model.
const MAX_TOWERS: usize = 256;

/// The model, and the names that are in scope.
pub(super) struct Scope<'a> {
    pub(super) model: &'a mut Model,
    pub(super) names: &'a mut Names,
    pub(super) errors: &'a mut Errors,
    pub(super) blocks: Blocks<'a>,
    pub(super) lets: Vec<BTreeMap<String, Bound>>,
    /// Towers, while their bodies are read. They cannot read each other.
    pub(super) siblings: BTreeMap<&'a str, Span>,
    /// Last use of each `let`.
    pub(super) uses: BTreeMap<NodeId, Span>,
    /// Current nesting of block calls.
    pub(super) depth: usize,
    /// Number of expressions read.
    pub(super) read: usize,
    stopped: Option<Reported>,
}

/// Value of a `let` or parameter.
pub(super) struct Bound {
    pub(super) node: Result<NodeId, Reported>,
    pub(super) span: Span,
    pub(super) used: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        model: &'a mut Model,
        names: &'a mut Names,
        outer: &'a [Block],
        inner: &[&'a Block],
        errors: &'a mut Errors,
    ) -> Self {
        let blocks = Blocks::collect(outer, inner, errors);
        Scope {
            model,
            names,
            errors,
            blocks,
            lets: Vec::new(),
            siblings: BTreeMap::new(),
            uses: BTreeMap::new(),
            depth: 0,
            read: 0,
            stopped: None,
        }
    }

    /// Resolves towers in order. The nodes of a tower are contiguous.
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
            if self.model.towers.len() == MAX_TOWERS {
                let message = format!("a model has at most {MAX_TOWERS} towers");
                self.errors.push(Diagnostic::new("E0309", tower.name.span, message));
                break;
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

    /// Resolves a body. Its value is its last node.
    fn body(&mut self, body: &Body) -> Result<NodeId, Reported> {
        self.lets.push(BTreeMap::new());
        let result = self.lets_and_result(body);
        for (name, bound) in self.lets.pop().unwrap_or_default() {
            if !bound.used {
                self.errors.push(unused_let(&name, bound.span));
            }
        }
        result
    }

    pub(super) fn lets_and_result(&mut self, body: &Body) -> Result<NodeId, Reported> {
        for binding in &body.lets {
            let before = self.model.nodes.len();
            let node = self.value(&binding.value);
            let name = &binding.name;
            if let Ok(node) = node
                && node.0 >= before
            {
                self.model.nodes[node.0].name = Some(name.text.clone());
            }
            let bound = Bound { node, span: name.span, used: false };
            let Some(scope) = self.lets.last_mut() else { continue };
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
            scope.insert(name.text.clone(), bound);
        }
        self.value(&body.result)
    }

    fn call(&mut self, call: &Call, span: Span) -> Result<NodeId, Reported> {
        let name = call.function.text.as_str();
        if let Some(layer) = LAYERS.iter().find(|layer| layer.name() == name) {
            let what = format!("`{name}`");
            let bound = bind(&what, span, &call.arguments, layer.params(), layer.rest(), self.errors);
            if bound.is_err() {
                self.read_values(call);
            }
            return layer.build(&bound?, self);
        }
        if let Some(block) = self.blocks.by_name.get(name).copied() {
            return self.expand_block(block, call, span);
        }
        if self.names.tables.contains_key(name) {
            return Err(self.errors.push(table_called(call)));
        }
        let known = LAYERS.iter().map(|layer| layer.name()).chain(self.blocks.by_name.keys().copied());
        let reported = self.errors.push(
            Diagnostic::new("E0111", call.function.span, format!("unknown function `{name}`"))
                .label("no layer or block has this name")
                .suggest_word(
                    name,
                    known,
                    "layers are listed in docs/layers.md; a block is declared with `block name(x) { ... }`",
                ),
        );
        self.read_values(call);
        Err(reported)
    }

    /// Reads the arguments of an invalid call, to report further errors.
    pub(super) fn read_values(&mut self, call: &Call) {
        for argument in &call.arguments {
            if !self.is_setting(&argument.value) {
                let _ = self.features(&[&argument.value]);
            }
        }
    }
}

/// Reports `item(shown)`, where `item` is a table.
fn table_called(call: &Call) -> Diagnostic {
    let table = &call.function.text;
    let column = call.arguments.first().map(|argument| &argument.value.kind);
    let column = if let Some(ExprKind::Name(column)) = column { column } else { "column" };
    Diagnostic::new("E0111", call.function.span, format!("`{table}` is a table, not a function"))
        .label("declared by `embedding`")
        .help(format!("a column is looked up in brackets: `{table}[{column}]`"))
}

pub(super) fn unused_let(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new("E0502", span, format!("`{name}` is never used"))
        .label("nothing reads it")
        .help("use it below, or remove it")
}

impl Graph for Scope<'_> {
    fn value(&mut self, expr: &Expr) -> Result<NodeId, Reported> {
        let span = expr.span;
        self.read += 1;
        if self.read > MAX_READ {
            self.stop(span, &format!("{MAX_READ} expressions, those of a block wherever it is called"));
        }
        if let Some(reported) = self.stopped() {
            return Err(reported);
        }
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Index(table, column) => self.index(table, column, span),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Negate(inner) => {
                let inner = self.value(inner)?;
                Ok(scale_node(self, inner, -1.0, span))
            }
            ExprKind::Binary(operator, a, b) => self.binary(*operator, a, b, span),
            ExprKind::Invalid => Err(self.errors.unreadable(span)),
            _ => {
                Err(self
                    .errors
                    .push(Diagnostic::new("E0304", span, format!("{} is not a value", describe(expr))).help(
                    match expr.kind {
                        ExprKind::Range(..) => {
                            "join its columns, `concat(I1..I13)`, or embed them, `embed(C1..C26, dim = 16)`"
                        }
                        ExprKind::List(_) => "leave out the brackets: `concat(a, b)`",
                        _ => "a value is a column, a `let`, a tower, or a call",
                    },
                )))
            }
        }
    }

    fn values(&mut self, exprs: &[&Expr]) -> Result<Vec<NodeId>, Reported> {
        let found: Vec<Result<NodeId, Reported>> =
            spread(exprs).map(|expr| self.stopped().map_or_else(|| self.value(&expr), Err)).collect();
        found.into_iter().collect()
    }

    fn features(&mut self, exprs: &[&Expr]) -> Result<Vec<Feature>, Reported> {
        let found: Vec<Result<Feature, Reported>> =
            spread(exprs).map(|expr| self.stopped().map_or_else(|| self.feature(&expr), Err)).collect();
        found.into_iter().collect()
    }

    fn embedding(&mut self, table: &NewTable, column: ColumnId, span: Span) -> Result<NodeId, Reported> {
        let id = match self.names.tables.get(&table.name) {
            Some(&id) => id,
            None => {
                let id = TableId(self.model.tables.len());
                self.names.tables.insert(table.name.clone(), id);
                self.model.tables.push(model::Table {
                    dim: table.dim,
                    initializer: table.initializer,
                    l2: table.l2.unwrap_or(0.0),
                    ..super::tables::new_table(&table.name, span)
                });
                id
            }
        };
        let known = &self.model.tables[id.0];
        if known.dim != table.dim {
            let message =
                format!("the table `{}` has rows of width {}, not {}", table.name, known.dim, table.dim);
            return Err(self.errors.push(
                Diagnostic::new("E0302", span, message)
                    .label(format!("this asks for width {}", table.dim))
                    .note(known.span, format!("width {}", known.dim))
                    .help("a column has one table of its name: use one width, or look the column up in another table"),
            ));
        }
        if let Some(l2) = table.l2.filter(|&l2| l2 != known.l2) {
            return Err(self.errors.push(
                Diagnostic::new("E0208", span, format!("the table `{}` has another `l2`", table.name))
                    .label(format!("this asks for {l2}"))
                    .note(known.span, format!("{} here", known.l2))
                    .help("set it once, where the table is declared or first used"),
            ));
        }
        Ok(self.add(Op::Lookup(id, column), Vec::new(), span))
    }

    fn lookup(&mut self, table: &Expr, column: ColumnId, span: Span) -> Result<NodeId, Reported> {
        let ExprKind::Name(name) = &table.kind else {
            return Err(self.errors.push(
                Diagnostic::new("E0307", table.span, "`table` is the name of a table")
                    .help("write `table = item`, and declare `embedding item { dim = 16 }`"),
            ));
        };
        let id = self.table(name, table.span)?;
        Ok(self.add(Op::Lookup(id, column), Vec::new(), span))
    }

    fn holds_many(&self, column: ColumnId) -> bool {
        self.model.columns[column.0].kind.holds_many()
    }

    fn add(&mut self, op: Op, inputs: Vec<NodeId>, span: Span) -> NodeId {
        if self.model.nodes.len() == MAX_NODES {
            self.stop(span, &format!("{MAX_NODES} operations"));
            return NodeId(MAX_NODES - 1);
        }
        let place = |input: &NodeId| self.uses.get(input).copied().unwrap_or(self.model.nodes[input.0].span);
        let uses = inputs.iter().map(place).collect();
        let settings = WeightSettings::default();
        self.model.nodes.push(Node { op, inputs, uses, span, name: None, role: None, settings });
        NodeId(self.model.nodes.len() - 1)
    }

    fn give_role(&mut self, node: NodeId, role: Role) {
        self.model.nodes[node.0].role = Some(role);
    }

    fn train_by(&mut self, node: NodeId, settings: WeightSettings) {
        self.model.nodes[node.0].settings = settings;
    }

    fn needs_sequence(&mut self, node: NodeId, layer: &'static str) {
        let span = self.uses.get(&node).copied().unwrap_or(self.model.nodes[node.0].span);
        self.model.needs.push(Need { node, layer, span });
    }

    fn errors(&mut self) -> &mut Errors {
        self.errors
    }
}

/// Expands ranges of columns to single names.
fn spread<'e>(exprs: &'e [&'e Expr]) -> impl Iterator<Item = Cow<'e, Expr>> {
    exprs.iter().flat_map(|expr| match &expr.kind {
        ExprKind::Range(first, last) => {
            let name = |name| Cow::Owned(Expr { kind: ExprKind::Name(name), span: expr.span });
            range_names(first, last).map(name).collect()
        }
        _ => vec![Cow::Borrowed(*expr)],
    })
}

impl Scope<'_> {
    /// Reason why no more of a call is read.
    fn stopped(&self) -> Option<Reported> {
        self.stopped.or(self.errors.full())
    }

    /// Reports once that the model is too large; nothing more is read.
    fn stop(&mut self, span: Span, limit: &str) {
        if self.stopped.is_none() {
            let reported = self.errors.push(
                Diagnostic::new("E0309", span, format!("a model has at most {limit}"))
                    .help("blocks that call blocks multiply"),
            );
            self.stopped = Some(reported);
        }
    }

    /// `x * by`.
    fn scaled(&mut self, x: &Expr, by: f64, span: Span) -> Result<NodeId, Reported> {
        let (by, x) = (scalar(by, span, self.errors), self.value(x));
        Ok(scale_node(self, x?, by?, span))
    }

    /// `x + by`.
    fn shifted(&mut self, x: Result<NodeId, Reported>, by: f64, span: Span) -> Result<NodeId, Reported> {
        let by = scalar(by, span, self.errors);
        Ok(shift_node(self, x?, by?, span))
    }

    fn binary(&mut self, operator: Operator, a: &Expr, b: &Expr, span: Span) -> Result<NodeId, Reported> {
        match (operator, number(a), number(b)) {
            (Operator::Mul, None, Some(by)) => self.scaled(a, by, span),
            (Operator::Mul, Some(by), None) => self.scaled(b, by, span),
            (Operator::Div, None, Some(by)) if by != 0.0 => self.scaled(a, 1.0 / by, span),
            (Operator::Add, Some(by), None) => {
                let b = self.value(b);
                self.shifted(b, by, span)
            }
            (Operator::Sub, Some(by), None) => {
                let negated = self.scaled(b, -1.0, span);
                self.shifted(negated, by, span)
            }
            (Operator::Add | Operator::Sub, None, Some(by)) => {
                let a = self.value(a);
                self.shifted(a, if operator == Operator::Add { by } else { -by }, span)
            }
            (Operator::Add | Operator::Sub | Operator::Mul, None, None) => {
                let (a, b) = (self.value(a), self.value(b));
                let (a, mut b) = (a?, b?);
                if operator == Operator::Mul {
                    return Ok(mul_nodes(self, a, b, span));
                }
                if operator == Operator::Sub {
                    b = scale_node(self, b, -1.0, span);
                }
                Ok(add_nodes(self, a, b, span))
            }
            _ => {
                Err(self.errors.push(
                    Diagnostic::new("E0304", span, "this arithmetic has no meaning here")
                        .help("values and numbers are added and multiplied; a value may be divided by a number other than 0"),
                ))
            }
        }
    }
}
