//! Errors of the grammar, described in the words of the language.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::habits::Around;
use super::lex::{Kind, Token, shorten};
use super::{Reader, Rule};
use crate::diag::Diagnostic;
use crate::span::Span;
use crate::words;

/// Words that begin members of a model.
const MEMBERS: [&str; 11] = [
    "const",
    "data",
    "input",
    "embedding",
    "block",
    "tower",
    "catalog",
    "objective",
    "metrics",
    "train",
    "export",
];
/// Words that begin items of a file.
const ITEMS: [&str; 4] = ["model", "block", "const", "import"];

/// Reports an error of the grammar. Returns its place.
pub(super) fn report(error: &Error<Rule>, text: &str, tokens: &[Token], reader: &mut Reader<'_>) -> usize {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        ErrorVariant::CustomError { .. } => &[],
    };
    let index = tokens.partition_point(|token| token.end <= at);
    let found = tokens[index..].iter().find(|token| token.kind != Kind::Comment).copied();
    let mut read = tokens[..index].iter().rev().filter(|token| token.kind != Kind::Comment).copied();
    let (before, earlier) = (read.next(), read.next());

    let diagnostic =
        if let Some(doc) = [before, found].into_iter().flatten().find(|token| token.kind == Kind::Doc) {
            Diagnostic::new("E0010", reader.place(doc.start, doc.end), "this doc comment documents nothing")
                .label("`///` belongs above a member, a column, a block or the model")
                .help("write `//` for a plain comment")
        } else if let Some(equals) = value_left_out(expected, text, before, earlier) {
            Diagnostic::new("E0001", reader.place(equals.start, equals.end), "expected a value after `=`")
                .label("the value is missing")
        } else {
            let end = text.trim_end().len();
            let (start, end) = found.map_or((end, end), |token| (token.start, token.end));
            let word = found.map_or("", |token| token.text(text));
            let remedy = Around::new(text, tokens, start).remedy(expected);
            unexpected(expected, word, found.map(|token| token.kind), remedy, reader.place(start, end))
        };
    reader.report(diagnostic);
    at
}

/// Returns the `=` without a value, if the first word of the next line was read as its value: `const a =`,
/// then `tower b {`.
fn value_left_out(
    expected: &[Rule],
    text: &str,
    word: Option<Token>,
    equals: Option<Token>,
) -> Option<Token> {
    let (word, equals) = (word?, equals?);
    let between = text.get(equals.end..word.start)?;
    let left_out = equals.text(text) == "=" && word.kind == Kind::Word && between.contains('\n');
    (left_out && expected.contains(&Rule::member)).then_some(equals)
}

/// Reports an unexpected token.
fn unexpected(
    expected: &[Rule],
    word: &str,
    kind: Option<Kind>,
    remedy: Option<String>,
    span: Span,
) -> Diagnostic {
    let (member, item) = (is_member(expected), is_item(expected));
    if (member || item) && kind == Some(Kind::Word) {
        let (holder, words): (_, &[&str]) =
            if member { ("a model", &MEMBERS[..]) } else { ("a file", &ITEMS[..]) };
        let help = match words::remedy(word, words) {
            _ if item && MEMBERS.contains(&word) => {
                format!("put it inside the braces of `model Name {{ ... }}`: `{word}` is a member of a model")
            }
            Some(help) => help,
            None => format!(
                "{holder} holds {}",
                listed(words.iter().map(|word| format!("`{word}`")).collect(), "and")
            ),
        };
        let message = format!("`{}` is not a part of {holder}", shorten(word));
        return Diagnostic::new("E0002", span, message).help(help);
    }
    let found =
        if word.is_empty() { "the end of the text".to_string() } else { format!("`{}`", shorten(word)) };
    let wanted = listed(wanted(expected), "or");
    let diagnostic = Diagnostic::new("E0001", span, format!("expected {wanted}, found {found}"));
    Diagnostic { help: remedy.or_else(|| help(expected, word)), ..diagnostic }
        .label(format!("expected {wanted}"))
}

fn is_value(expected: &[Rule]) -> bool {
    let rules = [Rule::expr, Rule::sum, Rule::product, Rule::unary, Rule::postfix, Rule::number];
    rules.iter().any(|rule| expected.contains(rule))
}

fn is_member(expected: &[Rule]) -> bool {
    expected.contains(&Rule::member) || expected.contains(&Rule::kw_settings)
}

fn is_item(expected: &[Rule]) -> bool {
    [Rule::file, Rule::item, Rule::kw_model].iter().any(|rule| expected.contains(rule))
}

/// Describes the expected tokens. Operators may follow any value, so they are named only if nothing else is
/// expected.
fn wanted(expected: &[Rule]) -> Vec<String> {
    let mut words: Vec<&str> = Vec::new();
    if is_member(expected) {
        words.push("a member of the model");
    }
    if is_item(expected) {
        words.push("`model`, `block`, `const` or `import`");
    }
    if is_value(expected) {
        words.push("a value");
    }
    if words.is_empty() {
        words.extend(expected.iter().filter_map(|rule| token(*rule)));
    } else {
        words.extend(expected.contains(&Rule::close_brace).then_some("`}`"));
    }
    if words.is_empty() {
        words.push("an operator");
    }
    words.dedup();
    words.into_iter().map(str::to_string).collect()
}

/// Describes a rule. None for operators and for rules that never occur alone.
fn token(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the text",
        Rule::name | Rule::word => "a name",
        Rule::call => "a call",
        Rule::text => "a string",
        Rule::open_brace | Rule::entries | Rule::body => "`{`",
        Rule::close_brace => "`}`",
        Rule::arguments | Rule::parameters => "`(`",
        Rule::close_paren => "`)`",
        Rule::close_bracket => "`]`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::equals => "`=`",
        Rule::column => "a column",
        Rule::entry => "an entry",
        Rule::parameter => "a parameter",
        _ => return None,
    })
}

fn help(expected: &[Rule], word: &str) -> Option<String> {
    let help = if expected.contains(&Rule::colon) {
        "a column is written `name: kind`, such as `user_id: id`"
    } else if word == ":" {
        "an entry or argument is written `name = value`; `name: kind` is for the columns of `input`"
    } else if matches!(word, "+" | "-" | "*" | "/") && expected.contains(&Rule::pipe) {
        "a pipe ends an expression: name it with `let`, or put it in parentheses, `(x |> dense(1)) + y`"
    } else if word == "(" && expected.contains(&Rule::pipe) {
        "the `(` of a call follows a name, on the same line"
    } else if word == "}" && expected.contains(&Rule::kw_let) {
        "a body ends with the expression that is its value"
    } else if expected == [Rule::text] {
        "put it in double quotes: `\"text\"`"
    } else {
        return None;
    };
    Some(help.to_string())
}

/// `a`, `a or b`, `a, b or c`.
fn listed(words: Vec<String>, last_joined_by: &str) -> String {
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} {last_joined_by} {last}", head.join(", ")),
    }
}
