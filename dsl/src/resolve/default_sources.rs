//! Default source of a field: the catalog's source for columns that only candidate towers read, else the
//! first source that lists it.

use std::collections::BTreeSet;

use super::Names;
use super::explode::exploded;
use crate::diag::{Diagnostic, Errors};
use crate::model::{ColumnId, ColumnKind, Loss, Model, NodeId, Op, SourceId, SourceSpec, TowerId};
use crate::span::Span;
use crate::written::written;

/// A column whose field is named without a source.
pub(super) struct Unnamed {
    pub(super) column: ColumnId,
    /// Place of the field name if no source lists it. The compiler does not see the headers of files.
    pub(super) unlisted: Option<Span>,
}

/// Chooses the sources of these columns. For columns that only candidate towers read, this is the source of
/// the catalog, if it may have the field. Otherwise it is the first source that lists the field, or the main
/// one if none does. Reports a field that no source lists if the main source lists its columns.
pub(super) fn choose_sources(model: &mut Model, names: &Names, errors: &mut Errors) {
    let candidates = candidates(model);
    let of_candidates = columns_of(model, |tower| candidates.contains(&tower));
    let of_others = columns_of(model, |tower| !candidates.contains(&tower));
    let catalog = model.catalog();
    let main_has = |field: &str| {
        names.wrong_source || model.data.sources.first().is_none_or(|main| main.may_have(field))
    };
    for Unnamed { column, unlisted: at } in &names.unnamed {
        let candidates_alone = of_candidates.contains(column) && !of_others.contains(column);
        let field = &model.columns[column.0].field;
        let may_have_it = |source: &SourceId| model.data.sources[source.0].may_have(field);
        match (catalog.filter(may_have_it).filter(|_| candidates_alone), at) {
            (Some(source), _) => model.columns[column.0].source = source,
            (None, Some(span)) if !main_has(field) => {
                let positive = catalog.filter(|_| is_retrieval(model) && of_others.contains(column));
                errors.push(unlisted(model, field, *span, positive));
            }
            (None, _) => {}
        }
    }
}

/// Gives the columns of times the order of day and month in the dates of their sources.
pub(super) fn set_dates(model: &mut Model) {
    for column in &mut model.columns {
        let Some(source) = model.data.sources.get(column.source.0) else { continue };
        match &mut column.kind {
            ColumnKind::Float(spec) if spec.time => spec.dates = source.dates,
            ColumnKind::Bucket(spec) if spec.time => spec.dates = source.dates,
            _ => {}
        }
    }
}

/// Reports a field that no source lists, if the main source lists its columns. Only earlier rows of the
/// source `positive` are visible to the reader.
pub(super) fn unlisted(model: &Model, field: &str, span: Span, positive: Option<SourceId>) -> Diagnostic {
    let sources = &model.data.sources;
    let listed = sources.iter().flat_map(SourceSpec::listed);
    if let Some(remedy) = exploded(model, field) {
        return Diagnostic::new("E0106", span, format!("no source has a field `{field}`"))
            .label("a column reads the field with its name, unless `from` names another")
            .help(remedy);
    }
    let unknown = || (0..sources.len()).map(SourceId).filter(|source| sources[source.0].is_named_by_file());
    let Some(other) = unknown().find(|source| Some(*source) != positive).or_else(|| unknown().next()) else {
        return Diagnostic::new("E0106", span, format!("no source has a field `{field}`"))
            .label("a column reads the field with its name, unless `from` names another")
            .suggest_from(
                field,
                listed,
                "name the field with `from = ...`, or list it in the `columns` of the source",
            );
    };
    let (name, named) = (&sources[other.0].name, written(field));
    let help = match positive == Some(other) {
        true => format!(
            "a tower of queries may read it only from earlier rows, `sequence(from = history.{named}, max = 50)`; `from = {name}.{named}` is for the tower of candidates only"
        ),
        false => format!("name its source: `from = {name}.{named}`"),
    };
    Diagnostic::new("E0106", span, format!("no `columns` list a field `{field}`"))
        .label("its source is unknown")
        .note(model.source_spans[other.0], "the compiler does not see the header of this file")
        .suggest_from(field, listed, help)
}

/// Returns whether the objective compares queries with candidates.
fn is_retrieval(model: &Model) -> bool {
    model.negatives.is_some() || model.losses().any(Loss::ranks_candidates)
}

/// Returns the candidate towers of the objective.
fn candidates(model: &Model) -> BTreeSet<TowerId> {
    let vectors = model.losses().filter_map(Loss::candidate);
    let towers = vectors.filter_map(|candidate| match model.nodes[candidate.0].op {
        Op::Tower(tower) => Some(tower),
        Op::Column(_) | Op::Lookup(..) | Op::Layer(_) => None,
    });
    towers.chain(model.negatives.iter().flat_map(|negatives| &negatives.candidates).copied()).collect()
}

/// Returns the columns that these towers read. Columns outside of towers count for every tower.
fn columns_of(model: &Model, which: impl Fn(TowerId) -> bool) -> BTreeSet<ColumnId> {
    let mut owner = vec![None; model.nodes.len()];
    for (index, tower) in model.towers.iter().enumerate() {
        tower.nodes.iter().for_each(|node| owner[node.0] = Some(TowerId(index)));
    }
    let reads = |node: NodeId| match model.nodes[node.0].op {
        Op::Column(column) | Op::Lookup(_, column) => Some(column),
        Op::Tower(_) | Op::Layer(_) => None,
    };
    let nodes = (0..model.nodes.len()).filter(|&node| owner[node].is_none_or(&which));
    let records =
        (0..model.columns.len()).map(ColumnId).filter(|column| !model.columns[column.0].kind.is_feature());
    nodes.filter_map(|node| reads(NodeId(node))).chain(records).collect()
}

#[cfg(test)]
mod tests {
    use turret_schema::DateOrder;

    use crate::Compiler;
    use crate::model::ColumnKind;

    /// Source of each column of a model with these sources, columns and towers, or the messages of its
    /// errors.
    fn sources(data: &str, input: &str, towers: &str) -> String {
        let text = format!(
            "model M {{
                data {{ {data}, join(movies, on = movie) }}
                input {{ user: id, {input} }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                {towers}
                catalogue {{ source = movies, key = movie }}
                objective in_batch_softmax(query, candidate)
            }}"
        );
        match Compiler::new("m.dm", &text).plan() {
            Ok(plan) => {
                let name = |source: usize| &*plan.model.data.sources[source].name;
                let columns = plan.model.columns.iter();
                let lines: Vec<String> =
                    columns.map(|column| format!("{}.{}", name(column.source.0), column.field)).collect();
                lines.join(" ")
            }
            Err(failure) => {
                let line = |found: &crate::diag::Diagnostic| {
                    format!("{}: {}, {}", found.code, found.message, found.help.as_deref().unwrap_or(""))
                };
                failure.diagnostics.iter().map(line).collect::<Vec<_>>().join(" | ")
            }
        }
    }

    const HEADERS: &str = "log = csv(\"log.csv\"), movies = csv(\"movies.csv\")";
    const LOG: &str = "log = csv(\"log.csv\", columns = [user, movie]), movies = csv(\"movies.csv\")";
    const BOTH: &str = "log = csv(\"log.csv\", columns = [user, movie]), movies = csv(\"movies.csv\", columns = [movie, title])";
    const APART: &str = "tower query { user[user] } tower candidate { item[title] }";

    #[test]
    fn what_candidates_alone_read_is_of_the_catalog() {
        for data in [HEADERS, LOG, BOTH] {
            assert_eq!(sources(data, "title: id", APART), "log.user movies.title");
        }
        let renamed = sources(HEADERS, "title: id(from = \"the title\")", APART);
        assert_eq!(renamed, "log.user movies.the title");
        let said = "E0413: candidates come from `movies`, but this is read from `log`, \
                    read it from the rows of candidates: `from = movies.title`";
        assert_eq!(sources(HEADERS, "title: id(from = log.title)", APART), said);
    }

    #[test]
    fn what_others_read_too_is_not() {
        let both = "tower query { user[user] + item[title] } tower candidate { item[title] }";
        let said = "E0413: candidates come from `movies`, but this is read from `log`, \
                    read it from the rows of candidates: `from = movies.title`";
        assert_eq!(sources(HEADERS, "title: id", both), said);
        let unlisted = "E0106: no `columns` list a field `title`, a tower of queries may read it only from earlier rows, \
                        `sequence(from = history.title, max = 50)`; `from = movies.title` is for the tower of candidates only";
        assert_eq!(sources(LOG, "title: id", both), unlisted);
        let none = sources(BOTH, "genre: id", "tower query { user[user] } tower candidate { item[genre] }");
        assert!(none.starts_with("E0106: no source has a field `genre`, "), "{none}");
    }

    #[test]
    fn keys_of_both_sources_are_the_catalog_s_for_candidates() {
        let candidates = "tower query { user[user] } tower candidate { item[movie] }";
        for data in [HEADERS, LOG, BOTH] {
            assert_eq!(sources(data, "movie: id", candidates), "log.user movies.movie");
        }
        let both = "tower query { user[user] + item[movie] } tower candidate { item[movie] }";
        let said = "E0316: the tower of queries `query` reads `movie`, which identifies the candidate to be found, \
                    read it only in the tower of candidates; read earlier rows with \
                    `sequence(from = history.movie, max = 50)`, with `history(by = ..., order = ...)` in `data`";
        assert_eq!(sources(BOTH, "movie: id", both), said);
    }

    #[test]
    fn times_have_the_dates_of_their_source() {
        let text = "model M {
            data {
                log  = csv(\"log.csv\", columns = [item, at, click], dates = day_first)
                item = csv(\"items.csv\", columns = [id, made, price])
                join(item, on = item, key = id)
            }
            input {
                click: label, at: float(time), price: float
                made: bucket([\"2019-01-01\"], time), day: bucket([\"2019-01-01\"], from = at, time)
            }
            embedding age { dim = 2 }
            embedding week { dim = 2 }
            tower score { concat(at, price, age[made], week[day]) |> dense(1) }
            objective bce(score, click)
        }";
        let plan = Compiler::new("m.dm", text).plan().unwrap();
        let dates = plan.model.columns.iter().map(|column| match &column.kind {
            ColumnKind::Float(spec) => spec.dates,
            ColumnKind::Bucket(spec) => spec.dates,
            _ => None,
        });
        let day = Some(DateOrder::DayFirst);
        assert!(dates.eq([None, day, None, None, day]));
    }
}
