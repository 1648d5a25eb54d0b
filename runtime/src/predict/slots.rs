//! Which input of the model reads a field of a record.

use std::collections::HashSet;

use crate::data::{Field, FieldName, HISTORY, nearest};
use crate::program::InputInfo;
use crate::progress::say;

use super::records::Record;

/// The fields that some inputs of a model read.
pub(super) struct Slots {
    all: &'static [InputInfo],
    inputs: Vec<usize>,
    /// Columns named otherwise than the field they read.
    renamed: &'static [(&'static str, &'static str)],
    /// Names that no input has and that were warned of.
    strange: HashSet<String>,
}

impl Slots {
    pub(super) fn new(
        all: &'static [InputInfo],
        inputs: Vec<usize>,
        renamed: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { all, inputs, renamed, strange: HashSet::new() }
    }

    /// The inputs that are filled.
    pub(super) fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The fields that are read.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static FieldName> {
        self.inputs.iter().flat_map(|&input| self.all[input].fields)
    }

    /// The fields of a record in the order of each input. One that is left out is missing; one that nothing reads is
    /// passed over, with a warning the first time.
    pub(super) fn sort<'r>(&mut self, record: &Record<'r>) -> Vec<(usize, Vec<Field<'r>>)> {
        let empty = |&input: &usize| (input, vec![Field::Missing; self.all[input].fields.len()]);
        let mut sorted: Vec<_> = self.inputs.iter().map(empty).collect();
        for (name, value) in &record.fields {
            let mut read = false;
            for (input, fields) in &mut sorted {
                for (slot, field) in fields.iter_mut().zip(self.all[*input].fields) {
                    if is(name, field) {
                        *slot = value.clone();
                        read = true;
                    }
                }
            }
            if !read {
                self.warn(name, &record.place);
            }
        }
        sorted
    }

    fn warn(&mut self, name: &str, place: &str) {
        let mut fields = self.all.iter().flat_map(|input| input.fields);
        if self.strange.contains(name) || fields.any(|field| is(name, field)) {
            return;
        }
        self.strange.insert(name.to_owned());
        let remedy = self.remedy(name).unwrap_or_default();
        say(format_args!(
            "warning: {place}: the model reads no field `{name}`, so it is passed over{remedy}"
        ));
    }

    /// The field that was meant by a name: that of the column of this name, or the nearest.
    pub(super) fn remedy(&self, name: &str) -> Option<String> {
        if let Some((column, field)) = self.renamed.iter().find(|(column, _)| *column == name) {
            return Some(format!("; the column `{column}` reads the field `{field}`: give it by that name"));
        }
        let meant = nearest(name, self.fields().map(|field| field.name))?;
        Some(format!("; did you mean `{meant}`?"))
    }
}

/// Fields go by their name, or by `source.name`; those of earlier rows by `history.name` alone, since `name` is that of the row.
pub(super) fn is(name: &str, field: &FieldName) -> bool {
    let qualified = || name.strip_prefix(field.source).and_then(|rest| rest.strip_prefix('.'));
    name == field.name && field.source != HISTORY || qualified() == Some(field.name)
}

#[cfg(test)]
mod tests {
    use super::Slots;
    use crate::data::FieldName;
    use crate::program::InputInfo;

    const INPUTS: &[InputInfo] = &[InputInfo {
        name: "query",
        part: 0,
        fields: &[FieldName::of("log", "timestamp"), FieldName::of("log", "age")],
    }];

    #[test]
    fn the_name_of_a_column_leads_to_its_field() {
        let slots = Slots::new(INPUTS, vec![0], &[("bucket", "timestamp")]);
        let remedy = |name: &str| slots.remedy(name);
        assert!(remedy("bucket").unwrap().contains("the column `bucket` reads the field `timestamp`"));
        assert_eq!(remedy("timestmp").as_deref(), Some("; did you mean `timestamp`?"));
        assert_eq!(remedy("zebra"), None);
    }
}
