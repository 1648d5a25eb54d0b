//! Rust names: those of the spec if possible, unique in every scope.

use std::collections::{BTreeMap, BTreeSet};

use super::weights::ADDED;
use super::{Plan, parts};
use crate::model::{ColumnId, FieldId, TableId, VocabularyId};

/// Variants of the standard prelude, which would be patterns instead of variables, and a keyword of edition
/// 2024 that syn accepts as a name.
const VALUES: [&str; 5] = ["Err", "None", "Ok", "Some", "gen"];

/// Parameters of a forward pass. Operations are called by path, so variables cannot hide them.
pub(super) const PARAMETERS: [&str; 3] = ["batch", "gathered", "pass"];

/// Other variables of the loss: the sum, the number of records, and the pair scores.
const OF_LOSS: [&str; 4] = ["loss", "records", "positive", "negative"];

/// Fields of the objective in batches and weights.
const OF_OBJECTIVE: [&str; 3] = [OBJECTIVE_INPUT, "objective", ADDED];

/// Field of the objective's batch.
pub(super) const OBJECTIVE_INPUT: &str = "target";

/// Prefix of the type names of the objective's batch and record.
pub(super) const OBJECTIVE_TYPE: &str = "Target";

/// Suffix of the names of vocabularies.
const KEYS: &str = "_vocabulary";

/// Chooses unique names within a scope.
#[derive(Default)]
pub struct Namer {
    taken: BTreeSet<String>,
    /// Last number given to each name.
    numbers: BTreeMap<String, usize>,
    /// True for prefixes of type names, which have no `_`.
    types: bool,
}

impl Namer {
    /// A scope in which these names are taken.
    pub fn with(taken: &[&str]) -> Self {
        Namer { taken: taken.iter().map(|name| name.to_string()).collect(), ..Namer::default() }
    }

    /// A scope of prefixes of type names in which these are taken.
    fn of_types(taken: &[&str]) -> Self {
        Namer { types: true, ..Namer::with(taken) }
    }

    /// Marks further names as taken.
    pub(super) fn take(&mut self, names: impl Iterator<Item = String>) {
        self.taken.extend(names);
    }

    /// Chooses a name that is not taken: the wanted one, or the wanted one with a number.
    pub fn choose(&mut self, wanted: &str) -> String {
        // Type names end in a suffix.
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

/// Converts a field name to a Rust word; other characters become `_`.
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

/// Chooses the fields of `Features` and of all batches and records. These ranges of columns become arrays.
fn choose_fields(plan: &mut Plan, ranges: &[Vec<ColumnId>]) {
    let (model, mut features) = (&plan.model, Namer::default());
    let columns = model.columns.iter().enumerate();
    let columns: Vec<(ColumnId, String)> =
        columns.map(|(id, column)| (ColumnId(id), column.name.clone())).collect();
    plan.columns = parts::parts(&columns, ranges, "", &mut features);
    let keys = model.vocabularies.iter().enumerate();
    let keys: Vec<(VocabularyId, String)> =
        keys.map(|(id, vocabulary)| (VocabularyId(id), format!("{}{KEYS}", vocabulary.name))).collect();
    let ranges = parts::vocabulary_ranges(model, &plan.columns);
    plan.vocabularies = parts::parts(&keys, &ranges, KEYS, &mut features);
    for input in plan.inputs.iter_mut() {
        input.batch = plan.columns.of(input.columns.iter().map(|(column, _)| *column));
        let ranges: Vec<Vec<ColumnId>> = input.batch.arrays().map(|part| part.members.clone()).collect();
        let fields = input.fields.iter().enumerate();
        let fields: Vec<(FieldId, String)> =
            fields.map(|(id, field)| (FieldId(id), plain(&field.name))).collect();
        let ranges = parts::field_ranges(input, &ranges);
        input.record = parts::parts(&fields, &ranges, "", &mut Namer::default());
    }
}

/// Chooses the names of all structs and their fields.
pub(super) fn choose_names(plan: &mut Plan) {
    let mut ranges = parts::whole_ranges(&plan.model, &plan.inputs);
    choose_fields(plan, &ranges);
    // Sources of a range must be arrays too.
    while let Some(misfit) = parts::misfit(plan, &ranges) {
        ranges.remove(misfit);
        choose_fields(plan, &ranges);
    }
    let tables = plan.model.tables.iter().enumerate();
    let tables: Vec<(TableId, String)> =
        tables.map(|(id, table)| (TableId(id), table.name.clone())).collect();
    plan.tables = parts::parts(&tables, &parts::table_ranges(plan), "", &mut Namer::with(&[ADDED]));

    let mut fields = Namer::with(&OF_OBJECTIVE);
    let mut types = Namer::of_types(&[OBJECTIVE_TYPE]);
    for (input, tower) in plan.inputs.towers.iter_mut().zip(&plan.model.towers) {
        input.field = fields.choose(&tower.name);
        input.ty = types.choose(&pascal(&tower.name));
    }
}

/// Variables of a tower function.
pub(super) fn of_tower() -> Namer {
    Namer::with(&PARAMETERS)
}

/// Variables of the objective's functions.
pub(super) fn of_loss() -> Namer {
    Namer::with(&[&PARAMETERS[..], &OF_LOSS].concat())
}

/// Names that are not in snake case, such as `C1`.
pub(super) fn foreign_names(plan: &Plan) -> BTreeSet<String> {
    let modules = plan.modules().flat_map(|(_, module)| {
        let weights = module.weights.iter().map(|layer| &layer.field);
        let steps = module.steps.iter().map(|step| &step.name);
        weights.chain(steps).chain([&module.field])
    });
    let of_inputs = plan.inputs.iter().flat_map(|(_, input)| input.batch.names().chain(input.record.names()));
    let fields = plan.columns.names().chain(plan.tables.names()).chain(plan.vocabularies.names());
    let fields = fields.chain(of_inputs);
    let is_foreign = |name: &&String| name.contains(|letter: char| letter.is_ascii_uppercase());
    modules.chain(fields).filter(is_foreign).cloned().collect()
}
