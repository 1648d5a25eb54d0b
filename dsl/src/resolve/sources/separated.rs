//! Arguments of separated text: `csv` and `tsv`.

use super::{DATES, ENCODINGS, dates, field_names, paths};
use crate::arguments::{Bound, Param};
use crate::ast::Expr;
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::SourceSpec;
use crate::resolve::separators::{one_character, separator};
use crate::resolve::values::values;

/// Parameters.
pub(super) const SEPARATED: &[Param] = &[
    Param::required("path"),
    Param::named("columns"),
    Param::named("header"),
    Param::named("separator"),
    Param::named("encoding"),
    Param::named("quote"),
    Param::named("escape"),
    Param::named("comment"),
    Param::named("skip_spaces"),
    Param::named("rest"),
    Param::named("missing"),
    DATES,
];

/// Reads the arguments. `usual` has the defaults.
pub(super) fn separated(
    usual: SourceSpec,
    bound: &Bound<'_>,
    errors: &mut Errors,
) -> Result<SourceSpec, Reported> {
    let paths = paths(bound, errors);
    let separator = match bound.get("separator") {
        None => Ok(usual.separator.to_string()),
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
    let escape = character(bound, "escape", errors);
    let comment = character(bound, "comment", errors);
    let (skip_spaces, rest) = (bound.flag("skip_spaces", errors), bound.flag("rest", errors));
    let (missing, dates) = (values(bound, "missing", errors), dates(bound, errors));
    let separator = separator?;
    let quote = match bound.get("quote") {
        // With another separator, quoting is off by default.
        None => bound.get("escape").is_some() || usual.quote && separator == usual.separator,
        Some(_) => bound.flag("quote", errors),
    };
    let (escape, comment) = (escape?, comment?);
    if let Some(written) = bound.get("separator").filter(|_| quote && separator.len() > 1) {
        return Err(errors.push(
            Diagnostic::new("E0208", written.span, "a separator of several characters has no quotes")
                .label(format!("this has {} characters", separator.len()))
                .help("leave out `quote` and `escape`: such files have no quoted values"),
        ));
    }
    if let Some(written) = bound.get("rest").filter(|_| rest && quote) {
        return Err(errors.push(
            Diagnostic::new("E0208", written.span, "`rest` and quotes exclude each other")
                .label("the rest of a line is taken as it is")
                .help("write `quote = false`, or leave out `rest`"),
        ));
    }
    if let Some(written) = bound.get("escape").filter(|_| !quote) {
        return Err(errors.push(
            Diagnostic::new("E0208", written.span, "`escape` needs quotes")
                .label("a character is escaped in quotes only")
                .help("leave out `quote = false`, or `escape`"),
        ));
    }
    for (name, character) in [("escape", escape), ("comment", comment)] {
        let other = match character {
            Some(character) if separator.contains(character) => "the separator",
            Some(_) if name == "comment" && comment == escape => "the escape character",
            _ => continue,
        };
        let written: Option<&Expr> = bound.get(name);
        let span = written.map_or(bound.span, |value| value.span);
        let message = format!("`{name}` is the same character as {other}");
        return Err(errors.push(
            Diagnostic::new("E0208", span, message)
                .help(format!("name another character for `{name}`, or leave it out")),
        ));
    }
    Ok(SourceSpec {
        paths: paths?,
        separator: separator.into(),
        quote,
        escape,
        comment,
        skip_spaces,
        rest,
        missing: missing?,
        encoding: encoding?.unwrap_or_default(),
        columns: columns?.into_iter().collect(),
        header,
        dates: dates?,
        ..usual
    })
}

/// An optional ASCII character, neither a quote nor a line break.
fn character(bound: &Bound<'_>, name: &str, errors: &mut Errors) -> Result<Option<char>, Reported> {
    bound.get(name).map(|written| one_character(bound, name, written, errors)).transpose()
}
