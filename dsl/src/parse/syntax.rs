//! What the grammar could not match, said in the words of the language.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::lex::{Kind, Token, shorten};
use super::{Reader, Rule};
use crate::diag::{Diagnostic, suggestion};

/// The words that begin the members of a model.
const MEMBERS: [&str; 11] =
    ["const", "data", "input", "embedding", "block", "tower", "catalogue", "objective", "metrics", "train", "export"];
/// The words that begin the items of a file.
const ITEMS: [&str; 3] = ["model", "block", "import"];

/// Reports an error of the grammar; says where it was.
pub(super) fn report(error: &Error<Rule>, text: &str, tokens: &[Token], reader: &mut Reader<'_>) -> usize {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
        ErrorVariant::CustomError { .. } => &[],
    };
    let index = tokens.partition_point(|token| token.end <= at);
    let found = tokens[index..].iter().find(|token| token.kind != Kind::Comment);
    let before = tokens[..index].iter().rev().find(|token| token.kind != Kind::Comment);
    let (start, end) = found.map_or((text.trim_end().len(), text.trim_end().len()), |token| (token.start, token.end));
    let span = reader.place(start, end);
    let diagnostic = if let Some(doc) = [before, found].into_iter().flatten().find(|token| token.kind == Kind::Doc) {
        let span = reader.place(doc.start, doc.end);
        Diagnostic::new("E0010", span, "this doc comment documents nothing")
            .label("`///` stands above a member, a column, a block or the model")
            .help("write `//` for a plain comment")
    } else {
        let word = found.map_or("", |token| token.text(text));
        let is_word = found.is_some_and(|token| token.kind == Kind::Word);
        unexpected(expected, word, is_word, span)
    };
    reader.report(diagnostic);
    at
}

/// Says what stands where something else was expected.
fn unexpected(expected: &[Rule], word: &str, is_word: bool, span: crate::span::Span) -> Diagnostic {
    let shown = if word.is_empty() { "the end of the text".to_string() } else { format!("`{}`", shorten(word)) };
    let place = if expected.contains(&Rule::kw_const) {
        Some(("a model", &MEMBERS[..]))
    } else if expected.contains(&Rule::kw_model) {
        Some(("a file", &ITEMS[..]))
    } else {
        None
    };
    match place {
        Some((holder, words)) if is_word => {
            let help = match suggestion(word, words.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if MEMBERS.contains(&word) => format!("put it inside the braces of `model Name {{ ... }}`: `{word}` is a member of a model"),
                None => format!("{holder} holds {}", listed(words.iter().map(|word| format!("`{word}`")).collect())),
            };
            return Diagnostic::new("E0002", span, format!("{holder} has no member `{}`", shorten(word)))
                .label("unknown word")
                .help(help);
        }
        _ => {}
    }
    let wanted = wanted(expected);
    let help = help(expected, word);
    let diagnostic = Diagnostic::new("E0001", span, format!("expected {}, found {shown}", listed(wanted.clone())))
        .label(format!("expected {}", wanted.first().map_or("something else", String::as_str)));
    Diagnostic { help, ..diagnostic }
}

/// The expected tokens in words, the likeliest first, without those that go without saying.
fn wanted(expected: &[Rule]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let value = [Rule::number, Rule::text, Rule::list, Rule::group].iter().any(|rule| expected.contains(rule));
    let member = expected.contains(&Rule::kw_const);
    let item = expected.contains(&Rule::kw_model);
    if member {
        words.push("a member of the model".into());
    }
    if item {
        words.push("`model`, `block` or `import`".into());
    }
    if value {
        words.push("a value".into());
    }
    for rule in expected {
        let Some(word) = token(*rule) else { continue };
        let part_of_value = value && matches!(rule, Rule::name | Rule::text | Rule::open_paren | Rule::open_bracket | Rule::minus | Rule::word | Rule::call);
        let keyword = word.starts_with("`") && (member || item) && word.len() > 4;
        if !part_of_value && !keyword && !words.iter().any(|known| known == word) {
            words.push(word.to_string());
        }
    }
    // operators may follow any value: worth a word only where nothing else may
    let operators = ["`+`", "`-`", "`*`", "`/`", "`|>`", "`.`", "`..`", "`[`", "`(`"];
    if words.iter().any(|word| !operators.contains(&word.as_str())) {
        words.retain(|word| !operators.contains(&word.as_str()) || words_open(expected, word));
    }
    if words.is_empty() {
        words.push("something else".into());
    }
    words
}

/// Whether a bracket is what must come, rather than what may follow a value.
fn words_open(expected: &[Rule], word: &str) -> bool {
    word == "`(`" && !expected.contains(&Rule::pipe)
}

/// A rule in the words of the language; none for those that never stand alone.
fn token(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end of the text",
        Rule::name | Rule::word => "a name",
        Rule::call => "a call",
        Rule::number => "a number",
        Rule::text => "a string",
        Rule::open_brace | Rule::entries | Rule::body => "`{`",
        Rule::close_brace => "`}`",
        Rule::open_paren | Rule::arguments | Rule::parameters => "`(`",
        Rule::close_paren => "`)`",
        Rule::open_bracket | Rule::index => "`[`",
        Rule::close_bracket => "`]`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::equals => "`=`",
        Rule::dots => "`..`",
        Rule::access => "`.`",
        Rule::pipe => "`|>`",
        Rule::plus => "`+`",
        Rule::minus => "`-`",
        Rule::times => "`*`",
        Rule::divide => "`/`",
        Rule::kw_let => "`let`",
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
    } else if word == "(" && expected.contains(&Rule::pipe) {
        "the `(` of a call stands on the line of its name, and follows a name only"
    } else if word == "}" && expected.contains(&Rule::kw_let) {
        "a body ends with the expression that is its value"
    } else {
        return None;
    };
    Some(help.to_string())
}

/// `a`, `a or b`, `a, b or c`.
fn listed(words: Vec<String>) -> String {
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}
