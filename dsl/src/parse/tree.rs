//! Tree of a spec with its members and settings, from the matches of the grammar.

use pest::iterators::Pair;

use super::{Reader, Rule};
use crate::ast::*;
use crate::diag::Diagnostic;
use crate::span::Span;

impl Reader<'_> {
    pub(super) fn span(&mut self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        self.matched(span.start(), span.end())
    }

    pub(super) fn name(&mut self, pair: &Pair<'_, Rule>) -> Name {
        Name { text: pair.as_str().to_string(), span: self.span(pair) }
    }

    /// The name child of a node.
    fn name_in(&mut self, pair: &Pair<'_, Rule>) -> Name {
        match part(pair, Rule::name) {
            Some(name) => self.name(&name),
            None => Name { text: String::new(), span: self.span(pair) },
        }
    }

    /// The expression child of a node.
    fn expr_in(&mut self, pair: &Pair<'_, Rule>) -> Expr {
        match part(pair, Rule::expr) {
            Some(expr) => self.expr(expr),
            None => Expr { kind: ExprKind::Invalid, span: self.span(pair) },
        }
    }

    pub(super) fn spec(&mut self, file: Pair<'_, Rule>) -> Spec {
        let mut spec = Spec::default();
        for item in file.into_inner().filter(|pair| pair.as_rule() == Rule::item) {
            let docs = docs(&item);
            for pair in item.into_inner() {
                match pair.as_rule() {
                    Rule::import => spec.imports.extend(self.import(&pair)),
                    Rule::constant => spec.constants.push(self.constant(&pair, docs.clone())),
                    Rule::block => spec.blocks.push(self.block(&pair, docs.clone())),
                    Rule::model => {
                        let model = self.model(&pair, docs.clone());
                        match &spec.model {
                            None => spec.model = Some(model),
                            Some(first) => self.report(
                                Diagnostic::new("E0009", model.name.span, format!("a second model, `{}`", model.name.text))
                                    .label("a file holds one model")
                                    .note(first.name.span, "the first model is here")
                                    .help("move it to its own file; put shared blocks into a third file, and import it in both"),
                            ),
                        }
                    }
                    _ => {}
                }
            }
        }
        spec
    }

    fn import(&mut self, pair: &Pair<'_, Rule>) -> Option<Import> {
        let text = part(pair, Rule::text)?;
        Some(Import { path: super::expr::unescape(text.as_str()), span: self.span(pair) })
    }

    fn constant(&mut self, pair: &Pair<'_, Rule>, docs: Vec<String>) -> Const {
        Const { docs, name: self.name_in(pair), value: self.expr_in(pair) }
    }

    fn model(&mut self, pair: &Pair<'_, Rule>, docs: Vec<String>) -> Model {
        let name = self.name_in(pair);
        let members = pair.clone().into_inner().filter(|part| part.as_rule() == Rule::member);
        Model { name, docs, members: members.filter_map(|member| self.member(member)).collect() }
    }

    fn member(&mut self, member: Pair<'_, Rule>) -> Option<Member> {
        let docs = docs(&member);
        let pair = member.into_inner().find(|pair| pair.as_rule() != Rule::docs)?;
        Some(match pair.as_rule() {
            Rule::constant => Member::Const(self.constant(&pair, docs)),
            Rule::settings => Member::Settings(self.settings(&pair)?),
            Rule::input => {
                let span = self.span(&pair.clone().into_inner().next()?);
                let columns = pair.into_inner().filter(|pair| pair.as_rule() == Rule::column);
                Member::Input(Input { span, columns: self.separated(columns.collect(), Self::column) })
            }
            Rule::embedding => {
                let name = self.name_in(&pair);
                Member::Embedding(Embedding { docs, name, entries: self.entries(&pair) })
            }
            Rule::block => Member::Block(self.block(&pair, docs)),
            Rule::tower => Member::Tower(Tower { docs, name: self.name_in(&pair), body: self.body(&pair) }),
            Rule::objective => {
                let span = self.span(&pair.clone().into_inner().next()?);
                let (tasks, settings) = self.tasks(&pair);
                Member::Objective(Objective { span, tasks, settings })
            }
            _ => return None,
        })
    }

    /// Tasks and settings of an objective.
    fn tasks(&mut self, pair: &Pair<'_, Rule>) -> (Vec<Task>, Vec<Entry>) {
        let Some(tasks) = part(pair, Rule::tasks) else {
            return (vec![Task { name: None, value: self.expr_in(pair) }], Vec::new());
        };
        let lines = tasks.into_inner().filter(|part| part.as_rule() == Rule::task).collect();
        let lines = self.separated(lines, |reader, pair| {
            let is_task = part(&pair, Rule::colon).is_some();
            Some((is_task, Entry { name: Some(reader.name_in(&pair)), value: reader.expr_in(&pair) }))
        });
        let (tasks, settings): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(is_task, _)| *is_task);
        let tasks = tasks.into_iter().map(|(_, Entry { name, value })| Task { name, value });
        (tasks.collect(), settings.into_iter().map(|(_, setting)| setting).collect())
    }

    fn settings(&mut self, pair: &Pair<'_, Rule>) -> Option<Settings> {
        let keyword = part(pair, Rule::kw_settings)?;
        let kind = SettingsKind::of(keyword.as_str())?;
        Some(Settings { kind, span: self.span(&keyword), entries: self.entries(pair) })
    }

    fn entries(&mut self, pair: &Pair<'_, Rule>) -> Vec<Entry> {
        let Some(entries) = part(pair, Rule::entries) else { return Vec::new() };
        let entries = entries.into_inner().filter(|part| matches!(part.as_rule(), Rule::entry | Rule::comma));
        self.separated(entries.collect(), |reader, pair| {
            let name = part(&pair, Rule::name).map(|name| reader.name(&name));
            Some(Entry { name, value: reader.expr_in(&pair) })
        })
    }

    /// Parses entries or columns. Each ends with its line or a comma.
    fn separated<T>(
        &mut self,
        pairs: Vec<Pair<'_, Rule>>,
        read: impl Fn(&mut Self, Pair<'_, Rule>) -> Option<T>,
    ) -> Vec<T> {
        for two in pairs.windows(2) {
            let comma = two[0].as_rule() == Rule::comma
                || two[1].as_rule() == Rule::comma
                || part(&two[0], Rule::comma).is_some();
            let gap = self.trimmed(two[0].as_span().end())..two[1].as_span().start();
            if !comma && !two[0].get_input().get(gap).is_some_and(|gap| gap.contains('\n')) {
                let span = self.span(&two[1]);
                let (name, value) = (two[0].as_str().trim(), two[1].as_str().trim());
                let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                let help = match is_name && part(&two[1], Rule::name).is_none() {
                    true => format!("an entry is written `name = value`: `{name} = {value}`"),
                    false => "separate entries by commas or new lines".to_string(),
                };
                self.report(
                    Diagnostic::new("E0012", span, "expected `,` or a new line before this")
                        .label("this begins another entry")
                        .help(help),
                );
            }
        }
        pairs
            .into_iter()
            .filter(|pair| pair.as_rule() != Rule::comma)
            .filter_map(|pair| read(self, pair))
            .collect()
    }

    fn column(&mut self, pair: Pair<'_, Rule>) -> Option<Column> {
        let docs = docs(&pair);
        let mut parts =
            pair.into_inner().filter(|pair| matches!(pair.as_rule(), Rule::range | Rule::word | Rule::call));
        let (names, kind) = (parts.next()?, parts.next()?);
        Some(Column { docs, names: self.primary(names).0, kind: self.primary(kind).0 })
    }

    fn block(&mut self, pair: &Pair<'_, Rule>, docs: Vec<String>) -> Block {
        let name = self.name_in(pair);
        let parameters = part(pair, Rule::parameters).into_iter().flat_map(Pair::into_inner);
        let parameters = parameters.filter(|pair| pair.as_rule() == Rule::parameter).map(|pair| Parameter {
            name: self.name_in(&pair),
            default: part(&pair, Rule::expr).map(|value| self.expr(value)),
        });
        let parameters = parameters.collect();
        Block { docs, name, parameters, body: self.body(pair) }
    }

    fn body(&mut self, pair: &Pair<'_, Rule>) -> Body {
        let Some(body) = part(pair, Rule::body) else {
            return Body {
                lets: Vec::new(),
                result: Expr { kind: ExprKind::Invalid, span: self.span(pair) },
            };
        };
        let lets = body.clone().into_inner().filter(|pair| pair.as_rule() == Rule::binding);
        let lets = lets.map(|pair| Let { name: self.name_in(&pair), value: self.expr_in(&pair) }).collect();
        Body { lets, result: self.expr_in(&body) }
    }
}

/// The child of a node that a rule matched.
pub(super) fn part<'t>(pair: &Pair<'t, Rule>, rule: Rule) -> Option<Pair<'t, Rule>> {
    pair.clone().into_inner().find(|part| part.as_rule() == rule)
}

/// The `///` lines of a node without the slashes and the space after them.
fn docs(pair: &Pair<'_, Rule>) -> Vec<String> {
    let lines = part(pair, Rule::docs).into_iter().flat_map(Pair::into_inner);
    lines
        .map(|line| {
            let line = line.as_str().strip_prefix("///").unwrap_or("");
            line.strip_prefix(' ').unwrap_or(line).trim_end().to_string()
        })
        .collect()
}
