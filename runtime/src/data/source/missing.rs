//! Values of a source that count as missing.

use std::collections::HashSet;

use turret_schema::SourceSpec;

use crate::data::field::Field;
use crate::data::key::canonical;

/// Keys that count as missing, in every column of a source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missing {
    keys: HashSet<Box<str>>,
    longest: usize,
}

impl Missing {
    /// Missing values of a source.
    pub(super) fn of(spec: &SourceSpec) -> Self {
        let keys: HashSet<Box<str>> = spec.missing.iter().map(|text| canonical(text).into()).collect();
        let longest = keys.iter().map(|key| key.len()).max().unwrap_or(0);
        Self { keys, longest }
    }

    /// True if no value counts as missing.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns whether a text counts as missing.
    pub(super) fn has(&self, text: &str) -> bool {
        !self.keys.is_empty() && {
            let key = canonical(text);
            key.len() <= self.longest && self.keys.contains(key)
        }
    }

    /// Returns a field, missing if its value counts as such.
    pub(super) fn applied<'f>(&self, field: Field<'f>) -> Field<'f> {
        let is_missing = !self.keys.is_empty() && field.key().is_some_and(|key| self.keys.contains(&*key));
        if is_missing { Field::Missing } else { field }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_keys() {
        let missing = Missing::of(&SourceSpec::csv("log", "log.csv").missing(["NA", "-1", "\\N"]));
        for (text, expected) in [
            ("NA", true),
            (" NA ", true),
            ("-1", true),
            ("-1.0", true),
            ("\\N", true),
            ("na", false),
            ("NAN", false),
            ("", false),
        ] {
            assert_eq!(missing.has(text), expected, "{text}");
            assert_eq!(
                missing.applied(Field::from(text)).is_missing(),
                expected || text.is_empty(),
                "{text}"
            );
        }
        assert!(
            missing.applied(Field::Int(-1)).is_missing() && missing.applied(Field::Float(-1.0)).is_missing()
        );
        assert!(!Missing::default().has("") && Missing::default().is_empty());
    }
}
