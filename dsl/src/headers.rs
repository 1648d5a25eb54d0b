//! Check of the fields in a spec against the headers of its data files.

use crate::compile::Planned;
use crate::diag::{Diagnostic, Errors};
use turret_schema::FileForm;

use crate::model::{Column, ColumnId, Model, SourceId, SourceSpec};
use crate::span::Span;
use crate::words::nearest_field;
use crate::written::written;

/// Common separators of files.
const SEPARATORS: [char; 4] = [';', '\t', '|', ','];

/// Reports each field that is missing in the file of its source. `names` has the fields of each source, from
/// its file or its `columns`.
pub fn check_headers(planned: &Planned, names: &[&[String]]) -> Vec<Diagnostic> {
    let model = &planned.plan.model;
    let headers = Headers { planned, model, names };
    let mut wrong: Vec<(SourceId, Diagnostic)> = Vec::new();
    for id in (0..model.columns.len()).map(ColumnId) {
        wrong.extend(headers.column(id).map(|diagnostic| (model.columns[id.0].source, diagnostic)));
    }
    for named in &model.fields {
        let diagnostic = headers.field(named.source, &named.field, named.span, named.role);
        wrong.extend(diagnostic.map(|diagnostic| (named.source, diagnostic)));
    }
    let mut errors = Errors::default();
    for (index, source) in model.data.sources.iter().enumerate() {
        let misread = headers.misread(SourceId(index)).filter(|_| wrong.iter().any(|(of, _)| of.0 == index));
        if let Some(separator) = misread {
            wrong.retain(|(of, _)| of.0 != index);
            errors.push(separated(source, model.source_spans[index], &names[index][0], separator));
        }
    }
    errors.extend(wrong.into_iter().map(|(_, diagnostic)| diagnostic));
    errors.finish(Ok(())).err().unwrap_or_default()
}

/// Reports a source whose header was read as one field because the file has another separator.
fn separated(source: &SourceSpec, place: Span, header: &str, separator: char) -> Diagnostic {
    let named = written(&separator.to_string()).into_owned();
    let message = format!("the fields of `{}` are separated by {named}", source.name);
    Diagnostic::new("E0601", place, message)
        .label(format!("the first line of its file is `{header}`"))
        .help(format!("write `separator = {named}`"))
}

struct Headers<'a> {
    planned: &'a Planned,
    model: &'a Model,
    names: &'a [&'a [String]],
}

impl Headers<'_> {
    /// Returns the actual separator of a file whose header was read as one field.
    fn misread(&self, source: SourceId) -> Option<char> {
        let [header] = self.names.get(source.0)? else { return None };
        let source = &self.model.data.sources[source.0];
        let others = SEPARATORS.into_iter().filter(|&other| !source.separator.contains(other));
        let is_separated = source.is_named_by_file() && source.form == FileForm::Separated;
        others.filter(|_| is_separated).find(|&other| header.contains(other))
    }

    /// Checks the field of a column. A field of earlier rows may come from any source.
    fn column(&self, id: ColumnId) -> Option<Diagnostic> {
        let column = &self.model.columns[id.0];
        let sources = self.with(&column.field);
        if column.earlier && !sources.is_empty() {
            return None;
        }
        let label = format!("reads `{}`", column.field);
        let place = column.from.unwrap_or(column.span);
        let Some(diagnostic) = self.field(column.source, &column.field, place, &label) else {
            let mut further = column.compound.fields().iter();
            return further
                .find_map(|field| self.field(column.source, field, place, &format!("reads `{field}`")));
        };
        let secret = |other: &SourceId| self.planned.plan.is_of_the_positive(id, *other);
        let Some(&other) = sources.iter().find(|other| !secret(other)).or(sources.first()) else {
            return Some(diagnostic);
        };
        let (name, field) = (&self.model.data.sources[other.0].name, written(&column.field));
        Some(diagnostic.help(match secret(&other) {
            true => format!(
                "`{name}` has it for the candidate to be found; a tower of queries may read it only from earlier rows: `sequence(from = history.{field}, max = 50)`"
            ),
            false => {
                format!("`{name}` has it: write `{}: {}`", column.name, self.read_from(column, &format!("{name}.{field}")))
            }
        }))
    }

    /// Returns the declaration of a column with another field.
    fn read_from(&self, column: &Column, field: &str) -> String {
        let declared = self.planned.text(column.kind_span);
        let place = column.from.and_then(|from| self.planned.place_in(from, column.kind_span));
        let read = match place {
            Some(place) => format!("{}{field}{}", &declared[..place.start], &declared[place.end..]),
            None => {
                match declared.trim_end().strip_suffix(')').map(|call| call.trim_end().trim_end_matches(','))
                {
                    Some(call) if call.trim_end().ends_with('(') => format!("{call}from = {field})"),
                    Some(call) => format!("{call}, from = {field})"),
                    None => format!("{}(from = {field})", column.word),
                }
            }
        };
        read.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Checks a field that a source must have.
    fn field(&self, source: SourceId, field: &str, span: Span, label: &str) -> Option<Diagnostic> {
        let names = self.names.get(source.0)?;
        if names.iter().any(|name| name == field) {
            return None;
        }
        let source = &self.model.data.sources[source.0];
        let listed: Vec<_> = names.iter().map(|name| written(name)).collect();
        let listed = listed.join(", ");
        let what = match (source.is_named_by_file(), source.form) {
            (true, FileForm::Separated) => "the first line of its file has",
            (true, FileForm::JsonLines) => "the first objects of its file have",
            (true, _) => "its file has",
            (false, _) => "its `columns` are",
        };
        let diagnostic =
            Diagnostic::new("E0601", span, format!("source `{}` has no field `{field}`", source.name))
                .label(label);
        Some(match nearest_field(field, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.help(format!("did you mean `{}`? {what} {listed}", written(near))),
            None => diagnostic.help(format!("{what} {listed}")),
        })
    }

    /// Returns the sources that have a field.
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

    /// Renders the errors for these headers.
    fn said(log: &[&str], movies: &[&str]) -> String {
        of_spec(SPEC, log, movies)
    }

    fn of_spec(spec: &str, log: &[&str], movies: &[&str]) -> String {
        let planned = Compiler::new("brand.dm", spec).planned().unwrap();
        let names = [log, movies].map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        planned.failure(check_headers(&planned, &[&names[0], &names[1]])).render(false)
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

    /// Returns the help of the only error if `year` is declared like this and the movies have it.
    fn help(declared: &str) -> String {
        let spec = SPEC.replace("year: float", declared);
        let said = of_spec(
            &spec,
            &["userId", "movieId", "rating", "timestamp"],
            &["movieId", "title", "year", "the year"],
        );
        assert_eq!(said.matches("error[").count(), 1, "{said}");
        said.split("help: ").nth(1).unwrap().trim().to_string()
    }

    #[test]
    fn suggestions_keep_what_is_declared() {
        for (declared, expected) in [
            ("year: float", "year: float(from = movies.year)"),
            ("year: float()", "year: float(from = movies.year)"),
            (
                "year: float(missing = mean, clip = [0, 9])",
                "year: float(missing = mean, clip = [0, 9], from = movies.year)",
            ),
            ("year: float(\n  missing = mean,\n)", "year: float( missing = mean, from = movies.year)"),
            ("year: float(from = log.year, missing = 1)", "year: float(from = movies.year, missing = 1)"),
            (
                "year: float(missing = 1, from = \"the year\")",
                "year: float(missing = 1, from = movies.\"the year\")",
            ),
        ] {
            assert_eq!(help(declared), format!("`movies` has it: write `{expected}`"), "{declared}");
        }
    }

    #[test]
    fn a_separator_is_said_once() {
        for (header, separator) in
            [("userId;movieId;rating", ";"), ("userId\tmovieId", "\\t"), ("userId|movieId", "|")]
        {
            let said = said(&[header], &["movieId", "title"]);
            assert_eq!(said.matches("error[E0601]").count(), 1, "{said}");
            assert!(said.contains(&format!("help: write `separator = \"{separator}\"`")), "{said}");
        }
        let other = said(&["userId", "movieId", "rating", "timestamp", "year"], &["movieId;title"]);
        assert_eq!(other.matches("error[E0601]").count(), 1, "{other}");
        let tabs = SPEC.replace("csv(\"ratings", "tsv(\"ratings");
        let said = of_spec(&tabs, &["userId,movieId"], &["movieId", "title"]);
        assert!(said.contains("`separator = \",\"`"), "{said}");
    }

    #[test]
    fn further_fields_of_a_column_are_checked() {
        let spec = SPEC
            .replace("year: float", "year: float, tags: ids(max = 3, length = tag_length)")
            .replace("concat(title[title], year)", "concat(title[title], year, mean(title[tags]))");
        let log = ["userId", "movieId", "rating", "timestamp", "year", "tags", "tags_length"];
        let said = of_spec(&spec, &log, &["movieId", "title"]);
        assert!(said.contains("source `log` has no field `tag_length`"), "{said}");
        assert!(said.contains("did you mean `tags_length`?"), "{said}");
    }

    /// Headers in the format of RecBole.
    #[test]
    fn a_type_behind_a_name_is_recognized() {
        let said = said(
            &["userId:token", "movieId:token", "rating:float", "timestamp:float", "year"],
            &["movieId", "title"],
        );
        for field in ["movieId:token", "rating:float", "timestamp:float"] {
            assert!(said.contains(&format!("did you mean `\"{field}\"`?")), "{said}");
        }
    }

    #[test]
    fn the_candidate_is_not_suggested_to_queries() {
        let spec = r#"model M {
    data {
        log    = csv("log.csv")
        movies = csv("movies.csv")
        people = csv("people.csv")
        join(movies, on = movie)
        join(people, on = user)
    }
    input { user: id, movie: id(from = movies.movie), genre: id(missing = oov) }
    embedding e { dim = 2 }
    tower query { e[user] + e[genre] }
    tower candidate { e[movie] }
    catalogue { source = movies, key = movie }
    objective in_batch_softmax(query, candidate)
}
"#;
        let planned = Compiler::new("m.dm", spec).planned().unwrap();
        let said = |people: &[&str]| {
            let names = [&["user", "movie"], &["movie", "genre"], people]
                .map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
            let names: Vec<&[String]> = names.iter().map(Vec::as_slice).collect();
            planned.failure(check_headers(&planned, &names)).render(false)
        };
        let secret = said(&["user"]);
        assert!(secret.contains("`sequence(from = history.genre, max = 50)`"), "{secret}");
        assert!(!secret.contains("movies.genre"), "{secret}");
        let open = said(&["user", "genre"]);
        assert!(open.contains("write `genre: id(missing = oov, from = people.genre)`"), "{open}");
    }
}
