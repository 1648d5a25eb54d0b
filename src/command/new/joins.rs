//! Joins between files: a field of the main file whose keys are those of the rows of another.

use super::look::Look;
use super::table::Table;

/// Smallest share of the keys of the main file that the other has.
const CONTAINED: f64 = 0.5;
/// The same, of the keys of both, for fields that have other names or none.
const EQUAL: f64 = 0.9;

/// A join.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Join {
    /// Index of the joined file.
    pub(super) table: usize,
    /// Field of the main file.
    pub(super) left: usize,
    /// Field of the joined file.
    pub(super) right: usize,
    /// True if both fields have one name.
    pub(super) is_named: bool,
    /// Share of the keys of the main file that have a row, if all of both are known.
    pub(super) share: Option<f64>,
}

/// Files by their roles.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Joins {
    /// Index of the main file.
    pub(super) main: usize,
    /// Joins of the main file.
    pub(super) joins: Vec<Join>,
    /// Files that could be joined and are not, with the reason.
    pub(super) left_out: Vec<(usize, String)>,
}

impl Joins {
    /// Leaves out joins of files without a field to learn from, and all but one join by a key: a tower of
    /// candidates reads one file.
    pub(super) fn settle(&mut self, tables: &[Table]) {
        let useful = |join: &Join| {
            let fields = tables[join.table].fields.iter().enumerate();
            fields
                .filter(|&(at, field)| at != join.right && is_useful(&tables[join.table], at, &field.look))
                .count()
        };
        let (joins, useless): (Vec<_>, Vec<_>) = self.joins.iter().partition(|join| useful(join) > 0);
        let without = |join: Join| (join.table, "has no field to learn from besides its keys".to_owned());
        self.left_out = useless.into_iter().map(without).collect();
        self.joins.clear();
        for join in joins {
            match self.joins.iter_mut().find(|other| other.left == join.left) {
                None => self.joins.push(join),
                Some(other) => {
                    let worse =
                        if useful(&join) > useful(other) { std::mem::replace(other, join) } else { join };
                    let name = &tables[other.table].name;
                    self.left_out.push((worse.table, format!("has the keys of `{name}`, which is joined")));
                }
            }
        }
    }
}

/// Returns whether something can be learned from a field of a joined file.
fn is_useful(table: &Table, field: usize, look: &Look) -> bool {
    let profile = &table.fields[field].profile;
    let is_unique = profile.distinct.is_exact() && profile.distinct.count() == profile.filled();
    match look {
        Look::Empty | Look::Constant | Look::Unique | Look::Others | Look::OfList | Look::Time => false,
        Look::Key => !is_unique,
        _ => true,
    }
}

/// Finds the main file, which has rows of lists, else most joins and then most rows, and its joins.
pub(super) fn find(tables: &[Table]) -> Joins {
    let of = |main: usize| {
        let others = (0..tables.len()).filter(|&other| other != main && tables[other].exploded.is_none());
        let joins = others.filter_map(|other| best(tables, main, other)).collect();
        Joins { main, joins, left_out: Vec::new() }
    };
    let size = |found: &Joins| {
        let main = &tables[found.main];
        (main.exploded.is_some(), found.joins.len(), main.sample.rows())
    };
    (0..tables.len()).map(of).rev().max_by_key(size).unwrap_or_default()
}

/// Finds the best join of two files: by one name before others, then by the share of common keys.
fn best(tables: &[Table], main: usize, other: usize) -> Option<Join> {
    let (left, right) = (&tables[main], &tables[other]);
    let mut found: Option<(Join, f64)> = None;
    for at in 0..left.fields.len() {
        for key in (0..right.fields.len()).filter(|&key| is_key(right, key)) {
            let Some((join, rank)) = join(left, at, right, key) else { continue };
            if found.as_ref().is_none_or(|(_, best)| rank > *best) {
                found = Some((Join { table: other, ..join }, rank));
            }
        }
    }
    found.map(|(join, _)| join)
}

/// Returns whether each row has a key of its own in a field.
fn is_key(table: &Table, field: usize) -> bool {
    let may_be_key =
        !matches!(table.fields[field].look, Look::Words(_) | Look::Vector(..) | Look::Empty | Look::Time);
    may_be_key && table.sample.rows() > 1 && table.is_unique(field)
}

fn join(left: &Table, at: usize, right: &Table, key: usize) -> Option<(Join, f64)> {
    let (own, other) = (&left.fields[at], &right.fields[key]);
    if own.profile.distinct.count() < 2 {
        return None;
    }
    let is_named = left.is_named && right.is_named && is_one_name(&own.name, &other.name, &right.name);
    let known = own.profile.distinct.common(&other.profile.distinct).filter(|_| right.sample.is_whole);
    let share = known.map(|common| common as f64 / own.profile.distinct.count() as f64);
    let join = Join { table: 0, left: at, right: key, is_named, share };
    if is_named && share.is_none_or(|share| share >= CONTAINED) {
        return Some((join, 1.0 + share.unwrap_or(1.0)));
    }
    // Small numbers are in many fields, so those of other names must be the same.
    let all = own.profile.distinct.count() + other.profile.distinct.count() - known?;
    let equal = known? as f64 / all as f64;
    (!(left.is_named && right.is_named) && equal >= EQUAL).then_some((join, equal))
}

/// Returns whether two fields have one name: `movieId` is `movie_id`, and `id` of `movies`.
fn is_one_name(left: &str, right: &str, source: &str) -> bool {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let (left, right, source) = (plain(left), plain(right), plain(source));
    let singular = source.strip_suffix('s').unwrap_or(&source);
    left == right || right == "id" && (left == format!("{singular}id") || left == singular)
}

#[cfg(test)]
mod tests {
    use super::is_one_name;

    #[test]
    fn names_of_one_key() {
        for (left, right, source, expected) in [
            ("movieId", "movie_id", "movies", true),
            ("movie_id", "id", "movies", true),
            ("movie", "id", "movies", true),
            ("user_id", "id", "movies", false),
            ("rating", "rating_count", "movies", false),
        ] {
            assert_eq!(is_one_name(left, right, source), expected, "{left} {right} {source}");
        }
    }
}
