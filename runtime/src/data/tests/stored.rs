//! Columns and keys in the files of runs of earlier versions.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::data::*;

/// Reads a value and compares what it is stored as with what it was read from.
fn same<T: Serialize + DeserializeOwned>(text: &str) {
    let stored: Value = serde_json::from_str(text).unwrap();
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(serde_json::to_value(read).unwrap(), stored);
}

#[test]
fn columns_are_stored_as_ever() {
    let invalid = r#""invalid": {"substitute": true}"#;
    same::<IdColumn>(&format!(r#"{{"name": "x", "missing": {{"Value": "b"}}, {invalid}}}"#));
    same::<BagColumn>(&format!(
        r#"{{"name": "x", "separator": "|", "weight_separator": ":", "max": [50, "Last"], "padding": "0",
            "missing": "Empty", "ordered": true, {invalid}}}"#
    ));
    same::<TextColumn>(&format!(r#"{{"name": "x", "max": [16, "First"], "missing": "Error", {invalid}}}"#));
    same::<FloatColumn>(&format!(
        r#"{{"name": "x", "missing": {{"Value": 0.5}}, "clip": [null, 2.5], "transform": "Standardize", {invalid},
            "seen": {{"count": 3, "mean": 0.1, "squares": 0.7, "min": -1.5, "max": 2.5}}}}"#
    ));
    same::<VectorColumn<2>>(&format!(r#"{{"name": "x", "separator": ",", "missing": "Zero", {invalid}}}"#));
    same::<BucketColumn>(&format!(
        r#"{{"name": "x", "boundaries": {{"Given": [0.5, [9007199254740992.0, 1]]}}, "missing": "Bucket", {invalid},
            "edges": [0.1, [9007199254740992.0, 1]]}}"#
    ));
    same::<LabelColumn>(&format!(r#"{{"name": "x", "threshold": 4.0, "missing": null, {invalid}}}"#));
    same::<WeightColumn>(&format!(r#"{{"name": "x", "missing": 1.0, {invalid}}}"#));
}

#[test]
fn keys_are_stored_as_ever() {
    for keys in [
        r#"{"Learned": {"min_count": 4, "max": null}}"#,
        r#"{"List": ["a", "b"]}"#,
        r#"{"File": "keys.txt"}"#,
        r#"{"Range": {"low": -1, "high": 3}}"#,
        r#"{"Hash": {"buckets": 1000, "seed": 0}}"#,
    ] {
        same::<Keys>(keys);
    }
    same::<Oov>(r#""Zero""#);
}
