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
    /// Names that no input has and that were warned of.
    strange: HashSet<String>,
}

impl Slots {
    pub(super) fn new(all: &'static [InputInfo], inputs: Vec<usize>) -> Self {
        Self { all, inputs, strange: HashSet::new() }
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
        let meant = nearest(name, self.fields().map(|field| field.name))
            .map(|meant| format!("; did you mean `{meant}`?"));
        say(format_args!(
            "warning: {place}: the model reads no field `{name}`, so it is passed over{}",
            meant.unwrap_or_default()
        ));
    }
}

/// Fields go by their name, or by `source.name`; those of earlier rows by `history.name` alone, since `name` is that of the row.
pub(super) fn is(name: &str, field: &FieldName) -> bool {
    let qualified = || name.strip_prefix(field.source).and_then(|rest| rest.strip_prefix('.'));
    name == field.name && field.source != HISTORY || qualified() == Some(field.name)
}
