//! Columns of a draft, from the contents of fields.

use super::super::draft::{Column, Kind, Taken, quoted};
use super::super::profile::Profile;
use super::items::Items;
use super::joins::Joins;
use super::look::{Look, has_word, is_named_key};
use super::names::{ITEM_WORDS, is_user_or_item};
use super::table::Table;

/// Use of numbers in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As ranges, each with a vector.
    Ranges,
    /// As they are, at a size of about 1.
    Values,
}

/// Columns while they are drafted.
pub(super) struct Drafted<'a> {
    tables: &'a [Table],
    found: &'a Joins,
    numbers: Numbers,
    names: Taken,
    /// Columns with the file and the field of each.
    pub(super) columns: Vec<(Column, usize, usize)>,
    /// Comments on fields without a column.
    pub(super) left_out: Vec<String>,
}

impl<'a> Drafted<'a> {
    /// No columns yet.
    pub(super) fn new(tables: &'a [Table], found: &'a Joins, numbers: Numbers) -> Self {
        Drafted { tables, found, numbers, names: Taken::default(), columns: Vec::new(), left_out: Vec::new() }
    }

    /// Adds a column of this kind for a field.
    pub(super) fn add(&mut self, table: usize, field: usize, kind: Kind) -> &mut Column {
        let (name, column) = self.column(table, field, kind);
        self.push(name, column, table, field)
    }

    fn push(&mut self, name: String, column: Column, table: usize, field: usize) -> &mut Column {
        let at = self.columns.len();
        self.columns.push((column.of_table(&name), table, field));
        &mut self.columns[at].0
    }

    /// A column of a field, with a name that is free.
    fn column(&mut self, table: usize, field: usize, kind: Kind) -> (String, Column) {
        let (source, own) = (&self.tables[table], &self.tables[table].fields[field].name);
        let name = self.names.choose(own);
        // A field of one source alone needs no source in a spec that lists the fields.
        let is_alone = self
            .tables
            .iter()
            .enumerate()
            .all(|(at, other)| at == table || other.is_listed && other.position(own).is_none());
        let is_found = table == self.found.main || is_alone && source.is_listed;
        let column = Column::new(&name, kind).reads((!is_found).then_some(source.name.as_str()), own);
        (name, column)
    }

    /// Adds a column for a field by its contents, or a comment if it has nothing to learn from.
    pub(super) fn add_by_look(&mut self, table: usize, field: usize) {
        let source = &self.tables[table];
        let column = &source.fields[field];
        let profile = &column.profile;
        let is_main = table == self.found.main;
        let is_unique = profile.filled() > 1
            && profile.distinct.is_exact()
            && profile.distinct.count() == profile.filled();
        let nothing = match &column.look {
            Look::Empty => Some("has no values"),
            Look::Constant => Some("has one value in all rows"),
            Look::Unique => Some("has another address in each row"),
            Look::Others => Some("has other fields, which are columns by themselves"),
            Look::OfList => Some("has another key in each list"),
            Look::Key if is_unique => Some("has another key in each row"),
            Look::Time if is_main => Some("is a time, which means nothing later"),
            Look::Time => Some("is a time"),
            _ => None,
        };
        if let Some(nothing) = nothing {
            self.leave_out(table, field, nothing);
            return;
        }
        let look = column.look.clone();
        let (name, drafted) = self.column(table, field, Kind::Id);
        let drafted = match look {
            Look::Number => self.number(drafted, profile, source),
            Look::Flag | Look::Sign
                if self.numbers == Numbers::Values && profile.missing == 0 && source.sample.is_whole =>
            {
                Column { kind: Kind::Float, ..drafted }
            }
            Look::Keys(items) => self.keys(drafted, &items),
            Look::Vector(width, separator) => {
                let drafted = Column { kind: Kind::Vector, ..drafted }.with(width.to_string());
                let drafted = separated(drafted, separator);
                if profile.missing > 0 || !source.sample.is_whole {
                    drafted.with("missing = zero")
                } else {
                    drafted
                }
            }
            Look::Words(most) => Column { kind: Kind::Text, ..drafted }.with(format!("max = {most}")),
            Look::Key
                if profile.is_number()
                    && !source.has_kinds()
                    && !is_named_key(&column.name)
                    && !is_user_or_item(&column.name) =>
            {
                drafted.unsure(
                    "few whole numbers are taken as keys; if more means more, it is a `float` or a `bucket`",
                )
            }
            _ => drafted,
        };
        let pushed = self.push(name, drafted, table, field);
        pushed.unsure.extend(remark(profile));
    }

    /// Adds a comment on a field without a column.
    pub(super) fn leave_out(&mut self, table: usize, field: usize, why: &str) {
        let source = &self.tables[table];
        let place = if table == self.found.main { String::new() } else { format!("{}.", source.name) };
        self.left_out.push(format!("`{place}{}` {why}", source.fields[field].name));
    }

    fn number(&self, column: Column, profile: &Profile, source: &Table) -> Column {
        if self.numbers == Numbers::Ranges {
            return Column { kind: Kind::Bucket, ..column }.with("quantiles(10)").with("missing = bucket");
        }
        let column = Column { kind: Kind::Float, ..column };
        let may_lack = profile.missing > 0 || !source.sample.is_whole;
        let column = if may_lack { column.with("missing = mean") } else { column };
        let quantiles = profile.numbers.at(&[0.5, 0.99]).unwrap_or_default();
        let is_positive = profile.numbers.least().is_some_and(|least| least >= 0.0) && source.sample.is_whole;
        match quantiles[..] {
            [median, long] if is_positive && long > 100.0 * median.max(1.0) => {
                column.with("transform = log1p")
            }
            _ => column.with("transform = standardize"),
        }
    }

    fn keys(&self, column: Column, items: &Items) -> Column {
        let kind = match items {
            Items { is_weighted: true, .. } => Kind::WeightedIds,
            Items { is_ordered: true, .. } => Kind::Sequence,
            _ => Kind::Ids,
        };
        separated(Column { kind, ..column }.with(format!("max = {}", items.most)), items.separator)
    }

    /// Adds the frequency of a field of the main file. Returns its name.
    pub(super) fn popularity(&mut self, field: usize) -> String {
        let main = &self.tables[self.found.main];
        let name = self.names.choose("popularity");
        let column = Column::new(&name, Kind::Frequency).reads(Some(&main.name), &main.fields[field].name);
        self.push(name.clone(), column, self.found.main, field);
        name
    }

    /// Returns the places of the columns that may hold keys of items.
    pub(super) fn of_items(&self, item: &str) -> Vec<usize> {
        let is_of_items =
            |column: &Column| column.kind == Kind::Sequence || has_word(&column.name, &ITEM_WORDS);
        let is_bag = |column: &Column| matches!(column.kind, Kind::Ids | Kind::Sequence);
        let wanted = |(_, (column, ..)): &(usize, &(Column, usize, usize))| {
            column.name != item && is_bag(column) && is_of_items(column)
        };
        self.columns.iter().enumerate().filter(wanted).map(|(at, _)| at).collect()
    }
}

fn separated(column: Column, separator: char) -> Column {
    match separator {
        ',' => column,
        other => column.with(format!("separator = {}", quoted(&other.to_string()))),
    }
}

/// Returns a comment on values that may be faults.
fn remark(profile: &Profile) -> Option<String> {
    let (key, _) =
        profile.top.greatest(16).into_iter().find(|(key, _)| turret_runtime::data::looks_missing(key))?;
    Some(format!("{} values look missing, such as `{key}`, and are keys", profile.looks_missing))
}
