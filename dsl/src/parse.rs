//! Text to syntax tree. The text is split into tokens and checked (`lex`), parsed by the grammar
//! (`grammar.pest`) and converted to the tree (`tree`). Each step reports its errors.

pub(crate) mod brackets;
mod expr;
mod grammar;
mod habits;
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

/// Spans and errors of one text.
pub(crate) struct Reader<'a> {
    index: u32,
    spans: &'a mut Spans<Place>,
    errors: &'a mut Errors,
    /// Tokens of the text without comments, after lexing.
    tokens: Vec<lex::Token>,
    /// True after an expression that is nested too deeply was reported. This is reported once per text.
    deep: bool,
}

impl<'a> Reader<'a> {
    fn new(index: u32, spans: &'a mut Spans<Place>, errors: &'a mut Errors) -> Self {
        Reader { index, spans, errors, tokens: Vec::new(), deep: false }
    }

    /// Splits a text into tokens. None if nothing can be parsed.
    fn lex(&mut self, text: &str) -> Option<lex::Lexed> {
        let lexed = lex::lex(text, self)?;
        self.tokens = lexed.tokens.iter().filter(|token| token.kind != lex::Kind::Comment).copied().collect();
        Some(lexed)
    }

    /// Returns the end of a match without trailing white space and comments.
    fn trimmed(&self, end: usize) -> usize {
        let before = self.tokens.partition_point(|token| token.start < end);
        before.checked_sub(1).map_or(end, |last| self.tokens[last].end.min(end))
    }

    /// Span of a match.
    fn matched(&mut self, start: usize, end: usize) -> Span {
        self.place(start, self.trimmed(end).max(start))
    }

    fn place(&mut self, start: usize, end: usize) -> Span {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.spans.add(Place { text: self.index, start: narrow(start), end: narrow(end) })
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }
}

/// Tokens of a text, including comments. None if the text has errors.
pub(crate) fn tokens(text: &str) -> Option<Vec<lex::Token>> {
    let (mut spans, mut errors) = (Spans::new(Place { text: 0, start: 0, end: 0 }), Errors::default());
    let lexed = Reader::new(0, &mut spans, &mut errors).lex(text)?;
    lexed.mended.is_none().then_some(lexed.tokens)
}

/// Parses a spec. Unreadable parts are reported and left out.
pub fn parse(text: &str, index: u32, spans: &mut Spans<Place>, errors: &mut Errors) -> ast::Spec {
    let mut reader = Reader::new(index, spans, errors);
    let Some(lexed) = reader.lex(text) else { return ast::Spec::default() };
    let mended = lexed.mended.as_deref().unwrap_or(text);
    let Some((readable, tokens)) = recover::without(&lexed.holes, mended, lexed.tokens) else {
        return ast::Spec::default();
    };
    match Grammar::parse(Rule::file, &readable) {
        Ok(mut pairs) => pairs.next().map(|file| reader.spec(file)).unwrap_or_default(),
        Err(error) => {
            recover::report_all(error, &readable, tokens, &mut reader);
            ast::Spec::default()
        }
    }
}

/// Parses one expression, such as the value of `--set name=value`.
pub fn parse_expr(text: &str, index: u32, spans: &mut Spans<Place>, errors: &mut Errors) -> ast::Expr {
    let mut reader = Reader::new(index, spans, errors);
    let whole = reader.place(0, text.len());
    let invalid = ast::Expr { kind: ast::ExprKind::Invalid, span: whole };
    let Some(lexed) = reader.lex(text).filter(|lexed| lexed.mended.is_none()) else { return invalid };
    match Grammar::parse(Rule::value, text) {
        Ok(pairs) => {
            let expr = pairs.flatten().find(|pair| pair.as_rule() == Rule::expr);
            expr.map(|pair| reader.expr(pair)).unwrap_or(invalid)
        }
        Err(error) => {
            syntax::report(&error, text, &lexed.tokens, &mut reader);
            invalid
        }
    }
}

#[cfg(test)]
mod tests;
