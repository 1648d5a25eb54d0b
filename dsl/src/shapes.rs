//! Check of the kinds of columns against the shapes of the values in data files.

use turret_schema::ValueShape;

use crate::compile::Planned;
use crate::diag::{Diagnostic, Errors};
use crate::model::{Column, ColumnKind};
use crate::written::written;

/// Reports each column whose kind does not read the values of its field. `names` has the fields of each source,
/// and `shapes` the shapes of their values, if known.
pub fn check_shapes(
    planned: &Planned,
    names: &[&[String]],
    shapes: &[Vec<Option<ValueShape>>],
) -> Vec<Diagnostic> {
    let model = &planned.plan.model;
    let mut errors = Errors::default();
    // A field of earlier rows is one item of a sequence.
    for column in model.columns.iter().filter(|column| !column.earlier) {
        let source = column.source.0;
        let place = names.get(source).and_then(|names| names.iter().position(|name| *name == column.field));
        let shape = place.and_then(|place| shapes.get(source)?.get(place).copied().flatten());
        if let Some((holds, reads)) = shape.and_then(|shape| refused(&column.kind, shape)) {
            let name = &model.data.sources[source].name;
            errors.push(diagnostic(column, name, shape, holds, reads));
        }
    }
    errors.finish(Ok(())).err().unwrap_or_default()
}

fn diagnostic(
    column: &Column,
    source: &str,
    shape: Option<ValueShape>,
    holds: &str,
    reads: &str,
) -> Diagnostic {
    let (field, word) = (&column.field, &column.word);
    let message = format!("the field `{field}` of `{source}` holds {holds}, and `{word}` reads {reads}");
    let help = match shape {
        Some(ValueShape::Object) => format!(
            "a field of an object is named by its path, `from = {}`; keys with weights are `weighted_ids(max = 10)`",
            written(&format!("{field}.name"))
        ),
        _ => "several keys are `ids(max = 10)`, or `sequence(max = 10)` in their order; several numbers are `vector(width = 4)`".to_owned(),
    };
    Diagnostic::new("E0602", column.kind_span, message).label(format!("reads `{field}`")).help(help)
}

/// Returns the values that a field holds and those that a kind reads, if these differ.
fn refused(kind: &ColumnKind, shape: ValueShape) -> Option<(&'static str, &'static str)> {
    match (kind, shape) {
        (_, ValueShape::Scalar) => None,
        (ColumnKind::Bag(spec) | ColumnKind::Sequence(spec, _), ValueShape::Object) => {
            spec.weight_separator.is_none().then_some(("objects", "keys"))
        }
        (ColumnKind::Bag(_) | ColumnKind::Sequence(..) | ColumnKind::Vector(..), ValueShape::List) => None,
        (ColumnKind::Vector(..), ValueShape::Object) => Some(("objects", "numbers")),
        (
            ColumnKind::Id(_)
            | ColumnKind::Text(_)
            | ColumnKind::Float(_)
            | ColumnKind::Bucket(_)
            | ColumnKind::Frequency
            | ColumnKind::Label(_)
            | ColumnKind::Target(_)
            | ColumnKind::Weight(_),
            shape,
        ) => Some((if shape == ValueShape::List { "lists" } else { "objects" }, "one value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compiler;

    /// Messages for a column of this kind, if its field has values of a shape.
    fn said(kind: &str, shape: ValueShape) -> String {
        let text = format!(
            "model M {{ data {{ log = jsonl(\"log.json\") }} input {{ y: label, x: {kind} }}
            embedding x {{ dim = 2 }} tower t {{ linear(y_) |> bias }} objective bce(t, y) }}"
        );
        let tower = match kind.split('(').next() {
            Some("float" | "vector") => "dense(x, 1)",
            Some("id") => "x[x] |> dense(1)",
            _ => "mean(x[x]) |> dense(1)",
        };
        let mut text = text.replace("linear(y_) |> bias", tower);
        if tower.starts_with("dense(x") {
            text = text.replace("embedding x { dim = 2 }", "");
        }
        let planned = Compiler::new("m.dm", &text).planned().unwrap();
        let names = ["x".to_owned(), "y".to_owned()];
        let shapes = [vec![Some(shape), None]];
        let found = check_shapes(&planned, &[&names], &shapes);
        found.into_iter().map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message)).collect()
    }

    #[test]
    fn kinds_read_values_of_their_shapes() {
        use ValueShape::{List, Object, Scalar};
        for (kind, shape, expected) in [
            ("id", Scalar, ""),
            ("id", List, "E0602: the field `x` of `log` holds lists, and `id` reads one value"),
            ("float", Object, "E0602: the field `x` of `log` holds objects, and `float` reads one value"),
            ("ids(max = 3)", List, ""),
            ("ids(max = 3)", Object, "E0602: the field `x` of `log` holds objects, and `ids` reads keys"),
            ("weighted_ids(max = 3)", Object, ""),
            ("vector(width = 2)", List, ""),
            (
                "vector(width = 2)",
                Object,
                "E0602: the field `x` of `log` holds objects, and `vector` reads numbers",
            ),
        ] {
            assert_eq!(said(kind, shape), expected, "{kind}");
        }
    }
}
