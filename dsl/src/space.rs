//! The search space of a spec.

use crate::compile::{Compiler, Failure, text_of};
use crate::constants::substitute;
use crate::diag::Diagnostic;
use crate::model::SplitSpec;
use crate::parse::lex::Kind;
use crate::parse::tokens;
use crate::resolve::{meaning, validated};
use crate::search::Domain;
use crate::span::{Place, Span, Spans};

/// Searched constants and settings of a spec.
#[derive(Clone, Debug)]
pub struct SearchSpace {
    /// Constants in the order of the spec, then settings.
    pub settings: Vec<SearchedSetting>,
    /// Text of the spec, with imports replaced by the imported texts.
    pub text: String,
    spans: Spans<Place>,
    texts: Vec<(String, String)>,
}

/// A constant or setting, and the values that are tried.
#[derive(Clone, Debug)]
pub struct SearchedSetting {
    /// Name for `--set`.
    pub name: String,
    /// The values.
    pub domain: Domain,
    span: Span,
}

impl Compiler {
    /// Returns the search space of the spec, which is empty if nothing is searched. Only the parts of the spec that all
    /// values share are checked.
    pub fn space(&self) -> Result<SearchSpace, Box<Failure>> {
        let mut parsed = self.parsed();
        let (spans, texts) = (parsed.spans, parsed.texts);
        let mut errors = parsed.errors;
        let result = errors.check().and_then(|()| {
            let searched = substitute(&mut parsed.spec, &parsed.overrides, meaning, &mut errors)?;
            let text = |span| one_line(text_of(span, &spans, &texts));
            let settings = searched.iter().map(|searched| {
                let domain = Domain::read(searched, &mut errors)?.texts(text);
                Ok(SearchedSetting { name: searched.name.clone(), domain, span: searched.span })
            });
            let settings: Vec<_> = settings.collect();
            settings.into_iter().collect::<Result<Vec<_>, _>>()
        });
        match errors.finish(result) {
            Ok(settings) => Ok(SearchSpace { settings, text: parsed.text, spans, texts }),
            Err(diagnostics) => Err(Box::new(Failure { diagnostics, spans, texts })),
        }
    }
}

/// Puts a text without syntax errors on one line, without its comments.
fn one_line(text: &str) -> String {
    let tokens = match text.contains('\n') {
        true => tokens(text).unwrap_or_default(),
        false => return text.to_owned(),
    };
    let tokens = tokens.iter().filter(|token| token.kind != Kind::Comment);
    let texts: Vec<&str> = tokens.map(|token| token.text(text)).collect();
    texts.join(" ")
}

impl SearchSpace {
    /// Refuses a split without a validation part.
    pub fn check_split(&self, split: &SplitSpec) -> Result<(), Box<Failure>> {
        let Some(first) = self.settings.first().filter(|_| !split.has_validation()) else { return Ok(()) };
        let diagnostic =
            Diagnostic::new("E0426", first.span, "a search needs a validation part of the split")
                .label("no rows to choose by: test rows only measure what was chosen")
                .help(validated(split));
        let (spans, texts) = (self.spans.clone(), self.texts.clone());
        Err(Box::new(Failure { diagnostics: vec![diagnostic], spans, texts }))
    }

    /// Values that cover the space: each choice, and both bounds of each range, with the first value of the others.
    pub fn covering(&self) -> Vec<Vec<(&str, String)>> {
        let covering: Vec<Vec<String>> =
            self.settings.iter().map(|setting| setting.domain.covering()).collect();
        let firsts: Vec<(&str, String)> = self
            .settings
            .iter()
            .zip(&covering)
            .filter_map(|(setting, values)| Some((setting.name.as_str(), values.first()?.clone())))
            .collect();
        let mut found = vec![firsts.clone()];
        for (at, values) in covering.iter().enumerate() {
            found.extend(values.iter().skip(1).map(|value| {
                let mut chosen = firsts.clone();
                chosen[at].1.clone_from(value);
                chosen
            }));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "
const unused = search(1, 2)
model M {
    const width = search(8, 2 * 8, 32)
    const rate  = search(log(1e-4, 1e-1))
    const sizes = [width, 4]
    data { log = csv(\"log.csv\"), split = random(validate = 0.1, test = 0.1) }
    input { user: id, y: label }
    embedding user { dim = width, l2 = search(uniform(0, 0.5)) }
    tower t { user[user] |> mlp(sizes, relu) |> dense(1) }
    objective bce(t, y)
    metrics { auc }
    train { optimizer = adam(lr = rate, beta1 = search(0.5, 0.9)), batch = search(integers(16, 64)) }
}";

    fn space(text: &str, settings: &[(&str, &str)]) -> Result<SearchSpace, String> {
        let compiler = settings
            .iter()
            .fold(Compiler::new("m.dm", text), |compiler, (name, value)| compiler.set(name, value));
        compiler.space().map_err(|failure| {
            let lines = failure.diagnostics.iter().map(|found| format!("{} {}", found.code, found.message));
            lines.collect::<Vec<_>>().join("\n")
        })
    }

    fn names(space: &SearchSpace) -> Vec<&str> {
        space.settings.iter().map(|setting| setting.name.as_str()).collect()
    }

    #[test]
    fn searches_are_named_as_settings_of_the_command_line() {
        let space = space(SPEC, &[]).unwrap();
        assert_eq!(names(&space), ["width", "rate", "user.l2", "train.optimizer.beta1", "train.batch"]);
        let choices = |values: &[&str]| Domain::Choices(values.iter().map(ToString::to_string).collect());
        let domains: Vec<_> = space.settings.iter().map(|setting| setting.domain.clone()).collect();
        assert_eq!(
            domains,
            [
                choices(&["8", "2 * 8", "32"]),
                Domain::Log { low: 1e-4, high: 0.1 },
                Domain::Uniform { low: 0.0, high: 0.5 },
                choices(&["0.5", "0.9"]),
                Domain::Integers { low: 16, high: 64 },
            ]
        );
        // Each point of the covering is a whole spec.
        let covering = space.covering();
        assert_eq!(covering.len(), 1 + 2 + 1 + 1 + 1 + 1);
        for values in covering {
            let compiler = Compiler::new("m.dm", &space.text);
            let compiler = values.iter().fold(compiler, |compiler, (name, value)| compiler.set(name, value));
            let plan = compiler.plan().unwrap();
            assert_eq!(
                plan.model.tables[0].dim,
                if values[0].1 == "8" {
                    8
                } else if values[0].1 == "32" {
                    32
                } else {
                    16
                }
            );
        }
    }

    #[test]
    fn values_of_the_command_line_end_a_search_and_begin_one() {
        let space =
            space(SPEC, &[("width", "4"), ("train.batch", "32"), ("rate", "search(0.1, 0.2)")]).unwrap();
        assert_eq!(names(&space), ["rate", "user.l2", "train.optimizer.beta1"]);
        assert_eq!(space.settings[0].domain, Domain::Choices(vec!["0.1".to_owned(), "0.2".to_owned()]));
    }

    #[test]
    fn a_spec_may_have_a_block_of_this_name() {
        let text = "model M {
            input { x: float, y: label }
            block search(x, width) { x |> dense(width) }
            tower t { search(x, 4) |> search(width = 1) }
            objective bce(t, y)
        }";
        assert!(space(text, &[]).unwrap().settings.is_empty());
        assert!(Compiler::new("m.dm", text).plan().is_ok());
    }

    #[test]
    fn programs_of_one_shape_are_the_same() {
        let plan = |rate: &str, width: &str| {
            let settings = [
                ("rate", rate),
                ("width", width),
                ("user.l2", "0"),
                ("train.optimizer.beta1", "0.9"),
                ("train.batch", "64"),
            ];
            let compiler = settings
                .iter()
                .fold(Compiler::new("m.dm", SPEC), |compiler, (name, value)| compiler.set(name, value));
            compiler.plan().unwrap()
        };
        let (one, other) = (plan("0.01", "8"), plan("0.02", "8"));
        assert!(one != other && one.of_shape() == other.of_shape());
        assert!(one.of_shape() != plan("0.01", "16").of_shape());
        assert_eq!(one.trial().describe(other.of_shape().description()), one.description());
    }
}
