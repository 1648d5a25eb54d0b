//! Ways in which columns cut a value into items, so that the items of all rows can be numbered before the columns are
//! fitted.

use memchr::{memchr, memchr3};

use super::columns::{Split, given, listed};
use super::field::Field;
use super::key::trimmed;

/// Way in which a column cuts a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// A text at white space.
    Words,
    /// A text at a separator, or a list into its items.
    Items {
        /// Separator of the items of a text.
        separator: char,
        /// True if the items of a text have weights.
        is_weighted: bool,
    },
}

impl Cut {
    /// Passes each item of a value that is not missing to `take`. Returns `false` if only the column itself can read
    /// the value: it has another form, or an escape; then some items may have been passed.
    pub(super) fn each(self, field: &Field<'_>, mut take: impl FnMut(&str)) -> bool {
        match (self, field) {
            (Cut::Words, Field::Text(text)) => each_word(text, take),
            (Cut::Words, Field::Bool(_) | Field::Int(_) | Field::Float(_)) => take(&field.to_string()),
            (Cut::Items { separator, is_weighted }, Field::Text(text)) => {
                let bytes = text.as_bytes();
                if memchr(b'\\', bytes).is_some() {
                    return false;
                }
                if memchr3(b'[', b'(', b'{', bytes).is_some() {
                    match listed(text, separator) {
                        _ if is_weighted => return false,
                        Ok(None) => {}
                        Ok(Some(items)) => return items.iter().all(|item| take_key(item, &mut take)),
                        Err(_) => return false,
                    }
                }
                Split::new(text, separator).for_each(take);
            }
            (Cut::Items { is_weighted: false, .. }, Field::List(items)) => {
                let mut key = |item| given(item).is_some_and(|key| take_key(&key, &mut take));
                return items.iter().all(|item| !item.is_missing() && key(item));
            }
            (Cut::Items { is_weighted: false, .. }, Field::Bool(_) | Field::Int(_) | Field::Float(_)) => {
                return given(field).is_some_and(|key| take_key(&key, &mut take));
            }
            _ => return false,
        }
        true
    }
}

/// Passes a key to `take`, unless as an item of a text it would be another one.
fn take_key(key: &str, take: &mut impl FnMut(&str)) -> bool {
    let is_item = !key.is_empty() && trimmed(key) == key && !key.contains('\\');
    if is_item {
        take(key);
    }
    is_item
}

/// Passes each part of a text between white space to `take`.
fn each_word(text: &str, take: impl FnMut(&str)) {
    if text.is_ascii() {
        let is_space = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b' ');
        let words = text.as_bytes().split(is_space).filter(|word| !word.is_empty());
        words.filter_map(|word| std::str::from_utf8(word).ok()).for_each(take);
    } else {
        text.split_whitespace().for_each(take);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn items(cut: Cut, field: &Field<'_>) -> Option<Vec<String>> {
        let mut items = Vec::new();
        cut.each(field, |item| items.push(item.to_owned())).then_some(items)
    }

    proptest! {
        #[test]
        fn words_are_those_between_white_space(text in "[ab \\t\\n\u{b}\u{1f}\u{a0}é\u{3000}]{0,12}") {
            let mut found = Vec::new();
            each_word(&text, |word| found.push(word.to_owned()));
            prop_assert!(found.iter().eq(text.split_whitespace()));
        }
    }

    #[test]
    fn values_that_only_a_column_can_read_are_not_cut() {
        let plain = Cut::Items { separator: '|', is_weighted: false };
        let weighted = Cut::Items { separator: ',', is_weighted: true };
        let some = |items: &[&str]| Some(items.iter().map(|&item| item.to_owned()).collect::<Vec<_>>());
        for (cut, json, expected) in [
            (plain, r#""a|b c||(x)""#, some(&["a", "b c", "", "(x)"])),
            (plain, r#""['a', 2]""#, some(&["a", "2"])),
            (plain, r#"["a|b", 2, 3.0, true]"#, some(&["a|b", "2", "3", "1"])),
            (plain, "7", some(&["7"])),
            (plain, r#""a\\|b""#, None),
            (plain, r#""['a', None]""#, None),
            (plain, r#"["a", null]"#, None),
            (plain, r#"["a\\b"]"#, None),
            (plain, r#"[["a", 1]]"#, None),
            (plain, r#"{"a": 1}"#, None),
            (plain, r#""['a""#, None),
            (weighted, r#""a:1,b:0.5""#, some(&["a:1", "b:0.5"])),
            (weighted, r#""{'a': 1}""#, None),
            (weighted, r#"[["a", 1]]"#, None),
            (weighted, "1", None),
            (Cut::Words, r#""One, two""#, some(&["One,", "two"])),
            (Cut::Words, "1.5", some(&["1.5"])),
            (Cut::Words, r#"["a"]"#, None),
        ] {
            let field: Field = serde_json::from_str(json).unwrap();
            assert_eq!(items(cut, &field), expected, "{cut:?} {json}");
        }
    }
}
