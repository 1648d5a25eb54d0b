//! Check for query towers that read the candidate of their own record.

use std::collections::BTreeSet;

use super::Plan;
use super::retrieval::read_by;
use crate::diag::{Diagnostic, Errors};
use crate::model::{Column, ColumnId, Compared, Model, NodeId, Op, SourceId, TowerId};
use crate::span::Span;
use crate::written::written;

/// Query towers of a record, and the candidate towers that they are compared with.
struct Comparison {
    queries: BTreeSet<TowerId>,
    candidates: BTreeSet<TowerId>,
    /// Candidate towers of the record's negatives, if it has its own.
    others: BTreeSet<TowerId>,
    span: Span,
}

/// Fields that identify the candidate of a record.
struct Positive {
    sources: BTreeSet<SourceId>,
    fields: BTreeSet<(SourceId, String)>,
}

/// Reports columns of the positive that a query tower reads, except for those of earlier rows. `candidates`
/// are the towers with sampled candidates. Returns the columns.
pub(super) fn check_positives(
    model: &Model,
    candidates: &[TowerId],
    errors: &mut Errors,
) -> BTreeSet<ColumnId> {
    let mut found = BTreeSet::new();
    for comparison in comparisons(model, candidates) {
        let positive = Positive::of(model, &comparison);
        for tower in &comparison.queries {
            for (column, place) in reads(model, *tower) {
                if positive.has(&model.columns[column]) {
                    found.insert(column);
                    errors.push(reads_the_positive(model, *tower, column, place, comparison.span));
                }
            }
        }
    }
    found
}

impl Plan {
    /// Returns whether a column would reveal the positive to a query tower if it were read from this source.
    pub fn is_of_the_positive(&self, column: ColumnId, source: SourceId) -> bool {
        let moved = Column { source, ..self.model.columns[column].clone() };
        comparisons(&self.model, &self.candidates).iter().any(|comparison| {
            let mut read = comparison.queries.iter().flat_map(|tower| reads(&self.model, *tower));
            read.any(|(other, _)| other == column) && Positive::of(&self.model, comparison).has(&moved)
        })
    }
}

fn reads_the_positive(
    model: &Model,
    tower: TowerId,
    column: ColumnId,
    place: Span,
    objective: Span,
) -> Diagnostic {
    let (tower, column) = (&model.towers[tower].name, &model.columns[column]);
    let field = written(&column.field);
    let earlier = format!("`sequence(from = history.{field}, max = 50)`");
    let earlier = match model.data.history {
        Some(_) => format!("read earlier rows with {earlier}"),
        None => {
            format!("read earlier rows with {earlier}, with `history(by = ..., order = ...)` in `data`")
        }
    };
    let message = format!(
        "the tower of queries `{tower}` reads `{}`, which identifies the candidate to be found",
        column.name
    );
    Diagnostic::new("E0316", column.span, message)
        .label(match model.data.sources.get(column.source.0) {
            Some(source) => {
                format!(
                    "the field `{}` of `{}` belongs to the row's own candidate",
                    column.field, source.name
                )
            }
            None => format!("the field `{}` belongs to the row's own candidate", column.field),
        })
        .note(place, "read here")
        .note(objective, "compared with candidates here")
        .help(format!("read it only in the tower of candidates; {earlier}"))
}

/// Returns the comparisons of queries and candidates in the objective.
fn comparisons(model: &Model, sampled: &[TowerId]) -> Vec<Comparison> {
    let span = |node: NodeId| model.nodes[node].span;
    let towers = |node: NodeId| read_by(model, node).0;
    let none = BTreeSet::new;
    let terms = model.losses().flat_map(|loss| match loss.compares {
        Compared::Candidates { query, candidate, .. } => {
            vec![(towers(query), towers(candidate), none(), span(query))]
        }
        Compared::SampledPairs { score, .. } => {
            vec![(towers(score), sampled.iter().copied().collect(), none(), span(score))]
        }
        // The query consists of what both scores read.
        Compared::Pair { positive, negative } => {
            let (positives, negatives) = (towers(positive), towers(negative));
            let queries: BTreeSet<TowerId> = positives.intersection(&negatives).copied().collect();
            let better: BTreeSet<TowerId> = positives.difference(&negatives).copied().collect();
            let worse: BTreeSet<TowerId> = negatives.difference(&positives).copied().collect();
            vec![
                (queries.clone(), better.clone(), worse.clone(), span(positive)),
                (queries, worse, better, span(negative)),
            ]
        }
        Compared::Label(_) => Vec::new(),
    });
    // Two scores of the same towers have no own candidate.
    terms
        .filter(|(_, candidates, ..)| !candidates.is_empty())
        .map(|(towers, candidates, others, span)| {
            let queries = towers.difference(&candidates).copied().collect();
            Comparison { queries, candidates, others, span }
        })
        .collect()
}

/// Returns the columns of a row that a tower reads, without duplicates, and their places.
fn reads(model: &Model, tower: TowerId) -> Vec<(ColumnId, Span)> {
    let mut seen = BTreeSet::new();
    let nodes = model.towers[tower].nodes.iter().map(|node| &model.nodes[node]);
    let columns = nodes.filter_map(|node| match node.op {
        Op::Column(column) | Op::Lookup(_, column) => Some((column, node.span)),
        _ => None,
    });
    columns.filter(|(column, _)| !model.columns[column].earlier && seen.insert(*column)).collect()
}

impl Positive {
    /// Finds the fields of the positive: those of the catalog's source, or of the joined source that
    /// candidates are read from, and of every source that is joined by its key; and the key. If candidates
    /// are rows of the main source, the fields that only their towers read.
    fn of(model: &Model, comparison: &Comparison) -> Self {
        let read_by = |towers: &BTreeSet<TowerId>| -> BTreeSet<ColumnId> {
            towers.iter().flat_map(|tower| reads(model, *tower)).map(|(column, _)| column).collect()
        };
        let read = &read_by(&comparison.candidates) - &read_by(&comparison.others);
        let mut sources = read.iter().map(|column| model.columns[column].source);
        let first = sources.next().filter(|first| sources.all(|source| source == *first));
        let home = model.catalog().or(first);
        let main = SourceId(0);
        let mut positive = Positive { sources: BTreeSet::new(), fields: BTreeSet::new() };
        let joins =
            || model.data.joins.iter().filter_map(|join| Some((model.source(&join.source)?, &join.left)));
        match home.and_then(|home| joins().find(|(source, _)| *source == home)) {
            Some((source, key)) => {
                positive.sources.insert(source);
                positive.fields.insert((main, key.to_string()));
            }
            None => {
                let field = |column: &ColumnId| {
                    let Column { source, field, .. } = &model.columns[column];
                    (*source, field.clone())
                };
                positive.fields.extend(read.iter().map(field));
                let catalog = model.data.catalog.iter();
                positive.fields.extend(catalog.map(|catalog| (main, catalog.key.to_string())));
            }
        }
        for (source, key) in joins() {
            if positive.fields.contains(&(main, key.to_string())) {
                positive.sources.insert(source);
            }
        }
        positive
    }

    fn has(&self, column: &Column) -> bool {
        let is_of_it = |field: &String| self.fields.contains(&(column.source, field.clone()));
        self.sources.contains(&column.source) || column.fields().any(is_of_it)
    }
}

#[cfg(test)]
mod tests {
    use crate::Compiler;

    /// Codes, messages and places of the errors of a model with these data, columns, towers and objective.
    fn said(data: &str, input: &str, towers: &str, objective: &str) -> String {
        let table = |name: &&str| towers.contains(&format!("{name}["));
        let table =
            ["user", "item"].into_iter().filter(table).map(|name| format!("embedding {name} {{ dim = 4 }}"));
        let tables = table.collect::<Vec<_>>().join(" ");
        let text = format!(
            "model M {{
                data {{ {data} }}
                input {{ {input} }}
                {tables}
                {towers}
                objective {objective}
            }}"
        );
        match Compiler::new("m.dm", &text).plan() {
            Ok(_) => "ok".to_string(),
            Err(failure) => {
                let place = |span| {
                    let place = failure.spans.get(span);
                    &text[place.start as usize..place.end as usize]
                };
                let line = |found: &crate::diag::Diagnostic| {
                    let notes: Vec<_> = found.notes.iter().map(|(span, _)| place(*span)).collect();
                    format!("{} {} [{}] {}", found.code, place(found.span), notes.join(", "), found.message)
                };
                failure.diagnostics.iter().map(line).collect::<Vec<_>>().join(" | ")
            }
        }
    }

    const DATA: &str = "log = csv(\"log.csv\"), movies = csv(\"movies.csv\"), stock = csv(\"stock.csv\"), people = csv(\"people.csv\"),
        join(movies, on = movie, key = id), join(stock, on = movie), join(people, on = user), history(by = user, order = time)";
    const CATALOG: &str = "catalogue { source = movies, key = id }";
    const LOSSES: [&str; 6] = [
        "in_batch_softmax(query, candidate)",
        "sampled_softmax(query, candidate, negatives = 4)",
        "full_softmax(query, candidate)",
        "bpr(dot(query, candidate), negatives = 4)",
        "triplet(query, candidate, negatives = 4)",
        "bce(concat(query, candidate) |> dense(1), negatives = 4)",
    ];

    /// A query tower with one more column, and candidates of the catalog.
    fn with(column: &str, objective: &str) -> String {
        let towers = format!(
            "tower query {{ user[user] + (x |> dense(4)) }} tower candidate {{ item[movie] }} {CATALOG}"
        );
        said(DATA, &format!("user: id, movie: id(from = movies.id), x: {column}"), &towers, objective)
    }

    #[test]
    fn queries_know_nothing_of_their_candidate() {
        for objective in LOSSES {
            for field in ["movies.year", "movies.id", "log.movie", "stock.price", "stock.movie"] {
                let found = with(&format!("float(from = {field})"), objective);
                assert!(found.starts_with("E0316 x [x, "), "{objective} {field}: {found}");
                assert!(!found.contains(" | "), "{found}");
            }
            for field in ["log.size", "people.age", "user"] {
                assert_eq!(with(&format!("float(from = {field})"), objective), "ok", "{objective} {field}");
            }
        }
    }

    #[test]
    fn earlier_rows_are_no_secret() {
        let towers =
            format!("tower query {{ mean(item[seen]) }} tower candidate {{ item[movie] }} {CATALOG}");
        for field in ["movie", "title"] {
            let data = DATA.replace("movies.csv\"", "movies.csv\", columns = [id, title]");
            let input =
                format!("seen: sequence(from = history.{field}, max = 5), movie: id(from = movies.id)");
            for objective in LOSSES {
                assert_eq!(said(&data, &input, &towers, objective), "ok");
            }
        }
    }

    #[test]
    fn columns_that_both_towers_read_are_of_the_candidate() {
        let towers =
            format!("tower query {{ user[user] + item[movie] }} tower candidate {{ item[movie] }} {CATALOG}");
        let message =
            "the tower of queries `query` reads `movie`, which identifies the candidate to be found";
        for objective in &LOSSES[..3] {
            for movie in ["id(from = movies.id)", "id"] {
                let found = said(DATA, &format!("user: id, movie: {movie}"), &towers, objective);
                assert_eq!(found, format!("E0316 movie [item[movie], query] {message}"));
            }
        }
    }

    /// Without a catalog the candidate towers define the candidate.
    #[test]
    fn candidates_of_the_record_itself_are_no_feature_of_queries() {
        let data = "log = csv(\"log.csv\")";
        let objective = "in_batch_softmax(query, candidate)";
        let towers = "tower query { user[user] + (x |> dense(4)) } tower candidate { item[movie] }";
        let input = |field: &str| format!("user: id, movie: id, x: float(from = {field})");
        assert!(said(data, &input("movie"), towers, objective).starts_with("E0316 x "));
        assert_eq!(said(data, &input("size"), towers, objective), "ok");
        let movies = "log = csv(\"log.csv\"), movies = csv(\"movies.csv\"), join(movies, on = movie)";
        let input =
            |field: &str| format!("user: id, movie: id(from = movies.title), x: float(from = {field})");
        for field in ["movies.year", "log.movie"] {
            assert!(said(movies, &input(field), towers, objective).starts_with("E0316 x "), "{field}");
        }
        assert_eq!(said(movies, &input("size"), towers, objective), "ok");
    }

    #[test]
    fn pairs_of_records_share_no_field_of_the_better_one() {
        let towers =
            "tower who { user[user] + (x |> dense(4)) } tower good { item[good] } tower bad { item[bad] }";
        let input = |field: &str| format!("user: id, good: id, bad: id, x: float(from = {field})");
        for objective in [
            "bpr(dot(who, good), dot(who, bad))",
            "triplet(who, good, bad)",
            "hinge(dot(who, good), dot(who, bad))",
        ] {
            assert!(
                said("log = csv(\"log.csv\")", &input("good"), towers, objective).starts_with("E0316 x ")
            );
            assert!(said("log = csv(\"log.csv\")", &input("bad"), towers, objective).starts_with("E0316 x "));
            assert_eq!(said("log = csv(\"log.csv\")", &input("size"), towers, objective), "ok");
            // A value that both candidates share identifies neither.
            let towers = "tower who { user[user] + item[place] } tower good { item[good] + item[place] } \
                          tower bad { item[bad] + item[place] }";
            let input = "user: id, good: id, bad: id, place: id";
            assert_eq!(said("log = csv(\"log.csv\")", input, towers, objective), "ok");
        }
    }

    /// A query may depend on each candidate, and a score may read the candidate that it scores.
    #[test]
    fn what_is_made_for_each_candidate_reads_it() {
        let towers = format!(
            "tower user {{ multi_interest_attention(item[seen], 2, 4) }} tower candidate {{ item[movie] }} {CATALOG}"
        );
        let input = "seen: sequence(from = history.movie, max = 5), movie: id(from = movies.id)";
        let objective =
            "sampled_softmax(label_aware_attention(user, candidate, power = 2), candidate, negatives = 4)";
        assert_eq!(said(DATA, input, &towers, objective), "ok");
        let score = "tower score { concat(user[user], item[movie]) |> dense(1) }";
        assert_eq!(said(DATA, "user: id, movie: id, y: label", score, "bce(score, y)"), "ok");
    }
}
