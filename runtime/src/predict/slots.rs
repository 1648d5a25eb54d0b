//! Assignment of record fields to the inputs of the model.

use turret_schema::Text;

use crate::data::InputInfo;
use crate::data::{Field, FieldName, HISTORY, nearest};
use crate::printable::printable;
use crate::progress::{rounded, say};

use super::records::Record;

/// Fields that the given inputs of a model read.
pub(crate) struct Slots {
    all: &'static [InputInfo<'static>],
    inputs: Vec<usize>,
    /// Columns whose name differs from their field.
    renamed: &'static [(Text, Text)],
    /// Field that something else than an input reads.
    elsewhere: Option<Text>,
    /// First unknown field name, for which a warning was printed.
    strange: Option<String>,
    /// Number of further unknown fields.
    more: u64,
}

impl Slots {
    pub(crate) fn new(
        all: &'static [InputInfo<'static>],
        inputs: Vec<usize>,
        renamed: &'static [(Text, Text)],
    ) -> Self {
        Self { all, inputs, renamed, elsewhere: None, strange: None, more: 0 }
    }

    /// Sets a field that something else than an input reads.
    #[must_use]
    pub(crate) fn elsewhere(self, field: Option<Text>) -> Self {
        Self { elsewhere: field, ..self }
    }

    /// Returns the inputs to fill.
    pub(super) fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// Returns the fields to read.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static FieldName<'static>> {
        self.inputs.iter().flat_map(|&input| self.all[input].fields)
    }

    /// Returns the fields of a record in the order of each input. Absent fields are missing. Unknown fields
    /// are ignored, with a warning for the first.
    pub(super) fn sort<'r>(&mut self, record: Record<'r>) -> Vec<(usize, Vec<Field<'r>>)> {
        let empty = |&input: &usize| (input, vec![(Field::Missing, false); self.all[input].fields.len()]);
        let mut sorted: Vec<_> = self.inputs.iter().map(empty).collect();
        for (name, value) in record.fields {
            let mut read = false;
            for (input, slots) in &mut sorted {
                for ((slot, is_full), field) in slots.iter_mut().zip(self.all[*input].fields) {
                    match form_of(&name, field) {
                        Some(form) => {
                            read = true;
                            if form == Form::Full || !*is_full {
                                (*slot, *is_full) = (value.clone(), form == Form::Full);
                            }
                        }
                        None => {
                            let below =
                                field.name.strip_prefix(&*name).and_then(|rest| rest.strip_prefix('.'));
                            let nested = below.and_then(|below| member(&value, below));
                            if let Some(nested) = nested.filter(|_| field.source != HISTORY) {
                                read = true;
                                if !*is_full {
                                    *slot = nested.clone();
                                }
                            }
                        }
                    }
                }
            }
            if !read {
                self.warn(&name, &record.place);
            }
        }
        let values = |slots: Vec<(Field<'r>, bool)>| slots.into_iter().map(|(value, _)| value).collect();
        sorted.into_iter().map(|(input, slots)| (input, values(slots))).collect()
    }

    fn warn(&mut self, name: &str, place: &str) {
        let mut fields = self.all.iter().flat_map(|input| input.fields);
        if [self.strange.as_deref(), self.elsewhere.as_deref()].contains(&Some(name))
            || fields.any(|field| form_of(name, field).is_some())
        {
            return;
        }
        if self.strange.is_some() {
            self.more += 1;
            return;
        }
        self.strange = Some(name.to_owned());
        say(format_args!(
            "warning: {place}: the model has no field `{}`, so it is ignored{}",
            printable(name),
            self.remedy(name).unwrap_or_default()
        ));
    }

    /// Returns a suggestion for an unknown name: the field of the column with this name, or the nearest
    /// field.
    pub(super) fn remedy(&self, name: &str) -> Option<String> {
        if let Some((column, field)) = self.renamed.iter().find(|(column, _)| &**column == name) {
            return Some(format!("; the column `{column}` reads the field `{field}`: give it by that name"));
        }
        let meant = nearest(name, self.fields().map(|field| field.name))?;
        Some(format!("; did you mean `{meant}`?"))
    }

    /// Reports the number of further unknown fields.
    pub(super) fn finish(&self) {
        if self.more > 0 {
            let more = rounded(self.more as f64);
            say(format_args!("warning: {more} further fields that the model does not have were ignored"));
        }
    }
}

/// Returns the value of an object below a path.
fn member<'f, 'r>(value: &'f Field<'r>, path: &str) -> Option<&'f Field<'r>> {
    path.split('.').try_fold(value, |value, name| match value {
        Field::Pairs(pairs) => pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value),
        _ => None,
    })
}

/// Form of a field name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Column name only; fields of several sources may share it.
    Short,
    /// `source.name`; it takes precedence if both are given.
    Full,
}

/// Returns the form of a field name. Fields of earlier rows always need `history.name`, because `name` is the
/// field of the row itself.
pub(super) fn form_of(name: &str, field: &FieldName<'_>) -> Option<Form> {
    let column = name.strip_prefix(field.source).and_then(|rest| rest.strip_prefix('.'));
    if column == Some(field.name) {
        Some(Form::Full)
    } else {
        (name == field.name && field.source != HISTORY).then_some(Form::Short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: &[InputInfo] = &[
        InputInfo::new(
            "t",
            0,
            &[FieldName::of("users", "zip"), FieldName::of("items", "zip"), FieldName::of("history", "zip")],
        ),
        InputInfo::new("target", 0, &[FieldName::of("log", "y")]),
    ];

    fn sorted(fields: &[(&'static str, &'static str)]) -> Vec<Field<'static>> {
        let fields = fields.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        let mut slots = Slots::new(INPUTS, vec![0], &[]);
        slots.sort(Record { place: "here".into(), fields }).remove(0).1
    }

    #[test]
    fn a_full_name_counts_in_any_order() {
        let expected = [Field::from("1"), "2".into(), Field::Missing];
        let orders = [
            &[("users.zip", "1"), ("items.zip", "2")][..],
            &[("zip", "1"), ("items.zip", "2")],
            &[("items.zip", "2"), ("zip", "1")],
            &[("items.zip", "2"), ("zip", "3"), ("users.zip", "1"), ("zip", "4")],
        ];
        for fields in orders {
            assert_eq!(sorted(fields), expected, "{fields:?}");
        }
        assert_eq!(sorted(&[("zip", "1")]), [Field::from("1"), "1".into(), Field::Missing]);
        assert_eq!(sorted(&[("history.zip", "1")])[2], Field::from("1"));
    }

    #[test]
    fn nested_fields_are_found_by_their_paths() {
        const NESTED: &[InputInfo] = &[InputInfo::new(
            "t",
            0,
            &[FieldName::of("log", "author.id"), FieldName::of("log", "author.name.last")],
        )];
        let name = Field::Pairs(vec![("last".into(), "L".into())]);
        let author = Field::Pairs(vec![("id".into(), Field::Int(3)), ("name".into(), name)]);
        let sorted = |fields: Vec<(&'static str, Field<'static>)>| {
            let fields = fields.into_iter().map(|(name, value)| (name.into(), value)).collect();
            let mut slots = Slots::new(NESTED, vec![0], &[]);
            slots.sort(Record { place: "here".into(), fields }).remove(0).1
        };
        assert_eq!(sorted(vec![("author", author)]), [Field::Int(3), "L".into()]);
        assert_eq!(sorted(vec![("author.id", "4".into())]), [Field::from("4"), Field::Missing]);
    }

    #[test]
    fn what_nothing_reads_is_counted() {
        let mut slots = Slots::new(INPUTS, vec![0], &[]);
        for name in ["zap", "zap", "zip", "y", "zop", "zup"] {
            let fields = vec![(name.into(), Field::Missing)];
            slots.sort(Record { place: "here".into(), fields });
        }
        // The label belongs to another input.
        assert_eq!((slots.strange.as_deref(), slots.more), (Some("zap"), 2));
    }

    const RENAMED: &[InputInfo] =
        &[InputInfo::new("query", 0, &[FieldName::of("log", "timestamp"), FieldName::of("log", "age")])];

    #[test]
    fn the_name_of_a_column_leads_to_its_field() {
        let slots = Slots::new(RENAMED, vec![0], &[(Text::Borrowed("bucket"), Text::Borrowed("timestamp"))]);
        let remedy = |name: &str| slots.remedy(name);
        assert!(remedy("bucket").unwrap().contains("the column `bucket` reads the field `timestamp`"));
        assert_eq!(remedy("timestmp").as_deref(), Some("; did you mean `timestamp`?"));
        assert_eq!(remedy("zebra"), None);
    }
}
