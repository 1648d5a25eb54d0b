//! Text of a spec that is built from tokens, with a map from places in the text to tokens.

use proc_macro2::{Delimiter, Group, LineColumn, Span, TokenStream, TokenTree};
use turret_dsl::span::Place;

/// A text with the tokens that it was built from.
#[derive(Default)]
pub(crate) struct Written {
    text: String,
    marks: Vec<Mark>,
}

/// A byte range of the text and its token.
struct Mark {
    start: usize,
    end: usize,
    span: Span,
}

impl Written {
    /// Returns the text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds text that is not a token.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds the text of a token.
    pub(crate) fn push_at(&mut self, text: &str, span: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        self.marks.push(Mark { start, end: self.text.len(), span });
    }

    /// Adds `///` lines.
    pub(crate) fn push_docs(&mut self, docs: &[String], indent: &str) {
        for line in docs {
            self.push(&format!("{indent}///{line}\n"));
        }
    }

    /// Adds tokens with their original lines and spaces.
    pub(crate) fn push_tokens(&mut self, tokens: &TokenStream) {
        self.tokens(tokens, &mut None);
    }

    fn tokens(&mut self, tokens: &TokenStream, last: &mut Option<Last>) {
        let mut tokens = tokens.clone().into_iter().peekable();
        while let Some(token) = tokens.next() {
            if let (TokenTree::Punct(hash), Some(TokenTree::Group(group))) = (&token, tokens.peek())
                && hash.as_char() == '#'
                && let Some(doc) = doc_line(group)
            {
                self.separate(&token, token.span(), last);
                self.push_at(&format!("///{doc}"), group.span());
                // A line before the first one, so that the next token starts a new line.
                *last = Some(Last { end: LineColumn { line: 0, column: 0 }, word: false });
                tokens.next();
                continue;
            }
            match &token {
                TokenTree::Group(group) => {
                    let (open, close) = brackets(group.delimiter());
                    self.bracket(open, group.span_open(), last);
                    self.tokens(&group.stream(), last);
                    self.bracket(close, group.span_close(), last);
                }
                _ => {
                    self.separate(&token, token.span(), last);
                    self.push_at(&token.to_string(), token.span());
                    *last = Some(Last { end: token.span().end(), word: is_word(&token) });
                }
            }
        }
    }

    fn bracket(&mut self, bracket: &str, span: Span, last: &mut Option<Last>) {
        if !bracket.is_empty() {
            self.space(span, false, last);
            self.push_at(bracket, span);
            *last = Some(Last { end: span.end(), word: false });
        }
    }

    fn separate(&mut self, token: &TokenTree, span: Span, last: &Option<Last>) {
        self.space(span, is_word(token), last);
    }

    /// White space between the last token and one that begins here. A synthesized group has the span of the
    /// whole group at both brackets, so a token that seems to begin before the end of the last one directly
    /// follows it.
    fn space(&mut self, span: Span, word: bool, last: &Option<Last>) {
        let Some(last) = last else { return };
        let start = span.start();
        if start.line > last.end.line {
            self.text.push('\n');
            self.text.push_str(&" ".repeat(start.column));
        } else if start > last.end || word && last.word {
            self.text.push(' ');
        }
    }

    /// Returns the first and last token of a place.
    pub(crate) fn span(&self, place: Place) -> Option<(Span, Span)> {
        let (start, end) = (place.start as usize, place.end as usize);
        let mut within = self.marks.iter().filter(|mark| mark.end > start && mark.start < end);
        let first = within.next()?;
        Some((first.span, within.next_back().unwrap_or(first).span))
    }

    /// Returns the text of a place.
    pub(crate) fn quote(&self, place: Place) -> Option<&str> {
        self.text.get(place.start as usize..place.end as usize)
    }
}

/// End of the last token, and whether it was a word.
struct Last {
    end: LineColumn,
    word: bool,
}

fn is_word(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_))
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

/// Returns the line of a doc comment, which is the token `#[doc = "..."]`.
fn doc_line(group: &Group) -> Option<String> {
    let attribute: syn::MetaNameValue = syn::parse2(group.stream()).ok()?;
    match attribute.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if attribute.path.is_ident("doc") => {
            Some(text.value())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "const layers = [64, 32]\n/// Says it.\ntower t {\n    let x = a[b]\n    (x + C1..C3) |> mlp(layers, rate = 1e-3)\n}";

    #[test]
    fn text_keeps_its_lines_and_leads_back() {
        let mut written = Written::default();
        written.push("model M { ");
        written.push_tokens(&SPEC.parse().unwrap());
        assert_eq!(written.text(), format!("model M {{ {SPEC}"));
        let start = written.text().find("layers, rate").unwrap() as u32;
        let (first, last) = written.span(Place { text: 0, start, end: start + 12 }).unwrap();
        assert_eq!((first.start().line, first.start().column), (5, 24));
        assert_eq!((last.end().line, last.end().column), (5, 36));
        assert!(written.span(Place { text: 0, start: 0, end: 5 }).is_none());
    }

    #[test]
    fn words_of_no_place_stay_apart() {
        let mut written = Written::default();
        written.push_tokens(&quote::quote!(from = source.field id(hash = 10)));
        let words: Vec<&str> = written.text().split_whitespace().collect();
        assert!(
            words.concat() == "from=source.fieldid(hash=10)" && written.text().contains("field id"),
            "{}",
            written.text()
        );
    }
}
