//! Syntax tree: names and spelling as written, with spans. No name is resolved yet.
//!
//! All settings blocks (`data`, `embedding`, `train`, ...) contain [`Entry`]s. The grammar does not know
//! their keywords; `resolve` does.

use crate::span::Span;

/// A word and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Place.
    pub span: Span,
}

/// Names of a range such as `C1..C26`. `parse` has checked that the ends differ only in their number.
pub fn range_names<'a>(first: &'a Name, last: &'a Name) -> impl Iterator<Item = String> + 'a {
    let prefix = first.text.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = |name: &Name| name.text.get(prefix.len()..)?.parse::<u32>().ok();
    let numbers = number(first).zip(number(last)).into_iter().flat_map(|(from, to)| from..=to);
    numbers.map(move |number| format!("{prefix}{number}"))
}

/// A file: imports, constants and blocks for any model, and at most one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    /// `import "blocks.dm"`.
    pub imports: Vec<Import>,
    /// `const` items outside the model.
    pub constants: Vec<Const>,
    /// `block` items outside the model.
    pub blocks: Vec<Block>,
    /// The model. None in a file of blocks.
    pub model: Option<Model>,
}

/// `import "path.dm"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The path as written, relative to the importing file.
    pub path: String,
    /// Place of the statement.
    pub span: Span,
}

/// `model Name { ... }`. Repeated blocks are kept; `resolve` reports the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name.
    pub name: Name,
    /// `///` lines above the model.
    pub docs: Vec<String>,
    /// Members in source order.
    pub members: Vec<Member>,
}

/// A member of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    /// `const name = value`.
    Const(Const),
    /// `data { ... }`, `catalog { ... }`, `metrics { ... }`, `train { ... }`, `export { ... }`.
    Settings(Settings),
    /// `input { ... }`.
    Input(Input),
    /// `embedding name { ... }`.
    Embedding(Embedding),
    /// `block name(...) { ... }`.
    Block(Block),
    /// `tower name { ... }`.
    Tower(Tower),
    /// `objective expression`, or `objective { name: expression, setting = value, ... }`.
    Objective(Objective),
}

/// `const name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Const {
    /// `///` lines.
    pub docs: Vec<String>,
    /// Name.
    pub name: Name,
    /// Value.
    pub value: Expr,
}

/// Kind of a settings block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SettingsKind {
    /// `data`
    Data,
    /// `catalog`
    Catalog,
    /// `metrics`
    Metrics,
    /// `train`
    Train,
    /// `export`
    Export,
}

impl SettingsKind {
    /// Returns the kind of block with this keyword, in any spelling.
    pub fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "data" => SettingsKind::Data,
            "catalog" | "catalogue" => SettingsKind::Catalog,
            "metrics" => SettingsKind::Metrics,
            "train" => SettingsKind::Train,
            "export" => SettingsKind::Export,
            _ => return None,
        })
    }

    /// Keyword.
    pub fn word(self) -> &'static str {
        match self {
            SettingsKind::Data => "data",
            SettingsKind::Catalog => "catalog",
            SettingsKind::Metrics => "metrics",
            SettingsKind::Train => "train",
            SettingsKind::Export => "export",
        }
    }
}

/// A settings block that occurs at most once in a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Kind of the block.
    pub kind: SettingsKind,
    /// Place of its keyword.
    pub span: Span,
    /// Entries of the block.
    pub entries: Vec<Entry>,
}

/// `name = value`, or `value` alone (a flag, an item of a list, a call such as `join(...)`).
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Name before `=`.
    pub name: Option<Name>,
    /// Value.
    pub value: Expr,
}

/// `input { column: kind ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Place of the keyword.
    pub span: Span,
    /// Columns in source order.
    pub columns: Vec<Column>,
}

/// `names: kind`. Names are one name or a range (`C1..C26`).
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// `///` lines.
    pub docs: Vec<String>,
    /// A [`ExprKind::Name`] or [`ExprKind::Range`].
    pub names: Expr,
    /// Kind: a name (`id`) or a call (`id(hash = 1000)`).
    pub kind: Expr,
}

/// `embedding name { ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// `///` lines.
    pub docs: Vec<String>,
    /// Name.
    pub name: Name,
    /// Settings.
    pub entries: Vec<Entry>,
}

/// `block name(parameters) { lets result }`: a reusable expression, expanded at each call.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// `///` lines.
    pub docs: Vec<String>,
    /// Name.
    pub name: Name,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Body.
    pub body: Body,
}

/// A parameter of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name.
    pub name: Name,
    /// Default value.
    pub default: Option<Expr>,
}

/// `tower name { lets result }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tower {
    /// `///` lines.
    pub docs: Vec<String>,
    /// Name.
    pub name: Name,
    /// Body.
    pub body: Body,
}

/// `let`s and the resulting expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// `let`s in source order.
    pub lets: Vec<Let>,
    /// Value of the body.
    pub result: Expr,
}

/// `let name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Name.
    pub name: Name,
    /// Value.
    pub value: Expr,
}

/// `objective expression`, or `objective { name: expression, ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Place of the keyword.
    pub span: Span,
    /// Tasks. Without names there is one.
    pub tasks: Vec<Task>,
    /// Settings.
    pub settings: Vec<Entry>,
}

/// A task of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Name, if it has one.
    pub name: Option<Name>,
    /// Minimized expression.
    pub value: Expr,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Kind of the expression.
    pub kind: ExprKind,
    /// Place, without parentheses.
    pub span: Span,
}

impl Expr {
    /// Returns the expressions that it is made of.
    pub(crate) fn parts(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::List(items) => items.iter().collect(),
            ExprKind::Call(call) => call.arguments.iter().map(|argument| &argument.value).collect(),
            ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => vec![a, b],
            ExprKind::Member(value, _) | ExprKind::Negate(value) => vec![value],
            ExprKind::Name(_)
            | ExprKind::Number(_)
            | ExprKind::Whole(_)
            | ExprKind::Text(_)
            | ExprKind::Range(..)
            | ExprKind::Invalid => Vec::new(),
        }
    }
}

/// Kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `12`, `0.5`, `1e-3`, `100_000`.
    Number(f64),
    /// A 64-bit integer that is not exact as a double.
    Whole(i64),
    /// `"text"`, escapes resolved.
    Text(String),
    /// A word: a column, table, tower, `let`, constant or keyword.
    Name(String),
    /// `C1..C26`: two names that differ only in their trailing number.
    Range(Name, Name),
    /// `base.member`.
    Member(Box<Expr>, Name),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `function(arguments)`; `x |> f(a)` is `f(x, a)` with `piped` set.
    Call(Call),
    /// `table[column]`.
    Index(Box<Expr>, Box<Expr>),
    /// `-x`.
    Negate(Box<Expr>),
    /// `a + b`, `a - b`, `a * b`, `a / b`.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// Placeholder for an unreadable expression that was already reported.
    Invalid,
}

/// `+ - * /`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Called layer or block.
    pub function: Name,
    /// Arguments in order. A piped value is first and unnamed.
    pub arguments: Vec<Argument>,
    /// True if the first argument was piped with `|>`.
    pub piped: bool,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Name before `=`.
    pub name: Option<Name>,
    /// Value.
    pub value: Expr,
}
