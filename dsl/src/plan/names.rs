//! Rust names: those of the spec where they can be had, distinct in every scope.

use std::collections::{BTreeMap, BTreeSet};

use turret_schema::former_name;

use super::weights::{ADDED, weighted_layers};
use super::{Output, Plan, Site, Step, parts};
use crate::layers::Shape;
use crate::model::{NodeId, Op};

/// Variants of the standard prelude, which are patterns and no names of variables, and the keyword of edition 2024 that syn takes for a name.
const VALUES: [&str; 5] = ["Err", "None", "Ok", "Some", "gen"];

/// Parameters of a forward pass. Operations are called by their path, which no variable hides.
const PARAMETERS: [&str; 3] = ["batch", "gathered", "pass"];

/// The other variables of the loss: its sum, the number of records, and the scores of pairs with the record of each.
const OF_LOSS: [&str; 5] = ["loss", "records", "positive", "negative", "query_index"];

/// Fields of the objective beside those of the towers: of batches, and of weights.
const OF_OBJECTIVE: [&str; 3] = ["target", "objective", ADDED];

/// The beginning of the names of the types of the objective's batch and record, beside those of the towers.
const OBJECTIVE_TYPE: &str = "Target";

/// The end of the names of vocabularies.
const KEYS: &str = "_vocabulary";

/// Chooses distinct names within a scope.
#[derive(Default)]
pub struct Namer {
    taken: BTreeSet<String>,
    /// The number that a name was last given.
    numbers: BTreeMap<String, usize>,
    /// True where they are the beginnings of names of types, which have no `_`.
    types: bool,
}

impl Namer {
    /// A scope in which some names are taken.
    pub fn with(taken: &[&str]) -> Self {
        Namer { taken: taken.iter().map(|name| name.to_string()).collect(), ..Namer::default() }
    }

    /// A scope of the beginnings of names of types, in which some are taken.
    fn of_types(taken: &[&str]) -> Self {
        Namer { types: true, ..Namer::with(taken) }
    }

    /// Takes further names.
    pub(super) fn take(&mut self, names: impl Iterator<Item = String>) {
        self.taken.extend(names);
    }

    /// A name that is nobody's yet: the wanted one, or that with a number.
    pub fn choose(&mut self, wanted: &str) -> String {
        // A type ends in what it is of the tower.
        let is_name = syn::parse_str::<syn::Ident>(wanted).is_ok() && !VALUES.contains(&wanted);
        let base = if self.types || is_name { wanted.to_string() } else { format!("{wanted}_") };
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

/// A field's name as a Rust word: anything else becomes `_`.
pub(super) fn plain(field: &str) -> String {
    let word: String = field.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if word.starts_with(|first: char| first.is_ascii_digit()) || word.is_empty() {
        format!("field_{word}")
    } else {
        word
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

/// Chooses the fields of `Features`, and of the batches and records of all inputs, where these ranges of columns are arrays.
fn choose_fields(plan: &mut Plan, ranges: &[Vec<usize>]) {
    let (model, mut features) = (&plan.model, Namer::default());
    let columns: Vec<(usize, String)> =
        model.columns.iter().map(|column| column.name.clone()).enumerate().collect();
    plan.columns = parts::parts(&columns, ranges, "", &mut features);
    let keys = model.vocabularies.iter().map(|vocabulary| format!("{}{KEYS}", vocabulary.name));
    let keys: Vec<(usize, String)> = keys.enumerate().collect();
    let ranges = parts::vocabulary_ranges(model, &plan.columns);
    plan.vocabularies = parts::parts(&keys, &ranges, KEYS, &mut features);
    for input in &mut plan.inputs {
        input.batch = plan.columns.of(input.columns.iter().map(|(column, _)| column.0));
        let ranges: Vec<Vec<usize>> = input.batch.arrays().map(|part| part.members.clone()).collect();
        let fields: Vec<(usize, String)> =
            input.fields.iter().map(|(_, field)| plain(field)).enumerate().collect();
        let ranges = parts::field_ranges(input, &ranges);
        input.record = parts::parts(&fields, &ranges, "", &mut Namer::default());
    }
}

/// Chooses all names of a plan.
pub(super) fn choose_names(plan: &mut Plan) {
    let mut ranges = parts::whole_ranges(&plan.model, &plan.inputs);
    choose_fields(plan, &ranges);
    // What a range is read from must be arrays as well.
    while let Some(misfit) = parts::misfit(plan, &ranges) {
        ranges.remove(misfit);
        choose_fields(plan, &ranges);
    }
    let tables: Vec<(usize, String)> =
        plan.model.tables.iter().map(|table| table.name.clone()).enumerate().collect();
    plan.tables = parts::parts(&tables, &parts::table_ranges(plan), "", &mut Namer::with(&[ADDED]));

    let mut fields = Namer::with(&OF_OBJECTIVE);
    let mut types = Namer::of_types(&[OBJECTIVE_TYPE]);
    let mut of_loss = Namer::with(&[&PARAMETERS[..], &OF_LOSS].concat());
    let (mut sites, mut outputs) = (Vec::new(), Vec::new());
    for (index, tower) in plan.model.towers.iter().enumerate() {
        let field = fields.choose(&tower.name);
        let ty = types.choose(&pascal(&tower.name));
        outputs.push(Output {
            all: of_loss.choose(&format!("{field}_output")),
            own: of_loss.choose(&format!("{field}_positives")),
        });
        let (variables, result) = (Namer::with(&PARAMETERS), Some(tower.result));
        sites.push(site(plan, index, (field, ty), variables, tower.docs.clone(), &tower.nodes, result));
    }
    let nodes = super::inputs::objective_nodes(&plan.model);
    let docs = vec![" The minimized loss.".to_string()];
    let names = ("target".to_string(), "Objective".to_string());
    sites.push(site(plan, plan.target(), names, of_loss, docs, &nodes, None));
    plan.outputs = outputs;
    plan.sites = sites;
}

fn site(
    plan: &Plan,
    input: usize,
    (field, ty): (String, String),
    mut variables: Namer,
    docs: Vec<String>,
    nodes: &[NodeId],
    result: Option<NodeId>,
) -> Site {
    let weights = weighted_layers(plan, nodes);
    // The random numbers of a dropout depend on its label, and so on no name of a weight.
    let mut labels = Namer::with(&PARAMETERS);
    let mut site = Site {
        field,
        ty,
        docs,
        weights,
        steps: Vec::new(),
        ranges: parts::node_ranges(plan, input, nodes),
        result,
        width: result.map_or(0, |result| plan.shapes[result.0].width()),
    };
    for &id in nodes {
        let node = &plan.model.nodes[id.0];
        let range = site.ranges.iter().find(|range| range.contains(&id));
        if let Some(first) = range.map(|range| range[0]).filter(|first| *first != id) {
            let first = site.steps.iter().find(|step| step.node == first).cloned();
            site.steps.extend(first.map(|first| Step { node: id, ..first }));
            continue;
        }
        let wanted = match (&node.name, &node.op) {
            (Some(name), _) => Some(name.clone()),
            (None, Op::Lookup(_, column)) if matches!(plan.shapes[id.0], Shape::Bag(_)) => {
                Some(format!("{}_bag", plan.model.columns[column.0].name))
            }
            (None, Op::Column(column) | Op::Lookup(_, column)) => Some(match range {
                Some(_) => plan.columns.place(column.0).field.to_string(),
                None => plan.model.columns[column.0].name.clone(),
            }),
            (None, Op::Tower(tower)) => Some(plan.model.towers[tower.0].name.clone()),
            // What is pooled of a bag goes by the name of its column.
            (None, Op::Layer(_)) => node.inputs.iter().find_map(|input| {
                match (&plan.model.nodes[input.0].op, plan.shapes[input.0]) {
                    (Op::Lookup(_, column), Shape::Bag(_)) => Some(plan.model.columns[column.0].name.clone()),
                    _ => None,
                }
            }),
        };
        let layer = site.weights.iter().enumerate().find(|(_, layer)| layer.node == id);
        let weights = layer.map(|(_, layer)| layer.field.clone());
        let or_kind = |name: Option<String>| {
            name.unwrap_or_else(|| match &node.op {
                Op::Layer(operation) => operation.name().to_string(),
                _ => "value".to_string(),
            })
        };
        let former = layer.map(|(number, layer)| former_name(layer.kind, number));
        let label = labels.choose(&or_kind(wanted.clone().or(former)));
        let name = variables.choose(&or_kind(wanted.or(weights.clone())));
        let label = format!("{}.{}", site.field, weights.as_ref().unwrap_or(&label));
        site.steps.push(Step { node: id, name, weights, label });
    }
    site
}
