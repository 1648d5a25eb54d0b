//! Columns of each tower, their fields, and their table lookups.

use std::ops::Index;

use super::forward::Encoded;
use super::names::{OBJECTIVE_INPUT, OBJECTIVE_TYPE};
use super::{Part, Parts, Place, Plan};
use crate::model::{
    ColumnId, ColumnKind, Compound, FieldId, HISTORY, InputId, Loss, Model, NegativeSource, NodeId, Op,
    Tower, TowerId,
};

/// Columns that a tower or the objective reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name of the tower, or `target`.
    pub name: String,
    /// Field of its batch.
    pub field: String,
    /// Prefix of the names of its types.
    pub ty: String,
    /// Index of the source whose rows it is encoded from: 0 for the main one, else the index of its join.
    pub source: usize,
    /// Raw fields of its record.
    pub fields: Vec<RawField>,
    /// Columns and the field that each reads.
    pub columns: Vec<(ColumnId, FieldId)>,
    /// Fields to which further ones belong, with these.
    pub compounds: Vec<(FieldId, CompoundFields)>,
    /// Fields of its batch.
    pub batch: Parts<ColumnId>,
    /// Source of each field of its batch.
    pub reads: Vec<Reads>,
    /// Fields of its record.
    pub record: Parts<FieldId>,
}

/// Source of a field of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Reads {
    /// Raw field.
    pub field: Place,
    /// Vocabulary of the keys.
    pub vocabulary: Option<Place>,
    /// True if the column is fitted on another input that also reads it.
    pub again: bool,
}

/// Further fields of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompoundFields {
    /// The number of items.
    Length(FieldId),
    /// The weights of the items.
    Weights(FieldId),
    /// Further items.
    Items(Vec<FieldId>),
}

/// A raw field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct RawField {
    /// Source.
    pub source: String,
    /// Name.
    pub name: String,
}

/// Columns of all towers and of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// Columns of each tower.
    pub towers: Vec<Input>,
    /// Columns of the objective.
    pub objective: Input,
}

/// A column that is looked up in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Input of the column.
    pub input: InputId,
    /// Column.
    pub column: ColumnId,
}

impl Inputs {
    /// Returns the inputs of the towers, then that of the objective.
    pub fn iter(&self) -> impl Iterator<Item = (InputId, &Input)> {
        let towers = self.towers.iter().enumerate();
        let towers = towers.map(|(tower, input)| (InputId::Tower(TowerId(tower)), input));
        towers.chain([(InputId::Objective, &self.objective)])
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Input> {
        self.towers.iter_mut().chain([&mut self.objective])
    }
}

impl Index<InputId> for Inputs {
    type Output = Input;

    fn index(&self, input: InputId) -> &Input {
        match input {
            InputId::Tower(tower) => &self.towers[tower],
            InputId::Objective => &self.objective,
        }
    }
}

impl Plan {
    /// Returns a column of an input as a place in the batch of all inputs.
    pub(super) fn column_of_batch(&self, input: InputId, column: ColumnId) -> Encoded {
        let input = &self.inputs[input];
        Encoded { batch: Some(input.field.clone()), place: input.batch.place(column) }
    }

    /// Returns the input on whose rows a column is fitted: one that is encoded for each row of a joined
    /// source, else the first that reads it.
    pub fn observer(&self, column: ColumnId) -> Option<InputId> {
        let reads = |input: &Input| input.columns.iter().any(|(other, _)| *other == column);
        let readers = || self.inputs.iter().filter(|(_, input)| reads(input));
        readers().find(|(_, input)| input.source > 0).or_else(|| readers().next()).map(|(input, _)| input)
    }
}

/// Computes the columns that each tower and the objective read.
pub(super) fn plan_inputs(model: &Model, candidates: &[TowerId]) -> Inputs {
    let listed = model.negatives.as_ref().and_then(|negatives| Some((negatives.source, negatives.column?)));
    let columns = |(index, tower): (usize, &Tower)| {
        let mut columns = columns_of(model, &tower.nodes);
        if let Some((NegativeSource::Sampled { .. }, column)) = listed
            && candidates.first() == Some(&TowerId(index))
        {
            columns.push(column);
        }
        input(model, &tower.name, columns)
    };
    let towers = model.towers.iter().enumerate().map(columns).collect();
    let mut target = columns_of(model, &objective_nodes(model));
    target.extend(model.losses().flat_map(Loss::columns));
    if let Some((NegativeSource::Listed, column)) = listed {
        target.push(column);
    }
    target.extend(
        (0..model.columns.len())
            .filter(|&column| matches!(model.columns[column].kind, ColumnKind::Weight(_)))
            .map(ColumnId),
    );
    let objective = input(model, OBJECTIVE_INPUT, target);
    let (field, ty) = (OBJECTIVE_INPUT.to_string(), OBJECTIVE_TYPE.to_string());
    Inputs { towers, objective: Input { source: 0, field, ty, ..objective } }
}

/// Returns the nodes outside of towers.
pub(super) fn objective_nodes(model: &Model) -> Vec<NodeId> {
    let mut own = vec![true; model.nodes.len()];
    model.towers.iter().flat_map(|tower| &tower.nodes).for_each(|node| own[node.0] = false);
    (0..model.nodes.len()).filter(|&node| own[node]).map(NodeId).collect()
}

fn columns_of(model: &Model, nodes: &[NodeId]) -> Vec<ColumnId> {
    nodes
        .iter()
        .filter_map(|node| match model.nodes[node].op {
            Op::Column(column) | Op::Lookup(_, column) => Some(column),
            Op::Tower(_) | Op::Layer(_) => None,
        })
        .collect()
}

fn input(model: &Model, name: &str, all: Vec<ColumnId>) -> Input {
    let mut columns: Vec<(ColumnId, FieldId)> = Vec::new();
    let mut fields: Vec<RawField> = Vec::new();
    let mut compounds: Vec<(FieldId, CompoundFields)> = Vec::new();
    for id in all {
        if columns.iter().any(|(other, _)| *other == id) {
            continue;
        }
        let column = &model.columns[id];
        let source = match model.data.sources.get(column.source.0) {
            _ if column.earlier => HISTORY,
            Some(source) => &*source.name,
            None => "records",
        };
        let mut field = |name: &String| {
            let field = RawField { source: source.to_string(), name: name.clone() };
            FieldId(fields.iter().position(|other| *other == field).unwrap_or_else(|| {
                fields.push(field);
                fields.len() - 1
            }))
        };
        let first = field(&column.field);
        columns.push((id, first));
        let further = match &column.compound {
            Compound::Nothing => continue,
            Compound::Length(length) => CompoundFields::Length(field(length)),
            Compound::Weights(weights) => CompoundFields::Weights(field(weights)),
            Compound::Items(items) => CompoundFields::Items(items.iter().map(field).collect()),
        };
        if !compounds.iter().any(|(other, _)| *other == first) {
            compounds.push((first, further));
        }
    }
    let mut sources = columns.iter().map(|(id, _)| model.columns[id].source);
    let first = sources.next();
    let earlier = columns.iter().any(|(id, _)| model.columns[id].earlier);
    let joined = first.filter(|first| !earlier && sources.all(|source| source == *first));
    let source = joined
        .and_then(|source| model.data.sources.get(source.0))
        .and_then(|source| model.data.joins.iter().position(|join| join.source == source.name))
        .map_or(0, |join| join + 1);
    Input {
        name: name.to_string(),
        field: String::new(),
        ty: String::new(),
        source,
        fields,
        columns,
        compounds,
        batch: Parts::default(),
        reads: Vec::new(),
        record: Parts::default(),
    }
}

/// Computes the sources of the batch fields of each input.
pub(super) fn plan_reads(plan: &Plan) -> Vec<Vec<Reads>> {
    let of_input = |(id, input): (InputId, &Input)| {
        let reads = |part: &Part<ColumnId>| {
            let (column, field) = input.columns.iter().find(|(column, _)| part.members.contains(column))?;
            let whole = |place: Place| match part.numbered {
                Some(_) => Place { index: None, ..place },
                None => place,
            };
            let vocabulary = plan.model.columns[column].vocabulary;
            Some(Reads {
                field: whole(input.record.place(*field)),
                vocabulary: vocabulary.map(|keys| whole(plan.vocabularies.place(keys))),
                again: plan.observer(*column) != Some(id),
            })
        };
        input.batch.iter().filter_map(reads).collect()
    };
    plan.inputs.iter().map(of_input).collect()
}

/// Computes the columns that are looked up in each table.
pub(super) fn plan_lookups(model: &Model) -> Vec<Vec<Lookup>> {
    let mut lookups = vec![Vec::new(); model.tables.len()];
    let mut add = |input: InputId, nodes: &[NodeId]| {
        for node in nodes {
            if let Op::Lookup(table, column) = model.nodes[node].op {
                let lookup = Lookup { input, column };
                if !lookups[table.0].contains(&lookup) {
                    lookups[table.0].push(lookup);
                }
            }
        }
    };
    for (index, tower) in model.towers.iter().enumerate() {
        add(InputId::Tower(TowerId(index)), &tower.nodes);
    }
    add(InputId::Objective, &objective_nodes(model));
    lookups
}
