//! Fields that a spec names, against the names that the files of its sources have.

use crate::diag::{Diagnostic, Errors};
use crate::model::{Column, Model, SourceId, Split};
use crate::span::Span;
use crate::words::nearest;

/// Reports each field that the file of its source lacks. `names` are those of each source, as its file or its `columns` have them.
pub fn check_headers(model: &Model, names: &[&[String]]) -> Vec<Diagnostic> {
    let headers = Headers { model, names };
    let mut errors = Errors::default();
    errors.extend(model.columns.iter().filter_map(|column| headers.column(column)));
    let main = SourceId(0);
    for join in &model.joins {
        let span = model.sources[join.source.0].span;
        errors.extend(headers.field(main, &join.left, span, "joined by a field of both sources"));
        errors.extend(headers.field(join.source, &join.right, span, "joined by a field of both sources"));
    }
    let span = model.sources.first().map_or(Span::NONE, |source| source.span);
    let mut of_main = |field: &str, label: &str| errors.extend(headers.field(main, field, span, label));
    model.filters.iter().for_each(|filter| of_main(&filter.field, "filtered by it"));
    if let Some(timeline) = &model.timeline {
        of_main(&timeline.user, "its rows belong together by it");
        of_main(&timeline.time, "its rows are ordered by it");
    }
    if let Split::ByTime { field, .. } = &model.split {
        of_main(field, "split by it");
    }
    model.groups.iter().for_each(|group| of_main(group, "a metric groups its rows by it"));
    if let Some(catalogue) = &model.catalogue {
        errors.extend(headers.field(
            catalogue.source,
            &catalogue.key,
            catalogue.span,
            "the key of its candidates",
        ));
    }
    errors.finish(Ok(())).err().unwrap_or_default()
}

struct Headers<'a> {
    model: &'a Model,
    names: &'a [&'a [String]],
}

impl Headers<'_> {
    /// The field of a column. That of earlier rows may be of any source.
    fn column(&self, column: &Column) -> Option<Diagnostic> {
        let sources = self.with(&column.field);
        if column.earlier && !sources.is_empty() {
            return None;
        }
        let label = format!("reads `{}`", column.field);
        let diagnostic = self.field(column.source, &column.field, column.span, &label)?;
        let Some(&other) = sources.first() else { return Some(diagnostic) };
        let name = &self.model.sources[other.0].name;
        Some(diagnostic.help(format!(
            "`{name}` has it: write `{}: {}(from = {name}.{})`",
            column.name,
            column.kind.word(),
            column.field
        )))
    }

    /// A field that a source must have.
    fn field(&self, source: SourceId, field: &str, span: Span, label: &str) -> Option<Diagnostic> {
        let names = self.names.get(source.0)?;
        if names.iter().any(|name| name == field) {
            return None;
        }
        let source = &self.model.sources[source.0];
        let listed = names.join(", ");
        let what =
            if source.columns.is_some() { "its `columns` are" } else { "the first line of its file has" };
        let diagnostic =
            Diagnostic::new("E0601", span, format!("source `{}` has no field `{field}`", source.name))
                .label(label);
        Some(match nearest(field, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`? {what} {listed}")),
            None => diagnostic.help(format!("{what} {listed}")),
        })
    }

    /// Sources that have a field.
    fn with(&self, field: &str) -> Vec<SourceId> {
        let has = |names: &&[String]| names.iter().any(|name| name == field);
        (0..self.names.len()).filter(|&source| has(&self.names[source])).map(SourceId).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compiler;

    const SPEC: &str = r#"model Brand {
    data {
        log    = csv("ratings.csv")
        movies = csv("movies.csv")
        join(movies, on = movieId)
        split = by_time(timestamp, test = 0.2)
    }
    input { rating: label(threshold = 4), title: id(from = movies.title), year: float }
    embedding title { dim = 2 }
    tower t { concat(title[title], year) |> dense(1) }
    objective bce(t, rating)
    metrics { auc }
}
"#;

    /// What is said of headers.
    fn said(log: &[&str], movies: &[&str]) -> String {
        let planned = Compiler::new("brand.dm", SPEC).planned().unwrap();
        let names = [log, movies].map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        planned.failure(check_headers(&planned.plan.model, &[&names[0], &names[1]])).render(false)
    }

    #[test]
    fn fields_that_are_there_are_no_matter() {
        assert_eq!(said(&["userId", "movieId", "rating", "timestamp", "year"], &["movieId", "title"]), "");
    }

    #[test]
    fn fields_that_are_not_are_shown_where_they_are_named() {
        let said = said(&["userId", "movie_id", "rating", "time"], &["movieId", "titel", "year"]);
        insta::assert_snapshot!(said);
    }
}
