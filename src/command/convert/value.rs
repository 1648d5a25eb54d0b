//! Values of configurations and of Python expressions that need no Python.

use std::fmt;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// No value: `None` or `null`.
    None,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list or a tuple.
    List(Vec<Value>),
    /// Names with values, in order.
    Map(Vec<(String, Value)>),
    /// A call of a function that is not evaluated.
    Call(Call),
    /// An expression that only Python can evaluate.
    Unknown(String),
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    /// Name of the function, without its module.
    pub(super) name: String,
    /// Arguments without names.
    pub(super) positional: Vec<Value>,
    /// Arguments with names.
    pub(super) named: Vec<(String, Value)>,
    /// Line on which it begins.
    pub(super) line: usize,
}

impl Call {
    /// Argument with a name, or at a place.
    pub(super) fn argument(&self, name: &str, place: usize) -> Option<&Value> {
        let named = self.named.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        named.or_else(|| self.positional.get(place))
    }

    /// Argument with a name.
    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        self.argument(name, usize::MAX)
    }

    /// Arguments with names that are not among these, as they are written.
    pub(super) fn others(&self, known: &[&str]) -> Vec<String> {
        let others = self.named.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        others.map(|(name, value)| format!("{name} = {value}")).collect()
    }
}

impl Value {
    /// The text that it is.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number that it is.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The whole number that it is, not below 0.
    pub(super) fn whole(&self) -> Option<u64> {
        self.number().filter(|number| *number >= 0.0 && number.fract() == 0.0).map(|number| number as u64)
    }

    /// The whole number above 0 that it is.
    pub(super) fn count(&self) -> Option<usize> {
        self.whole().filter(|whole| *whole > 0).map(|whole| whole as usize)
    }

    /// Returns whether it is `true`.
    pub(super) fn is_true(&self) -> bool {
        *self == Value::Bool(true)
    }

    /// The items of a list; a single value is a list of itself.
    pub(super) fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            Value::None => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> Vec<&str> {
        self.items().iter().filter_map(Value::text).collect()
    }

    /// The whole numbers of a list.
    pub(super) fn counts(&self) -> Vec<usize> {
        self.items().iter().filter_map(Value::count).collect()
    }

    /// Value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => entries.iter().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Names with values.
    pub(super) fn entries(&self) -> &[(String, Value)] {
        match self {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Calls in lists.
    pub(super) fn calls(&self) -> Vec<&Call> {
        match self {
            Value::Call(call) => vec![call],
            Value::List(items) => items.iter().flat_map(Value::calls).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, items: &[Value]| {
            for (at, item) in items.iter().enumerate() {
                write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
            }
            Ok(())
        };
        match self {
            Value::None => f.write_str("None"),
            Value::Bool(value) => value.fmt(f),
            Value::Number(value) => value.fmt(f),
            Value::Text(text) => write!(f, "\"{text}\""),
            Value::Unknown(text) => f.write_str(text),
            Value::List(items) => {
                f.write_str("[")?;
                list(f, items)?;
                f.write_str("]")
            }
            Value::Map(entries) => {
                f.write_str("{")?;
                for (at, (name, value)) in entries.iter().enumerate() {
                    write!(f, "{}{name}: {value}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
            Value::Call(call) => {
                write!(f, "{}(", call.name)?;
                list(f, &call.positional)?;
                for (at, (name, value)) in call.named.iter().enumerate() {
                    let comma = if at == 0 && call.positional.is_empty() { "" } else { ", " };
                    write!(f, "{comma}{name} = {value}")?;
                }
                f.write_str(")")
            }
        }
    }
}
