//! Specs that the command writes: their parts as data, and their text.

mod click;
mod column;
mod names;
mod retrieval;
mod source;

use std::fmt::Write;

pub(super) use self::click::{Click, ClickForm};
pub(super) use self::column::{Column, Kind};
pub(super) use self::names::{Taken, field, model_name, quoted, run, words};
pub(super) use self::retrieval::{TwoTowers, parts};
pub(super) use self::source::Source;

/// Longest line of a comment.
const WIDTH: usize = 92;

/// A line of a block, with comments on what is not certain.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// Text in the language.
    pub(super) text: String,
    /// Comments above it.
    pub(super) unsure: Vec<String>,
}

impl Line {
    /// A line without comments.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Line { text: text.into(), unsure: Vec::new() }
    }

    /// Adds a comment.
    pub(super) fn unsure(mut self, comment: impl Into<String>) -> Self {
        self.unsure.push(comment.into());
        self
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Line::new(text)
    }
}

/// A spec.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Name of the model.
    pub(super) name: String,
    /// Documentation of the model.
    pub(super) about: Vec<String>,
    /// Comments on the whole.
    pub(super) unsure: Vec<String>,
    /// Constants.
    pub(super) constants: Vec<Line>,
    /// Lines of `data`.
    pub(super) data: Vec<Line>,
    /// Columns, in their order in `input`.
    pub(super) columns: Vec<Column>,
    /// Fields without a column, and the reasons.
    pub(super) left_out: Vec<String>,
    /// Tables, as `name { settings }`.
    pub(super) tables: Vec<Line>,
    /// Parts of another description that the spec does not have.
    pub(super) lost: Vec<String>,
    /// Towers.
    pub(super) towers: Vec<Line>,
    /// The catalog, the objective and what follows.
    pub(super) body: Vec<Line>,
}

impl Draft {
    /// Adds a constant, if towers or tables have the text in which it is used.
    pub(super) fn constant(&mut self, name: &str, value: &str, used: &str) {
        if self.tables.iter().chain(&self.towers).any(|line| line.text.contains(used)) {
            self.constants.push(Line::new(format!("const {name} = {value}")));
        }
    }

    /// Text of the spec, formatted.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.about {
            let _ = writeln!(text, "/// {line}");
        }
        let _ = writeln!(text, "model {} {{", self.name);
        let mut parts = vec![comments("unsure", &self.unsure) + &comments("not converted", &self.lost)];
        parts.push(lines(&self.constants));
        parts.push(block("data", &lines(&self.data)));
        let columns: String = column::lines(&self.columns).iter().map(line).collect();
        parts.push(block("input", &(columns + &comments("left out", &self.left_out))));
        parts.push(lines(&self.tables));
        parts.extend(self.towers.iter().map(line));
        parts.push(lines(&self.body));
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let _ = writeln!(text, "{}}}", parts.join("\n"));
        turret_dsl::fmt::format(&text).unwrap_or(text)
    }
}

fn block(word: &str, lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!("{word} {{\n{lines}}}\n") }
}

fn lines(lines: &[Line]) -> String {
    lines.iter().map(line).collect()
}

fn line(line: &Line) -> String {
    let end = if line.text.is_empty() { "" } else { "\n" };
    format!("{}{}{end}", comments("unsure", &line.unsure), line.text)
}

/// Comments, each marked by a word and wrapped.
fn comments(word: &str, comments: &[String]) -> String {
    let mut text = String::new();
    for comment in comments {
        let mut line = format!("// {word}:");
        for word in comment.split_whitespace() {
            if line.len() + 1 + word.len() > WIDTH {
                let _ = writeln!(text, "{line}");
                line = "//  ".to_owned();
            }
            line.push(' ');
            line.push_str(word);
        }
        let _ = writeln!(text, "{line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uncertain_lines_have_their_comments_above_them() {
        let draft = Draft {
            name: "Shop".to_owned(),
            about: vec!["A shop.".to_owned()],
            data: vec![Line::new("log = csv(\"log.csv\")"), Line::new("split = none").unsure("no time")],
            columns: vec![
                Column::new("click", Kind::Label),
                Column::new("I1", Kind::Float),
                Column::new("I2", Kind::Float),
                Column::new("I3", Kind::Float),
            ],
            left_out: vec!["`x` is empty. ".repeat(10)],
            towers: vec![Line::new("tower t { concat(I1..I3) |> dense(1) }")],
            body: vec![Line::new("objective bce(t, click)")],
            ..Draft::default()
        };
        let expected = "/// A shop.\nmodel Shop {\n    data {\n        log   = csv(\"log.csv\")\n        // unsure: no time\n        split = none\n    }\n";
        assert!(draft.text().starts_with(expected), "{}", draft.text());
        assert!(draft.text().contains("I1..I3: float\n"), "{}", draft.text());
        assert!(turret_dsl::Compiler::new("shop.dm", &draft.text()).planned().is_ok());
    }
}
