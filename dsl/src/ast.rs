//! The syntax tree: names and spelling as the author wrote them, with spans, nothing looked up yet.
//!
//! Blocks of settings (`data`, `embedding`, `train`, ...) all hold [`Entry`]s, so the grammar does not know their words; `resolve` does.

use crate::span::Span;

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Place.
    pub span: Span,
}

/// The names of a range such as `C1..C26`, whose ends differ in their numbers only: `parse` has checked that.
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
    /// The model; a file of blocks has none.
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

/// `model Name { ... }`. A block that may stand once is still a list here: `resolve` reports the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name.
    pub name: Name,
    /// The `///` lines above it.
    pub docs: Vec<String>,
    /// Parts, in order.
    pub members: Vec<Member>,
}

/// A part of a model.
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
    /// `objective expression`.
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

/// Kind of a block of settings.
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
    /// Kind of the block with this keyword, in any of its spellings.
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

/// A block of settings that stands once in a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Kind of the block.
    pub kind: SettingsKind,
    /// Place of its keyword.
    pub span: Span,
    /// Entries.
    pub entries: Vec<Entry>,
}

/// `name = value`, or `value` alone (a flag, an item of a list, a call such as `join(...)`).
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The name before `=`.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// `input { column: kind ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Place of the keyword.
    pub span: Span,
    /// The columns, in order.
    pub columns: Vec<Column>,
}

/// `names: kind`, where names are one name or ranges (`C1..C26`).
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// `///` lines.
    pub docs: Vec<String>,
    /// A [`ExprKind::Name`] or [`ExprKind::Range`].
    pub names: Expr,
    /// The kind: a name (`id`) or a call (`id(hash = 1000)`).
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

/// `block name(parameters) { lets result }`: a reusable piece, expanded where it is called.
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

/// A parameter of a block, with its default if it has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name.
    pub name: Name,
    /// The value when the call gives none.
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

/// `let`s, then the expression they lead to.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The `let`s, in order.
    pub lets: Vec<Let>,
    /// The value of the body.
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

/// `objective expression`.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Place of the keyword.
    pub span: Span,
    /// The minimised expression.
    pub value: Expr,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Kind of the expression.
    pub kind: ExprKind,
    /// Place, parentheses excluded.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `12`, `0.5`, `1e-3`, `100_000`.
    Number(f64),
    /// A whole number of 64 bits that no double holds.
    Whole(i64),
    /// `"text"`, escapes resolved.
    Text(String),
    /// A word: a column, table, tower, `let`, constant, or a word of a setting.
    Name(String),
    /// `C1..C26`: two names that differ in their trailing number only.
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
    /// `a + b` and its kind.
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// Stand-in for an expression that could not be read; already reported.
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
    /// The called layer or block.
    pub function: Name,
    /// The arguments in order; a piped value comes first, without a name.
    pub arguments: Vec<Argument>,
    /// True where the first argument came through `|>`.
    pub piped: bool,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The name before `=`.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}
