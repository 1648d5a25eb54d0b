//! Expressions of Python.

use super::lex::Token;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Name(String),
    Number(f64),
    Text(String),
    /// A formatted text with expressions in braces.
    Format(String),
    /// A list, a tuple or a set.
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Call {
        function: Box<Expr>,
        positional: Vec<Expr>,
        named: Vec<(String, Expr)>,
        at: usize,
    },
    Member(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Minus(Box<Expr>),
    /// `item for targets in list`, without conditions.
    For {
        item: Box<Expr>,
        targets: Vec<String>,
        list: Box<Expr>,
    },
    /// Anything else.
    Other,
}

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 60;

/// A reader of expressions.
pub(super) struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    /// A reader of the tokens of a line.
    pub(super) fn new(tokens: &'t [Token]) -> Self {
        Parser { tokens, at: 0, depth: 0 }
    }

    /// Returns whether all tokens are read.
    pub(super) fn is_over(&self) -> bool {
        self.at == self.tokens.len()
    }

    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    /// Reads a sign.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(is_next);
        is_next
    }

    fn word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Name(next)) if next == word);
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads a name.
    fn name(&mut self) -> Option<String> {
        match self.peek() {
            Some(Token::Name(name)) => {
                self.at += 1;
                Some(name.clone())
            }
            _ => None,
        }
    }

    /// Reads expressions with commas between them.
    pub(super) fn list(&mut self) -> Option<Expr> {
        let first = self.expr()?;
        if !matches!(self.peek(), Some(Token::Sign(","))) {
            return Some(first);
        }
        let mut items = vec![first];
        while self.sign(",") && !self.is_over() && !matches!(self.peek(), Some(Token::Sign("=" | ")"))) {
            items.push(self.expr()?);
        }
        Some(Expr::List(items))
    }

    /// Reads an expression.
    pub(super) fn expr(&mut self) -> Option<Expr> {
        self.depth += 1;
        let expr = if self.depth > MAX_DEPTH { None } else { self.conditional() };
        self.depth -= 1;
        expr
    }

    fn conditional(&mut self) -> Option<Expr> {
        if self.word("lambda") {
            while !self.sign(":") {
                self.peek()?;
                self.at += 1;
            }
            self.expr()?;
            return Some(Expr::Other);
        }
        let value = self.compared()?;
        if self.word("if") {
            self.compared()?;
            if !self.word("else") {
                return None;
            }
            self.expr()?;
            return Some(Expr::Other);
        }
        Some(value)
    }

    fn compared(&mut self) -> Option<Expr> {
        self.word("not");
        let mut left = self.sum()?;
        loop {
            let is_sign = ["==", "!=", "<=", ">=", "<", ">", "&", "|"].iter().any(|sign| self.sign(sign));
            let is_word = is_sign || ["and", "or", "is", "in", "not"].iter().any(|word| self.word(word));
            if !is_word {
                return Some(left);
            }
            self.word("not");
            self.word("in");
            self.sum()?;
            left = Expr::Other;
        }
    }

    fn sum(&mut self) -> Option<Expr> {
        let mut left = self.product()?;
        while let Some(sign) = ["+", "-"].into_iter().find(|sign| self.sign(sign)) {
            left = Expr::Binary(sign, Box::new(left), Box::new(self.product()?));
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Expr> {
        let mut left = self.unary()?;
        while let Some(sign) = ["**", "*", "//", "/", "%", "@"].into_iter().find(|sign| self.sign(sign)) {
            left = Expr::Binary(sign, Box::new(left), Box::new(self.unary()?));
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<Expr> {
        if self.sign("-") {
            return Some(Expr::Minus(Box::new(self.atom()?)));
        }
        let _ = self.sign("+") || self.sign("*") || self.sign("**");
        let mut value = self.atom()?;
        loop {
            if self.sign(".") {
                value = Expr::Member(Box::new(value), self.name()?);
            } else if self.sign("[") {
                let index = self.subscript()?;
                value = Expr::Index(Box::new(value), Box::new(index));
            } else if matches!(self.peek(), Some(Token::Sign("("))) {
                let at = self.at;
                self.at += 1;
                value = self.call(value, at)?;
            } else {
                return Some(value);
            }
        }
    }

    /// Reads an index or a slice, up to its bracket.
    fn subscript(&mut self) -> Option<Expr> {
        let mut index = Expr::Other;
        let mut parts = 0;
        while !self.sign("]") {
            if !self.sign(":") && !self.sign(",") {
                index = self.expr()?;
            }
            parts += 1;
        }
        Some(if parts == 1 { index } else { Expr::Other })
    }

    fn call(&mut self, function: Expr, at: usize) -> Option<Expr> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        while !self.sign(")") {
            let is_named = matches!(
                (self.peek(), self.tokens.get(self.at + 1)),
                (Some(Token::Name(_)), Some(Token::Sign("=")))
            );
            if is_named {
                let name = self.name()?;
                self.sign("=");
                named.push((name, self.expr()?));
            } else {
                let value = self.expr()?;
                positional.push(self.looped(value)?);
            }
            if !self.sign(",") && !matches!(self.peek(), Some(Token::Sign(")"))) {
                return None;
            }
        }
        Some(Expr::Call { function: Box::new(function), positional, named, at })
    }

    /// Reads the loop of a comprehension, if there is one.
    fn looped(&mut self, item: Expr) -> Option<Expr> {
        if !self.word("for") {
            return Some(item);
        }
        let is_open = self.sign("(");
        let mut targets = vec![self.name()?];
        while self.sign(",") {
            targets.push(self.name()?);
        }
        if is_open {
            self.sign(")");
        }
        if !self.word("in") {
            return None;
        }
        let list = self.sum()?;
        let mut found = Expr::For { item: Box::new(item), targets, list: Box::new(list) };
        while self.word("if") || self.word("for") {
            while !matches!(self.peek(), Some(Token::Sign("]" | ")" | "}"))) {
                self.expr().or_else(|| {
                    self.at += 1;
                    (!self.is_over()).then_some(Expr::Other)
                })?;
            }
            found = Expr::Other;
        }
        Some(found)
    }

    fn atom(&mut self) -> Option<Expr> {
        let token = self.peek()?;
        self.at += 1;
        Some(match token {
            Token::Number(number) => Expr::Number(*number),
            Token::Text { text, is_formatted: true } => Expr::Format(text.clone()),
            Token::Text { text, .. } => {
                let mut text = text.clone();
                // Texts next to each other are one.
                while let Some(Token::Text { text: next, is_formatted: false }) = self.peek() {
                    text.push_str(next);
                    self.at += 1;
                }
                Expr::Text(text)
            }
            Token::Name(name) => Expr::Name(name.clone()),
            Token::Sign("[") => self.items("]")?,
            Token::Sign("(") => self.items(")")?,
            Token::Sign("{") => self.dict()?,
            Token::Sign(_) => return None,
        })
    }

    /// Reads the items of a list up to its bracket. One item in parentheses is itself.
    fn items(&mut self, end: &str) -> Option<Expr> {
        let mut items = Vec::new();
        let mut has_comma = false;
        while !self.sign(end) {
            let item = self.expr()?;
            let item = self.looped(item)?;
            if matches!(item, Expr::For { .. }) && self.sign(end) {
                return Some(item);
            }
            items.push(item);
            let comma = self.sign(",");
            has_comma |= comma;
            if !comma && !matches!(self.peek(), Some(Token::Sign(next)) if *next == end) {
                return None;
            }
        }
        match items.len() {
            1 if end == ")" && !has_comma => items.pop(),
            _ => Some(Expr::List(items)),
        }
    }

    fn dict(&mut self) -> Option<Expr> {
        let (mut entries, mut items) = (Vec::new(), Vec::new());
        while !self.sign("}") {
            let key = self.expr()?;
            if self.sign(":") {
                let value = self.expr()?;
                if !matches!(self.looped(Expr::Other)?, Expr::Other) {
                    self.sign("}");
                    return Some(Expr::Other);
                }
                entries.push((key, value));
            } else {
                items.push(self.looped(key)?);
            }
            if !self.sign(",") && !matches!(self.peek(), Some(Token::Sign("}"))) {
                return None;
            }
        }
        Some(if items.is_empty() { Expr::Dict(entries) } else { Expr::List(items) })
    }
}
