//! Modules: layers with weights and operations of a tower or of the objective.

use turret_schema::former_name;

use super::weights::{WeightedLayer, weighted_layers};
use super::{Namer, Plan, names, parts};
use crate::layers::Shape;
use crate::model::{InputId, NodeId, Op};

/// Operations of a tower or of the objective.
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
    /// Nodes that share a variable: values of a range of columns.
    ranges: Vec<Vec<NodeId>>,
}

/// An operation and its names.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Node that it computes.
    pub node: NodeId,
    /// Variable.
    pub name: String,
    /// Field of its weights.
    pub weights: Option<String>,
    /// Unique label in the model.
    pub label: String,
}

impl Module {
    /// A module of some nodes; `variables` names its variables.
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

    /// Returns the range of a node, if it shares a variable.
    pub(super) fn range(&self, node: NodeId) -> Option<&[NodeId]> {
        self.ranges.iter().find(|range| range.contains(&node)).map(Vec::as_slice)
    }

    fn steps_of(&self, plan: &Plan, input: InputId, mut variables: Namer, nodes: &[NodeId]) -> Vec<Step> {
        // The random numbers of a dropout depend on its label, so labels are independent of the names of
        // weights.
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
                // A pooled bag is named after its column.
                (None, Op::Layer(_)) => node.inputs.iter().find_map(|input| {
                    match (&plan.model.nodes[input].op, plan.shapes[input]) {
                        (Op::Lookup(_, column), Shape::Bag(_)) => {
                            Some(plan.model.columns[column].name.clone())
                        }
                        _ => None,
                    }
                }),
            };
            let layer = self.weights.iter().enumerate().find(|(_, layer)| layer.node == Some(id));
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

/// Update of the running statistics of a layer after a training step.
#[derive(Clone, Debug, PartialEq)]
pub struct StatisticsUpdate {
    /// Field of `Weights`.
    pub module: String,
    /// Field of the module.
    pub layer: String,
    /// Unique label in the model.
    pub label: String,
    /// Momentum: weight of the old statistics.
    pub momentum: f64,
}

/// Layers whose running statistics are updated after a training step.
pub(super) fn statistics(plan: &Plan) -> Vec<StatisticsUpdate> {
    let of_step = |module: &Module, step: &Step| {
        let Op::Layer(operation) = &plan.model.nodes[step.node].op else { return None };
        let (layer, momentum) = (step.weights.clone()?, operation.momentum()?);
        Some(StatisticsUpdate { module: module.field.clone(), layer, label: step.label.clone(), momentum })
    };
    let steps = plan.modules().flat_map(|(_, module)| module.steps.iter().map(move |step| (module, step)));
    steps.filter_map(|(module, step)| of_step(module, step)).collect()
}
