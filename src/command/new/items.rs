//! Several values in one cell: bags, sequences, vectors and texts.

use turret_runtime::data::{BagColumn, BagSpec, Field, Keep};

use super::super::profile::{Distinct, Profile, Quantiles};
use super::look::{Look, has_word};

/// Characters between keys.
const SEPARATORS: [char; 5] = ['|', ';', '^', ' ', ','];
/// Character between an item that was shown and whether it was clicked.
pub(super) const CLICK: char = '-';
/// Number of rows that are looked at.
const ROWS: usize = 5000;
/// Smallest share of cells with a separator.
const SEPARATED: f64 = 0.05;
/// Fewest uses of a key, on average. Parts of a text are used less often.
const REUSED: f64 = 2.0;
/// Longest key, on average.
const LONGEST: f64 = 30.0;
/// Shortest vector.
const VECTOR: usize = 4;

/// Words of names of keys in order.
const ORDERED: [&str; 12] = [
    "hist", "history", "seq", "sequence", "recent", "clicked", "watched", "viewed", "visited", "session",
    "prev", "previous",
];

/// A cell with several keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Items {
    /// Character between keys.
    pub(super) separator: char,
    /// True if keys have weights.
    pub(super) is_weighted: bool,
    /// True if their order counts.
    pub(super) is_ordered: bool,
    /// Largest number of keys that is worth keeping.
    pub(super) most: usize,
}

/// Statistics of cells that are split at a separator.
#[derive(Default)]
struct Parts {
    cells: usize,
    /// Cells with several parts.
    several: usize,
    parts: u64,
    bytes: usize,
    weighted: u64,
    decimals: u64,
    numbers: u64,
    digits: u64,
    distinct: Distinct,
    lengths: Quantiles,
}

impl Parts {
    fn of<'f>(profile: &Profile, value: &dyn Fn(usize) -> Field<'f>, separator: char) -> Self {
        let column = BagColumn::new("", BagSpec::bag((usize::MAX, Keep::First)).separator(separator));
        let mut found = Parts::default();
        for field in (0..profile.rows as usize).take(ROWS).map(value).filter(|field| !field.is_missing()) {
            let Ok(keys) = column.keys(&field) else { continue };
            found.cells += 1;
            found.several += usize::from(keys.len() > 1);
            found.lengths.add(keys.len() as f64);
            keys.iter().for_each(|key| found.add(key));
        }
        found
    }

    fn add(&mut self, key: &str) {
        self.parts += 1;
        self.bytes += key.len();
        let is_number = key.parse::<f64>().is_ok();
        self.numbers += u64::from(is_number);
        self.decimals += u64::from(is_number && key.contains('.'));
        self.digits += u64::from(key.contains(|letter: char| letter.is_ascii_digit()));
        let weighted =
            key.rsplit_once(':').filter(|(key, weight)| !key.is_empty() && weight.parse::<f64>().is_ok());
        self.weighted += u64::from(weighted.is_some());
        self.distinct.add(weighted.map_or(key, |(key, _)| key));
    }

    /// Length of all cells, if they have one and most parts are decimals.
    fn vector(&self) -> Option<usize> {
        let length = self.lengths.least().filter(|&least| self.lengths.greatest() == Some(least))? as usize;
        (length >= VECTOR && self.numbers == self.parts && 2 * self.decimals > self.parts).then_some(length)
    }

    fn are_keys(&self, separator: char) -> bool {
        let share = self.several as f64 / self.cells.max(1) as f64;
        let uses = self.parts as f64 / self.distinct.count().max(1) as f64;
        let length = self.bytes as f64 / self.parts.max(1) as f64;
        // Words have spaces between them too, but no digits.
        let may_be_keys = separator != ' ' || 10 * self.digits >= 9 * self.parts;
        share >= SEPARATED && uses >= REUSED && length <= LONGEST && may_be_keys
    }

    fn most(&self) -> usize {
        let long = self.lengths.at(&[0.95]).map_or(1.0, |at| at[0]) as usize;
        [5, 10, 20, 50, 100].into_iter().find(|&most| long <= most).unwrap_or(200)
    }
}

/// Returns the form of cells of keys with a known separator.
pub(super) fn separated<'f>(
    name: &str,
    profile: &Profile,
    value: &dyn Fn(usize) -> Field<'f>,
    separator: char,
) -> Items {
    items(name, &Parts::of(profile, value, separator), separator)
}

/// Returns the number of numbers that all cells have.
pub(super) fn width<'f>(
    profile: &Profile,
    value: &dyn Fn(usize) -> Field<'f>,
    separator: char,
) -> Option<usize> {
    let parts = Parts::of(profile, value, separator);
    let least = parts.lengths.least().filter(|&least| parts.lengths.greatest() == Some(least))?;
    (parts.numbers == parts.parts && least >= 1.0).then_some(least as usize)
}

fn items(name: &str, parts: &Parts, separator: char) -> Items {
    Items {
        separator,
        is_weighted: parts.weighted == parts.parts,
        is_ordered: has_word(name, &ORDERED),
        most: parts.most(),
    }
}

/// Returns the contents of cells that are objects: keys with weights, or other fields.
fn pairs<'f>(name: &str, profile: &Profile, value: &dyn Fn(usize) -> Field<'f>) -> Option<Look> {
    let mut found = Parts::default();
    for field in (0..profile.rows as usize).take(ROWS).map(value).filter(|field| !field.is_missing()) {
        let Field::Pairs(pairs) = field else { return None };
        if pairs.iter().any(|(_, weight)| weight.number().is_none()) {
            return Some(Look::Others);
        }
        found.lengths.add(pairs.len() as f64);
    }
    Some(Look::Keys(items(name, &found, ',')))
}

/// Returns the separator of the items of lists of which each item ends with the weight 0 or 1 behind a dash, such as the
/// clicks on what was shown. Both weights occur.
pub(super) fn shown<'f>(profile: &Profile, value: &dyn Fn(usize) -> Field<'f>) -> Option<char> {
    let cells = || (0..profile.rows as usize).take(ROWS).map(value).filter(|field| !field.is_missing());
    SEPARATORS.into_iter().find(|&separator| {
        let (mut counts, mut is_list) = ([0, 0], false);
        let is_shown = cells().all(|cell| {
            let Field::Text(text) = &cell else { return false };
            let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
            is_list |= parts.clone().count() > 1;
            parts.clone().all(|part| {
                let (item, weight) = part.rsplit_once(CLICK).unwrap_or_default();
                let weight = ["0", "1"].iter().position(|known| *known == weight);
                weight.filter(|_| !item.is_empty()).is_some_and(|weight| {
                    counts[weight] += 1;
                    true
                })
            })
        });
        is_shown && is_list && counts.iter().all(|&count| count > 0)
    })
}

/// Returns the contents of cells with several values.
pub(super) fn look<'f>(name: &str, profile: &Profile, value: &dyn Fn(usize) -> Field<'f>) -> Option<Look> {
    let items = |parts: &Parts, separator| Look::Keys(items(name, parts, separator));
    if profile.lists > 0 && profile.lists == profile.filled() {
        if let Some(look) = pairs(name, profile, value) {
            return Some(look);
        }
        let parts = Parts::of(profile, value, ',');
        return Some(match parts.vector() {
            Some(width) => Look::Vector(width, ','),
            None => items(&parts, ','),
        });
    }
    let all = SEPARATORS.map(|separator| (separator, Parts::of(profile, value, separator)));
    if let Some((separator, width)) =
        all.iter().find_map(|(separator, parts)| Some((*separator, parts.vector()?)))
    {
        return Some(Look::Vector(width, separator));
    }
    let keys = all.iter().filter(|(separator, parts)| parts.are_keys(*separator));
    let best = keys.max_by_key(|(_, parts)| parts.several);
    best.map(|(separator, parts)| items(parts, *separator))
}

/// Returns the distinct keys in cells with several.
pub(super) fn keys<'f>(profile: &Profile, value: &dyn Fn(usize) -> Field<'f>, separator: char) -> Distinct {
    Parts::of(profile, value, separator).distinct
}

/// Returns the number of words that most texts have at most, if half of the texts have several.
pub(super) fn words<'f>(profile: &Profile, value: &dyn Fn(usize) -> Field<'f>) -> Option<usize> {
    let mut lengths = Quantiles::default();
    let filled = (0..profile.rows as usize).take(ROWS).map(value).filter(|field| !field.is_missing());
    filled.for_each(|field| lengths.add(field.to_string().split_whitespace().count() as f64));
    let [median, long] = lengths.at(&[0.5, 0.95])?[..] else { return None };
    (median >= 2.0).then(|| [8, 16, 32].into_iter().find(|&most| long as usize <= most).unwrap_or(64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, values: &[&str]) -> Option<Look> {
        let mut profile = Profile::default();
        values.iter().for_each(|value| profile.add(&Field::from(*value)));
        look(name, &profile, &|row| Field::from(values[row]))
    }

    fn keys(separator: char) -> Items {
        Items { separator, is_weighted: false, is_ordered: false, most: 5 }
    }

    #[test]
    fn separators_of_keys() {
        let genres = ["Action|Comedy", "Comedy", "Action|Drama", "Drama|Comedy"];
        assert_eq!(of("genres", &genres), Some(Look::Keys(keys('|'))));
        let seen = ["N5 N7", "N7 N5", "N5", "N7 N5 N5"];
        assert_eq!(of("history", &seen), Some(Look::Keys(Items { is_ordered: true, ..keys(' ') })));
        let weighted = ["a:0.5;b:1", "b:0.5", "a:0.5;b:1"];
        assert_eq!(of("likes", &weighted), Some(Look::Keys(Items { is_weighted: true, ..keys(';') })));
        assert_eq!(of("tags", &["['a', 'b']", "[]", "['a']"]), Some(Look::Keys(keys(','))));
    }

    #[test]
    fn clicks_on_what_was_shown() {
        let of = |values: &[&str]| {
            let mut profile = Profile::default();
            values.iter().for_each(|value| profile.add(&Field::from(*value)));
            shown(&profile, &|row| Field::from(values[row]))
        };
        assert_eq!(of(&["N1-0 N2-1", "", "N-3-0  N1-1 ", "N2-0"]), Some(' '));
        assert_eq!(of(&["N1-0|N2-1", "N3-0"]), Some('|'));
        for others in [
            &["N1-0 N2-0", "N1-0"][..],
            &["N1-0", "N2-1"],
            &["N1-0 N2-1", "N3"],
            &["-0 -1"],
            &["1-2 2-1"],
            &[""],
        ] {
            assert_eq!(of(others), None, "{others:?}");
        }
    }

    #[test]
    fn vectors_and_texts_are_no_keys() {
        assert_eq!(of("v", &["0.5 1.5 2.5 0.1", "0.1 0.2 0.3 0.4"]), Some(Look::Vector(4, ' ')));
        assert_eq!(of("v", &["[0.5, 1.5, 2.5, 0.1]", "[0.1, 0.2, 0.3, 0.4]"]), Some(Look::Vector(4, ',')));
        assert_eq!(of("title", &["Toy Story (1995)", "Get Shorty (1995)", "Copycat (1995)"]), None);
        assert_eq!(of("city", &["Berlin", "Bern", "Berlin"]), None);
    }
}
