//! One value by every door: a cell, JSON and Rust.

use proptest::prelude::*;

use crate::data::number::exact;
use crate::data::{AsField, Field, record_of_json};

/// The key and the number of a field.
fn meaning(field: &Field<'_>) -> (Option<String>, Option<String>) {
    let number = exact("x", field).ok().flatten().map(|number| format!("{number:?}"));
    (field.key().map(|key| key.into_owned()), number)
}

/// Checks that a text, a JSON value and a value of Rust mean the same.
fn same(text: &str, json: &str, rust: &dyn AsField) {
    let record = format!("{{\"x\": {json}}}");
    let (cell, json) = (Field::from(text), record_of_json(&record).unwrap().remove(0).1);
    assert_eq!(meaning(&cell), meaning(&rust.as_field()), "{text} in a cell, and in Rust");
    assert_eq!(meaning(&cell), meaning(&json), "{text} in a cell, and as {json} in JSON");
}

#[test]
fn words_and_what_is_missing() {
    same("true", "true", &true);
    same(" False ", "false", &false);
    same("1", "true", &1_u8);
    same("a b", "\" a b\"", &"a b ");
    same("12", "12.0", &12.0_f32);
    same("12.0", "\"12\"", &12_u64);
    same("-0.0", "-0", &0_i8);
    same("18446744073709551615", "18446744073709551615", &u64::MAX);
    same("0.1", "0.1", &0.1_f32);
    for (cell, json, rust) in [
        (Field::from(" "), "null", None),
        (Field::from(""), "\"\"", Some(f64::NAN)),
        (Field::Missing, "\" \"", None),
    ] {
        let record = format!("{{\"x\": {json}}}");
        assert!(cell.is_missing() && rust.as_field().is_missing());
        assert!(record_of_json(&record).unwrap()[0].1.is_missing());
    }
}

proptest! {
    #[test]
    fn whole_numbers(value: i64, zeros in 0_usize..3, before in " {0,2}") {
        let fraction = if zeros == 0 { String::new() } else { format!(".{}", "0".repeat(zeros)) };
        let (plain, text) = (value.to_string(), format!("{before}{value}{fraction}"));
        same(&plain, &plain, &value);
        same(&plain, &format!("\"{plain}\""), &plain.as_str());
        // A double holds no more of a fraction of zeros than of the number.
        if value.unsigned_abs() < 1 << 53 {
            same(&text, &format!("{plain}{fraction}"), &(value as f64));
        }
        let field = Field::from(text.as_str());
        prop_assert_eq!(field.key(), Some(plain.into()));
    }

    #[test]
    fn fractions(value in -1e9_f64..1e9, single in -1e6_f32..1e6) {
        same(&value.to_string(), &value.to_string(), &value);
        same(&single.to_string(), &single.to_string(), &single);
    }
}
