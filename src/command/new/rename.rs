//! Names of the fields of files without a header, and runs of fields with one meaning.

use std::collections::HashMap;

use super::super::draft::run;
use super::joins::Joins;
use super::look::Look;
use super::roles::Roles;
use super::table::Table;

/// Fewest fields in succession that have one meaning.
const RUN: usize = 3;

/// Makes numbers in succession of one meaning: a number of few values among numbers is a number too. Fields
/// with a role and keys of joins are left as they are.
pub(super) fn settle(tables: &mut [Table], found: &Joins, roles: &Roles) {
    for (index, table) in tables.iter_mut().enumerate() {
        let mut at = 0;
        while at < table.fields.len() {
            let count = run_of_numbers(table, index, at, found, roles);
            let fields = &mut table.fields[at..at + count.max(1)];
            if count >= RUN && fields.iter().any(|field| field.look == Look::Number) {
                fields.iter_mut().for_each(|field| field.look = Look::Number);
            }
            at += count.max(1);
        }
    }
}

/// Returns the length of a run of numbers: of fields without names, or with one name and successive numbers.
fn run_of_numbers(table: &Table, index: usize, at: usize, found: &Joins, roles: &Roles) -> usize {
    let is_taken = |field: usize| {
        let of_join = |join: &super::joins::Join| {
            (index, field) == (found.main, join.left) || (index, field) == (join.table, join.right)
        };
        index == found.main && roles.has(field) || found.joins.iter().any(of_join)
    };
    let is_number = |&field: &usize| {
        let column = &table.fields[field];
        !is_taken(field)
            && column.profile.is_number()
            && matches!(column.look, Look::Number | Look::Key | Look::Flag | Look::Sign)
    };
    let numbers = (at..table.fields.len()).take_while(is_number).count();
    if !table.is_named {
        return numbers;
    }
    let names: Vec<&str> = table.fields[at..at + numbers].iter().map(|field| field.name.as_str()).collect();
    run(&names).min(numbers)
}

/// Names the fields of files without a header by their roles and contents.
pub(super) fn rename(tables: &mut [Table], found: &Joins, roles: &Roles) {
    let main = found.main;
    let of_roles = [
        (roles.user, "user_id"),
        (roles.item, "item_id"),
        (roles.time, "time"),
        (roles.label, "label"),
        (roles.rating, "rating"),
        (roles.event, "event"),
    ];
    name_all(&mut tables[main], |at| {
        of_roles.iter().find(|(field, _)| *field == Some(at)).map(|(_, name)| (*name).to_owned())
    });
    for join in &found.joins {
        let key = tables[main].fields[join.left].name.clone();
        name_all(&mut tables[join.table], |at| (at == join.right).then(|| key.clone()));
    }
}

fn name_all(table: &mut Table, known: impl Fn(usize) -> Option<String>) {
    if table.is_named {
        return;
    }
    let word = |look: &Look| match look {
        Look::Number => Some("number"),
        Look::Key => Some("key"),
        Look::Flag | Look::Sign => Some("flag"),
        Look::Time => Some("date"),
        Look::Words(_) => Some("text"),
        Look::Keys(_) => Some("list"),
        Look::Vector(..) => Some("vector"),
        Look::Empty | Look::Constant | Look::Unique | Look::Others | Look::OfList => None,
    };
    let mut totals: HashMap<&str, usize> = HashMap::new();
    let unknown = table.fields.iter().enumerate().filter(|(at, _)| known(*at).is_none());
    for word in unknown.filter_map(|(_, field)| word(&field.look)) {
        *totals.entry(word).or_default() += 1;
    }
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (at, field) in table.fields.iter_mut().enumerate() {
        let by_look = word(&field.look).filter(|_| known(at).is_none()).map(|word| {
            let number = numbers.entry(word).or_default();
            *number += 1;
            if totals[word] == 1 { word.to_owned() } else { format!("{word}_{number}") }
        });
        field.name = known(at).or(by_look).unwrap_or_else(|| format!("field_{}", at + 1));
    }
}
