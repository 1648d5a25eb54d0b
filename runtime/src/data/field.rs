//! Raw values of a record.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::key::key;

/// A raw value of a record. White space, JSON's `null` and `NaN` are [`Field::Missing`].
/// Text, JSON and Rust representations of the same value have the same key and the same number.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Field<'a> {
    /// No value.
    #[default]
    Missing,
    /// Text, unchanged.
    Text(Cow<'a, str>),
    /// Boolean; the number 1 or 0.
    Bool(bool),
    /// Integer.
    Int(i64),
    /// Double.
    Float(f64),
    /// List.
    List(Vec<Field<'a>>),
    /// Keys with weights.
    Pairs(Vec<(Cow<'a, str>, Field<'a>)>),
    /// A padded list and the number of its items, from two fields.
    UpTo(Box<(Field<'a>, Field<'a>)>),
    /// A list and the weights of its items, from two fields.
    WeightedBy(Box<(Field<'a>, Field<'a>)>),
}

impl<'a> Field<'a> {
    /// Returns a field that borrows from this one.
    pub fn borrowed(&self) -> Field<'_> {
        match self {
            Field::Text(text) => Field::Text(Cow::Borrowed(text)),
            other => other.clone(),
        }
    }

    /// Returns the canonical key of a scalar. `None` if it is not a key.
    #[inline]
    pub fn key(&self) -> Option<Cow<'_, str>> {
        match self {
            Field::Text(text) => key(text).map(Cow::Borrowed),
            Field::Bool(value) => Some(Cow::Borrowed(if *value { "1" } else { "0" })),
            Field::Int(value) => Some(Cow::Owned(value.to_string())),
            // Without exponent; integers without a fraction; -0 equals 0.
            Field::Float(value) => value.is_finite().then(|| Cow::Owned((value + 0.0).to_string())),
            _ => None,
        }
    }

    /// Returns the canonical key like [`Field::key`], borrowed from where the field borrows its text.
    pub fn into_key(self) -> Option<Cow<'a, str>> {
        match self {
            Field::Text(Cow::Borrowed(text)) => key(text).map(Cow::Borrowed),
            field => field.key().map(|key| Cow::Owned(key.into_owned())),
        }
    }

    /// Returns whether it is missing.
    #[inline]
    pub fn is_missing(&self) -> bool {
        match self {
            Field::Missing => true,
            Field::Float(value) => value.is_nan(),
            Field::UpTo(fields) | Field::WeightedBy(fields) => fields.0.is_missing(),
            _ => false,
        }
    }
}

/// Returns whether a text is white space alone.
#[inline]
fn is_blank(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(first) if first.is_ascii_graphic() => false,
        _ => text.trim_start().is_empty(),
    }
}

impl<'a> From<&'a str> for Field<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        if is_blank(text) { Field::Missing } else { Field::Text(Cow::Borrowed(text)) }
    }
}

impl From<String> for Field<'_> {
    fn from(text: String) -> Self {
        if is_blank(&text) { Field::Missing } else { Field::Text(Cow::Owned(text)) }
    }
}

/// The value in messages, truncated if it is long.
impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Field::Missing => f.write_str(""),
            Field::Text(text) => f.write_str(text),
            Field::Bool(value) => value.fmt(f),
            Field::Int(value) => value.fmt(f),
            // A whole float keeps its fraction of zeros.
            Field::Float(value) => fmt::Debug::fmt(value, f),
            Field::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
            Field::Pairs(pairs) => {
                f.write_str("{")?;
                for (index, (key, weight)) in pairs.iter().enumerate() {
                    write!(f, "{}{key}: {weight}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
            Field::UpTo(fields) | Field::WeightedBy(fields) => fields.0.fmt(f),
        }
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Field::Missing => serializer.serialize_unit(),
            Field::Text(text) => serializer.serialize_str(text),
            Field::Bool(value) => serializer.serialize_bool(*value),
            Field::Int(value) => serializer.serialize_i64(*value),
            Field::Float(value) => serializer.serialize_f64(*value),
            Field::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Field::Pairs(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (key, weight) in pairs {
                    map.serialize_entry(key, weight)?;
                }
                map.end()
            }
            Field::UpTo(fields) | Field::WeightedBy(fields) => fields.0.serialize(serializer),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a list, an object of weights or null")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Missing)
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Missing)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Field::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Field::Int(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Field::Text(Cow::Owned(value.to_string())), Field::Int))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Field::Float(value))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(text.into())
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.to_owned().into())
    }
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(text.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Field::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        // Keys with escapes cannot be borrowed from the input.
        while let Some((key, weight)) = map.next_entry::<String, Field>()? {
            pairs.push((Cow::Owned(key), weight));
        }
        Ok(Field::Pairs(pairs))
    }
}

/// Source name of fields from the user's earlier rows.
pub const HISTORY: &str = "history";

/// Name of a field: source and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldName<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// Name of the column in it.
    pub name: &'a str,
}

impl<'a> FieldName<'a> {
    /// A field of a source.
    pub const fn of(source: &'a str, name: &'a str) -> Self {
        Self { source, name }
    }
}

impl fmt::Display for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.source, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_of_every_form() {
        let json = r#"[null, " ", "a", 7, true, 0.5, 18446744073709551615, ["x", 1], {"k": 2, "l": "0.5"}]"#;
        let expected = [
            Field::Missing,
            Field::Missing,
            Field::from("a"),
            Field::Int(7),
            Field::Bool(true),
            Field::Float(0.5),
            Field::from("18446744073709551615"),
            Field::List(vec!["x".into(), Field::Int(1)]),
            Field::Pairs(vec![("k".into(), Field::Int(2)), ("l".into(), "0.5".into())]),
        ];
        let read: Vec<Field> = serde_json::from_str(json).unwrap();
        assert_eq!(read, expected);
        assert!(matches!(&read[2], Field::Text(Cow::Borrowed("a"))));
        for field in &read {
            assert_eq!(field.clone().into_key(), field.key());
        }
        let written = serde_json::to_string(&read).unwrap();
        let again: Vec<Field> = serde_json::from_str(&written).unwrap();
        assert_eq!(again, expected);
    }
}
