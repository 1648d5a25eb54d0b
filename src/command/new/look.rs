//! Contents of a field, from its values and its name.

use turret_runtime::data::Field;

use super::super::draft::words;
use super::super::profile::Profile;
use super::items::{self, Items};
use super::names::is_user_or_item;

/// Most distinct whole numbers that are kinds of something, such as codes, and not quantities.
const CODES: u64 = 10;
/// Fewest distinct whole numbers that may be keys in a file that does not name its fields.
const KEYS: u64 = 100;

/// Contents of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Look {
    /// No values.
    Empty,
    /// One value in all rows.
    Constant,
    /// The numbers 0 and 1.
    Flag,
    /// The numbers -1 and 1.
    Sign,
    /// A number for which more means more.
    Number,
    /// A time.
    Time,
    /// A key.
    Key,
    /// Several keys.
    Keys(Items),
    /// Numbers that belong together: their number and separator.
    Vector(usize, char),
    /// Words: the number that most texts have at most.
    Words(usize),
    /// Another text in each row, such as an address.
    Unique,
    /// Other fields, which are there by themselves.
    Others,
    /// Another key in each of the lists whose items are rows.
    OfList,
}

/// Words of names of keys.
const KEY_WORDS: [&str; 20] = [
    "id", "ids", "key", "code", "zip", "zipcode", "postcode", "type", "category", "cat", "cate", "class",
    "kind", "group", "brand", "uid", "iid", "isbn", "asin", "sku",
];
/// Words of names of times.
const TIME_WORDS: [&str; 10] =
    ["time", "timestamp", "ts", "date", "datetime", "created", "day", "unixtime", "when", "at"];

/// Returns whether a word of a name is one of these.
pub(super) fn has_word(name: &str, of: &[&str]) -> bool {
    words(name).iter().any(|word| of.contains(&word.as_str()))
}

/// Returns whether a name is that of a key.
pub(super) fn is_named_key(name: &str) -> bool {
    has_word(name, &KEY_WORDS)
        || words(name).last().is_some_and(|word| word.len() > 4 && word.ends_with("id"))
}

/// Finds the contents of a field. Names that were chosen for it say nothing.
pub(super) fn look<'f>(
    name: &str,
    profile: &Profile,
    is_named: bool,
    value: &dyn Fn(usize) -> Field<'f>,
) -> Look {
    let distinct = profile.distinct.count();
    let is_time = is_named && has_word(name, &TIME_WORDS);
    match profile {
        profile if profile.filled() == 0 => Look::Empty,
        profile if distinct == 1 && profile.missing == 0 => Look::Constant,
        profile if profile.is_flag() => Look::Flag,
        profile if profile.is_sign() => Look::Sign,
        profile if profile.time_unit().is_some() || profile.is_number() && is_time => Look::Time,
        profile if profile.dates == profile.filled() => Look::Time,
        profile if profile.is_number() => number(name, profile, is_named),
        profile => text(name, profile, value),
    }
}

fn number(name: &str, profile: &Profile, is_named: bool) -> Look {
    if is_named && is_named_key(name) {
        return Look::Key;
    }
    let (Some(least), Some(greatest)) = (profile.numbers.least(), profile.numbers.greatest()) else {
        return Look::Number;
    };
    let distinct = profile.distinct.count();
    if !profile.is_whole() || least < 0.0 {
        return Look::Number;
    }
    if is_named && is_user_or_item(name) {
        return Look::Key;
    }
    if distinct <= CODES && greatest < 100.0 && profile.missing == 0 {
        return Look::Key;
    }
    let median = profile.numbers.at(&[0.5]).map_or(0.0, |at| at[0]);
    // Counts are many small numbers and few large ones; numbers of things fill their range.
    let fills = greatest - least < 2.0 * distinct as f64 && median > 0.1 * greatest;
    let is_long = least >= 10_000.0;
    let may_be_key = !is_named && profile.missing == 0;
    if may_be_key && (fills && distinct > KEYS || is_long) { Look::Key } else { Look::Number }
}

fn text<'f>(name: &str, profile: &Profile, value: &dyn Fn(usize) -> Field<'f>) -> Look {
    if let Some(look) = items::look(name, profile, value) {
        return look;
    }
    let distinct = profile.distinct.count();
    let is_unique = profile.distinct.is_exact() && distinct == profile.filled() && distinct > 1;
    match items::words(profile, value) {
        Some(most) if distinct * 5 > profile.filled() => Look::Words(most),
        _ if is_unique && !is_named_key(name) && has_address(profile, value) => Look::Unique,
        _ => Look::Key,
    }
}

/// Returns whether the first value is the address of a page or a file.
fn has_address<'f>(profile: &Profile, value: &dyn Fn(usize) -> Field<'f>) -> bool {
    let first = (0..profile.rows as usize).map(value).find(|field| !field.is_missing());
    first.is_some_and(|field| field.to_string().contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, values: &[&str]) -> Look {
        let mut profile = Profile::default();
        values.iter().for_each(|value| profile.add(&Field::from(*value)));
        look(name, &profile, !name.is_empty(), &|row| Field::from(values[row]))
    }

    #[test]
    fn values_and_names_tell_contents() {
        for (name, values, expected) in [
            ("x", &["", ""][..], Look::Empty),
            ("x", &["a", "a"], Look::Constant),
            ("click", &["0", "1", "1"], Look::Flag),
            ("label", &["-1", "1", "1"], Look::Sign),
            ("price", &["1.5", "", "20"], Look::Number),
            ("age", &["17", "30", "99", "17", "18", "19", "20", "21", "22", "23", "24", "25"], Look::Number),
            ("occupation", &["1", "2", "10"], Look::Key),
            ("zip", &["10115", "80331"], Look::Key),
            ("userId", &["1", "2", "200000"], Look::Key),
            ("user", &["1", "2", "200000"], Look::Key),
            ("Movie", &["1", "", "200000"], Look::Key),
            ("session", &["1", "2", "200000"], Look::Key),
            ("item_price", &["1", "2", "200000"], Look::Number),
            ("item", &["1.5", "2", "200000"], Look::Number),
            ("timestamp", &["881250949", "891717742"], Look::Time),
            ("time", &["1", "2", "3"], Look::Time),
            ("date", &["2018-09-20", "2018-09-21"], Look::Time),
            ("brand", &["nokia", "apple", "nokia"], Look::Key),
            ("url", &["http://a", "http://b"], Look::Unique),
        ] {
            assert_eq!(of(name, values), expected, "{name} {values:?}");
        }
    }

    #[test]
    fn numbers_without_names_are_keys_if_they_fill_their_range() {
        let keys: Vec<String> = (0..1000).map(|row| (row % 300).to_string()).collect();
        let counts: Vec<String> =
            (0..1000).map(|row| (row * row * row * row / 1_000_000_000_u64).to_string()).collect();
        let values = |texts: &[String]| -> Look {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            of("", &texts)
        };
        assert_eq!(values(&keys), Look::Key);
        assert_eq!(values(&counts), Look::Number);
    }
}
