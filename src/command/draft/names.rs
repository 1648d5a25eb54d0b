//! Names of a draft: identifiers, words in names, and lists with ranges.

use std::collections::BTreeSet;

/// Longest name of the language.
const LONGEST: usize = 100;
/// Fewest names that are written as a range.
const RANGE: usize = 3;

/// Identifiers that a draft has. They differ in more than capitals.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct Taken {
    names: BTreeSet<String>,
}

impl Taken {
    /// Names that are taken from the start.
    pub(in crate::command) fn with(names: &[&str]) -> Self {
        Taken { names: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// Makes an identifier of a text, with a number if it is taken.
    pub(in crate::command) fn choose(&mut self, text: &str) -> String {
        let name = identifier(text);
        let numbers = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone()).chain(numbers).find(|name| self.take(name));
        free.unwrap_or(name)
    }

    fn take(&mut self, name: &str) -> bool {
        self.names.insert(name.to_ascii_lowercase())
    }
}

/// Makes an identifier of a text.
fn identifier(text: &str) -> String {
    let mut name = String::new();
    for letter in text.trim().chars().take(LONGEST - 10) {
        let letter = if letter.is_ascii_alphanumeric() { letter } else { '_' };
        if letter != '_' || !name.ends_with('_') {
            name.push(letter);
        }
    }
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => "field".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("field_{name}"),
        Some(_) => name.to_owned(),
    }
}

/// Name of a model: the words of a text, capitalized.
pub(in crate::command) fn model_name(text: &str) -> String {
    let name: String = words(text).iter().map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("Model{name}"),
    }
}

/// Lower-case words of a name: `userId`, `user_id` and `user id` have the same.
pub(in crate::command) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins =
            !before.is_ascii_alphanumeric() || before.is_ascii_lowercase() && letter.is_ascii_uppercase();
        if letter.is_ascii_alphanumeric() {
            match words.last_mut() {
                Some(word) if !begins => word.push(letter.to_ascii_lowercase()),
                _ => words.push(letter.to_ascii_lowercase().to_string()),
            }
        }
        before = letter;
    }
    words
}

/// Returns whether a name needs no quotes.
fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.len() <= LONGEST
}

/// A text in double quotes.
pub(in crate::command) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}

/// The name of a field, in quotes if it needs them.
pub(in crate::command) fn field(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { quoted(name) }
}

/// Names separated by commas; successive numbers of one name are a range.
pub(in crate::command) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while at < names.len() {
        let count = run(&names[at..]);
        if count >= RANGE {
            parts.push(format!("{}..{}", names[at], names[at + count - 1]));
        } else {
            parts.extend(names[at..at + count].iter().map(|name| field(name)));
        }
        at += count;
    }
    parts.join(", ")
}

/// Returns the number of names at the beginning that are one name with successive numbers, at least 1.
pub(in crate::command) fn run(names: &[&str]) -> usize {
    let Some((stem, first)) = names.first().and_then(|name| numbered(name)) else { return 1 };
    let follows = |(at, name): &(usize, &&str)| numbered(name) == Some((stem, first + *at as u64));
    names.iter().enumerate().take_while(follows).count().max(1)
}

/// Splits a name into its stem and its number.
fn numbered(name: &str) -> Option<(&str, u64)> {
    let stem = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let digits = &name[stem.len()..];
    let is_padded = digits.len() > 1 && digits.starts_with('0');
    (is_plain(name) && !stem.is_empty() && !is_padded)
        .then(|| digits.parse().ok().map(|number| (stem, number)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_differ() {
        let mut taken = Taken::default();
        let names =
            ["item_id:token", "Item ID token", "7 days", "", "é", "a__b"].map(|text| taken.choose(text));
        assert_eq!(names, ["item_id_token", "Item_ID_token_2", "field_7_days", "field", "field_2", "a_b"]);
    }

    #[test]
    fn words_of_names() {
        for name in ["userId", "user_id", "User-ID", "user id"] {
            assert_eq!(words(name), ["user", "id"], "{name}");
        }
        assert_eq!(model_name("my-shop.v2"), "MyShopV2");
        assert_eq!(model_name("1"), "Model1");
    }

    #[test]
    fn successive_numbers_are_ranges() {
        let names = ["label", "I1", "I2", "I3", "C1", "C2", "x 1", "a1", "a3", "b01", "b02", "b03"];
        assert_eq!(listed(names), "label, I1..I3, C1, C2, \"x 1\", a1, a3, b01, b02, b03");
    }
}
