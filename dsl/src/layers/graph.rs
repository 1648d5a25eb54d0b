//! The graph that layers build their nodes in.

use super::Operation;
use crate::arguments::Bound;
use crate::ast::Expr;
use crate::diag::{Errors, Reported};
use crate::ids::{ColumnId, NodeId, TableId, TowerId};
use crate::span::Span;
use turret_schema::Initializer;

/// Operation of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// The numbers of a float or vector column.
    Column(ColumnId),
    /// Rows of a table: one vector for an id, a bag of vectors for a bag.
    Lookup(TableId, ColumnId),
    /// The output of a tower.
    Tower(TowerId),
    /// A layer.
    Layer(Operation),
}

/// Part of a node in the layer that it was built for.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// A part of its own, such as `query`.
    Part(&'static str),
    /// One of a row of such parts.
    Row {
        /// Name of one of them.
        word: &'static str,
        /// Position in the row.
        index: usize,
        /// Result of the row.
        last: NodeId,
    },
}

/// The graph that a layer builds its nodes in.
pub trait Graph {
    /// The node of an expression.
    fn value(&mut self, expr: &Expr) -> Result<NodeId, Reported>;
    /// The nodes of the arguments of a call, a range of columns for each of them. Reports all that is wrong in them.
    fn values(&mut self, exprs: &[&Expr]) -> Result<Vec<NodeId>, Reported>;
    /// Returns the features among the arguments of a call, a range of columns for each of them. Reports all that is wrong in them.
    fn features(&mut self, exprs: &[&Expr]) -> Result<Vec<Feature>, Reported>;
    /// The rows of a column of keys in the table of this name, which is added unless the spec declares it.
    fn embedding(&mut self, table: &NewTable, column: ColumnId, span: Span) -> Result<NodeId, Reported>;
    /// The rows of a column of keys in a table that the spec declares.
    fn lookup(&mut self, table: &Expr, column: ColumnId, span: Span) -> Result<NodeId, Reported>;
    /// Returns whether a column holds several keys.
    fn holds_many(&self, column: ColumnId) -> bool;
    /// Adds a node.
    fn add(&mut self, op: Op, inputs: Vec<NodeId>, span: Span) -> NodeId;
    /// Says what a node is in the layer that it was built for.
    fn give_role(&mut self, node: NodeId, role: Role);
    /// Asks that a node be a sequence, for the sake of a layer that is made of others, none of which the author wrote.
    fn needs_sequence(&mut self, node: NodeId, layer: &'static str);
    /// Returns the list of diagnostics.
    fn errors(&mut self) -> &mut Errors;
}

/// An argument of a layer that takes columns of keys as well as values.
#[derive(Clone, Debug)]
pub enum Feature {
    /// A column of keys, its name, and where it was written.
    Keys(ColumnId, String, Span),
    /// A value.
    Value(NodeId),
}

/// A table that a layer adds for a column.
#[derive(Clone, Debug)]
pub struct NewTable {
    /// Name.
    pub name: String,
    /// Width of a row.
    pub dim: usize,
    /// First values.
    pub initializer: Initializer,
    /// Factor of the sum of the squares of its touched rows in the minimised sum; none is 0.
    pub l2: Option<f64>,
}

/// Says that nodes are a row of parts, of which `last` is the result. A row of one is a part.
pub(super) fn give_row(graph: &mut dyn Graph, nodes: &[NodeId], word: &'static str, last: NodeId) {
    for (index, &node) in nodes.iter().enumerate() {
        let role = if nodes.len() == 1 { Role::Part(word) } else { Role::Row { word, index, last } };
        graph.give_role(node, role);
    }
}

impl Bound<'_> {
    /// The node of a value that must be given.
    pub fn value(&self, name: &str, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let value = self.required(name, graph.errors())?;
        graph.value(value)
    }
}
