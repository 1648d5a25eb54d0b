//! Syntax of other languages that the grammar rejects, each with the correct form.

use super::Rule;
use super::lex::{Kind, Token};

/// Words before the braces of a member or an item.
const HEADS: [&str; 12] = [
    "model",
    "data",
    "input",
    "embedding",
    "tower",
    "block",
    "catalog",
    "catalogue",
    "metrics",
    "train",
    "export",
    "objective",
];

/// Maximum length in bytes of quoted source in a suggestion.
const LONGEST: usize = 60;

/// Tokens around the place where the grammar failed, without comments.
pub(super) struct Around<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// Index of the unexpected token.
    at: usize,
}

impl<'t> Around<'t> {
    /// The tokens around byte `at`.
    pub(super) fn new(text: &'t str, tokens: &[Token], at: usize) -> Self {
        let tokens: Vec<Token> = tokens.iter().filter(|token| token.kind != Kind::Comment).copied().collect();
        let at = tokens.partition_point(|token| token.end <= at);
        Around { text, tokens, at }
    }

    /// Token `steps` before the unexpected one. Empty if there is none.
    fn before(&self, steps: usize) -> &'t str {
        self.token(self.at.checked_sub(steps)).map_or("", |token| token.text(self.text))
    }

    /// Token `steps` after the unexpected one. Empty if there is none.
    fn after(&self, steps: usize) -> &'t str {
        self.token(self.at.checked_add(steps)).map_or("", |token| token.text(self.text))
    }

    fn token(&self, index: Option<usize>) -> Option<Token> {
        self.tokens.get(index?).copied()
    }

    fn kind(&self, index: Option<usize>) -> Option<Kind> {
        self.token(index).map(|token| token.kind)
    }

    fn follows_a_word(&self) -> bool {
        self.kind(self.at.checked_sub(1)) == Some(Kind::Word)
    }

    /// Returns whether the unexpected token is on the line of the previous one.
    fn same_line(&self) -> bool {
        let (before, found) = (self.token(self.at.checked_sub(1)), self.token(Some(self.at)));
        let gap = before.zip(found).and_then(|(before, found)| self.text.get(before.end..found.start));
        gap.is_some_and(|gap| !gap.contains('\n'))
    }

    /// Returns the correct form, if the unexpected token belongs to a known form of another language.
    pub(super) fn remedy(&self, expected: &[Rule]) -> Option<String> {
        let found = self.after(0);
        let follows = |rule: Rule| expected.contains(&rule);
        let (in_body, in_arguments) = (
            follows(Rule::close_brace) && follows(Rule::pipe) && !follows(Rule::entry),
            follows(Rule::close_paren) && follows(Rule::comma),
        );
        Some(match found {
            "=" | ":" if self.before(1) == "objective" => {
                format!("leave out the `{found}`: `objective bce(score, click)`")
            }
            "=" | ":" if follows(Rule::open_brace) => format!("leave out the `{found}`: `{} {{ ... }}`", self.head()),
            "(" if follows(Rule::open_brace) && self.before(2) == "tower" => format!(
                "a tower has no parameters, it reads columns and tables by their names: `tower {} {{ ... }}`",
                self.before(1)
            ),
            "(" | "[" if follows(Rule::open_brace) && HEADS.contains(&self.head_word()) => {
                format!("entries are written in braces: `{} {{ {} }}`", self.head(), self.inside())
            }
            "{" if follows(Rule::open_paren) && self.before(2) == "block" => {
                format!("a block has parameters: `block {}(x) {{ ... }}`", self.before(1))
            }
            "=" if in_body && self.follows_a_word() => {
                format!("a part of a tower is named with `let`: `let {} = ...`", self.before(1))
            }
            _ if in_body && self.same_line() && self.before(1) == "return" => {
                "leave out `return`: a body ends with the expression that is its value".to_string()
            }
            "(" if self.before(2) == "." && self.follows_a_word() => {
                format!("a layer is applied with a pipe: `|> {}(...)`", self.before(1))
            }
            "." if self.kind(self.at.checked_add(1)) == Some(Kind::Word) => {
                format!("a layer is applied with a pipe: `|> {}`", self.after(1))
            }
            "," if in_body => "a body has one value: join several with `concat(a, b)`".to_string(),
            "," if follows(Rule::close_bracket) && !follows(Rule::comma) => self.lookups(),
            "[" if follows(Rule::column) => {
                "each column has an entry of its own, `age: float`, but a range has one: `C1..C26: id`".to_string()
            }
            "{" if follows(Rule::number) || follows(Rule::expr) => {
                "arguments are written in parentheses, as in `adam(lr = 0.01)`, and lists in brackets, as in `[64, 32]`".to_string()
            }
            "*" if self.before(1) == "*" => "there are no powers: `x * x` is the square of `x`".to_string(),
            _ if in_arguments && self.follows_a_word() && self.same_line() && self.is_value() => {
                format!("an argument is written `name = value`: `{} = {found}`", self.before(1))
            }
            _ => return None,
        })
    }

    fn is_value(&self) -> bool {
        matches!(self.kind(Some(self.at)), Some(Kind::Text | Kind::Number | Kind::Word))
    }

    /// The keyword before an opening brace.
    fn head_word(&self) -> &'t str {
        let (earlier, name) = (self.before(2), self.before(1));
        if HEADS.contains(&name) { name } else { earlier }
    }

    /// The text in the bracket at this token; `...` if it is long.
    fn inside(&self) -> String {
        let mut depth = 0usize;
        let end = self.tokens.get(self.at..).unwrap_or_default().iter().find(|token| {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let text =
            self.token(Some(self.at)).zip(end).and_then(|(open, close)| self.text.get(open.end..close.start));
        let words: Vec<&str> = text.unwrap_or("...").split_whitespace().collect();
        let inside = words.join(" ");
        if inside.is_empty() || inside.len() > LONGEST || inside.contains("//") {
            "...".to_string()
        } else {
            inside
        }
    }

    /// The keyword and name before an opening brace.
    fn head(&self) -> String {
        let (earlier, name) = (self.before(2), self.before(1));
        if HEADS.contains(&name) || !HEADS.contains(&earlier) {
            return name.to_string();
        }
        format!("{earlier} {name}")
    }

    /// `table[a, b]` as two lookups.
    fn lookups(&self) -> String {
        let (table, first, second) = (self.before(3), self.before(1), self.after(1));
        let plain = self.before(2) == "[" && [table, first, second].iter().all(|word| is_name(word));
        match plain {
            true => {
                format!("a lookup is a table and one column: `concat({table}[{first}], {table}[{second}])`")
            }
            false => "a lookup is a table and one column: `concat(item[shown], item[bought])`".to_string(),
        }
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}
