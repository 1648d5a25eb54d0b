//! Bodies of functions: their operations, and the variables that each reads.

use std::collections::{BTreeMap, BTreeSet};

use super::forward::{Argument, ArgumentRows, Bag, Call, Encoded, Forward, Let, Lift, Rows, Use, Value};
use super::forward::{WeightsPlace, mark_last};
use super::{Lookup, Module, Place, Plan, Step};
use crate::layers::{Operation, Shape, positions};
use crate::model::{ColumnId, Content, InputId, Node, NodeId, Op, TableId};

/// Returns the operations that some nodes depend on, in order.
pub(super) fn needed<'m>(plan: &Plan, module: &'m Module, results: &[NodeId]) -> Vec<&'m Step> {
    let mut needed: BTreeSet<NodeId> = results.iter().copied().collect();
    for step in module.steps.iter().rev() {
        if needed.contains(&step.node) {
            needed.extend(plan.model.nodes[step.node].inputs.iter().copied());
        }
    }
    module.steps.iter().filter(|step| needed.contains(&step.node)).collect()
}

/// Functions over the operations of a module.
pub(super) struct Body<'a> {
    plan: &'a Plan,
    input: InputId,
    module: &'a Module,
    /// Variables of tower outputs.
    outputs: &'a [String],
    variables: BTreeMap<NodeId, &'a str>,
}

impl<'a> Body<'a> {
    /// Bodies of a module; `outputs` are the variables of tower outputs.
    pub(super) fn new(plan: &'a Plan, input: InputId, module: &'a Module, outputs: &'a [String]) -> Self {
        let variables = module.steps.iter().map(|step| (step.node, step.name.as_str())).collect();
        Body { plan, input, module, outputs, variables }
    }

    /// Returns the function that computes a node.
    pub(super) fn forward(&self, result: NodeId) -> Forward {
        let mut lets = self.lets(&needed(self.plan, self.module, &[result]));
        let mut result = self.read(result);
        mark_last(lets.iter_mut().flat_map(Let::uses).chain([&mut result]));
        Forward { lets, result }
    }

    /// Returns the variables and the results of the function that computes some nodes.
    pub(super) fn forward_all(&self, results: &[NodeId]) -> (Vec<Let>, Vec<Use>) {
        let mut lets = self.lets(&needed(self.plan, self.module, results));
        let mut results: Vec<Use> = results.iter().map(|result| self.read(*result)).collect();
        mark_last(lets.iter_mut().flat_map(Let::uses).chain(&mut results));
        (lets, results)
    }

    /// Returns the variables of some operations. Tower outputs already are variables, and a bag is pooled
    /// where it is used.
    pub(super) fn lets(&self, steps: &[&Step]) -> Vec<Let> {
        let of_step = |step: &&Step| {
            let node = &self.plan.model.nodes[step.node];
            let range = self.module.range(step.node);
            if range.is_some_and(|range| range[0] != step.node) {
                return None;
            }
            let value = self.value(step, node, range.is_some())?;
            let comment = match &node.op {
                Op::Layer(operation) => {
                    operation.comment(&positions::seen(operation, &self.plan.input_shapes(node)))
                }
                _ => None,
            };
            let (variable, shape) = (step.name.clone(), self.plan.shapes[step.node]);
            Some(Let { variable, shape, is_range: range.is_some(), comment, value })
        };
        steps.iter().filter_map(of_step).collect()
    }

    /// Use of the variable of a node.
    pub(super) fn read(&self, node: NodeId) -> Use {
        Use::of(match self.plan.model.nodes[node].op {
            Op::Tower(tower) => &self.outputs[tower.0],
            _ => self.variables[&node],
        })
    }

    /// Column of the module's input.
    pub(super) fn column(&self, column: ColumnId) -> Encoded {
        let place = self.plan.inputs[self.input].batch.place(column);
        match self.input {
            InputId::Tower(_) => Encoded { batch: None, place },
            InputId::Objective => self.plan.column_of_batch(self.input, column),
        }
    }

    fn rows(&self, table: TableId, column: ColumnId) -> Rows {
        let lookup = Lookup { input: self.input, column };
        let before = self.plan.lookups[table].iter().take_while(|other| **other != lookup);
        Rows { table: self.plan.tables.place(table), index: before.count() }
    }

    fn value(&self, step: &Step, node: &Node, is_range: bool) -> Option<Value> {
        let whole = |place: Place| if is_range { Place { index: None, ..place } } else { place };
        match &node.op {
            Op::Tower(_) => None,
            Op::Column(column) => {
                let column = self.column(*column);
                Some(Value::Numbers(Encoded { place: whole(column.place), ..column }))
            }
            Op::Lookup(table, column) => {
                let rows = self.rows(*table, *column);
                let rows = Rows { table: whole(rows.table), ..rows };
                match self.plan.model.columns[column].kind.content() {
                    Content::Bag(_) => None,
                    Content::Sequence(_, pad) => {
                        Some(Value::Sequence { rows, column: self.column(*column), pad })
                    }
                    Content::Row | Content::Numbers(_) => Some(Value::Rows(rows)),
                }
            }
            Op::Layer(operation) => Some(Value::Layer(Box::new(self.call(operation, step, node)))),
        }
    }

    fn call(&self, operation: &Operation, step: &Step, node: &Node) -> Call {
        let shapes = self.plan.input_shapes(node);
        let many = positions::many(operation, &shapes);
        let is_first = |input: &NodeId| self.module.range(*input).is_none_or(|range| range[0] == *input);
        let is_bag = |input: &NodeId| matches!(self.plan.shapes[input], Shape::Bag(_));
        let inputs: Vec<NodeId> =
            node.inputs.iter().copied().filter(|input| is_first(input) && !is_bag(input)).collect();
        let lift = match (many, inputs.len()) {
            (None, _) => Lift::Whole,
            (Some(_), 1) => Lift::Each,
            (Some(_), 2) => Lift::EachPair,
            (Some(_), _) => self.lift_of_many(&inputs),
        };
        let rows_of = |input: NodeId| match (&lift, many.and_then(Shape::several)) {
            (Lift::Fields | Lift::Positions(_), Some((count, _))) => match self.plan.shapes[input] {
                Shape::Sequence(..) | Shape::Interests(..) => ArgumentRows::Positions,
                Shape::Fields(..) => ArgumentRows::Fields,
                Shape::Vector(_) | Shape::Bag(_) => ArgumentRows::Repeated(count),
            },
            _ => ArgumentRows::Own,
        };
        let argument = |input: &NodeId| Argument {
            used: self.read(*input),
            is_range: self.module.range(*input).is_some(),
            rows: rows_of(*input),
        };
        let bag = |input: &NodeId| match self.plan.model.nodes[input].op {
            Op::Lookup(table, column) if is_bag(input) => {
                Some(Bag { rows: self.rows(table, column), column: self.column(column) })
            }
            _ => None,
        };
        let module = (self.input == InputId::Objective).then(|| self.module.field.clone());
        Call {
            operation: operation.clone(),
            inputs: inputs.iter().map(argument).collect(),
            bag: node.inputs.iter().find_map(bag),
            weights: step.weights.clone().map(|field| WeightsPlace { module, field }),
            label: step.label.clone(),
            shapes,
            lift,
        }
    }

    fn lift_of_many(&self, inputs: &[NodeId]) -> Lift {
        let mut masks: Vec<String> = Vec::new();
        for input in inputs {
            let variable = self.read(*input).variable;
            let has_mask = matches!(self.plan.shapes[input], Shape::Sequence(..) | Shape::Interests(..));
            if has_mask && !masks.contains(&variable) {
                masks.push(variable);
            }
        }
        if masks.is_empty() { Lift::Fields } else { Lift::Positions(masks) }
    }
}
