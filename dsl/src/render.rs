//! Rendering of diagnostics: like rustc for people, as JSON lines for tools.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::json;

use crate::diag::Diagnostic;
use crate::printable::printable;
use crate::span::{Place, Span, Spans};

/// Renders diagnostics with their source lines, sorted by place. `texts` are name and content of each text
/// that a [`Place`] may refer to.
pub fn render(
    diagnostics: &[Diagnostic],
    spans: &Spans<Place>,
    texts: &[(&str, &str)],
    color: bool,
) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let names: Vec<Cow<'_, str>> = texts.iter().map(|(name, _)| printable(name)).collect();
    let texts: Vec<(&str, &str)> =
        names.iter().zip(texts).map(|(name, (_, text))| (name.as_ref(), *text)).collect();
    let mut shown = String::new();
    for diagnostic in sorted(diagnostics, spans) {
        let diagnostic = printable_diagnostic(diagnostic);
        shown.push_str(&renderer.render(&[report(&diagnostic, spans, &texts)]));
        shown.push_str("\n\n");
    }
    shown
}

/// A diagnostic with text that is safe for a terminal.
fn printable_diagnostic(diagnostic: &Diagnostic) -> Diagnostic {
    let shown = |text: &str| printable(text).into_owned();
    Diagnostic {
        message: shown(&diagnostic.message),
        label: shown(&diagnostic.label),
        notes: diagnostic.notes.iter().map(|(span, note)| (*span, shown(note))).collect(),
        help: diagnostic.help.as_deref().map(shown),
        ..*diagnostic
    }
}

/// Renders diagnostics as one JSON object per line, sorted by place. Lines and columns start at 1; columns
/// count characters.
pub fn to_json(diagnostics: &[Diagnostic], spans: &Spans<Place>, texts: &[(&str, &str)]) -> String {
    let mut lines = String::new();
    for diagnostic in sorted(diagnostics, spans) {
        let notes = diagnostic.notes.iter().map(|(span, message)| {
            let mut note = place_json(*span, spans, texts);
            note["message"] = json!(message);
            note
        });
        let mut object = place_json(diagnostic.span, spans, texts);
        object["code"] = json!(diagnostic.code);
        object["message"] = json!(diagnostic.message);
        object["label"] = json!(diagnostic.label);
        object["help"] = json!(diagnostic.help);
        object["notes"] = notes.collect();
        lines.push_str(&object.to_string());
        lines.push('\n');
    }
    lines
}

fn sorted<'d>(diagnostics: &'d [Diagnostic], spans: &Spans<Place>) -> Vec<&'d Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| {
        let place = spans.get(diagnostic.span);
        (place.text, place.start, place.end)
    });
    sorted
}

/// A place, clamped to its text.
struct Found<'t> {
    name: &'t str,
    text: &'t str,
    index: u32,
    range: Range<usize>,
}

/// Finds a place. None for generated nodes and missing texts.
fn find<'t>(span: Span, spans: &Spans<Place>, texts: &[(&'t str, &'t str)]) -> Option<Found<'t>> {
    if span.0 == Span::NONE.0 {
        return None;
    }
    let place = spans.get(span);
    let &(name, text) = texts.get(place.text as usize)?;
    let start = text.floor_char_boundary(place.start as usize);
    let end = text.ceil_char_boundary(place.end as usize).max(start);
    Some(Found { name, text, index: place.text, range: start..end })
}

fn report<'a>(diagnostic: &'a Diagnostic, spans: &Spans<Place>, texts: &[(&'a str, &'a str)]) -> Group<'a> {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut marks: Vec<(AnnotationKind, Found<'a>, &'a str)> = Vec::new();
    let mut unplaced: Vec<&'a str> = Vec::new();
    let main = find(diagnostic.span, spans, texts);
    let mut group = Group::with_title(title);
    match main {
        Some(found) => marks.push((AnnotationKind::Primary, found, &diagnostic.label)),
        None => {
            group = group.elements(texts.first().map(|(name, _)| Origin::path(*name)));
            unplaced.extend(Some(diagnostic.label.as_str()).filter(|label| !label.is_empty()));
        }
    }
    for (span, note) in &diagnostic.notes {
        match find(*span, spans, texts) {
            Some(found) => marks.push((AnnotationKind::Context, found, note)),
            None => unplaced.push(note),
        }
    }
    while let Some((_, first, _)) = marks.first() {
        let (index, name, text) = (first.index, first.name, first.text);
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            marks.into_iter().partition(|(_, found, _)| found.index == index);
        marks = elsewhere;
        group = group.element(snippet(name, text, here));
    }
    group = group.elements(unplaced.into_iter().map(|note| Level::NOTE.message(note)));
    group.elements(diagnostic.help.as_deref().map(|help| Level::HELP.message(help)))
}

/// Renders the marked lines of one text.
fn snippet<'a>(
    name: &'a str,
    text: &'a str,
    marks: Vec<(AnnotationKind, Found<'a>, &'a str)>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let first = marks.iter().map(|(_, found, _)| found.range.start).min().unwrap_or(0);
    let last = marks.iter().map(|(_, found, _)| found.range.end).max().unwrap_or(0);
    let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
    let line = text[..start].matches('\n').count() + 1;
    let lines = &text[start..end];
    // An escape is longer than its character and shifts the following text.
    let shown = |at: usize| printable(&text[start..at]).len();
    let annotations = marks.into_iter().map(|(kind, found, label)| {
        let annotation = kind.span(shown(found.range.start)..shown(found.range.end));
        if label.is_empty() { annotation } else { annotation.label(label) }
    });
    Snippet::source(printable(lines)).path(name).line_start(line).annotations(annotations)
}

fn place_json(span: Span, spans: &Spans<Place>, texts: &[(&str, &str)]) -> serde_json::Value {
    let Some(found) = find(span, spans, texts) else {
        let file = texts.first().map(|(name, _)| name);
        return json!({ "file": file, "line": null, "column": null, "end_line": null, "end_column": null });
    };
    let (line, column) = position(found.text, found.range.start);
    let (end_line, end_column) = position(found.text, found.range.end);
    json!({ "file": found.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
}

/// Line and column of a byte, starting at 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "model M {\n    input { user_id: id }\n    tower q { usr_id }\n}\n";

    fn example() -> (Vec<Diagnostic>, Spans<Place>) {
        let mut spans = Spans::new(Place { text: 0, start: 0, end: 0 });
        let mut at = |text, start, end| spans.add(Place { text, start, end });
        let (word, input, other, far) = (at(0, 50, 56), at(0, 22, 29), at(1, 0, 5), at(1, 900, 7000));
        let diagnostics = vec![
            Diagnostic::new("E0199", far, "past the end"),
            Diagnostic::new("E0101", word, "no column `usr_id`")
                .label("not a column")
                .note(input, "a column with a similar name")
                .note(other, "imported here")
                .note(Span::NONE, "columns are listed by `turret inspect`")
                .help("did you mean `user_id`?"),
            Diagnostic::new("E0198", Span::NONE, "no model").help("add one"),
        ];
        (diagnostics, spans)
    }

    #[test]
    fn renders_as_rustc_does() {
        let (diagnostics, spans) = example();
        let shown = render(&diagnostics, &spans, &[("m.dm", TEXT), ("b.dm", "block é")], false);
        insta::assert_snapshot!(shown, @r#"
        error[E0198]: no model
        --> m.dm
         = help: add one

        error[E0101]: no column `usr_id`
         --> m.dm:3:15
          |
        2 |     input { user_id: id }
          |             ------- a column with a similar name
        3 |     tower q { usr_id }
          |               ^^^^^^ not a column
          |
         ::: b.dm:1:1
          |
        1 | block é
          | ----- imported here
          |
          = note: columns are listed by `turret inspect`
          = help: did you mean `user_id`?

        error[E0199]: past the end
         --> b.dm:1:8
          |
        1 | block é
          |        ^
        "#);
    }

    #[test]
    fn writes_json_lines() {
        let (diagnostics, spans) = example();
        let shown = to_json(&diagnostics, &spans, &[("m.dm", TEXT), ("b.dm", "block é")]);
        insta::assert_snapshot!(shown, @r#"
        {"code":"E0198","column":null,"end_column":null,"end_line":null,"file":"m.dm","help":"add one","label":"","line":null,"message":"no model","notes":[]}
        {"code":"E0101","column":15,"end_column":21,"end_line":3,"file":"m.dm","help":"did you mean `user_id`?","label":"not a column","line":3,"message":"no column `usr_id`","notes":[{"column":13,"end_column":20,"end_line":2,"file":"m.dm","line":2,"message":"a column with a similar name"},{"column":1,"end_column":6,"end_line":1,"file":"b.dm","line":1,"message":"imported here"},{"column":null,"end_column":null,"end_line":null,"file":"m.dm","line":null,"message":"columns are listed by `turret inspect`"}]}
        {"code":"E0199","column":8,"end_column":8,"end_line":1,"file":"b.dm","help":null,"label":"","line":1,"message":"past the end","notes":[]}
        "#);
    }

    #[test]
    fn foreign_text_does_not_reach_the_terminal() {
        let text = "model M {\n  vocab = [\"\u{1b}[31ma\", \"\u{9b}b\"] // \u{202e}\n}";
        let mut spans = Spans::new(Place { text: 0, start: 0, end: 0 });
        let start = text.find("\"\u{9b}").unwrap() as u32;
        let span = spans.add(Place { text: 0, start, end: start + 5 });
        let diagnostics = [Diagnostic::new("E0104", span, "the key `\u{9b}b` is listed twice")];
        let shown = render(&diagnostics, &spans, &[("\u{1b}m.dm", text)], false);
        assert!(!shown.contains(crate::printable::is_hidden), "{shown:?}");
        insta::assert_snapshot!(shown, @r#"
        error[E0104]: the key `\u{9b}b` is listed twice
         --> \u{1b}m.dm:2:27
          |
        2 |   vocab = ["\u{1b}[31ma", "\u{9b}b"] // \u{202e}
          |                           ^^^^^^^^^
        "#);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[a-zé\t\r\n\u{1F600}\u{7}]{0,60}", start in 0u32..80, end in 0u32..80, from in 0u32..80, to in 0u32..80) {
            let mut spans = Spans::new(Place { text: 0, start: 0, end: 0 });
            let (main, note) = (spans.add(Place { text: 0, start, end }), spans.add(Place { text: 0, start: from, end: to }));
            let diagnostics = [Diagnostic::new("E0001", main, "a\nb").label("label").note(note, "note")];
            render(&diagnostics, &spans, &[("a.dm", &text)], true);
            to_json(&diagnostics, &spans, &[("a.dm", &text)]);
        }
    }
}
