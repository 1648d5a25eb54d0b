//! Trees of expressions. Their depth is limited, so that later stages can recurse over them.

use pest::iterators::Pair;

use super::tree::part;
use super::{Reader, Rule};
use crate::ast::*;
use crate::diag::Diagnostic;
use crate::span::Span;

/// Maximum depth of an expression. A chain of operators or pipes adds one level per step.
const MAX_LEVELS: usize = 128;
/// Maximum number of names of a range.
const MAX_RANGE: u64 = 10_000;

/// An expression and its depth.
pub(super) type Leveled = (Expr, usize);

impl Reader<'_> {
    /// Parses an expression.
    pub(super) fn expr(&mut self, pair: Pair<'_, Rule>) -> Expr {
        self.pipeline(pair).0
    }

    /// `value |> f |> g(a)`. The place of a stage is the stage alone.
    fn pipeline(&mut self, pair: Pair<'_, Rule>) -> Leveled {
        let whole = self.span(&pair);
        let mut value = (Expr { kind: ExprKind::Invalid, span: whole }, 1);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::sum => value = self.chain(part),
                Rule::call | Rule::word => value = self.stage(value, part),
                _ => {}
            }
        }
        value
    }

    fn stage(&mut self, (value, levels): Leveled, pair: Pair<'_, Rule>) -> Leveled {
        let span = self.span(&pair);
        let (mut call, inner) = self.call(&pair);
        call.arguments.insert(0, Argument { name: None, value });
        call.piped = true;
        self.node(ExprKind::Call(call), span, levels.max(inner))
    }

    /// A sum or a product; left-associative.
    fn chain(&mut self, pair: Pair<'_, Rule>) -> Leveled {
        let start = pair.as_span().start();
        let mut result: Option<Leveled> = None;
        let mut operator = Operator::Add;
        for part in pair.into_inner() {
            let end = part.as_span().end();
            let operand = match part.as_rule() {
                Rule::product => self.chain(part),
                Rule::unary => self.unary(part),
                other => {
                    operator = match other {
                        Rule::minus => Operator::Sub,
                        Rule::times => Operator::Mul,
                        Rule::divide => Operator::Div,
                        _ => Operator::Add,
                    };
                    continue;
                }
            };
            result = Some(match result {
                None => operand,
                Some((left, levels)) => {
                    let span = self.matched(start, end);
                    let kind = ExprKind::Binary(operator, Box::new(left), Box::new(operand.0));
                    self.node(kind, span, levels.max(operand.1))
                }
            });
        }
        result.unwrap_or((Expr { kind: ExprKind::Invalid, span: Span::NONE }, 1))
    }

    fn unary(&mut self, pair: Pair<'_, Rule>) -> Leveled {
        let end = pair.as_span().end();
        let mut signs = Vec::new();
        let mut value = (Expr { kind: ExprKind::Invalid, span: Span::NONE }, 1);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::minus => signs.push(part.as_span().start()),
                _ => value = self.postfix(part),
            }
        }
        for sign in signs.into_iter().rev() {
            let span = self.matched(sign, end);
            value = self.node(ExprKind::Negate(Box::new(value.0)), span, value.1);
        }
        value
    }

    fn postfix(&mut self, pair: Pair<'_, Rule>) -> Leveled {
        let start = pair.as_span().start();
        let mut value = (Expr { kind: ExprKind::Invalid, span: Span::NONE }, 1);
        for pair in pair.into_inner() {
            let end = pair.as_span().end();
            value = match pair.as_rule() {
                Rule::access => {
                    let quoted = part(&pair, Rule::text)
                        .map(|text| Name { text: unescape(text.as_str()), span: self.span(&text) });
                    let name = quoted.or_else(|| part(&pair, Rule::name).map(|name| self.name(&name)));
                    let Some(name) = name else { continue };
                    let span = self.place(start, end);
                    self.node(ExprKind::Member(Box::new(value.0), name), span, value.1)
                }
                Rule::index => {
                    let Some(inner) = part(&pair, Rule::expr) else { continue };
                    let (span, inner) = (self.place(start, end), self.pipeline(inner));
                    self.node(
                        ExprKind::Index(Box::new(value.0), Box::new(inner.0)),
                        span,
                        value.1.max(inner.1),
                    )
                }
                _ => self.primary(pair),
            };
        }
        value
    }

    pub(super) fn primary(&mut self, pair: Pair<'_, Rule>) -> Leveled {
        let span = self.span(&pair);
        let (kind, levels) = match pair.as_rule() {
            Rule::number => (number(&pair.as_str().replace('_', "")), 0),
            Rule::text => (ExprKind::Text(unescape(pair.as_str())), 0),
            Rule::word => (ExprKind::Name(pair.as_str().to_string()), 0),
            Rule::range => (self.range(pair, span), 0),
            Rule::call => {
                let (call, levels) = self.call(&pair);
                (ExprKind::Call(call), levels)
            }
            Rule::list => {
                let items = pair.into_inner().filter(|part| part.as_rule() == Rule::expr);
                let (items, levels): (Vec<Expr>, Vec<usize>) = items.map(|item| self.pipeline(item)).unzip();
                (ExprKind::List(items), levels.into_iter().max().unwrap_or(0))
            }
            Rule::group => {
                let inner = part(&pair, Rule::expr).map(|inner| self.pipeline(inner));
                return inner.unwrap_or((Expr { kind: ExprKind::Invalid, span }, 1));
            }
            _ => (ExprKind::Invalid, 0),
        };
        self.node(kind, span, levels)
    }

    /// A call and the depth of its deepest argument.
    fn call(&mut self, pair: &Pair<'_, Rule>) -> (Call, usize) {
        let function = match part(pair, Rule::name) {
            Some(name) => self.name(&name),
            None => Name { text: String::new(), span: self.span(pair) },
        };
        let mut deepest = 0;
        let arguments = part(pair, Rule::arguments).into_iter().flat_map(Pair::into_inner);
        let arguments = arguments.filter(|pair| pair.as_rule() == Rule::argument).filter_map(|argument| {
            let name = part(&argument, Rule::name).map(|name| self.name(&name));
            let (value, levels) = self.pipeline(part(&argument, Rule::expr)?);
            deepest = deepest.max(levels);
            Some(Argument { name, value })
        });
        let arguments = arguments.collect();
        (Call { function, arguments, piped: false }, deepest)
    }

    /// An expression one level deeper than its parts, or an invalid one if that exceeds the limit.
    fn node(&mut self, kind: ExprKind, span: Span, below: usize) -> Leveled {
        if below < MAX_LEVELS {
            return (Expr { kind, span }, below + 1);
        }
        if !self.deep {
            self.deep = true;
            let message = format!("this expression has more than {MAX_LEVELS} levels");
            self.report(
                Diagnostic::new("E0004", span, message)
                    .label("each operator, pipe and call in a chain is a level")
                    .help("name parts of it with `let` or `const`"),
            );
        }
        (Expr { kind: ExprKind::Invalid, span }, 1)
    }

    /// `C1..C26`. Checks that the prefix is the same, the numbers ascend, and there are not too many.
    fn range(&mut self, pair: Pair<'_, Rule>, span: Span) -> ExprKind {
        let mut names = pair.into_inner().filter(|part| part.as_rule() == Rule::name);
        let (Some(first), Some(last)) = (names.next(), names.next()) else { return ExprKind::Invalid };
        let (first, last) = (self.name(&first), self.name(&last));
        let problem = match (numbered(&first.text), numbered(&last.text)) {
            (Some((prefix, from)), Some((other, to))) if prefix == other => {
                if from > to {
                    Some((
                        format!("this range ends before it begins: {to} is less than {from}"),
                        "put the smaller number first",
                    ))
                } else if to - from >= MAX_RANGE {
                    Some((
                        format!("this range has more than {MAX_RANGE} names"),
                        "use a column that holds a vector or a bag",
                    ))
                } else {
                    None
                }
            }
            _ => Some((
                "the names of a range differ in more than their trailing number".to_string(),
                "write it as `C1..C26`: the same name twice, each with its number, without leading zeros",
            )),
        };
        let Some((message, help)) = problem else { return ExprKind::Range(first, last) };
        self.report(Diagnostic::new("E0011", span, message).help(help));
        ExprKind::Invalid
    }
}

/// Splits `C26` into `C` and 26.
fn numbered(name: &str) -> Option<(&str, u64)> {
    let (prefix, digits) = name.split_at(name.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((prefix, u64::from(digits.parse::<u32>().ok()?)))
}

/// The text between the quotes, escapes resolved.
pub(super) fn unescape(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            _ => text.push(c),
        }
    }
    text
}

/// The exact value of a number.
fn number(word: &str) -> ExprKind {
    let nearest: f64 = word.parse().unwrap_or(0.0);
    match word.parse::<i64>() {
        Ok(whole) if nearest as i128 != i128::from(whole) => ExprKind::Whole(whole),
        _ => ExprKind::Number(nearest),
    }
}
