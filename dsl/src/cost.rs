//! What a model costs: the arithmetic of each operation, and what a training step keeps in memory.

use crate::layers::{Shape, positions};
use crate::model::{Boundaries, ColumnId, ColumnKind, Keys, NodeId, Oov, Op, Optimizer, TableId, TableRows};
use crate::plan::{Plan, Site, Step};

/// How many rows a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowCount {
    /// So many.
    Exactly(u64),
    /// No more than so many: the data decide.
    AtMost(u64),
    /// The data decide.
    Unknown,
}

/// What one operation costs for a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCost {
    /// Trained numbers, whatever the batch.
    pub parameters: u64,
    /// Multiplications with an addition each, forward.
    pub multiply_adds: u64,
    /// Numbers that it makes and that a training step keeps for the backward pass.
    pub activations: u64,
}

impl Plan {
    /// What an operation costs.
    pub fn step_cost(&self, site: &Site, step: &Step) -> StepCost {
        let node = &self.model.nodes[step.node.0];
        let of_step = |(name, _): &&(String, _)| Some(name) == step.weights.as_ref();
        let parameters = site.weights.iter().find(of_step).map_or(0, |(_, weights)| weights.count as u64);
        let shape = self.shapes[step.node.0];
        let activations = match (&node.op, shape) {
            // Rows of a bag are pooled as they are gathered; the output of a tower is the tower's.
            (_, Shape::Bag(_)) | (Op::Tower(_), _) => 0,
            _ => shape.width() as u64,
        };
        StepCost { parameters, multiply_adds: self.multiply_adds(step.node), activations }
    }

    fn multiply_adds(&self, node: NodeId) -> u64 {
        let node = &self.model.nodes[node.0];
        let Op::Layer(operation) = &node.op else { return 0 };
        if let [input] = node.inputs.as_slice()
            && let Op::Lookup(table, column) = self.model.nodes[input.0].op
            && let Shape::Bag(_) = self.shapes[input.0]
        {
            return self.keys(column) * self.model.tables[table.0].dim as u64;
        }
        let inputs: Vec<Shape> = node.inputs.iter().map(|input| self.shapes[input.0]).collect();
        let times =
            positions::many(&**operation, &inputs).and_then(Shape::several).map_or(1, |(count, _)| count);
        times as u64 * operation.multiply_adds(&positions::seen(&**operation, &inputs)) as u64
    }

    /// Trained numbers beside the tables, what the optimizer keeps for them, and the numbers that all operations make of a record.
    pub fn numbers(&self) -> (u64, u64, u64) {
        let costs =
            || self.sites.iter().flat_map(|site| site.steps.iter().map(|step| self.step_cost(site, step)));
        let weights: u64 = costs().map(|cost| cost.parameters).sum();
        let activations = costs().map(|cost| cost.activations).sum();
        (weights, weights * self.model.train.optimizer.state(), activations)
    }

    /// Keys that a record has at most in a column.
    fn keys(&self, column: ColumnId) -> u64 {
        match &self.model.columns[column.0].kind {
            ColumnKind::Bag { items, .. } | ColumnKind::Sequence { items, .. } => items.max,
            ColumnKind::Text { max, .. } => *max,
            _ => 1,
        }
    }

    /// Rows of a table that a record looks up at most.
    pub fn rows_looked_up(&self, table: TableId) -> u64 {
        self.lookups[table.0].iter().map(|(_, column)| self.keys(*column)).sum()
    }

    /// Rows of a table, as far as the spec says.
    pub fn row_count(&self, table: TableId) -> RowCount {
        match self.model.tables[table.0].rows {
            TableRows::Buckets(column) => {
                let ColumnKind::Bucket { boundaries, missing_bucket } = &self.model.columns[column.0].kind
                else {
                    return RowCount::Unknown;
                };
                let missing = u64::from(*missing_bucket);
                match boundaries {
                    Boundaries::Given(edges) => RowCount::Exactly(edges.len() as u64 + 1 + missing),
                    Boundaries::EqualWidth(edges) => RowCount::Exactly(edges + 1 + missing),
                    // Equal boundaries are merged.
                    Boundaries::Quantiles(buckets) => RowCount::AtMost(buckets + missing),
                }
            }
            TableRows::Keys(vocabulary) => {
                let vocabulary = &self.model.vocabularies[vocabulary.0];
                let unknown = u64::from(vocabulary.oov == Oov::Bucket);
                match &vocabulary.keys {
                    Keys::List(keys) => RowCount::Exactly(keys.len() as u64 + unknown),
                    Keys::Range(low, high) => RowCount::Exactly(high.abs_diff(*low) + unknown),
                    Keys::Hash(rows) => RowCount::Exactly(*rows),
                    Keys::Learned { max: Some(max), .. } => RowCount::AtMost(max + unknown),
                    Keys::Learned { max: None, .. } | Keys::File(_) => RowCount::Unknown,
                }
            }
        }
    }

    /// Numbers that the optimizer keeps for each row of a table.
    pub fn row_state(&self, table: TableId) -> u64 {
        let table = &self.model.tables[table.0];
        if table.frozen {
            return 0;
        }
        match table.optimizer.unwrap_or(self.model.train.optimizer) {
            Optimizer::RowWiseAdagrad { .. } => 1,
            optimizer => optimizer.state() * table.dim as u64,
        }
    }
}

impl Optimizer {
    /// Numbers that it keeps for each dense weight.
    pub fn state(self) -> u64 {
        match self {
            Optimizer::Sgd { momentum, .. } => u64::from(momentum != 0.0),
            Optimizer::Adagrad { .. } | Optimizer::RowWiseAdagrad { .. } => 1,
            Optimizer::Adam { .. } => 2,
        }
    }
}
