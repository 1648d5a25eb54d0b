//! The `embedding` blocks.

use super::Names;
use super::keys::{DeclaredKeys, read_keys, read_oov};
use super::train::resolve_optimizer;
use crate::arguments::{Bound, Param, bind_entries};
use crate::ast::Embedding;
use crate::diag::{Diagnostic, Errors};
use crate::initializers::read_initializer;
use crate::model::{Initializer, Model, Precision, Pretrained, Table, TableId, TableRows, VocabularyId};
use crate::span::Span;

const PARAMS: &[Param] = &[
    Param { name: "dim", required: true, positional: false },
    Param::named("vocab"),
    Param::named("hash"),
    Param::named("oov"),
    Param::named("precision"),
    Param::named("initializer"),
    Param::named("pretrained"),
    Param::named("keys"),
    Param::named("frozen"),
    Param::named("l2"),
    Param::named("optimizer"),
];

/// Resolves the tables. Returns the key settings of each.
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
    table.precision = bound.word_or("precision", &Precision::WORDS, table.precision, errors);
    table.initializer = read_initializer(bound, errors).unwrap_or_default();
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

/// A table with default settings.
pub(super) fn new_table(name: &str, span: Span) -> Table {
    Table {
        name: name.to_string(),
        docs: Vec::new(),
        span,
        dim: 1,
        rows: TableRows::Keys(VocabularyId(usize::MAX)),
        precision: Precision::default(),
        initializer: Initializer::default(),
        pretrained: None,
        frozen: false,
        l2: 0.0,
        optimizer: None,
    }
}

#[cfg(test)]
mod tests {
    use turret_schema::Precision;

    use crate::arguments;

    #[test]
    fn every_precision_has_a_word() {
        arguments::assert_all(&Precision::WORDS);
        assert!(Precision::WORDS.iter().all(|(word, precision)| precision.word() == *word));
    }
}
