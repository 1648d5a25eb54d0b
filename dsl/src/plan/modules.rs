//! Modules: the layers with weights and the steps of a tower, or of the objective.

use turret_schema::former_name;

use super::weights::{WeightedLayer, weighted_layers};
use super::{Namer, Plan, names, parts};
use crate::layers::Shape;
use crate::model::{InputId, NodeId, Op};

/// The operations of a tower, or of the objective.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Field of `Weights`.
    pub field: String,
    /// Type.
    pub ty: String,
    /// `///` lines.
    pub docs: Vec<String>,
    /// Layers with weights, in order.
    pub weights: Vec<WeightedLayer>,
    /// Operations in order.
    pub steps: Vec<Step>,
    /// Steps that are one variable: the values of a range of columns.
    ranges: Vec<Vec<NodeId>>,
}

/// An operation and its names.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The node it computes.
    pub node: NodeId,
    /// Variable.
    pub name: String,
    /// Field of its weights.
    pub weights: Option<String>,
    /// Name in the whole model.
    pub label: String,
}

impl Module {
    /// A module of some nodes, whose variables `variables` names.
    pub(super) fn new(
        plan: &Plan,
        input: InputId,
        (field, ty, docs): (String, String, Vec<String>),
        variables: Namer,
        nodes: &[NodeId],
    ) -> Self {
        let mut module = Module {
            field,
            ty,
            docs,
            weights: weighted_layers(plan, nodes),
            steps: Vec::new(),
            ranges: parts::node_ranges(plan, input, nodes),
        };
        module.steps = module.steps_of(plan, input, variables, nodes);
        module
    }

    /// The range that a node is in, where that is one variable.
    pub(super) fn range(&self, node: NodeId) -> Option<&[NodeId]> {
        self.ranges.iter().find(|range| range.contains(&node)).map(Vec::as_slice)
    }

    fn steps_of(&self, plan: &Plan, input: InputId, mut variables: Namer, nodes: &[NodeId]) -> Vec<Step> {
        // The random numbers of a dropout depend on its label, and so on no name of a weight.
        let mut labels = Namer::with(&names::PARAMETERS);
        let mut steps: Vec<Step> = Vec::new();
        for &id in nodes {
            let node = &plan.model.nodes[id];
            let range = self.range(id);
            if let Some(first) = range.map(|range| range[0]).filter(|first| *first != id) {
                let first = steps.iter().find(|step| step.node == first).cloned();
                steps.extend(first.map(|first| Step { node: id, ..first }));
                continue;
            }
            let wanted = match (&node.name, &node.op) {
                (Some(name), _) => Some(name.clone()),
                (None, Op::Lookup(_, column)) if matches!(plan.shapes[id], Shape::Bag(_)) => {
                    Some(format!("{}_bag", plan.model.columns[column].name))
                }
                (None, Op::Column(column) | Op::Lookup(_, column)) => Some(match range {
                    Some(_) => plan.columns.place(*column).field,
                    None => plan.model.columns[column].name.clone(),
                }),
                (None, Op::Tower(tower)) => Some(plan.model.towers[tower].name.clone()),
                // What is pooled of a bag goes by the name of its column.
                (None, Op::Layer(_)) => node.inputs.iter().find_map(|input| {
                    match (&plan.model.nodes[input].op, plan.shapes[input]) {
                        (Op::Lookup(_, column), Shape::Bag(_)) => {
                            Some(plan.model.columns[column].name.clone())
                        }
                        _ => None,
                    }
                }),
            };
            let layer = self.weights.iter().enumerate().find(|(_, layer)| layer.node == id);
            let weights = layer.map(|(_, layer)| layer.field.clone());
            let or_kind = |name: Option<String>| {
                name.unwrap_or_else(|| match &node.op {
                    Op::Layer(operation) => operation.name().to_string(),
                    Op::Column(_) | Op::Lookup(..) | Op::Tower(_) => "value".to_string(),
                })
            };
            let former = layer.map(|(number, layer)| former_name(layer.kind, number));
            let label = labels.choose(&or_kind(wanted.clone().or(former)));
            let name = variables.choose(&or_kind(wanted.or(weights.clone())));
            let label = format!("{}.{}", plan.inputs[input].field, weights.as_ref().unwrap_or(&label));
            steps.push(Step { node: id, name, weights, label });
        }
        steps
    }
}

/// A call that updates the running statistics of a layer after a step of training.
#[derive(Clone, Debug, PartialEq)]
pub struct StatisticsUpdate {
    /// Field of `Weights`.
    pub module: String,
    /// Field of the module.
    pub layer: String,
    /// Name in the whole model.
    pub label: String,
    /// Share of the old statistics that is kept.
    pub momentum: f64,
}

/// The layers whose running statistics a step of training updates.
pub(super) fn statistics(plan: &Plan) -> Vec<StatisticsUpdate> {
    let of_step = |module: &Module, step: &Step| {
        let Op::Layer(operation) = &plan.model.nodes[step.node].op else { return None };
        let (layer, momentum) = (step.weights.clone()?, operation.momentum()?);
        Some(StatisticsUpdate { module: module.field.clone(), layer, label: step.label.clone(), momentum })
    };
    let steps = plan.modules().flat_map(|(_, module)| module.steps.iter().map(move |step| (module, step)));
    steps.filter_map(|(module, step)| of_step(module, step)).collect()
}
