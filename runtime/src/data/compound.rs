//! Fields that belong together: a list and its length, a list and its weights, or an item per field.

use super::field::{Field, FieldName};

/// Fields of a record that are read as one value, in the place of the first.
#[derive(Clone, Copy, Debug)]
pub struct Compound<'a> {
    /// Relation of the fields.
    pub kind: CompoundKind,
    /// Names of the fields.
    pub fields: &'a [FieldName<'a>],
}

/// Relation of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompoundKind {
    /// A list, and the number of its items before the padding.
    Length,
    /// A list, and the weights of its items.
    Weights,
    /// An item per field. Missing ones are left out.
    Items,
}

impl CompoundKind {
    /// Joins the values of the fields.
    pub(in crate::data) fn join<'a>(
        self,
        first: Field<'a>,
        further: impl Iterator<Item = Field<'a>>,
    ) -> Field<'a> {
        let mut further = further.filter(|field| !field.is_missing());
        match self {
            CompoundKind::Items => {
                let items: Vec<Field<'a>> =
                    Some(first).filter(|first| !first.is_missing()).into_iter().chain(further).collect();
                if items.is_empty() { Field::Missing } else { Field::List(items) }
            }
            CompoundKind::Length => match further.next() {
                Some(length) => Field::UpTo(Box::new((first, length))),
                None => first,
            },
            // An object has its own weights.
            CompoundKind::Weights => match (first, further.next()) {
                (first @ (Field::Missing | Field::Pairs(_)), None) => first,
                (first, weights) => Field::WeightedBy(Box::new((first, weights.unwrap_or_default()))),
            },
        }
    }
}

/// Joins the fields of a record that belong together. `names` has the names of all fields.
pub(in crate::data) fn join_fields<'a>(
    names: &[FieldName<'_>],
    compounds: &[Compound<'_>],
    fields: &'a [Field<'a>],
) -> Vec<Field<'a>> {
    let place = |field: &FieldName<'_>| names.iter().position(|name| name == field);
    let value = |field: &FieldName<'_>| {
        place(field).and_then(|at| fields.get(at)).map_or(Field::Missing, Field::borrowed)
    };
    let mut joined: Vec<Field<'a>> = fields.iter().map(Field::borrowed).collect();
    for Compound { kind, fields } in compounds {
        if let [first, further @ ..] = fields
            && let Some(at) = place(first).filter(|&at| at < joined.len())
        {
            joined[at] = kind.join(value(first), further.iter().map(value));
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_fields_belong_to_nothing() {
        const NAMES: &[FieldName<'static>] =
            &[FieldName::of("log", "a"), FieldName::of("log", "b"), FieldName::of("log", "c")];
        let join = |kind, fields: &[Field<'_>]| {
            let joined = join_fields(NAMES, &[Compound { kind, fields: NAMES }], fields);
            assert_eq!(joined[1..], fields[1..]);
            joined[0].clone().to_string()
        };
        let fields = [Field::from("1,2"), Field::Int(1), Field::Missing];
        assert_eq!(join(CompoundKind::Items, &fields), "[1,2, 1]");
        assert_eq!(join(CompoundKind::Items, &[Field::Missing, Field::Missing, Field::Int(4)]), "[4]");
        assert_eq!(join(CompoundKind::Items, &[Field::Missing, Field::Missing, Field::Missing]), "");
        assert_eq!(join(CompoundKind::Length, &fields), "1,2");
        assert_eq!(join(CompoundKind::Length, &["1".into(), Field::Missing, Field::Missing]), "1");
        let joined = |kind, list: Field<'static>, further| {
            let fields = [list, further, Field::Missing];
            let joined = join_fields(NAMES, &[Compound { kind, fields: &NAMES[..2] }], &fields);
            format!("{:?}", joined[0])
        };
        let said = |field: Field<'_>| format!("{field:?}");
        let list = || Field::from("1,2");
        let up_to = Field::UpTo(Box::new((list(), Field::Int(1))));
        assert_eq!(joined(CompoundKind::Length, list(), Field::Int(1)), said(up_to));
        // A list without weights has none of them; an object has its own.
        for weights in [Field::Int(1), Field::Missing] {
            let weighted = Field::WeightedBy(Box::new((list(), weights.clone())));
            assert_eq!(joined(CompoundKind::Weights, list(), weights), said(weighted));
        }
        for own in [Field::Missing, Field::Pairs(vec![("a".into(), Field::Int(1))])] {
            assert_eq!(joined(CompoundKind::Weights, own.clone(), Field::Missing), said(own));
        }
    }
}
