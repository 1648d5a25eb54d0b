//! YAML and JSON as values.

use saphyr::{LoadableYamlNode, Scalar, Yaml};

use super::value::Value;

/// Reads the first document of a text.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    Ok(documents.first().map_or(Value::None, value))
}

fn value(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(scalar) => self::scalar(scalar),
        Yaml::Sequence(items) => Value::List(items.iter().map(value).collect()),
        Yaml::Mapping(entries) => {
            Value::Map(entries.iter().map(|(key, entry)| (name(&value(key)), value(entry))).collect())
        }
        Yaml::Tagged(_, inner) => value(inner),
        Yaml::Representation(text, ..) => Value::Text(text.to_string()),
        Yaml::Alias(_) | Yaml::BadValue => Value::Unknown("?".to_owned()),
    }
}

fn scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::None,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::Number(*value as f64),
        Scalar::FloatingPoint(value) => Value::Number(value.into_inner()),
        // YAML 1.1, which Python reads, has more spellings.
        Scalar::String(text) => match &**text {
            "True" | "yes" | "on" => Value::Bool(true),
            "False" | "no" | "off" => Value::Bool(false),
            "None" => Value::None,
            text => text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Number),
        },
    }
}

/// A key as text.
fn name(key: &Value) -> String {
    key.text().map_or_else(|| key.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_configurations() {
        let text = "a: True\nb: {name: [\"x\", y], rate: 1.e-3}\nc: null\nd:\n    - {n: 1}\n    - 'two'\n";
        let read = parse(text).unwrap();
        assert!(read.get("a").unwrap().is_true());
        let b = read.get("b").unwrap();
        assert_eq!(
            (b.get("name").unwrap().texts(), b.get("rate")),
            (vec!["x", "y"], Some(&Value::Number(1e-3)))
        );
        assert_eq!(read.get("c"), Some(&Value::None));
        assert_eq!(read.get("d").unwrap().items()[1], Value::Text("two".to_owned()));
        assert_eq!(parse("{\"a\": [1, {\"b\": false}]}").unwrap().get("a").unwrap().items().len(), 2);
        assert!(parse("a: [1, 2").is_err());
    }
}
