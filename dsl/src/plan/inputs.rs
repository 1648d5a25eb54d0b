//! Columns of each tower, their fields, and the rows of tables that they gather.

use super::{Input, Parts};
use crate::model::{
    AccidentalHits, ColumnId, ColumnKind, HISTORY, Loss, Model, NegativeSource, NodeId, Op, Sampler, Tower,
};

/// The inputs of the towers, then that of the objective.
pub(super) fn plan_inputs(model: &Model, candidates: &[usize]) -> Vec<Input> {
    let source = model.negatives.as_ref().map(|negatives| negatives.source);
    let columns = |(index, tower): (usize, &Tower)| {
        let mut columns = columns_of(model, &tower.nodes);
        if let Some(NegativeSource::Drawn { sampler: Sampler::Given(column), .. }) = source
            && candidates.first() == Some(&index)
        {
            columns.push(column);
        }
        input(model, &tower.name, columns)
    };
    let mut inputs: Vec<Input> = model.towers.iter().enumerate().map(columns).collect();
    let mut target = columns_of(model, &objective_nodes(model));
    for (_, loss) in &model.objective {
        match loss {
            Loss::Bce { label, .. } => target.push(*label),
            Loss::Softmax { probability, hits, .. } => {
                target.extend(probability);
                if let AccidentalHits::Column(column) = hits {
                    target.push(*column);
                }
            }
            Loss::Pairwise { .. } => {}
        }
    }
    if let Some(NegativeSource::Listed(column)) = source {
        target.push(column);
    }
    target.extend(
        (0..model.columns.len())
            .filter(|&column| matches!(model.columns[column].kind, ColumnKind::Weight { .. }))
            .map(ColumnId),
    );
    let mut target = input(model, "target", target);
    target.source = 0;
    inputs.push(target);
    inputs
}

/// The nodes that belong to no tower.
pub(super) fn objective_nodes(model: &Model) -> Vec<NodeId> {
    let mut own = vec![true; model.nodes.len()];
    model.towers.iter().flat_map(|tower| &tower.nodes).for_each(|node| own[node.0] = false);
    (0..model.nodes.len()).filter(|&node| own[node]).map(NodeId).collect()
}

fn columns_of(model: &Model, nodes: &[NodeId]) -> Vec<ColumnId> {
    nodes
        .iter()
        .filter_map(|node| match model.nodes[node.0].op {
            Op::Column(column) | Op::Lookup(_, column) => Some(column),
            Op::Tower(_) | Op::Layer(_) => None,
        })
        .collect()
}

fn input(model: &Model, name: &str, all: Vec<ColumnId>) -> Input {
    let mut columns: Vec<(ColumnId, usize)> = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    for id in all {
        if columns.iter().any(|(other, _)| *other == id) {
            continue;
        }
        let column = &model.columns[id.0];
        let source = match model.data.sources.get(column.source.0) {
            _ if column.earlier => HISTORY,
            Some(source) => &*source.name,
            None => "records",
        };
        let field = (source.to_string(), column.field.clone());
        let index = fields.iter().position(|other| *other == field).unwrap_or_else(|| {
            fields.push(field);
            fields.len() - 1
        });
        columns.push((id, index));
    }
    let mut sources = columns.iter().map(|(id, _)| model.columns[id.0].source);
    let first = sources.next();
    let earlier = columns.iter().any(|(id, _)| model.columns[id.0].earlier);
    let joined = first.filter(|first| !earlier && sources.all(|source| source == *first));
    let source = joined
        .and_then(|source| model.data.sources.get(source.0))
        .and_then(|source| model.data.joins.iter().position(|join| join.source == source.name))
        .map_or(0, |join| join + 1);
    Input {
        name: name.to_string(),
        source,
        fields,
        columns,
        batch: Parts::default(),
        record: Parts::default(),
    }
}

/// For each table, the columns whose rows are gathered from it.
pub(super) fn plan_lookups(model: &Model, inputs: &[Input]) -> Vec<Vec<(usize, ColumnId)>> {
    let mut lookups = vec![Vec::new(); model.tables.len()];
    let mut add = |input: usize, nodes: &[NodeId]| {
        for node in nodes {
            if let Op::Lookup(table, column) = model.nodes[node.0].op
                && !lookups[table.0].contains(&(input, column))
            {
                lookups[table.0].push((input, column));
            }
        }
    };
    for (index, tower) in model.towers.iter().enumerate() {
        add(index, &tower.nodes);
    }
    add(inputs.len() - 1, &objective_nodes(model));
    lookups
}
