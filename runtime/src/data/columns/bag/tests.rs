//! Bags in every form.

use turret_schema::{Keys, Oov};

use super::*;
use crate::data::CompoundKind;
use crate::data::columns::escape_bag_item;
use crate::data::encoded::Bags;
use crate::data::encoded::NONE;

/// Bags of any length.
const ANY: (usize, Keep) = (usize::MAX, Keep::First);

fn keys(column: &BagColumn, field: &Field) -> Result<Vec<String>, FieldError> {
    let (mut items, _) = column.items(field)?;
    column.cut(field, &mut items)?;
    Ok(items.into_iter().map(|(key, _)| key.into_owned()).collect())
}

/// Every short text over an alphabet of the marks and two letters.
fn texts(length: u32) -> impl Iterator<Item = String> {
    const ALPHABET: [char; 10] = ['a', ',', ':', '\\', 'é', '[', ']', '(', ')', '{'];
    (1..=length).flat_map(move |length| {
        (0..ALPHABET.len().pow(length)).map(move |mut number| {
            let mut text = String::new();
            for _ in 0..length {
                text.push(ALPHABET[number % ALPHABET.len()]);
                number /= ALPHABET.len();
            }
            text
        })
    })
}

#[test]
fn a_refused_bag_leaves_nothing_behind() {
    let mut vocabulary = Vocabulary::new("x", Keys::list(["a"])).oov(Oov::Error);
    vocabulary.finish(std::path::Path::new("")).unwrap();
    let mut bags = Bags::default();
    let column = BagColumn::new("x", BagSpec::bag(ANY)).substitute();
    for text in ["a", "a,a,b", "", "a,a"] {
        column.encode(&text.into(), &vocabulary, &mut bags, Counting::Counted).unwrap();
    }
    assert_eq!((bags.offsets(), bags.ids()), (&[0, 1, 1, 1, 3][..], &[0, 0, 0][..]));
    let strict = BagColumn::new("x", BagSpec::bag(ANY).missing(MissingBag::Error)).substitute();
    let error =
        strict.encode(&"b".into(), &vocabulary, &mut bags, Counting::Counted).unwrap_err().to_string();
    assert!(error.contains("not in the vocabulary"), "{error}");
    let error =
        strict.encode(&Field::Missing, &vocabulary, &mut bags, Counting::Counted).unwrap_err().to_string();
    assert!(error.contains("missing = empty"), "{error}");
}

#[test]
fn what_is_missing_in_a_sequence_keeps_its_place() {
    let list = Field::List(vec!["a".into(), Field::Missing, "b".into()]);
    let mut vocabulary = Vocabulary::new("x", Keys::learned()).oov(Oov::Zero);
    let mut column = BagColumn::new("x", BagSpec::sequence(ANY));
    column.observe(&list, &mut vocabulary, 1).unwrap();
    vocabulary.finish(std::path::Path::new("")).unwrap();
    let mut bags = Bags::default();
    column.encode(&list, &vocabulary, &mut bags, Counting::Counted).unwrap();
    assert_eq!(bags.ids()[1], NONE);
    assert!(bags.ids()[0] != NONE && bags.ids()[2] != NONE && bags.ids().len() == 3);
    // A bag passes over what is missing, in a list as in text.
    let bag = BagColumn::new("x", BagSpec::bag(ANY));
    for given in [list, "a,,b".into()] {
        assert_eq!(keys(&bag, &given).unwrap(), ["a", "b"]);
        assert_eq!(bag.items(&given).unwrap().1, 1);
    }
}

#[test]
fn escaped_keys_come_back() {
    let plain = BagColumn::new("x", BagSpec::bag(ANY));
    let weighted = BagColumn::new("x", BagSpec::bag(ANY).weight_separator(':'));
    for key in texts(4) {
        let text = format!("{},z", escape_bag_item(&key, ',', None));
        assert_eq!(keys(&plain, &text.into()).unwrap(), [key.as_str(), "z"]);
        let text = format!("z:1,{}:0.5", escape_bag_item(&key, ',', Some(':')));
        let field = Field::from(text);
        let items = weighted.items(&field).unwrap().0;
        assert_eq!(items, [("z".into(), 1.0), (key.as_str().into(), 0.5)]);
    }
}

#[test]
fn any_text_is_a_plain_bag_unless_it_begins_as_a_list() {
    for text in texts(5) {
        let Ok(found) = keys(&BagColumn::new("x", BagSpec::bag(ANY)), &text.clone().into()) else {
            assert!(
                text.starts_with(['[', '(', '{']) || text.contains("([") || text.contains("({"),
                "{text}"
            );
            continue;
        };
        let again: Vec<_> = found.iter().map(|key| escape_bag_item(key, ',', None)).collect();
        assert_eq!(
            keys(&BagColumn::new("x", BagSpec::bag(ANY)), &again.join(",").into()).unwrap(),
            found,
            "{text}"
        );
    }
}

#[test]
fn no_key_keeps_a_bracket_of_a_list() {
    let column = BagColumn::new("x", BagSpec::bag(ANY));
    for text in ["[[1],[2]]", "(1, 2), (3, 4)", "['a', 'b'", "array([1, 2])", "[1 2 ... 9]", "{'a': 1}"] {
        let message = column.items(&text.into()).unwrap_err().to_string();
        assert!(message.contains(text) && message.contains("write `[1, 2]` or `['a', 'b']`"), "{message}");
    }
    for text in ["(a, b)", "{'a', 'b'}", "('a', 'b')"] {
        assert_eq!(keys(&column, &text.into()).unwrap(), ["a", "b"], "{text}");
    }
    let weighted = BagColumn::new("x", BagSpec::bag(ANY).weight_separator(':'));
    for text in ["{'a': 1", "[a:1", "Counter({'a': 2})"] {
        let message = weighted.items(&text.into()).unwrap_err().to_string();
        assert!(message.contains(text) && message.contains("write `{'a': 0.5, 'b': 1}`"), "{message}");
    }
}

#[test]
fn one_key_in_many_forms() {
    let mut column = BagColumn::new("x", BagSpec::bag(ANY).separator('|').padding("0.0"));
    let mut vocabulary = Vocabulary::new("x", Keys::learned());
    column.observe(&"12|a b|1".into(), &mut vocabulary, 1).unwrap();
    vocabulary.finish(std::path::Path::new("")).unwrap();
    let rows = |key| match vocabulary.row(key) {
        Lookup::Known(row) => row,
        Lookup::Unknown(_) => NONE,
    };
    let expected = ["12", "a b", "1"].map(rows);
    for json in [
        r#"" 12.0 |a b| True""#,
        r#""12 ||a b|0|1.0""#,
        r#""['12', 'a b', 1]""#,
        r#""[12.0, a b, true]""#,
        r#"[12, " a b", true]"#,
        r#"[12.0, "a b", 0, "1"]"#,
    ] {
        let mut bags = Bags::default();
        column
            .encode(&serde_json::from_str(json).unwrap(), &vocabulary, &mut bags, Counting::Counted)
            .unwrap();
        assert_eq!(bags.ids(), expected, "{json}");
    }
    let mut bags = Bags::default();
    for one in [Field::Int(12), Field::Float(12.0), "12".into(), "[12]".into()] {
        column.encode(&one, &vocabulary, &mut bags, Counting::Counted).unwrap();
    }
    assert_eq!(bags.ids(), [expected[0]; 4]);
}

#[test]
fn weights_as_text() {
    let column = BagColumn::new("x", BagSpec::bag(ANY).weight_separator(':'));
    for json in [
        r#"{"a": "0.5", "b": 2}"#,
        r#"{"a ": 0.5, "b": "2"}"#,
        r#"[["a", "0.5"], ["b", 2.0]]"#,
        r#"" a : 0.5 ,b:2""#,
        r#""{'a': 0.5, 'b': 2}""#,
        r#""{\"a\": \"0.5\", \"b\": 2}""#,
    ] {
        let field: Field = serde_json::from_str(json).unwrap();
        assert_eq!(column.items(&field).unwrap().0, [("a".into(), 0.5), ("b".into(), 2.0)], "{json}");
    }
    let refused: Field = serde_json::from_str(r#"{"a": "x"}"#).unwrap();
    let message = column.items(&refused).unwrap_err().to_string();
    assert!(message.ends_with("has a weight `x` that is not a finite number"), "{message}");
}

#[test]
fn weights_and_forms() {
    let column = BagColumn::new("x", BagSpec::bag((2, Keep::Last)).weight_separator(':'));
    let mut vocabulary = Vocabulary::new("x", Keys::list(["a", "b"])).oov(Oov::Drop);
    vocabulary.finish(std::path::Path::new("")).unwrap();
    let mut bags = Bags::default();
    let forms = [
        Field::from("a:9,a:1,b:0.5"),
        serde_json::from_str(r#"{"a": 1, "b": 0.5}"#).unwrap(),
        Field::Missing,
        serde_json::from_str(r#"[["a", 2], ["c", 3]]"#).unwrap(),
    ];
    for form in &forms {
        column.encode(form, &vocabulary, &mut bags, Counting::Counted).unwrap();
    }
    assert_eq!(bags.offsets(), [0, 2, 4, 4, 5]);
    assert_eq!(bags.ids(), [0, 1, 0, 1, 0]);
    assert_eq!(bags.weights(), [1.0, 0.5, 1.0, 0.5, 2.0]);
    let counts: Vec<_> = column.counts().into_iter().map(|count| (count.policy, count.count)).collect();
    assert_eq!(counts, [("missing", 1), ("unknown", 1), ("too long", 1)]);
    for bad in ["a", "a:", "a:nan", "a:inf", ":1", "a:1:2", "a:x"] {
        assert!(column.encode(&bad.into(), &vocabulary, &mut bags, Counting::Counted).is_err(), "{bad}");
    }
}

#[test]
fn sequences_are_cut_to_what_they_know() {
    let mut vocabulary = Vocabulary::new("x", Keys::list(["1", "2", "3"])).oov(Oov::Drop);
    vocabulary.finish(std::path::Path::new("")).unwrap();
    let latest = (2, Keep::Last);
    for (spec, kept) in [(BagSpec::bag(latest), &[][..]), (BagSpec::sequence(latest), &[0, 1])] {
        let column = BagColumn::new("x", spec);
        let mut bags = Bags::default();
        column.encode(&"1,2,99,98".into(), &vocabulary, &mut bags, Counting::Counted).unwrap();
        assert_eq!(bags.ids(), kept);
        let unknown = column.counts().into_iter().find(|count| count.policy == "unknown");
        assert_eq!(unknown.map(|count| count.count), Some(2));
    }
}

#[test]
fn lengths_and_padding() {
    let field = Field::from("1,0,2,,3,0");
    let column = |max| BagColumn::new("x", BagSpec::bag(max).padding("0"));
    assert_eq!(keys(&column(ANY), &field).unwrap(), ["1", "2", "3"]);
    assert_eq!(keys(&column((2, Keep::First)), &field).unwrap(), ["1", "2"]);
    assert_eq!(keys(&column((2, Keep::Last)), &field).unwrap(), ["2", "3"]);
    assert!(keys(&column((2, Keep::Error)), &field).is_err());
    assert_eq!(keys(&column((3, Keep::Error)), &field).unwrap().len(), 3);
    assert!(
        keys(&BagColumn::new("x", BagSpec::bag(ANY).missing(MissingBag::Error)), &Field::Missing).is_err()
    );
}

/// A list with the field that belongs to it.
fn compound<'a>(kind: CompoundKind, list: Field<'a>, further: Field<'a>) -> Field<'a> {
    kind.join(list, std::iter::once(further))
}

#[test]
fn padded_lists_end_with_their_length() {
    let bag = BagColumn::new("x", BagSpec::bag(ANY).padding("0"));
    let sequence = BagColumn::new("x", BagSpec::sequence(ANY));
    let list = || Field::List(vec![Field::Int(5), Field::Missing, Field::Int(7), Field::Int(0)]);
    for (column, list, length, expected) in [
        (&bag, Field::from("5,0,7,0,0"), Field::from("3"), &["5", "7"][..]),
        (&bag, "[5, 6, 7, 8]".into(), Field::Int(2), &["5", "6"]),
        (&bag, "5,6".into(), Field::Float(9.0), &["5", "6"]),
        (&bag, "5,6".into(), Field::Missing, &["5", "6"]),
        (&bag, "5".into(), Field::Int(1), &["5"]),
        (&bag, Field::Int(5), Field::Int(0), &[]),
        (&bag, Field::Missing, Field::Int(2), &[]),
        (&bag, list(), Field::Int(3), &["5", "7"]),
        (&sequence, list(), Field::Int(3), &["5", "", "7"]),
        (&sequence, "[5, None, 7, 0]".into(), Field::Int(3), &["5", "", "7"]),
        // An empty item counts, but in a text it has no place of its own.
        (&sequence, "5,,7,0".into(), Field::Int(3), &["5", "7"]),
    ] {
        let field = compound(CompoundKind::Length, list, length);
        assert_eq!(keys(column, &field).unwrap(), expected, "{field:?}");
    }
    for length in ["-1", "2.5", "many"] {
        let field = compound(CompoundKind::Length, "5,6".into(), length.into());
        let message = keys(&bag, &field).unwrap_err().to_string();
        assert_eq!(
            message,
            format!("column `x`: `5,6` has the length `{length}`, which is not a number of items")
        );
    }
}

#[test]
fn weights_of_their_own_field() {
    let column = BagColumn::new("x", BagSpec::bag(ANY).weight_separator(':').padding("0"));
    let items = |list: &'static str, weights: Field<'static>| {
        let field = compound(CompoundKind::Weights, list.into(), weights);
        let (items, _) = column.items(&field).map_err(|error| error.to_string())?;
        Ok::<_, String>(items.into_iter().map(|(key, weight)| (key.into_owned(), weight)).collect::<Vec<_>>())
    };
    let expected = Ok(vec![("a".to_owned(), 0.5), ("b".to_owned(), 2.0)]);
    assert_eq!(items("a,b,0", "0.5,2,0".into()), expected);
    assert_eq!(items("['a', 'b']", "[0.5, 2]".into()), expected);
    assert_eq!(items("a,,b", Field::List(vec![Field::Float(0.5), Field::Int(1), Field::Int(2)])), expected);
    assert_eq!(items("", Field::Missing), Ok(Vec::new()));
    let refused = |list: &str, weights| Err(format!("column `x`: `{list}` has {weights}"));
    assert_eq!(items("a,b", Field::Missing), refused("a,b", "2 items, but 0 weights"));
    assert_eq!(items("a", Field::Missing), refused("a", "1 item, but 0 weights"));
    assert_eq!(items("['a', 'b']", " ".into()), refused("['a', 'b']", "2 items, but 0 weights"));
    assert_eq!(items("a:0.5,b:2", Field::Missing), refused("a:0.5,b:2", "2 items, but 0 weights"));
    assert_eq!(items("[]", "0.5".into()), refused("[]", "0 items, but 1 weight"));
    let keyless = "column `x`: the value has 0 items, but 1 weight".to_owned();
    assert_eq!(items("", "0.5".into()), Err(keyless));
    assert_eq!(items("a,b", "1".into()), Err("column `x`: `a,b` has 2 items, but 1 weight".to_owned()));
    assert!(items("a,b", "1,x".into()).unwrap_err().contains("a weight `x` that is not a finite number"));
}
