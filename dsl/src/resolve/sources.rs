//! Sources: the data files of `data`.

mod separated;

use std::collections::BTreeSet;

use turret_schema::{DateOrder, FileForm, SOURCE_FORMS};

use self::separated::{SEPARATED, separated};
use super::values::values;
use crate::arguments::{Bound, Param};
use crate::ast::{Expr, ExprKind, Name, range_names};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, read};
use crate::model::{Encoding, HISTORY, Model, Paths, SourceSpec};

/// Maximum number of fields of a source.
const MAX_FIELDS: usize = 1 << 16;

/// Encodings by keyword.
pub(super) const ENCODINGS: [(&str, Encoding); 4] = [
    ("utf8", Encoding::Utf8),
    ("latin1", Encoding::Latin1),
    ("utf16le", Encoding::Utf16Le),
    ("utf16be", Encoding::Utf16Be),
];

/// Orders of day and month by keyword.
pub(super) const DATE_ORDERS: [(&str, DateOrder); 2] =
    [("day_first", DateOrder::DayFirst), ("month_first", DateOrder::MonthFirst)];

/// Parameter of the order of day and month.
const DATES: Param = Param::named("dates");

/// Parameters of a form whose files name or number their columns.
const NAMED: &[Param] = &[Param::required("path"), Param::named("columns"), Param::named("missing"), DATES];

/// Parameters of a form whose columns are known.
const TYPED: &[Param] = &[Param::required("path"), Param::named("missing"), DATES];

/// Forms of sources. The name is set by the caller.
pub(super) const SOURCES: [Form<SourceSpec>; SOURCE_FORMS.len()] = [
    Form {
        word: "csv",
        example: "csv(\"ratings.csv\")",
        params: SEPARATED,
        read: |bound, (), errors| separated(SourceSpec::csv("", ""), bound, errors),
    },
    Form {
        word: "tsv",
        example: "tsv(\"u.data\", columns = [user_id, movie_id])",
        params: SEPARATED,
        read: |bound, (), errors| separated(SourceSpec::tsv("", ""), bound, errors),
    },
    Form {
        word: "jsonl",
        example: "jsonl(\"reviews.json.gz\")",
        params: NAMED,
        read: |bound, (), errors| named(FileForm::JsonLines, bound, errors),
    },
    Form {
        word: "libsvm",
        example: "libsvm(\"train.svm\")",
        params: TYPED,
        read: |bound, (), errors| named(FileForm::LibSvm, bound, errors),
    },
    Form {
        word: "libffm",
        example: "libffm(\"train.ffm\", columns = [user_id, movie_id])",
        params: NAMED,
        read: |bound, (), errors| named(FileForm::LibFfm, bound, errors),
    },
    Form {
        word: "adjacency",
        example: "adjacency(\"train.txt\", columns = [user_id, movie_id])",
        params: NAMED,
        read: adjacency,
    },
    Form {
        word: "parquet",
        example: "parquet(\"part-*.parquet\")",
        params: TYPED,
        read: |bound, (), errors| named(FileForm::Parquet, bound, errors),
    },
    Form {
        word: "arrow",
        example: "arrow(\"ratings.feather\")",
        params: TYPED,
        read: |bound, (), errors| named(FileForm::Arrow, bound, errors),
    },
];

/// Resolves a source. `None` if the value is not one.
pub(super) fn resolve_source(
    name: &Name,
    value: &Expr,
    model: &mut Model,
    errors: &mut Errors,
) -> Option<Result<(), Reported>> {
    let is_source = matches!(&value.kind, ExprKind::Call(call) if SOURCES.iter().any(|form| form.word == call.function.text));
    if !is_source {
        return None;
    }
    if let Some(first) = model.source(&name.text) {
        return Some(Err(errors.push(
            Diagnostic::new("E0104", name.span, format!("`{}` is declared twice", name.text))
                .label("declared again")
                .note(model.source_spans[first.0], "first here"),
        )));
    }
    if name.text == HISTORY {
        return Some(Err(errors.push(
            Diagnostic::new("E0415", name.span, "a source cannot be named `history`")
                .label("the name is reserved for fields of earlier rows")
                .help("choose another name"),
        )));
    }
    let source = read(&SOURCES, value, &mut (), errors)?;
    Some(source.map(|source| {
        model.data.sources.push(SourceSpec { name: name.text.clone().into(), ..source });
        model.source_spans.push(name.span);
    }))
}

/// Paths and patterns of the files: a string, or a list of strings.
fn paths(bound: &Bound<'_>, errors: &mut Errors) -> Result<Paths, Reported> {
    let value = bound.required("path", errors)?;
    let items = match &value.kind {
        ExprKind::List(items) if !items.is_empty() => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let path = |item: &Expr| match &item.kind {
        ExprKind::Text(path) => Some(path.clone()),
        _ => None,
    };
    match items.iter().find(|item| path(item).is_none()) {
        None => Ok(items.iter().filter_map(path).collect()),
        Some(wrong) => {
            Err(bound.wrong("path", wrong, "a string in double quotes, or a list of them", errors))
        }
    }
}

/// Reads the arguments of a form whose files name or number their columns.
fn named(form: FileForm, bound: &Bound<'_>, errors: &mut Errors) -> Result<SourceSpec, Reported> {
    let paths = paths(bound, errors);
    let columns = bound.get("columns").map_or(Ok(Vec::new()), |list| field_names(bound, list, errors));
    let (missing, dates) = (values(bound, "missing", errors), dates(bound, errors));
    let columns = columns?;
    let usual = SourceSpec::of("", paths?, form);
    let columns = if columns.is_empty() { usual.columns.clone() } else { columns.into_iter().collect() };
    Ok(SourceSpec { columns, missing: missing?, dates: dates?, ..usual })
}

/// Reads the order of day and month.
fn dates(bound: &Bound<'_>, errors: &mut Errors) -> Result<Option<DateOrder>, Reported> {
    bound.get(DATES.name).map(|_| bound.word(DATES.name, &DATE_ORDERS, errors)).transpose()
}

/// Reads the arguments of lines of a user and its items.
fn adjacency(bound: &Bound<'_>, _: &mut (), errors: &mut Errors) -> Result<SourceSpec, Reported> {
    let source = named(FileForm::Adjacency, bound, errors)?;
    match (source.columns.len(), bound.get("columns")) {
        (2, _) | (_, None) => Ok(source),
        (count, Some(list)) => Err(errors.push(
            Diagnostic::new(
                "E0207",
                list.span,
                format!("an adjacency list has 2 columns, and this names {count}"),
            )
            .label("must be two names")
            .help("name the first of a line and the others: `columns = [user, item]`"),
        )),
    }
}

fn field_names(bound: &Bound<'_>, list: &Expr, errors: &mut Errors) -> Result<Vec<String>, Reported> {
    let ExprKind::List(items) = &list.kind else {
        return Err(bound.wrong("columns", list, "a list of names", errors));
    };
    if items.is_empty() {
        return Err(bound.wrong("columns", list, "a list with at least one name", errors));
    }
    let mut names: Vec<String> = Vec::new();
    for item in items {
        match &item.kind {
            ExprKind::Name(name) => names.push(name.clone()),
            ExprKind::Text(name) => names.push(name.clone()),
            ExprKind::Range(first, last) => {
                names.extend(range_names(first, last));
                if names.len() > MAX_FIELDS {
                    let message = format!("a source has at most {MAX_FIELDS} fields");
                    return Err(errors.push(Diagnostic::new("E0207", item.span, message)));
                }
            }
            _ => {
                return Err(bound.wrong("columns", item, "names", errors));
            }
        }
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(errors.push(
            Diagnostic::new("E0104", list.span, format!("the field `{twice}` is listed twice"))
                .help("list each field of the file once, in order; unused fields may have any name"),
        ));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use turret_schema::Variants;

    use super::{DATE_ORDERS, ENCODINGS, SOURCE_FORMS, SOURCES};
    use crate::Compiler;
    use crate::arguments::assert_all;
    use crate::forms::{self, words};

    #[test]
    fn every_form_and_encoding_has_a_word() {
        assert_all(&ENCODINGS);
        assert_all(&DATE_ORDERS);
        assert_eq!(words(&SOURCES), SOURCE_FORMS.map(|form| form.word));
        let source = |example: &str| {
            let fields = match example.split('(').next() {
                Some("libsvm") => ["features", "label"],
                _ => ["movie_id", "user_id"],
            };
            let text = format!(
                "model M {{ data {{ log = {example} }} input {{ x: id(from = {}), y: label(from = {}) }}
                embedding m {{ dim = 1 }} tower t {{ m[x] }} objective bce(t, y) }}",
                fields[0], fields[1]
            );
            Compiler::new("m.dm", &text).plan().unwrap().model.data.sources[0].clone()
        };
        forms::assert_all(&SOURCES, &[], |example| source(example).form);
        for (form, read) in SOURCE_FORMS.iter().zip(&SOURCES) {
            let usual = (form.new)("log".into(), source(read.example).paths[0].clone());
            assert_eq!(usual.form.variant(), source(read.example).form.variant());
            assert_eq!(usual.separator, source(read.example).separator);
        }
    }
}
