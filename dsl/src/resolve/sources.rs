//! Sources: the data files of `data`.

use std::collections::BTreeSet;

use super::separators::separator;
use crate::arguments::{Bound, Param};
use crate::ast::{Expr, ExprKind, Name, range_names};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, read};
use crate::model::{Encoding, HISTORY, Model, Paths, SourceSpec};

/// Maximum number of fields of a source.
const MAX_FIELDS: usize = 1 << 16;

/// Parameters of a delimited text file.
const SEPARATED: &[Param] = &[
    Param::required("path"),
    Param::named("columns"),
    Param::named("header"),
    Param::named("separator"),
    Param::named("encoding"),
    Param::named("quote"),
];

/// Encodings by keyword.
pub(super) const ENCODINGS: [(&str, Encoding); 4] = [
    ("utf8", Encoding::Utf8),
    ("latin1", Encoding::Latin1),
    ("utf16le", Encoding::Utf16Le),
    ("utf16be", Encoding::Utf16Be),
];

/// Forms of sources. The name is set by the caller.
pub(super) const SOURCES: [Form<SourceSpec>; 2] = [
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

/// Reads the arguments of a delimited text file. `usual` has the defaults.
fn separated(usual: SourceSpec, bound: &Bound<'_>, errors: &mut Errors) -> Result<SourceSpec, Reported> {
    let paths = paths(bound, errors);
    let separator = match bound.get("separator") {
        None => Ok(usual.separator),
        Some(written) => separator(bound, written, errors),
    };
    let encoding = bound.get("encoding").map(|_| bound.word("encoding", &ENCODINGS, errors)).transpose();
    let columns = bound.get("columns").map_or(Ok(Vec::new()), |list| field_names(bound, list, errors));
    let header = bound.flag("header", errors);
    if let Some(value) = bound.get("header")
        && !header
        && bound.get("columns").is_none()
    {
        let expected = "`true`, or `columns = [...]` for a file without a header";
        return Err(bound.wrong("header", value, expected, errors));
    }
    let quote = match bound.get("quote") {
        // With another separator, quoting is off by default.
        None => usual.quote && separator == Ok(usual.separator),
        Some(_) => bound.flag("quote", errors),
    };
    Ok(SourceSpec {
        paths: paths?,
        separator: separator?,
        quote,
        encoding: encoding?.unwrap_or_default(),
        columns: columns?.into_iter().collect(),
        header,
        ..usual
    })
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
    use turret_schema::{SOURCE_FORMS, Variants};

    use super::{ENCODINGS, SOURCES};
    use crate::Compiler;
    use crate::arguments::assert_all;
    use crate::forms::{self, words};

    #[test]
    fn every_form_and_encoding_has_a_word() {
        assert_all(&ENCODINGS);
        assert_eq!(words(&SOURCES), SOURCE_FORMS.map(|form| form.word));
        let source = |example: &str| {
            let text = format!(
                "model M {{ data {{ log = {example} }} input {{ movie_id: id, user_id: label }}
                embedding m {{ dim = 1 }} tower t {{ m[movie_id] }} objective bce(t, user_id) }}"
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
