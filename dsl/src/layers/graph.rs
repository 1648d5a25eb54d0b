//! Graph to which layers add nodes.

use super::{Operation, WeightSettings};
use crate::arguments::Bound;
use crate::ast::Expr;
use crate::diag::{Errors, Reported};
use crate::ids::{ColumnId, NodeId, TableId, TowerId};
use crate::span::Span;
use turret_schema::Initializer;

/// Operation of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Value of a float or vector column.
    Column(ColumnId),
    /// Rows of a table: one vector for an id, several for a bag.
    Lookup(TableId, ColumnId),
    /// The output of a tower.
    Tower(TowerId),
    /// A layer.
    Layer(Operation),
}

/// Role of a node in a composite layer.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// A unique part, such as `query`.
    Part(&'static str),
    /// One of a series of parts, such as the layers of an `mlp`.
    Row {
        /// Name of each part.
        word: &'static str,
        /// Position in the series.
        index: usize,
        /// Output node of the series.
        last: NodeId,
    },
}

/// Graph to which a layer adds its nodes.
pub trait Graph {
    /// Returns the node of an expression.
    fn value(&mut self, expr: &Expr) -> Result<NodeId, Reported>;
    /// Returns the nodes of the arguments of a call. A range of columns gives one node per column. Reports
    /// all errors.
    fn values(&mut self, exprs: &[&Expr]) -> Result<Vec<NodeId>, Reported>;
    /// Returns the features among the arguments of a call. A range of columns gives one feature per column.
    /// Reports all errors.
    fn features(&mut self, exprs: &[&Expr]) -> Result<Vec<Feature>, Reported>;
    /// Returns the rows of a key column in a named table. The table is added if the spec does not declare it.
    fn embedding(&mut self, table: &NewTable, column: ColumnId, span: Span) -> Result<NodeId, Reported>;
    /// Returns the rows of a key column in a declared table.
    fn lookup(&mut self, table: &Expr, column: ColumnId, span: Span) -> Result<NodeId, Reported>;
    /// Returns whether a column has several keys per record.
    fn holds_many(&self, column: ColumnId) -> bool;
    /// Adds a node.
    fn add(&mut self, op: Op, inputs: Vec<NodeId>, span: Span) -> NodeId;
    /// Sets the role of a node in its composite layer.
    fn give_role(&mut self, node: NodeId, role: Role);
    /// Sets how the weights of a node are trained.
    fn train_by(&mut self, node: NodeId, settings: WeightSettings);
    /// Requires that a node is a sequence, for a layer that is composed of others that are not in the spec.
    fn needs_sequence(&mut self, node: NodeId, layer: &'static str);
    /// Returns the list of diagnostics.
    fn errors(&mut self) -> &mut Errors;
}

/// An argument of a layer that takes key columns and values.
#[derive(Clone, Debug)]
pub enum Feature {
    /// A key column, its name and its place.
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
    /// Initial values.
    pub initializer: Initializer,
    /// Factor of its L2 penalty on gathered rows. None means 0.
    pub l2: Option<f64>,
}

/// Assigns roles to a series of nodes; `last` is its output. A series of one is a single part.
pub(super) fn give_row(graph: &mut dyn Graph, nodes: &[NodeId], word: &'static str, last: NodeId) {
    for (index, &node) in nodes.iter().enumerate() {
        let role = if nodes.len() == 1 { Role::Part(word) } else { Role::Row { word, index, last } };
        graph.give_role(node, role);
    }
}

impl Bound<'_> {
    /// Returns the node of a required argument.
    pub fn value(&self, name: &str, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let value = self.required(name, graph.errors())?;
        graph.value(value)
    }
}
