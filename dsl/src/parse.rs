//! Text to syntax tree. The text is checked token by token first ([`lex`]), then read by the grammar
//! (`grammar.pest`), then built into the tree ([`tree`]); each step reports what it finds.

mod expr;
mod grammar;
pub(crate) mod lex;
mod recover;
pub(crate) mod roles;
mod syntax;
mod tree;

use pest::Parser as _;

use crate::ast;
use crate::diag::{Diagnostic, Errors};
use crate::span::{Place, Span, Spans};
use grammar::{Grammar, Rule};

/// Where the reading of one text reports its places and problems.
pub(crate) struct Reader<'a> {
    index: u32,
    spans: &'a mut Spans<Place>,
    errors: &'a mut Errors,
    /// Whether an expression that is too deep was reported: once a text is enough.
    deep: bool,
}

impl Reader<'_> {
    fn place(&mut self, start: usize, end: usize) -> Span {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.spans.add(Place { text: self.index, start: narrow(start), end: narrow(end) })
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }
}

/// The tokens of a text, comments included; none where they are wrong.
pub(crate) fn tokens(text: &str) -> Option<Vec<lex::Token>> {
    let (mut spans, mut errors) = (Spans::new(Place { text: 0, start: 0, end: 0 }), Errors::default());
    lex::lex(text, &mut Reader { index: 0, spans: &mut spans, errors: &mut errors, deep: false })
}

/// Reads a spec. What could not be read is reported and left out.
pub fn parse(text: &str, index: u32, spans: &mut Spans<Place>, errors: &mut Errors) -> ast::Spec {
    let mut reader = Reader { index, spans, errors, deep: false };
    let Some(tokens) = lex::lex(text, &mut reader) else { return ast::Spec::default() };
    match Grammar::parse(Rule::file, text) {
        Ok(mut pairs) => pairs.next().map(|file| reader.spec(file)).unwrap_or_default(),
        Err(error) => {
            recover::report_all(error, text, tokens, &mut reader);
            ast::Spec::default()
        }
    }
}

/// Reads one expression, such as the value of `--set name=value`.
pub fn parse_expr(text: &str, index: u32, spans: &mut Spans<Place>, errors: &mut Errors) -> ast::Expr {
    let mut reader = Reader { index, spans, errors, deep: false };
    let whole = reader.place(0, text.len());
    let invalid = ast::Expr { kind: ast::ExprKind::Invalid, span: whole };
    let Some(tokens) = lex::lex(text, &mut reader) else { return invalid };
    match Grammar::parse(Rule::value, text) {
        Ok(pairs) => {
            let expr = pairs.flatten().find(|pair| pair.as_rule() == Rule::expr);
            expr.map(|pair| reader.expr(pair)).unwrap_or(invalid)
        }
        Err(error) => {
            syntax::report(&error, text, &tokens, &mut reader);
            invalid
        }
    }
}

#[cfg(test)]
mod tests;
