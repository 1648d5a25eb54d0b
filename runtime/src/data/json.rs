//! JSON records as fields. Numbers keep their text, objects their order; `NaN` is missing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Error;
use serde_json::value::RawValue;

use super::field::Field;

/// Maximum nesting of lists.
const MOST_LEVELS: usize = 16;

/// Fields of a JSON object in order.
pub(crate) fn record_of_json(text: &str) -> Result<Vec<(Cow<'_, str>, Field<'_>)>, Error> {
    serde_json::from_str::<Entries>(text)?.fields(MOST_LEVELS)
}

/// Replaces each `NaN` outside of strings by `null`. `NaN` is not JSON, but Python writes it for a missing
/// number. `None` if there is none.
pub(crate) fn without_nan(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = 0;
    for at in outside_of_strings(text, "NaN") {
        plain.push_str(&text[rest..at]);
        plain.push_str("null");
        rest = at + "NaN".len();
    }
    plain.push_str(&text[rest..]);
    (rest > 0).then_some(plain)
}

/// Returns whether the text has `Infinity` outside of strings. Python writes it.
pub(crate) fn has_infinity(text: &str) -> bool {
    outside_of_strings(text, "Infinity").next().is_some()
}

/// Positions of a word outside of strings.
fn outside_of_strings<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().filter_map(move |(at, part)| {
        let found = !quoted && text[at..].starts_with(word);
        quoted ^= part == '"' && !escaped;
        escaped = part == '\\' && !escaped;
        found.then_some(at)
    })
}

/// Returns a JSON value as a field. A value that is nested too deeply is text.
pub(super) fn field_of_json(json: &str) -> Field<'_> {
    field(json, MOST_LEVELS).unwrap_or_else(|_| json.into())
}

/// Returns the value of a name in a JSON object, the last one of equal names. `None` if the value is no object or
/// lacks the name.
pub(super) fn member_of_json<'j>(json: &'j str, name: &str) -> Option<&'j str> {
    let Entries(entries) = serde_json::from_str(json).ok()?;
    entries.into_iter().rfind(|(other, _)| other == name).map(|(_, value)| value.get())
}

/// Passes on the paths of the fields of a JSON object: those of objects in objects are joined with points.
pub(super) fn paths_of_json(json: &str, each: &mut dyn FnMut(&str)) -> Result<(), Error> {
    paths(json, "", MOST_LEVELS, each)
}

fn paths(json: &str, above: &str, levels: usize, each: &mut dyn FnMut(&str)) -> Result<(), Error> {
    let Entries(entries) = serde_json::from_str(json)?;
    for (name, value) in entries {
        let path = if above.is_empty() { name } else { Cow::Owned(format!("{above}.{name}")) };
        each(&path);
        if let (true, Some(below)) = (value.get().starts_with('{'), levels.checked_sub(1)) {
            paths(value.get(), &path, below, each)?;
        }
    }
    Ok(())
}

fn field(json: &str, levels: usize) -> Result<Field<'_>, Error> {
    let deeper = || levels.checked_sub(1).ok_or_else(|| Error::custom("lists stand in lists too deeply"));
    Ok(match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<&str>(json) {
            Ok(text) => text.into(),
            // A string with escapes cannot be borrowed.
            Err(_) => serde_json::from_str::<String>(json)?.into(),
        },
        Some(b'[') => {
            let levels = deeper()?;
            // Most lists are of strings without escapes.
            if let Ok(items) = serde_json::from_str::<Vec<&str>>(json) {
                return Ok(Field::List(items.into_iter().map(Field::from).collect()));
            }
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            Field::List(items.into_iter().map(|item| field(item.get(), levels)).collect::<Result<_, _>>()?)
        }
        Some(b'{') => Field::Pairs(serde_json::from_str::<Entries>(json)?.fields(deeper()?)?),
        Some(b't' | b'f') => Field::Bool(serde_json::from_str(json)?),
        Some(b'n') => Field::Missing,
        _ => number(json),
    })
}

/// A number. If 64 bits cannot represent it, it stays text, which is exact as a key.
fn number(json: &str) -> Field<'_> {
    let is_whole = !json.contains(['.', 'e', 'E']);
    let whole = json.parse().ok().filter(|_| is_whole).map(Field::Int);
    let float = || json.parse().ok().filter(|value: &f64| !is_whole && value.is_finite()).map(Field::Float);
    whole.or_else(float).unwrap_or_else(|| json.into())
}

/// Entries of an object in order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Entries<'a> {
    fn fields(self, levels: usize) -> Result<Vec<(Cow<'a, str>, Field<'a>)>, Error> {
        self.0.into_iter().map(|(name, value)| Ok((name, field(value.get(), levels)?))).collect()
    }
}

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    entries.push((name, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Name of an entry, borrowed if it has no escapes.
#[derive(serde::Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn values(json: &str) -> Vec<Field<'_>> {
        record_of_json(json).unwrap().into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn words_of_python_are_found_outside_of_strings() {
        let text = r#"{"NaN": NaN, "a": "NaN \" NaN", "b": [NaN, -Infinity]}"#;
        let plain = r#"{"NaN": null, "a": "NaN \" NaN", "b": [null, -Infinity]}"#;
        assert_eq!(without_nan(text).as_deref(), Some(plain));
        assert!(has_infinity(text) && !has_infinity(r#"{"Infinity": "-Infinity"}"#));
        assert_eq!(without_nan(r#"{"a": "NaN"}"#), None);
    }

    #[test]
    fn every_form() {
        let json = r#"{"a": null, "b": " ", "c": "x", "d": 7, "e": true, "f": 0.50, "g": [1, ["y", 2.0]], "h": {"l": "0.5", "k": 1}}"#;
        let expected = [
            Field::Missing,
            Field::Missing,
            "x".into(),
            Field::Int(7),
            Field::Bool(true),
            Field::Float(0.5),
            Field::List(vec![Field::Int(1), Field::List(vec!["y".into(), Field::Float(2.0)])]),
            Field::Pairs(vec![("l".into(), "0.5".into()), ("k".into(), Field::Int(1))]),
        ];
        assert_eq!(values(json), expected);
        let names: Vec<_> =
            record_of_json(r#"{"b": 1, "a\u0062": 2}"#).unwrap().into_iter().map(|(name, _)| name).collect();
        assert!(names == ["b", "ab"] && matches!(names[0], Cow::Borrowed(_)));
    }

    #[test]
    fn numbers_as_they_are_written() {
        let json = r#"{"a": 18446744073709551615, "b": 123456789012345678901234567890, "c": -0, "d": 1e3, "e": 1e999, "f": -12.0}"#;
        let keys: Vec<_> = values(json).iter().map(|value| value.key().unwrap().into_owned()).collect();
        assert_eq!(
            keys,
            ["18446744073709551615", "123456789012345678901234567890", "0", "1000", "1e999", "-12"]
        );
    }

    #[test]
    fn what_is_no_record() {
        for (json, expected) in [
            ("[1]", "an object"),
            ("{\"a\": }", "expected value"),
            ("{\"a\": 01}", "invalid number"),
            ("{\"a\": 1} x", "trailing characters"),
        ] {
            let message = record_of_json(json).unwrap_err().to_string();
            assert!(message.contains(expected), "{json}: {message}");
        }
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(record_of_json(&deep).is_err());
    }

    #[test]
    fn nan_is_missing() {
        let json = r#"{"NaN": "a \" NaN", "x": NaN, "y": [NaN, 1]}"#;
        let plain = without_nan(json).unwrap();
        assert_eq!(plain, r#"{"NaN": "a \" NaN", "x": null, "y": [null, 1]}"#);
        assert_eq!(without_nan(&plain), None);
    }
}
