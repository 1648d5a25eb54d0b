//! Rust names: those of the spec where they can be had, distinct in every scope.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Site, Step};
use crate::layers::{Shape, positions};
use crate::model::{NodeId, Op};

/// Variants and unit structs, whose names no variable can have, and the keyword of edition 2024 that syn takes for a name.
const VALUES: &[&str] = &["Err", "None", "NoneTape", "Ok", "Some", "gen"];

/// Names that a variable of a forward pass must not hide: parameters, and functions of the runtime.
const RESERVED: &[&str] = &[
    "activate",
    "add",
    "add_bias",
    "all_pairs",
    "attention",
    "attention_pool",
    "attention_pool_masked",
    "batch",
    "batch_norm",
    "bce",
    "bi_interaction",
    "bpr",
    "capsule_routing",
    "capsule_routing_from",
    "cin",
    "clip_norm",
    "column",
    "concat",
    "cosine",
    "cross",
    "cross_low_rank",
    "cross_v2",
    "dense",
    "dice",
    "distance",
    "dot",
    "drawn_candidates",
    "dropout",
    "embed_numbers",
    "feed_forward",
    "field_aware",
    "flatten",
    "floats",
    "gru",
    "hinge",
    "horizontal_convolution",
    "inner_product",
    "l2_normalize",
    "label_aware_attention",
    "last",
    "layer_norm",
    "leaves",
    "log_probabilities",
    "loss",
    "lstm",
    "masked",
    "max_fields",
    "mean_fields",
    "mul",
    "multi_interest_attention",
    "negative",
    "outer_product",
    "own_candidates",
    "owners",
    "pairs",
    "pass",
    "pool",
    "pool_by_scores",
    "position_embedding",
    "positions",
    "positive",
    "prelu",
    "records",
    "repeat",
    "residual_unit",
    "row_sum",
    "sampled_bce",
    "sampled_bpr",
    "sampled_hinge",
    "scale",
    "scores",
    "sequence",
    "shift",
    "sinusoids",
    "slice",
    "softmax",
    "softmax_pool",
    "stack",
    "sum_fields",
    "take",
    "target_attention",
    "vector_sums",
    "vectors",
    "vertical_convolution",
    "weighted_bce",
    "weighted_sum",
];

/// Chooses distinct names within a scope.
#[derive(Default)]
pub struct Namer {
    taken: BTreeSet<String>,
    /// The number that a name was last given.
    numbers: BTreeMap<String, usize>,
    /// True where names are of types, which have no `_`.
    types: bool,
}

impl Namer {
    /// A scope in which some names are taken.
    pub fn with(taken: &[&str]) -> Self {
        Namer { taken: taken.iter().map(|name| name.to_string()).collect(), ..Namer::default() }
    }

    /// A scope of types in which some names are taken.
    fn of_types(taken: &[&str]) -> Self {
        Namer { types: true, ..Namer::with(taken) }
    }

    /// A name that is nobody's yet: the wanted one, or that with a number.
    pub fn choose(&mut self, wanted: &str) -> String {
        let base = if syn::parse_str::<syn::Ident>(wanted).is_ok() && !VALUES.contains(&wanted) {
            wanted.to_string()
        } else {
            format!("{wanted}_")
        };
        let mut name = base.clone();
        let number = self.numbers.entry(base.clone()).or_insert(1);
        while !self.taken.insert(name.clone()) {
            *number += 1;
            let gap = if self.types { "" } else { "_" };
            name = format!("{base}{gap}{number}");
        }
        name
    }
}

/// `follow_topic` to `FollowTopic`, `_1` to `Tower1`.
fn pascal(name: &str) -> String {
    let first = name.trim_start_matches('_').chars().next();
    let prefix = if first.is_some_and(|first| first.is_ascii_alphabetic()) { "" } else { "tower_" };
    [prefix, name]
        .concat()
        .split('_')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
        })
        .collect()
}

/// Chooses all names of a plan.
pub(super) fn choose_names(plan: &mut Plan) {
    let mut features = Namer::default();
    plan.column_fields = plan.model.columns.iter().map(|column| features.choose(&column.name)).collect();
    plan.vocabulary_fields = plan
        .model
        .vocabularies
        .iter()
        .map(|vocabulary| features.choose(&format!("{}_vocabulary", vocabulary.name)))
        .collect();
    let mut tables = Namer::default();
    plan.table_fields = plan.model.tables.iter().map(|table| tables.choose(&table.name)).collect();

    let mut fields = Namer::with(&["objective", "target"]);
    let mut types = Namer::of_types(&[
        // `EncodedBatch` is a trait of the runtime.
        "Encoded",
        "Target",
        "Batch",
        "Model",
        "Tables",
        "Leaves",
        "Weights",
        "Features",
        "Objective",
    ]);
    let mut sites = Vec::new();
    for tower in &plan.model.towers {
        let field = fields.choose(&tower.name);
        let ty = types.choose(&pascal(&tower.name));
        sites.push(site(plan, field, ty, tower.docs.clone(), &tower.nodes, Some(tower.result)));
    }
    let nodes = super::inputs::objective_nodes(&plan.model);
    let docs = vec![" What is minimised.".to_string()];
    sites.push(site(plan, "target".to_string(), "Objective".to_string(), docs, &nodes, None));
    plan.sites = sites;
}

fn site(
    plan: &Plan,
    field: String,
    ty: String,
    docs: Vec<String>,
    nodes: &[NodeId],
    result: Option<NodeId>,
) -> Site {
    let mut variables = Namer::with(RESERVED);
    let mut weight_fields = Namer::default();
    let mut site = Site {
        field,
        ty,
        docs,
        weights: Vec::new(),
        steps: Vec::new(),
        result,
        width: result.map_or(0, |result| plan.shapes[result.0].width()),
    };
    for &id in nodes {
        let node = &plan.model.nodes[id.0];
        let wanted = match (&node.name, &node.op) {
            (Some(name), _) => Some(name.clone()),
            (None, Op::Lookup(_, column)) if matches!(plan.shapes[id.0], Shape::Bag(_)) => {
                Some(format!("{}_bag", plan.column_fields[column.0]))
            }
            (None, Op::Column(column) | Op::Lookup(_, column)) => Some(plan.column_fields[column.0].clone()),
            (None, Op::Tower(tower)) => Some(plan.model.towers[tower.0].name.clone()),
            // What is pooled of a bag goes by the name of its column.
            (None, Op::Layer(_)) => node.inputs.iter().find_map(|input| {
                match (&plan.model.nodes[input.0].op, plan.shapes[input.0]) {
                    (Op::Lookup(_, column), Shape::Bag(_)) => Some(plan.column_fields[column.0].clone()),
                    _ => None,
                }
            }),
        };
        let weights = match &node.op {
            Op::Layer(operation) => {
                let shapes: Vec<_> = node.inputs.iter().map(|input| plan.shapes[input.0]).collect();
                operation.weights(&positions::seen(&**operation, &shapes)).map(|weights| {
                    let field = weight_fields.choose(&format!("{}_{}", operation.name(), site.weights.len()));
                    site.weights.push((field.clone(), weights));
                    field
                })
            }
            _ => None,
        };
        let wanted = wanted.or_else(|| weights.clone()).unwrap_or_else(|| match &node.op {
            Op::Layer(operation) => operation.name().to_string(),
            _ => "value".to_string(),
        });
        site.steps.push(Step { node: id, name: variables.choose(&wanted), weights });
    }
    site
}
