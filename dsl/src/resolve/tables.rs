//! The `embedding` blocks.

use super::Names;
use super::keys::{DeclaredKeys, read_keys, read_oov};
use super::train::resolve_optimizer;
use crate::arguments::{Bound, Param, Rest, bind, bind_entries};
use crate::ast::{Embedding, Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{Initializer, Model, Pretrained, Table, TableId, TableRows, VocabularyId};
use crate::span::Span;

const PARAMS: &[Param] = &[
    Param { name: "dim", required: true, positional: false },
    Param::named("vocab"),
    Param::named("hash"),
    Param::named("oov"),
    Param::named("initializer"),
    Param::named("pretrained"),
    Param::named("keys"),
    Param::named("frozen"),
    Param::named("l2"),
    Param::named("optimizer"),
];

/// Resolves the tables; returns what each says about its keys.
pub(super) fn resolve_tables(
    embeddings: &[&Embedding],
    model: &mut Model,
    names: &mut Names,
    errors: &mut Errors,
) -> Vec<DeclaredKeys> {
    let mut wanted = Vec::new();
    for embedding in embeddings {
        let name = &embedding.name;
        if let Some(first) = names.tables.get(&name.text) {
            errors.push(
                Diagnostic::new("E0104", name.span, format!("the table `{}` is declared twice", name.text))
                    .label("declared again")
                    .note(model.tables[first.0].span, "first here"),
            );
            continue;
        }
        names.tables.insert(name.text.clone(), TableId(model.tables.len()));
        let what = format!("`embedding {}`", name.text);
        let bound = bind_entries(&what, name.span, &embedding.entries, PARAMS, errors);
        let (table, keys) = resolve_table(embedding, &bound, errors);
        model.tables.push(table);
        wanted.push(keys);
    }
    wanted
}

fn resolve_table(embedding: &Embedding, bound: &Bound<'_>, errors: &mut Errors) -> (Table, DeclaredKeys) {
    let mut table =
        Table { docs: embedding.docs.clone(), ..new_table(&embedding.name.text, embedding.name.span) };
    table.dim = bound.count_or("dim", 1..=65536, table.dim as u64, errors) as usize;
    if let Some(Ok(initializer)) =
        bound.get("initializer").map(|value| resolve_initializer(bound, value, errors))
    {
        table.initializer = initializer;
    }
    table.frozen = bound.flag("frozen", errors);
    table.l2 = bound.number_or("l2", 0.0..=1e6, 0.0, errors);
    table.optimizer = bound.get("optimizer").and_then(|value| resolve_optimizer(value, errors).ok());
    let keys = DeclaredKeys { keys: read_keys(bound, errors), oov: read_oov(bound, errors) };
    let place = |name| bound.get(name).map_or(bound.span, |value| value.span);
    let mut text = |name: &str| bound.get(name).map(|_| bound.text(name, errors));
    match (text("pretrained"), text("keys")) {
        (Some(Ok(path)), Some(Ok(keys))) => {
            table.pretrained = Some(Pretrained { path: path.to_string(), keys: keys.to_string() });
        }
        (Some(Ok(_)), None) => {
            errors.push(
                Diagnostic::new("E0406", place("pretrained"), "pretrained vectors need their keys")
                    .label("one vector a row")
                    .help("name a file with one key per line: `keys = \"post_keys.txt\"`"),
            );
        }
        (None, Some(Ok(_))) => {
            errors.push(
                Diagnostic::new("E0406", place("keys"), "`keys` belongs to `pretrained`, which is not given")
                    .label("there are no vectors for these keys")
                    .help("for a vocabulary from a file write `vocab = file(\"keys.txt\")`"),
            );
        }
        _ => {}
    }
    if table.frozen && table.pretrained.is_none() && bound.get("pretrained").is_none() {
        errors.push(
            Diagnostic::new(
                "E0407",
                place("frozen"),
                "a frozen table without pretrained vectors stays random",
            )
            .label(format!("`{}` is not trained", embedding.name.text))
            .help("add `pretrained = ...`, or remove `frozen`"),
        );
    }
    (table, keys)
}

/// A table of which nothing is said.
pub(super) fn new_table(name: &str, span: Span) -> Table {
    Table {
        name: name.to_string(),
        docs: Vec::new(),
        span,
        dim: 1,
        rows: TableRows::Keys(VocabularyId(usize::MAX)),
        initializer: Initializer::default(),
        pretrained: None,
        frozen: false,
        l2: 0.0,
        optimizer: None,
    }
}

/// The initializers by their words.
const INITIALIZERS: [(&str, Initializer); 4] = [
    ("uniform", Initializer::Uniform(0.05)),
    ("normal", Initializer::Normal(0.05)),
    ("glorot", Initializer::Glorot),
    ("zeros", Initializer::Zeros),
];

/// The number that an initializer is given, if it is a call.
fn scale(initializer: &mut Initializer) -> Option<&mut f32> {
    match initializer {
        Initializer::Uniform(scale) | Initializer::Normal(scale) => Some(scale),
        Initializer::Glorot | Initializer::Zeros => None,
    }
}

fn resolve_initializer(
    bound: &Bound<'_>,
    value: &Expr,
    errors: &mut Errors,
) -> Result<Initializer, Reported> {
    let (word, call) = match &value.kind {
        ExprKind::Name(word) => (word.as_str(), None),
        ExprKind::Call(call) => (call.function.text.as_str(), Some(call)),
        _ => ("", None),
    };
    if let Some((_, mut initializer)) = INITIALIZERS.into_iter().find(|(name, _)| *name == word) {
        match (scale(&mut initializer), call) {
            (Some(scale), Some(call)) => {
                let params = [Param::required("scale")];
                let what = format!("`{word}`");
                let inner = bind(&what, value.span, &call.arguments, &params, Rest::Refused, errors)?;
                *scale = inner.number("scale", 0.0..=1e3, errors)? as f32;
                return Ok(initializer);
            }
            (None, None) => return Ok(initializer),
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
    Err(bound.wrong("initializer", value, "`uniform(0.05)`, `normal(0.01)`, `glorot` or `zeros`", errors))
}

#[cfg(test)]
mod tests {
    use super::INITIALIZERS;
    use crate::arguments::assert_all;

    #[test]
    fn every_initializer_has_a_word() {
        assert_all(&INITIALIZERS);
    }
}
