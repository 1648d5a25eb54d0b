//! Fields of generated structs: one per column, vocabulary, table and raw field. A range such as `C1..C26` is
//! an array.

use std::collections::BTreeMap;

use turret_schema::Numbered;

use super::names::plain;
use super::{Input, Inputs, Namer, Plan};
use crate::layers::{Shape, positions};
use crate::model::{
    Column, ColumnId, FieldId, InputId, Model, NodeId, Op, Table, TableId, TableRows, VocabularyId,
};

/// Fields of a struct, with ranges as arrays.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts<I> {
    parts: Vec<Part<I>>,
    /// Part of each member, and its index in the part.
    places: BTreeMap<I, (usize, usize)>,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<I> {
    /// Name.
    pub field: String,
    /// Members.
    pub members: Vec<I>,
    /// Names of the members, if it is an array.
    pub numbered: Option<Numbered>,
}

/// Place in a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The field.
    pub field: String,
    /// Index in the array, if the field is one.
    pub index: Option<usize>,
}

impl<I> Default for Parts<I> {
    fn default() -> Self {
        Parts { parts: Vec::new(), places: BTreeMap::new() }
    }
}

impl<I: Copy + Ord> Parts<I> {
    /// Returns the fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &Part<I>> {
        self.parts.iter()
    }

    /// Returns the names of the fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().map(|part| &part.field)
    }

    /// Returns the place of a member.
    pub fn place(&self, member: I) -> Place {
        let (part, index) = self.places[&member];
        let part = &self.parts[part];
        Place { field: part.field.clone(), index: part.numbered.is_some().then_some(index) }
    }

    /// Returns the fields that contain some of these members, in the order of their first member.
    pub(super) fn of(&self, members: impl Iterator<Item = I>) -> Self {
        let mut found = Self::default();
        for member in
            members.filter_map(|member| self.places.get(&member).map(|(part, _)| &self.parts[*part]))
        {
            if !found.parts.contains(member) {
                let places = member.members.iter().enumerate();
                found.places.extend(places.map(|(index, other)| (*other, (found.parts.len(), index))));
                found.parts.push(member.clone());
            }
        }
        found
    }

    /// Returns the fields that are arrays.
    pub(super) fn arrays(&self) -> impl Iterator<Item = &Part<I>> {
        self.parts.iter().filter(|part| part.numbered.is_some())
    }

    /// Returns the array that contains a member.
    fn array_of(&self, member: I) -> Option<&Part<I>> {
        let (part, _) = self.places.get(&member)?;
        Some(&self.parts[*part]).filter(|part| part.numbered.is_some())
    }
}

/// Field name of a range.
fn field_of(numbered: &Numbered, after: &str) -> String {
    let before = numbered.pattern.split("{}").next().unwrap_or_default();
    format!("{}{after}", before.trim_end_matches('_'))
}

/// Fields for members, one each by name, or an array for each range. `after` is the suffix of the names of a
/// range after their number.
pub(super) fn parts<I: Copy + Ord>(
    members: &[(I, String)],
    ranges: &[Vec<I>],
    after: &str,
    namer: &mut Namer,
) -> Parts<I> {
    let names: BTreeMap<I, &str> = members.iter().map(|(member, name)| (*member, name.as_str())).collect();
    let chosen: BTreeMap<I, String> =
        members.iter().map(|(member, name)| (*member, namer.choose(name))).collect();
    let mut arrays: BTreeMap<I, Part<I>> = BTreeMap::new();
    for range in ranges {
        let is_free = range.iter().all(|member| chosen[member] == names[member]);
        let names: Vec<&str> = range.iter().map(|member| names[member]).collect();
        if let (Some(numbered), true) = (Numbered::of(&names, after), is_free) {
            let field = namer.choose(&field_of(&numbered, after));
            let part = Part { field, members: range.clone(), numbered: Some(numbered) };
            arrays.insert(range[0], part);
        }
    }
    let mut found = Parts::default();
    for (member, _) in members {
        let part = match arrays.remove(member) {
            Some(array) => array,
            None if found.places.contains_key(member) => continue,
            None => Part { field: chosen[member].clone(), members: vec![*member], numbered: None },
        };
        let places =
            part.members.iter().enumerate().map(|(index, member)| (*member, (found.parts.len(), index)));
        found.places.extend(places);
        found.parts.push(part);
    }
    found
}

/// Columns that one entry of the `input` block declares, as a range.
fn column_ranges(model: &Model) -> Vec<Vec<ColumnId>> {
    let is_like = |a: &Column, b: &Column| a.span == b.span && a.kind == b.kind && a.source == b.source;
    let mut ranges: Vec<Vec<ColumnId>> = Vec::new();
    for (index, column) in model.columns.iter().enumerate() {
        match ranges.last_mut() {
            Some(range) if is_like(&model.columns[range[0]], column) => range.push(ColumnId(index)),
            _ => ranges.push(vec![ColumnId(index)]),
        }
    }
    ranges.retain(|range| range.len() > 1);
    ranges
}

/// Vocabularies of ranges in which each column has its own vocabulary.
pub(super) fn vocabulary_ranges(model: &Model, columns: &Parts<ColumnId>) -> Vec<Vec<VocabularyId>> {
    let users =
        |id: VocabularyId| model.columns.iter().filter(move |column| column.vocabulary == Some(id)).count();
    let of_range = |part: &Part<ColumnId>| {
        let ids: Option<Vec<VocabularyId>> =
            part.members.iter().map(|column| model.columns[column].vocabulary).collect();
        let ids = ids.filter(|ids| ids.iter().all(|id| users(*id) == 1))?;
        let first = &model.vocabularies[ids[0].0];
        let alike = ids.iter().all(|id| {
            let other = &model.vocabularies[id];
            (&other.keys, other.oov) == (&first.keys, first.oov)
        });
        alike.then_some(ids)
    };
    columns.arrays().filter_map(of_range).collect()
}

/// Columns of each input that form arrays: ranges whose raw fields are numbered in the same way.
pub(super) fn whole_ranges(model: &Model, inputs: &Inputs) -> Vec<Vec<ColumnId>> {
    let mut ranges = column_ranges(model);
    let is_whole = |range: &Vec<ColumnId>| inputs.iter().all(|(_, input)| reads_whole(input, range));
    ranges.retain(is_whole);
    ranges
}

/// Returns whether an input reads no column of a range, or all of them in order, each from its own field.
fn reads_whole(input: &Input, range: &[ColumnId]) -> bool {
    let of_range: Vec<(usize, FieldId)> = input
        .columns
        .iter()
        .enumerate()
        .filter(|(_, (column, _))| range.contains(column))
        .map(|(position, (_, field))| (position, *field))
        .collect();
    let Some(&(position, field)) = of_range.first() else { return true };
    let in_a_row = of_range.iter().enumerate().all(|(index, (at, of))| {
        (*at, of.0) == (position + index, field.0 + index) && input.columns[*at].0 == range[index]
    });
    let names: Vec<String> = of_range.iter().map(|(_, field)| plain(&input.fields[field].name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    in_a_row && of_range.len() == range.len() && Numbered::of(&names, "").is_some()
}

/// Returns the first range whose columns are an array but whose vocabularies (unless shared) or raw fields
/// are not.
pub(super) fn misfit(plan: &Plan, ranges: &[Vec<ColumnId>]) -> Option<usize> {
    let is_array = |places: &[Place]| {
        let is_at =
            |(index, place): (usize, &Place)| place.field == places[0].field && place.index == Some(index);
        places.iter().enumerate().all(is_at)
    };
    let fits = |range: &Vec<ColumnId>| {
        let keys: Vec<Option<VocabularyId>> =
            range.iter().map(|column| plan.model.columns[column].vocabulary).collect();
        let places: Vec<Place> = keys.iter().flatten().map(|id| plan.vocabularies.place(*id)).collect();
        let keys_fit =
            keys.iter().all(|id| *id == keys[0]) || places.len() == range.len() && is_array(&places);
        keys_fit
            && plan.inputs.iter().all(|(_, input)| {
                let fields = input.columns.iter().filter(|(column, _)| range.contains(column));
                is_array(&fields.map(|(_, field)| input.record.place(*field)).collect::<Vec<_>>())
            })
    };
    ranges.iter().position(|range| plan.columns.array_of(range[0]).is_some() && !fits(range))
}

/// Raw fields of an input that its ranges of columns read.
pub(super) fn field_ranges(input: &Input, ranges: &[Vec<ColumnId>]) -> Vec<Vec<FieldId>> {
    let mut found: Vec<Vec<FieldId>> = Vec::new();
    for range in ranges {
        let is_of_range = |(column, _): &&(ColumnId, FieldId)| range.contains(column);
        let fields: Vec<FieldId> =
            input.columns.iter().filter(is_of_range).map(|(_, field)| *field).collect();
        if !fields.is_empty() && !found.contains(&fields) {
            found.push(fields);
        }
    }
    found
}

/// Tables of ranges of columns: with equal settings, and looked up by the same inputs.
pub(super) fn table_ranges(plan: &Plan) -> Vec<Vec<TableId>> {
    let tables = &plan.model.tables;
    let column = |table: &Table| match table.rows {
        TableRows::Buckets(column) => Some(column),
        TableRows::Keys(vocabulary) => {
            plan.vocabularies.array_of(vocabulary)?;
            let is_of = |column: &Column| column.vocabulary == Some(vocabulary);
            plan.model.columns.iter().position(is_of).map(ColumnId)
        }
    };
    let mut ranges: Vec<Vec<TableId>> = Vec::new();
    let mut next = 0;
    while next < tables.len() {
        let first = next;
        next += 1;
        let Some(array) = column(&tables[first]).and_then(|column| plan.columns.array_of(column)) else {
            continue;
        };
        let end = first + array.members.len();
        let is_range = end <= tables.len()
            && (first..end).zip(&array.members).all(|(table, &member)| {
                column(&tables[table]) == Some(member)
                    && alike(&tables[first], &tables[table])
                    && looked_up_alike(plan, TableId(first), TableId(table), array, member)
            });
        if is_range {
            ranges.push((first..end).map(TableId).collect());
            next = end;
        }
    }
    ranges
}

fn alike(a: &Table, b: &Table) -> bool {
    let settings = |table: &Table| {
        (table.dim, table.precision, table.initializer, table.frozen, table.l2, table.optimizer)
    };
    settings(a) == settings(b) && a.pretrained.is_none() && b.pretrained.is_none()
}

/// Returns whether a table is looked up by its own column of the range, in the same inputs as the first
/// table.
fn looked_up_alike(
    plan: &Plan,
    first: TableId,
    table: TableId,
    array: &Part<ColumnId>,
    member: ColumnId,
) -> bool {
    let (of_first, of_table) = (&plan.lookups[first], &plan.lookups[table]);
    of_first.len() == of_table.len()
        && of_first.iter().zip(of_table).all(|(a, b)| {
            let alike = (a.input, a.column, b.column) == (b.input, array.members[0], member);
            alike && plan.inputs[a.input].batch.array_of(member).is_some()
        })
}

/// Nodes of a tower that are one variable: values of a range of columns that are only read by one operation,
/// in order.
pub(super) fn node_ranges(plan: &Plan, input: InputId, nodes: &[NodeId]) -> Vec<Vec<NodeId>> {
    let mut ranges = Vec::new();
    let mut next = 0;
    while next < nodes.len() {
        let range = range_at(plan, input, &nodes[next..]);
        next += range.as_ref().map_or(1, Vec::len);
        ranges.extend(range);
    }
    ranges
}

fn range_at(plan: &Plan, input: InputId, nodes: &[NodeId]) -> Option<Vec<NodeId>> {
    let op = |node: NodeId| &plan.model.nodes[node].op;
    let (part, table) = match op(*nodes.first()?) {
        Op::Column(column) => (plan.columns.arrays().find(|part| part.members[0] == *column)?, None),
        Op::Lookup(table, column) => {
            let tables = plan.tables.arrays().find(|part| part.members[0] == *table)?;
            (plan.columns.arrays().find(|part| part.members[0] == *column)?, Some(tables))
        }
        _ => return None,
    };
    let range = nodes.get(..part.members.len())?;
    let fits = |(index, node): (usize, &NodeId)| match (op(*node), table) {
        (Op::Column(column), None) => *column == part.members[index],
        (Op::Lookup(table, column), Some(tables)) => {
            *column == part.members[index]
                && tables.members.get(index) == Some(table)
                && matches!(plan.shapes[node], Shape::Vector(_))
        }
        _ => false,
    };
    let is_used = |node: &NodeId| plan.model.nodes.iter().filter(|user| user.inputs.contains(node)).count();
    let user = plan.model.nodes.iter().find(|user| user.inputs.contains(&range[0]))?;
    let shapes: Vec<Shape> = user.inputs.iter().map(|input| plan.shapes[input]).collect();
    let takes_many = matches!(&user.op, Op::Layer(operation)
        if operation.takes_ranges() && positions::many(operation, &shapes).is_none());
    let in_order = user.inputs.windows(range.len()).filter(|window| window == &range).count() == 1;
    let once = user.inputs.iter().filter(|input| range.contains(input)).count() == range.len();
    let is_result = |node: &NodeId| plan.model.towers.iter().any(|tower| tower.result == *node);
    let ok = plan.inputs[input].batch.array_of(part.members[0]).is_some()
        && range.iter().enumerate().all(fits)
        && range.iter().all(|node| is_used(node) == 1 && !is_result(node))
        && takes_many
        && in_order
        && once;
    ok.then(|| range.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_count_are_a_range() {
        let of = |names: &[&str], after| {
            Numbered::of(names, after).map(|numbered| (field_of(&numbered, after), numbered.pattern))
        };
        assert_eq!(of(&["C1", "C2"], ""), Some(("C".into(), "C{}".into())));
        assert_eq!(of(&["genre_9", "genre_10"], ""), Some(("genre".into(), "genre_{}".into())));
        let keys = ["C0_vocabulary", "C1_vocabulary"];
        assert_eq!(of(&keys, "_vocabulary"), Some(("C_vocabulary".into(), "C{}_vocabulary".into())));
        for other in [&["C1", "C3"][..], &["C1"], &["C01", "C02"], &["C1", "D2"], &["_1", "_2"]] {
            assert_eq!(of(other, ""), None);
        }
        let last = u32::MAX.to_string();
        let next = (u64::from(u32::MAX) + 1).to_string();
        let beyond = u64::MAX.to_string();
        assert_eq!(of(&[&format!("C{last}"), &format!("C{next}")], ""), Some(("C".into(), "C{}".into())));
        assert_eq!(of(&[&format!("C{beyond}"), "C0"], ""), None);
    }
}
