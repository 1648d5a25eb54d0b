//! Sampling arguments of a loss: `negatives = 100`, `sampler = log_uniform`, `exclude_seen`, `candidates = item`.

use super::expressions::Scope;
use super::metrics::group_of;
use super::objective::column;
use super::{Names, Parts};
use crate::arguments::{Bound, Param, Rest, bind, describe, words_of};
use crate::ast::{Argument, Call, Expr, ExprKind, SettingsKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::model::{ColumnId, Model, NegativeSource, Sampler, SamplerForm, TowerId};
use crate::span::Span;

/// Maximum number of sampled candidates, in total or per record, and of queued ones.
pub(super) const MAX_NEGATIVES: u64 = 1 << 20;

/// Names of all samplers.
pub const SAMPLERS: [&str; Sampler::WORDS.len()] = words_of(&Sampler::WORDS);

/// Returns whether a call has the argument `negatives`.
pub(super) fn has_negatives(call: &Call) -> bool {
    call.arguments.iter().any(|argument| argument.name.as_ref().is_some_and(|name| name.text == "negatives"))
}

/// Splits a word or a call into name and arguments.
fn called(value: &Expr) -> (&str, &[Argument]) {
    match &value.kind {
        ExprKind::Name(word) => (word, &[]),
        ExprKind::Call(call) => (&call.function.text, &call.arguments),
        _ => ("", &[]),
    }
}

/// Returns the column of `given(column)`, if the value has this form.
fn given<'e>(value: &'e Expr, what: &str, scope: &mut Scope<'_>) -> Result<&'e Expr, Reported> {
    let arguments = called(value).1;
    let params = [Param::required("column")];
    bind(what, value.span, arguments, &params, Rest::Refused, scope.errors)?.required("column", scope.errors)
}

/// Resolves the arguments `negatives`, `sampler` and `unique` of the loss `word`: the source of negatives, and its column.
pub(super) fn take_negatives(
    bound: &Bound<'_>,
    word: &str,
    default: Sampler,
    unique: bool,
    scope: &mut Scope<'_>,
) -> Result<(NegativeSource, Option<ColumnId>), Reported> {
    let Some(negatives) = bound.get("negatives") else {
        return Err(scope.errors.push(
            Diagnostic::new("E0204", bound.span, format!("`{word}` needs `negatives`"))
                .label("the number of sampled candidates is missing")
                .help("write `negatives = 100`, or use `full_softmax(query, candidate)`"),
        ));
    };
    if called(negatives).0 == "given" {
        let listed = given(negatives, "`given`", scope)?;
        for other in ["sampler", "unique", "exclude_seen", "subtract_log_q"] {
            if let Some(value) = bound.get(other) {
                return Err(scope.errors.push(
                    Diagnostic::new(
                        "E0208",
                        value.span,
                        format!("`{other}` cannot be used with given negatives"),
                    )
                    .label("it is a setting of draws")
                    .note(negatives.span, "these negatives are not sampled")
                    .help("remove it"),
                ));
            }
        }
        return Ok((NegativeSource::Listed, Some(column(listed, "negatives", &["ids"], scope)?)));
    }
    let count = bound.count("negatives", 1..=MAX_NEGATIVES, scope.errors);
    let sampler = match bound.get("sampler") {
        None => Ok((default, None)),
        Some(value) => sampler(value, scope),
    };
    let unique = match bound.get("unique") {
        None => unique,
        Some(_) => bound.flag("unique", scope.errors),
    };
    let (sampler, column) = sampler?;
    Ok((NegativeSource::Sampled { count: count? as usize, sampler, unique }, column))
}

fn sampler(value: &Expr, scope: &mut Scope<'_>) -> Result<(Sampler, Option<ColumnId>), Reported> {
    let (word, arguments) = called(value);
    let Some((_, form)) = Sampler::WORDS.into_iter().find(|(name, _)| *name == word) else {
        if value.kind == ExprKind::Invalid {
            return Err(scope.errors.unreadable(value.span));
        }
        return Err(scope.errors.push(
            Diagnostic::new("E0118", value.span, "this is not a sampler")
                .label(describe(value))
                .suggest_word(word, SAMPLERS, one_of_all()),
        ));
    };
    let mut bind = |params: &[Param]| {
        bind(&format!("`{word}`"), value.span, arguments, params, Rest::Refused, scope.errors)
    };
    match form {
        SamplerForm::Plain(sampler) => bind(&[]).map(|_| (sampler, None)),
        SamplerForm::Set { setting, range: (low, high), usual, sampler } => {
            let bound = bind(&[Param::optional(setting)])?;
            let number = match bound.get(setting) {
                None => usual,
                Some(_) => bound.number(setting, low..=high, scope.errors)?,
            };
            Ok((sampler(number), None))
        }
        SamplerForm::OfColumn(sampler) => {
            let probability = given(value, &format!("`{word}`"), scope)?;
            Ok((sampler, Some(column(probability, "sampler", &["float"], scope)?)))
        }
    }
}

/// All samplers, as they are written.
fn one_of_all() -> String {
    let written = Sampler::WORDS.map(|(word, form)| match form {
        SamplerForm::Plain(_) => format!("`{word}`"),
        SamplerForm::Set { setting, usual, .. } => format!("`{word}({setting} = {usual})`"),
        SamplerForm::OfColumn(_) => format!("`{word}(column)`"),
    });
    format!("one of {}", written.join(", "))
}

/// `exclude_seen`: the place of the flag, if it is set.
pub(super) fn exclude_seen(bound: &Bound<'_>, errors: &mut Errors) -> Option<Span> {
    let is_set = bound.flag("exclude_seen", errors);
    bound.get("exclude_seen").filter(|_| is_set).map(|value| value.span)
}

/// Finds the user of a row for negatives that exclude seen items: that of the protocol, else of the timeline.
pub(super) fn find_user(parts: &Parts<'_>, model: &mut Model, names: &Names, errors: &mut Errors) {
    let Some(place) = model.negatives.as_ref().and_then(|negatives| negatives.exclude_seen) else { return };
    let of_timeline = model.data.timeline.as_ref().map(|timeline| timeline.user.clone());
    let user = match (model.protocol.user, of_timeline) {
        (Some(user), _) => Some(user),
        (None, Some(user)) => Some(group_of(&user, model)),
        (None, None) => None,
    };
    if let Some(negatives) = &mut model.negatives {
        negatives.user = user;
    }
    let metrics = parts.settings(SettingsKind::Metrics).into_iter().flat_map(|settings| &settings.entries);
    let names_user = metrics.filter_map(|entry| entry.name.as_ref()).any(|name| name.text == "user");
    // A wrong user, history or source was already reported.
    if user.is_none() && !names_user && model.data.history.is_none() && !names.wrong_source {
        errors.push(
            Diagnostic::new("E0414", place, "`exclude_seen` needs the user of a row")
                .label("seen by whom?")
                .help("name the field in the protocol: `metrics { user = user_id }`"),
        );
    }
}

/// `candidates = item`, or a list: the candidate towers. Empty if the argument is absent.
pub(super) fn candidates(bound: &Bound<'_>, scope: &mut Scope<'_>) -> Result<Vec<TowerId>, Reported> {
    let written = match bound.get("candidates") {
        None => return Ok(Vec::new()),
        Some(Expr { kind: ExprKind::List(items), .. }) => items.iter().collect(),
        Some(value) => vec![value],
    };
    let mut towers = Vec::new();
    for value in written {
        let name = match &value.kind {
            ExprKind::Name(name) => name.as_str(),
            ExprKind::Invalid => return Err(scope.errors.unreadable(value.span)),
            _ => "",
        };
        match scope.names.towers.get(name) {
            Some(tower) => towers.push(*tower),
            None => {
                let known = scope.names.towers.keys().map(String::as_str);
                let towers: Vec<String> = known.clone().map(|tower| format!("`{tower}`")).collect();
                return Err(scope.errors.push(
                    Diagnostic::new("E0105", value.span, "`candidates` must be the name of a tower")
                        .label(format!("{} is not one", describe(value)))
                        .suggest(
                            name,
                            known,
                            format!(
                                "name the tower that encodes candidates; towers are {}",
                                towers.join(", ")
                            ),
                        ),
                ));
            }
        }
    }
    Ok(towers)
}
