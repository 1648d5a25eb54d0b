//! A column of bags or sequences: any number of ids per record, in their order, with or without a weight each.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::bag_text::{Split, unescape};
use super::count::{Counter, PolicyCount, take};
use super::encoded::NONE;
use super::error::{FieldError, FitError};
use super::field::Field;
use super::id::unknown;
use super::invalid::Invalid;
use super::number::{number, stored};
use super::sequences::OpenRecord;
use super::vocabulary::{Lookup, Oov, Vocabulary};

/// What is kept of a bag that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// The first items.
    First,
    /// The last items.
    Last,
    /// Nothing: it is refused.
    Error,
}

/// What a missing bag becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MissingBag {
    /// A bag without items.
    Empty,
    /// It is refused.
    Error,
}

/// Keys of a vocabulary per record: a list, an object of weights, or text cut at a separator.
///
/// In text, a backslash before the separator, the weight separator or a backslash takes its meaning away; before anything
/// else, and at the end, it stands for itself. Empty items (`a,,b`) are passed over and counted. A bag is cut to its length
/// before unknown items are dropped; a sequence afterwards, as histories out of a log are, which hold known items alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BagColumn {
    name: String,
    separator: char,
    weight_separator: Option<char>,
    max: Option<(usize, Keep)>,
    padding: Option<String>,
    missing: MissingBag,
    /// Whether what is missing in a list keeps its place, as an unknown item.
    ordered: bool,
    invalid: Invalid,
    #[serde(skip)]
    counters: Counters,
}

#[derive(Clone, Debug, Default)]
struct Counters {
    missing: Counter,
    unknown: Counter,
    too_long: Counter,
    empty_item: Counter,
}

type Items<'f> = Vec<(Cow<'f, str>, f32)>;

impl BagColumn {
    /// A column cut at commas, of any length, where missing means empty.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            separator: ',',
            weight_separator: None,
            max: None,
            padding: None,
            missing: MissingBag::Empty,
            ordered: false,
            invalid: Invalid::default(),
            counters: Counters::default(),
        }
    }

    /// What stands between the items of a text.
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = separator;
        self
    }

    /// Items are `key:weight`, with this between key and weight.
    pub fn weighted(mut self, separator: char) -> Self {
        self.weight_separator = Some(separator);
        self
    }

    /// At most `max` items.
    pub fn max(mut self, max: usize, keep: Keep) -> Self {
        self.max = Some((max, keep));
        self
    }

    /// Items equal to this key fill up and are left out.
    pub fn padding(mut self, key: &str) -> Self {
        self.padding = Some(key.to_owned());
        self
    }

    /// What missing bags become.
    pub fn missing(mut self, missing: MissingBag) -> Self {
        self.missing = missing;
        self
    }

    /// What is missing in a list keeps its place, as an unknown item.
    pub fn ordered(mut self) -> Self {
        self.ordered = true;
        self
    }

    /// Values that the column refuses count as missing.
    pub fn substitute(mut self) -> Self {
        self.invalid = Invalid::substitute();
        self
    }

    /// Counts the items in the vocabulary.
    pub fn observe(&mut self, field: &Field, vocabulary: &mut Vocabulary) -> Result<(), FieldError> {
        self.invalid.read(field, |field| {
            let (mut items, _) = self.items(field)?;
            self.cut(field, &mut items)?;
            // An item without a key is none to be learned.
            items.iter().filter(|(key, _)| !key.is_empty()).for_each(|(key, _)| vocabulary.observe(key));
            Ok(())
        })
    }

    /// Nothing is learned beside the vocabulary.
    pub fn finish(&mut self) -> Result<(), FitError> {
        Ok(())
    }

    /// Appends the rows of the items.
    pub fn encode(
        &self,
        field: &Field,
        vocabulary: &Vocabulary,
        into: &mut impl OpenRecord,
    ) -> Result<(), FieldError> {
        let (cut, empty) = self.invalid.read(field, |field| self.append(field, vocabulary, into))?;
        close(&self.name, field, into)?;
        if field.is_missing() {
            self.counters.missing.add();
        }
        self.counters.too_long.add_many(usize::from(cut));
        self.counters.empty_item.add_many(empty);
        Ok(())
    }

    /// Appends the items to an open bag; says whether some were cut off, and how many empty ones were passed over.
    fn append(
        &self,
        field: &Field,
        vocabulary: &Vocabulary,
        into: &mut impl OpenRecord,
    ) -> Result<(bool, usize), FieldError> {
        let (mut items, empty) = self.items(field)?;
        if self.ordered && vocabulary.drops_unknown() {
            let before = items.len();
            items.retain(|(key, _)| matches!(vocabulary.row(key), Lookup::Known(_)));
            self.counters.unknown.add_many(before - items.len());
        }
        let cut = self.cut(field, &mut items)?;
        into.discard();
        for (key, weight) in &items {
            let lookup = vocabulary.row(key);
            if matches!(lookup, Lookup::Unknown(_)) {
                self.counters.unknown.add();
            }
            let row = match lookup {
                Lookup::Known(row) => row,
                Lookup::Unknown(Oov::Bucket) => 0,
                Lookup::Unknown(Oov::Zero) => NONE,
                Lookup::Unknown(Oov::Drop) => continue,
                Lookup::Unknown(Oov::Error) => {
                    return Err(unknown(&self.name, &Field::from(key.as_ref()), vocabulary));
                }
            };
            into.push_item(row, self.weight_separator.map(|_| *weight));
        }
        Ok((cut, empty))
    }

    /// The items, and how many empty ones were passed over.
    fn items<'f>(&self, field: &'f Field) -> Result<(Items<'f>, usize), FieldError> {
        let mut items = Items::new();
        let mut empty = 0;
        match field {
            Field::Missing => missing_bag(&self.name, self.missing)?,
            Field::Text(text) => {
                for item in Split::new(text, self.separator) {
                    match self.item(field, item)? {
                        Some(item) => items.push(item),
                        None => empty += 1,
                    }
                }
            }
            Field::Int(_) if self.weight_separator.is_none() => {
                items.extend(field.key().map(|key| (key, 1.0)))
            }
            Field::List(list) => {
                for item in list {
                    items.push(self.listed(field, item)?);
                }
            }
            Field::Pairs(pairs) if self.weight_separator.is_some() => {
                for (key, weight) in pairs {
                    items.push((Cow::Borrowed(key), self.weight(field, &Field::Float(*weight))?));
                }
            }
            _ => {
                let reason = match self.weight_separator {
                    Some(mark) => format!("is not a bag: write `key{mark}weight`, or an object of weights"),
                    None => "is not a bag of ids: write text or a list".to_owned(),
                };
                return Err(FieldError::new(&self.name, field, reason));
            }
        }
        if let Some(padding) = &self.padding {
            items.retain(|(key, _)| key != padding);
        }
        Ok((items, empty))
    }

    /// Cuts items to their greatest number; says whether some were cut off.
    fn cut(&self, field: &Field, items: &mut Items<'_>) -> Result<bool, FieldError> {
        let Some((max, keep)) = self.max.filter(|&(max, _)| items.len() > max) else { return Ok(false) };
        match keep {
            Keep::First => items.truncate(max),
            Keep::Last => drop(items.drain(..items.len() - max)),
            Keep::Error => {
                let reason = format!(
                    "holds {} items; at most {max} are allowed (keep = first or last cuts)",
                    items.len()
                );
                return Err(FieldError::new(&self.name, field, reason));
            }
        }
        Ok(true)
    }

    /// An item of a text; `None` where it is empty.
    fn item<'f>(&self, field: &Field, item: &'f str) -> Result<Option<(Cow<'f, str>, f32)>, FieldError> {
        if item.is_empty() {
            return Ok(None);
        }
        let Some(mark) = self.weight_separator else {
            return Ok(Some((unescape(item, self.separator, None), 1.0)));
        };
        let mut parts = Split::new(item, mark);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(key), Some(weight), None) if !key.is_empty() => {
                let weight = self.weight(field, &Field::from(weight))?;
                Ok(Some((unescape(key, self.separator, self.weight_separator), weight)))
            }
            _ => {
                let reason =
                    format!("has an item `{item}` that is not `key{mark}weight`; in a key, write `\\{mark}`");
                Err(FieldError::new(&self.name, field, reason))
            }
        }
    }

    /// An item of a list: a key, or a key with its weight.
    fn listed<'f>(&self, field: &Field, item: &'f Field) -> Result<(Cow<'f, str>, f32), FieldError> {
        let found = match (item, self.weight_separator) {
            (Field::List(pair), Some(_)) => match &pair[..] {
                [key, weight] => key.key().zip(Some(self.weight(field, weight)?)),
                _ => None,
            },
            (_, Some(_)) => None,
            (Field::Missing, None) if self.ordered => Some((Cow::Borrowed(""), 1.0)),
            (_, None) => item.key().map(|key| (key, 1.0)),
        };
        found.ok_or_else(|| {
            let wanted = if self.weight_separator.is_some() {
                "a key with its weight, [key, weight]"
            } else {
                "an id"
            };
            FieldError::new(&self.name, field, format!("has an item `{item}` that is not {wanted}"))
        })
    }

    fn weight(&self, field: &Field, weight: &Field) -> Result<f32, FieldError> {
        match number(&self.name, weight) {
            Ok(Some(value)) => stored(&self.name, field, value),
            _ => Err(FieldError::new(
                &self.name,
                field,
                format!("has a weight `{weight}` that is not a finite number"),
            )),
        }
    }

    /// How often bags were missing or too long, and items unknown or empty, since the last call.
    pub fn counts(&self) -> Vec<PolicyCount> {
        let Counters { missing, unknown, too_long, empty_item } = &self.counters;
        let counters = [
            ("missing", missing),
            ("unknown", unknown),
            ("too long", too_long),
            ("empty item", empty_item),
            self.invalid.counter(),
        ];
        take(&self.name, &counters)
    }
}

/// Refuses a missing bag, or takes it as empty.
pub(super) fn missing_bag(column: &str, missing: MissingBag) -> Result<(), FieldError> {
    match missing {
        MissingBag::Empty => Ok(()),
        MissingBag::Error => Err(FieldError::new(
            column,
            &Field::Missing,
            "is missing; missing = empty takes it as a bag without items",
        )),
    }
}

/// Ends a bag, unless the column is full.
pub(super) fn close(column: &str, field: &Field, into: &mut impl OpenRecord) -> Result<(), FieldError> {
    if into.close() {
        Ok(())
    } else {
        Err(FieldError::new(column, field, "is beyond the 2^32 items a column can hold"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::bag_text::escape_bag_item;
    use super::super::encoded::Bags;
    use super::super::vocabulary::Learned;
    use super::*;

    fn keys(column: &BagColumn, field: &Field) -> Result<Vec<String>, FieldError> {
        let (mut items, _) = column.items(field)?;
        column.cut(field, &mut items)?;
        Ok(items.into_iter().map(|(key, _)| key.into_owned()).collect())
    }

    /// Every short text over an alphabet of the marks and two letters.
    fn texts(length: u32) -> impl Iterator<Item = String> {
        let alphabet = ['a', ',', ':', '\\', 'é'];
        (1..=length).flat_map(move |length| {
            (0..5_usize.pow(length)).map(move |mut number| {
                let mut text = String::new();
                for _ in 0..length {
                    text.push(alphabet[number % 5]);
                    number /= 5;
                }
                text
            })
        })
    }

    #[test]
    fn a_refused_bag_leaves_nothing_behind() {
        let mut vocabulary = Vocabulary::list("x", &["a"]).oov(Oov::Error);
        vocabulary.finish().unwrap();
        let mut bags = Bags::default();
        let column = BagColumn::new("x").substitute();
        for text in ["a", "a,a,b", "", "a,a"] {
            column.encode(&text.into(), &vocabulary, &mut bags).unwrap();
        }
        assert_eq!((bags.offsets(), bags.ids()), (&[0, 1, 1, 1, 3][..], &[0, 0, 0][..]));
        let strict = column.missing(MissingBag::Error);
        let error = strict.encode(&"b".into(), &vocabulary, &mut bags).unwrap_err().to_string();
        assert!(error.contains("not in the vocabulary"), "{error}");
        let error = strict.encode(&Field::Missing, &vocabulary, &mut bags).unwrap_err().to_string();
        assert!(error.contains("missing = empty"), "{error}");
    }

    #[test]
    fn what_is_missing_in_a_sequence_keeps_its_place() {
        let list = Field::List(vec!["a".into(), Field::Missing, "b".into()]);
        let mut vocabulary = Vocabulary::learned("x", Learned { min_count: 1, max: None }).oov(Oov::Zero);
        let mut column = BagColumn::new("x").ordered();
        column.observe(&list, &mut vocabulary).unwrap();
        vocabulary.finish().unwrap();
        let mut bags = Bags::default();
        column.encode(&list, &vocabulary, &mut bags).unwrap();
        assert_eq!(bags.ids()[1], NONE);
        assert!(bags.ids()[0] != NONE && bags.ids()[2] != NONE && bags.ids().len() == 3);
        assert!(BagColumn::new("x").encode(&list, &vocabulary, &mut bags).is_err());
    }

    #[test]
    fn escaped_keys_come_back() {
        let plain = BagColumn::new("x");
        let weighted = BagColumn::new("x").weighted(':');
        for key in texts(5) {
            let text = format!("{},z", escape_bag_item(&key, ',', None));
            assert_eq!(keys(&plain, &text.into()).unwrap(), [key.as_str(), "z"]);
            let text = format!("z:1,{}:0.5", escape_bag_item(&key, ',', Some(':')));
            let field = Field::from(text);
            let items = weighted.items(&field).unwrap().0;
            assert_eq!(items, [("z".into(), 1.0), (key.as_str().into(), 0.5)]);
        }
    }

    #[test]
    fn any_text_is_a_plain_bag() {
        for text in texts(6) {
            let found = keys(&BagColumn::new("x"), &text.clone().into()).unwrap();
            let again: Vec<_> = found.iter().map(|key| escape_bag_item(key, ',', None)).collect();
            assert_eq!(keys(&BagColumn::new("x"), &again.join(",").into()).unwrap(), found, "{text}");
        }
    }

    #[test]
    fn weights_and_forms() {
        let column = BagColumn::new("x").weighted(':').max(2, Keep::Last);
        let mut vocabulary = Vocabulary::list("x", &["a", "b"]).oov(Oov::Drop);
        vocabulary.finish().unwrap();
        let mut bags = Bags::default();
        let forms = [
            Field::from("a:9,a:1,b:0.5"),
            serde_json::from_str(r#"{"a": 1, "b": 0.5}"#).unwrap(),
            Field::Missing,
            serde_json::from_str(r#"[["a", 2], ["c", 3]]"#).unwrap(),
        ];
        for form in &forms {
            column.encode(form, &vocabulary, &mut bags).unwrap();
        }
        assert_eq!(bags.offsets(), [0, 2, 4, 4, 5]);
        assert_eq!(bags.ids(), [0, 1, 0, 1, 0]);
        assert_eq!(bags.weights(), [1.0, 0.5, 1.0, 0.5, 2.0]);
        let counts: Vec<_> = column.counts().into_iter().map(|count| (count.policy, count.count)).collect();
        assert_eq!(counts, [("missing", 1), ("unknown", 1), ("too long", 1)]);
        for bad in ["a", "a:", "a:nan", "a:inf", ":1", "a:1:2", "a:x"] {
            assert!(column.encode(&bad.into(), &vocabulary, &mut bags).is_err(), "{bad}");
        }
    }

    #[test]
    fn sequences_are_cut_to_what_they_know() {
        let mut vocabulary = Vocabulary::list("x", &["1", "2", "3"]).oov(Oov::Drop);
        vocabulary.finish().unwrap();
        let bag = BagColumn::new("x").max(2, Keep::Last);
        for (column, kept) in [(bag.clone(), &[][..]), (bag.ordered(), &[0, 1])] {
            let mut bags = Bags::default();
            column.encode(&"1,2,99,98".into(), &vocabulary, &mut bags).unwrap();
            assert_eq!(bags.ids(), kept);
            let unknown = column.counts().into_iter().find(|count| count.policy == "unknown");
            assert_eq!(unknown.map(|count| count.count), Some(2));
        }
    }

    #[test]
    fn lengths_and_padding() {
        let field = Field::from("1,0,2,,3,0");
        let column = BagColumn::new("x").padding("0");
        assert_eq!(keys(&column, &field).unwrap(), ["1", "2", "3"]);
        assert_eq!(keys(&column.clone().max(2, Keep::First), &field).unwrap(), ["1", "2"]);
        assert_eq!(keys(&column.clone().max(2, Keep::Last), &field).unwrap(), ["2", "3"]);
        assert!(keys(&column.clone().max(2, Keep::Error), &field).is_err());
        assert_eq!(keys(&column.max(3, Keep::Error), &field).unwrap().len(), 3);
        assert!(keys(&BagColumn::new("x").missing(MissingBag::Error), &Field::Missing).is_err());
    }
}
