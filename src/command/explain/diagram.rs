//! Diagram of a model: columns, tables and operations of each tower with their shapes, and the objective.

mod layout;
mod svg;

use std::collections::BTreeMap;

use turret_dsl::cost::RowCount;
use turret_dsl::model::{ColumnId, NodeId, Op, TableId};
use turret_dsl::plan::{Module, Plan};
use turret_dsl::resolve::optimizer_word;

use layout::{Graph, Kind, Node};

/// Draws a model.
pub(super) fn svg(plan: &Plan) -> String {
    svg::draw(&graph(plan))
}

/// Box of each node of the plan.
type Drawn = BTreeMap<NodeId, usize>;

fn graph(plan: &Plan) -> Graph {
    let docs = plan.model.docs.first().map_or("", |docs| docs.trim());
    let mut graph = Graph::new(&plan.model.name, docs);
    let mut results = Drawn::new();
    for (declared, tower) in plan.model.towers.iter().zip(&plan.towers) {
        let lane = graph.lane(&format!("tower {}", declared.name));
        let drawn = draw_module(plan, &tower.module, Some(tower.result), lane, &results, &mut graph);
        results.extend(drawn.get(&tower.result).map(|place| (tower.result, *place)));
    }
    let lane = graph.lane("objective");
    let module = &plan.objective.module;
    let drawn = draw_module(plan, module, None, lane, &results, &mut graph);
    let used =
        |node: &NodeId| module.steps.iter().any(|step| plan.model.nodes[step.node].inputs.contains(node));
    let mut inputs: Vec<usize> =
        drawn.iter().filter(|(node, _)| !used(node)).map(|(_, &place)| place).collect();
    let targets: Vec<ColumnId> = plan.inputs.objective.columns.iter().map(|(column, _)| *column).collect();
    let words: Vec<&str> = plan.model.losses().map(|loss| loss.rule.word).collect();
    for (kind, names) in by_kind(plan, targets) {
        inputs.push(graph.add(Node::new(Kind::Column, lane, names, kind), &[]));
    }
    inputs.sort_unstable();
    inputs.dedup();
    let optimizer = optimizer_word(plan.model.train.optimizer).to_owned();
    graph.add(Node::new(Kind::Loss, lane, words.join(" + "), optimizer), &inputs);
    graph
}

/// Adds the operations of a module with their columns and tables. Equal columns and tables of one operation
/// share a box.
fn draw_module(
    plan: &Plan,
    module: &Module,
    result: Option<NodeId>,
    lane: usize,
    results: &Drawn,
    graph: &mut Graph,
) -> Drawn {
    let mut drawn = Drawn::new();
    let nodes = &plan.model.nodes;
    for step in &module.steps {
        let Op::Layer(layer) = &nodes[step.node].op else {
            if let Op::Tower(tower) = nodes[step.node].op {
                drawn.extend(results.get(&plan.model.towers[tower].result).map(|&place| (step.node, place)));
            }
            continue;
        };
        let mut inputs = Vec::new();
        let mut lookups: BTreeMap<(usize, String, String), Vec<(TableId, ColumnId)>> = BTreeMap::new();
        let mut columns = Vec::new();
        for input in &nodes[step.node].inputs {
            match nodes[input].op {
                Op::Lookup(table, column) => {
                    let (dim, rows) = (plan.model.tables[table].dim, rows(plan, table));
                    let kind = plan.model.columns[column].word.to_owned();
                    lookups.entry((dim, rows, kind)).or_default().push((table, column));
                }
                Op::Column(column) => columns.push(column),
                Op::Tower(_) | Op::Layer(_) => inputs.extend(drawn.get(input)),
            }
        }
        for ((dim, rows, kind), group) in lookups {
            let columns = group.iter().map(|(_, column)| plan.model.columns[column].name.as_str());
            let tables = group.iter().map(|(table, _)| plan.model.tables[table].name.as_str());
            let column = graph.shared(Node::new(Kind::Column, lane, names(columns), kind));
            let table = graph.shared(Node::new(Kind::Table, lane, names(tables), format!("{rows} x {dim}")));
            graph.connect(column, table);
            inputs.push(table);
        }
        for (kind, names) in by_kind(plan, columns) {
            inputs.push(graph.shared(Node::new(Kind::Column, lane, names, kind)));
        }
        let label = match step.weights.is_some() || nodes[step.node].name.is_some() {
            true => nodes[step.node].name.clone().unwrap_or_else(|| layer.name().to_owned()),
            false => layer.name().to_owned(),
        };
        let label = if label == layer.name() { label } else { format!("{label} = {}", layer.name()) };
        let weights = module.weights.iter().find(|layer| layer.node == Some(step.node));
        let shape = plan.shapes[step.node].to_string();
        let detail =
            weights.map_or(shape.clone(), |layer| format!("{shape}, {} parameters", layer.weights.count));
        let kind = if result == Some(step.node) { Kind::Result } else { Kind::Operation };
        drawn.insert(step.node, graph.add(Node::new(kind, lane, label, detail), &inputs));
    }
    // A tower may be just a column or a lookup.
    if let Some(result) = result
        && !drawn.contains_key(&result)
    {
        let place = match nodes[result].op {
            Op::Lookup(table, column) => {
                let name = plan.model.columns[column].name.clone();
                let kind = plan.model.columns[column].word;
                let column = graph.shared(Node::new(Kind::Column, lane, name, kind.to_owned()));
                let (dim, rows) = (plan.model.tables[table].dim, rows(plan, table));
                let name = plan.model.tables[table].name.clone();
                let table = graph.shared(Node::new(Kind::Table, lane, name, format!("{rows} x {dim}")));
                graph.connect(column, table);
                table
            }
            Op::Column(column) => {
                let column = &plan.model.columns[column];
                graph.shared(Node::new(Kind::Column, lane, column.name.clone(), column.word.to_owned()))
            }
            Op::Tower(_) | Op::Layer(_) => return drawn,
        };
        drawn.insert(result, place);
    }
    drawn
}

/// Groups columns by kind: kind and names.
fn by_kind(plan: &Plan, columns: Vec<ColumnId>) -> Vec<(String, String)> {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for column in columns {
        let column = &plan.model.columns[column];
        kinds.entry(column.word).or_default().push(&column.name);
    }
    kinds.into_iter().map(|(kind, columns)| (kind.to_owned(), names(columns.into_iter()))).collect()
}

/// Formats one name, several names, or the first and last of many.
fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut unique: Vec<&str> = Vec::new();
    names.for_each(|name| {
        if !unique.contains(&name) {
            unique.push(name);
        }
    });
    match unique.as_slice() {
        [first, .., last] if unique.len() > 3 => format!("{first} ... {last} ({})", unique.len()),
        names => names.join(", "),
    }
}

/// Formats the number of rows of a table.
fn rows(plan: &Plan, table: TableId) -> String {
    match plan.row_count(table) {
        RowCount::Exactly(rows) => rows.to_string(),
        RowCount::AtMost(rows) => format!("up to {rows}"),
        RowCount::Unknown => "rows".to_owned(),
    }
}
