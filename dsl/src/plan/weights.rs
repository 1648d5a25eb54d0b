//! Layers with weights: fields of a tower, named for their role in the model.

use std::collections::BTreeMap;

use turret_schema::former_name;

use super::{Namer, Plan};
use crate::layers::{Operation, Shape, Weights, positions};
use crate::model::{Model, Node, NodeId, Op, Role};

/// A layer with weights; a field of its tower.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedLayer {
    /// Node that it computes. The weights of tasks have none.
    pub node: Option<NodeId>,
    /// Name.
    pub field: String,
    /// Kind. Its initial values depend on the kind and the number in the tower, which formed its name in
    /// earlier versions.
    pub kind: &'static str,
    /// Weights.
    pub weights: Weights,
}

impl WeightedLayer {
    /// Returns whether the type of the weights is named for the kind, such as `Dense` for `dense`.
    pub fn is_usual(&self) -> bool {
        turret_schema::kind_of(self.weights.ty) == self.kind
    }
}

/// Field that `module!` adds.
pub(super) const ADDED: &str = "on";

/// Kind of the learned weights of tasks.
const TASK_WEIGHTS: &str = "task_weights";

/// Layers with weights among some nodes. No name equals an earlier version's name of another layer, so that
/// files of both versions can be distinguished.
pub(super) fn weighted_layers(plan: &Plan, nodes: &[NodeId]) -> Vec<WeightedLayer> {
    let found: Vec<(NodeId, &Operation, Weights)> = nodes
        .iter()
        .filter_map(|&id| {
            let node = &plan.model.nodes[id];
            let Op::Layer(operation) = &node.op else { return None };
            let shapes: Vec<Shape> = node.inputs.iter().map(|input| plan.shapes[input]).collect();
            Some((id, operation, operation.weights(&positions::seen(operation, &shapes))?))
        })
        .collect();
    let mut fields = Namer::with(&[ADDED]);
    fields.take(found.iter().enumerate().map(|(number, (_, layer, _))| former_name(layer.name(), number)));
    let (mut rows, mut stems) = (Namer::default(), BTreeMap::new());
    let layers = found.into_iter().map(|(id, operation, weights)| {
        let node = &plan.model.nodes[id];
        let kind = operation.name();
        let wanted = match &node.role {
            Some(Role::Part(word)) => (*word).to_string(),
            Some(Role::Row { word, index, last }) => {
                let named = plan.model.nodes[last].name.as_deref();
                let stem = stems.entry(*last).or_insert_with(|| rows.choose(named.unwrap_or(word)));
                format!("{stem}_{index}")
            }
            None => name_or(node, kind),
        };
        WeightedLayer { node: Some(id), field: fields.choose(&wanted), kind, weights }
    });
    layers.collect()
}

/// Learned weights of the tasks of the objective, next to its layers.
pub(super) fn task_weights(model: &Model, layers: &[WeightedLayer]) -> Option<WeightedLayer> {
    let count = model.tasks.len();
    let mut fields = Namer::with(&[ADDED]);
    fields.take(layers.iter().map(|layer| layer.field.clone()));
    let weights = Weights { ty: "TaskWeights", sizes: vec![count], count };
    let field = fields.choose(TASK_WEIGHTS);
    model.learns_weights.then_some(WeightedLayer { node: None, field, kind: TASK_WEIGHTS, weights })
}

/// Name in the spec, or another.
fn name_or(node: &Node, other: &str) -> String {
    node.name.as_deref().unwrap_or(other).to_string()
}

#[cfg(test)]
mod tests {
    use turret_schema::former_name;

    use crate::Compiler;

    /// Fields of a tower with this body, each with its earlier name.
    fn fields(body: &str) -> String {
        let text = format!(
            "model M {{
                input {{ y: label, x: vector(width = 8), user: id, seen: sequence(max = 3) }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                block twice(x) {{ let inner = x |> dense(4, relu)  inner |> dense(4) }}
                tower t {{ {body} }}
                tower all {{ concat(x, user[user], mean(item[seen])) |> twice }}
                objective bce(concat(t, all) |> dense(1), y)
            }}"
        );
        let plan = Compiler::new("m.dm", &text).plan();
        let plan = plan.unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics));
        let layers = plan.towers[0].module.weights.iter().enumerate();
        let named =
            layers.map(|(number, layer)| format!("{} {}", layer.field, former_name(layer.kind, number)));
        named.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn layers_are_named_for_what_they_are() {
        let named = [
            ("x |> dense(4)", "dense dense_0"),
            ("let head = x |> dense(4) head", "head dense_0"),
            ("x |> dense(4, prelu) |> dense(2)", "dense dense_0, prelu prelu_1, dense_3 dense_2"),
            ("x |> mlp([4, 2], relu)", "hidden_0 dense_0, hidden_1 dense_1"),
            ("x |> mlp([4], relu)", "hidden dense_0"),
            (
                "let deep = x |> mlp([4, 2], relu) concat(deep, x |> mlp([3, 2], relu))",
                "deep_0 dense_0, deep_1 dense_1, hidden_0 dense_2, hidden_1 dense_3",
            ),
            (
                "x |> mlp([4, 2], relu) |> mlp([3, 2], relu)",
                "hidden_0 dense_0, hidden_1 dense_1, hidden_2_0 dense_2, hidden_2_1 dense_3",
            ),
            ("x |> twice |> twice", "inner dense_0, dense dense_1, inner_2 dense_2, dense_4 dense_3"),
            ("last(item[seen] |> gru(4))", "gru hidden_0"),
            (
                "last(item[seen] |> self_attention)",
                "query dense_0, key dense_1, value dense_2, output dense_3",
            ),
            ("x |> cross(2)", "cross_0 crossed_0, cross_1 crossed_1"),
        ];
        for (body, expected) in named {
            assert_eq!(fields(body), expected, "{body}");
        }
    }

    #[test]
    fn layers_elsewhere_shift_no_name() {
        let (before, after) = (
            fields("last(item[seen] |> encoder(4))"),
            fields("let h = x |> layer_norm concat(h, last(item[seen] |> encoder(4)))"),
        );
        let names = |fields: &str| -> Vec<String> {
            fields.split(", ").map(|field| field.split(' ').next().unwrap().to_string()).collect()
        };
        assert!(names(&before).iter().all(|name| names(&after).contains(name)), "{before}; {after}");
    }

    /// No name was the name of another layer in earlier versions, so files cannot be confused.
    #[test]
    fn no_name_is_one_that_another_layer_had() {
        let body = "let dense_1 = x |> dense(4) let dense_0 = dense_1 |> dense(4) dense_0";
        assert_eq!(fields(body), "dense_1_2 dense_0, dense_0_2 dense_1");
        assert_eq!(fields("let on = x |> dense(4) on"), "on_2 dense_0");
    }
}
