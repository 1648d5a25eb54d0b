//! Costs of a model: multiply-adds per operation, and the memory of a training step.

use crate::layers::{Shape, positions};
use crate::model::{
    Boundaries, BucketSpec, ColumnKind, InputId, Keys, MissingBucket, NodeId, Oov, Op, TableId, TableRows,
};
use crate::plan::{Module, Plan, Step};

mod candidates;

pub use turret_schema::{Costs, Each, SampledCount, SoftmaxCost};

/// Number of rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowCount {
    /// Exact number.
    Exactly(u64),
    /// Upper bound; the exact number depends on the data.
    AtMost(u64),
    /// Depends on the data.
    Unknown,
}

/// Costs of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCost {
    /// Number of weights, independent of the batch.
    pub parameters: u64,
    /// Multiply-adds of the forward pass.
    pub multiply_adds: Each,
    /// Floats of the output.
    pub made: Each,
    /// Floats saved for the backward pass: the output, and the buffers that the kernel saves.
    pub activations: Each,
}

impl Plan {
    /// Returns the costs of an operation of a tower or of the objective.
    pub fn step_cost(&self, input: InputId, module: &Module, step: &Step) -> StepCost {
        let layer = module.weights.iter().find(|layer| layer.node == Some(step.node));
        let times = self.times(input, module, step);
        let (multiply_adds, saved) = self.once(step.node);
        let made = self.made(step.node);
        StepCost {
            parameters: layer.map_or(0, |layer| layer.weights.count as u64),
            multiply_adds: times * multiply_adds,
            made: times * made,
            activations: times * (made + saved),
        }
    }

    /// Number of output floats of an operation.
    fn made(&self, id: NodeId) -> u64 {
        let node = &self.model.nodes[id];
        let is_view = matches!(&node.op, Op::Layer(operation) if operation.is_view(&self.input_shapes(node)));
        match self.shapes[id] {
            // A bag is pooled while its rows are gathered.
            Shape::Bag(_) => 0,
            _ if is_view => 0,
            shape => shape.width() as u64,
        }
    }

    /// Multiply-adds of an operation, and the floats that it saves in addition to its output.
    fn once(&self, id: NodeId) -> (u64, u64) {
        let node = &self.model.nodes[id];
        let operation = match &node.op {
            Op::Layer(operation) => operation,
            // Position of each key among the gathered rows.
            Op::Lookup(_, column) => {
                let keys = self.keys(*column);
                let saved = match self.shapes[id] {
                    // The end of the bag, and weights of the keys.
                    Shape::Bag(_) => keys + 1 + self.weights_of_keys(*column),
                    // Order and mask as well.
                    Shape::Sequence(..) => 3 * keys,
                    Shape::Vector(_) | Shape::Fields(..) | Shape::Interests(..) => keys,
                };
                return (0, saved);
            }
            Op::Column(_) | Op::Tower(_) => return (0, 0),
        };
        let inputs = self.input_shapes(node);
        let seen = positions::seen(operation, &inputs);
        let many = positions::many(operation, &inputs).and_then(Shape::several);
        let (times, repeated) = many.map_or((1, 0), |(count, _)| {
            let vectors = inputs.iter().filter(|input| input.several().is_none());
            (count, count * vectors.map(|vector| vector.width()).sum::<usize>())
        });
        // Two masks are combined.
        let has_mask = |shape: &&Shape| matches!(shape, Shape::Sequence(..) | Shape::Interests(..));
        let masks = many.map_or(0, |_| times * inputs.iter().filter(has_mask).count().saturating_sub(1));
        let saved = times * operation.saved(&seen) + repeated + masks;
        let multiply_adds = match (node.inputs.as_slice(), inputs.as_slice()) {
            (&[input], &[Shape::Bag(dim)]) if let Op::Lookup(_, column) = self.model.nodes[input].op => {
                self.keys(column) * dim as u64
            }
            _ => times as u64 * operation.multiply_adds(&seen) as u64,
        };
        (multiply_adds, saved as u64)
    }

    /// Returns the costs of the model and of a training step, without tables.
    pub fn costs(&self) -> Costs {
        let costs = || {
            self.modules().flat_map(|(input, module)| {
                module.steps.iter().map(move |step| self.step_cost(input, module, step))
            })
        };
        let of_modules = || {
            self.modules().map(|(input, module)| {
                let weights = module.weights.iter().map(|layer| layer.weights.count).sum::<usize>();
                (weights, self.optimizer_of(input).of_dense().state(weights).iter().sum::<usize>())
            })
        };
        let most = |of: fn(Each) -> u64| costs().map(|cost| of(cost.made)).max().unwrap_or(0);
        Costs {
            weights: of_modules().map(|(weights, _)| weights as u64).sum(),
            state: of_modules().map(|(_, state)| state as u64).sum(),
            activations: costs().map(|cost| cost.activations).sum(),
            widest: Each::new(most(|made| made.record), most(|made| made.sampled)),
            softmaxes: self.softmaxes().map(|(_, softmax)| softmax).collect(),
            sampled: self.sampled(),
        }
    }

    /// Returns the maximum number of rows that are looked up in a table.
    pub fn rows_looked_up(&self, table: TableId) -> Each {
        let lookups = self.lookups[table].iter();
        lookups
            .map(|lookup| {
                let sampled = u64::from(self.has_sampled(lookup.input));
                Each { record: 1, sampled } * self.keys(lookup.column)
            })
            .sum()
    }

    /// Returns the number of rows of a table, as far as the spec determines it.
    pub fn row_count(&self, table: TableId) -> RowCount {
        match self.model.tables[table].rows {
            TableRows::Buckets(column) => {
                let ColumnKind::Bucket(BucketSpec { boundaries, missing, .. }) =
                    &self.model.columns[column].kind
                else {
                    return RowCount::Unknown;
                };
                let missing = u64::from(*missing == MissingBucket::Bucket);
                match boundaries {
                    Boundaries::Given(edges) => RowCount::Exactly(edges.len() as u64 + 1 + missing),
                    Boundaries::EqualWidth(edges) => RowCount::Exactly(*edges as u64 + 1 + missing),
                    // Equal boundaries are merged.
                    Boundaries::Quantiles(buckets) => RowCount::AtMost(*buckets as u64 + missing),
                }
            }
            TableRows::Keys(vocabulary) => {
                let vocabulary = &self.model.vocabularies[vocabulary];
                let unknown = u64::from(vocabulary.oov == Oov::Bucket);
                match &vocabulary.keys {
                    Keys::List(keys) => RowCount::Exactly(keys.len() as u64 + unknown),
                    Keys::Range { low, high } => RowCount::Exactly(high.abs_diff(*low) + unknown),
                    Keys::Hash { buckets, .. } => RowCount::Exactly(u64::from(*buckets)),
                    Keys::Learned { max: Some(max), .. } => RowCount::AtMost(*max as u64 + unknown),
                    Keys::Learned { max: None, .. } | Keys::File(_) => RowCount::Unknown,
                }
            }
        }
    }

    /// Returns the floats of optimizer state per row of a table.
    pub fn row_state(&self, table: TableId) -> u64 {
        let table = &self.model.tables[table];
        if table.frozen {
            return 0;
        }
        let optimizer = table.optimizer.unwrap_or(self.model.train.optimizer);
        optimizer.state(table.dim).iter().sum::<usize>() as u64
    }
}
