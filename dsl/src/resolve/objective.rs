//! The objective: a weighted sum of terms.

use super::expressions::Scope;
use super::negatives::{candidates, is_sampled, take_negatives};
use crate::arguments::{Bound, Param, Rest, bind, describe, number, scalar};
use crate::ast::{Argument, Call, Expr, ExprKind, Objective, Operator};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::layers::{distance_nodes, normalize_node};
use crate::model::{
    AccidentalHits, ColumnId, ColumnKind, Loss, NegativeSource, Negatives, NodeId, PairRule, Reduction,
    Sampler,
};
use crate::span::Span;

/// Names of all losses.
pub const LOSSES: [&str; 8] =
    ["bce", "weighted_bce", "bpr", "hinge", "triplet", "in_batch_softmax", "sampled_softmax", "full_softmax"];

/// Reductions by keyword.
const REDUCTIONS: [(&str, Reduction); 2] = [("mean", Reduction::Mean), ("sum", Reduction::Sum)];

/// Arguments that are not scores.
const SETTINGS: [&str; 2] = ["margin", "reduction"];

/// A term of the objective: a call of one of [`LOSSES`], and its weight.
struct Term<'e> {
    name: &'static str,
    weight: Result<f64, Reported>,
    bound: Bound<'e>,
    sampled: bool,
}

/// Resolves the objective. Towers are normalized before any term reads them.
pub(super) fn resolve_objective(objective: &Objective, scope: &mut Scope<'_>) {
    let mut found = Vec::new();
    terms(&objective.value, 1.0, &mut found, scope);
    found.retain(|term| !term.normalizes(scope.errors) || normalize(&term.bound, scope).is_ok());
    for term in found {
        if let (Ok(loss), Ok(weight)) = (term.resolve(scope), term.weight) {
            scope.model.objective.push((weight, loss));
        }
    }
}

/// Collects the terms of an objective that is multiplied by a weight.
fn terms<'e>(expr: &'e Expr, weight: f64, found: &mut Vec<Term<'e>>, scope: &mut Scope<'_>) {
    match &expr.kind {
        ExprKind::Binary(Operator::Add, a, b) => {
            terms(a, weight, found, scope);
            terms(b, weight, found, scope);
        }
        ExprKind::Binary(Operator::Sub, a, b) if is_term(b) => {
            terms(a, weight, found, scope);
            terms(b, -weight, found, scope);
        }
        ExprKind::Negate(inner) if is_term(inner) => terms(inner, -weight, found, scope),
        ExprKind::Binary(Operator::Mul, a, b) => match (number(a), number(b)) {
            (Some(by), None) => terms(b, weight * by, found, scope),
            (None, Some(by)) => terms(a, weight * by, found, scope),
            _ => not_an_objective(expr, scope),
        },
        ExprKind::Binary(Operator::Div, a, b) if is_term(a) => match number(b) {
            Some(by) if by != 0.0 => terms(a, weight / by, found, scope),
            _ => not_a_divisor(b, scope),
        },
        ExprKind::Call(call) => {
            let Some(name) = LOSSES.into_iter().find(|name| call.function.text == *name) else {
                return not_an_objective(expr, scope);
            };
            let weight = positive(weight, expr.span, scope);
            if let Ok((bound, sampled)) = bind_term(name, call, expr.span, scope) {
                found.push(Term { name, weight, bound, sampled });
            }
        }
        ExprKind::Invalid => {
            scope.errors.unreadable(expr.span);
        }
        _ => not_an_objective(expr, scope),
    }
}

/// Returns whether an expression consists of losses.
fn is_term(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(call) => LOSSES.contains(&call.function.text.as_str()),
        ExprKind::Negate(inner) => is_term(inner),
        ExprKind::Binary(_, a, b) => is_term(a) || is_term(b),
        _ => false,
    }
}

/// Checks that the weight of a term is positive.
fn positive(weight: f64, span: Span, scope: &mut Scope<'_>) -> Result<f64, Reported> {
    if weight > 0.0 {
        return scalar(weight, span, scope.errors);
    }
    let (message, label) = match weight < 0.0 {
        true => (
            "a term of the objective has a negative weight",
            format!("times {weight}: training would make the loss larger"),
        ),
        false => ("a term of the objective has the weight 0", "nothing is learned from it".to_string()),
    };
    Err(scope.errors.push(
        Diagnostic::new("E0317", span, message)
            .label(label)
            .help("the objective is a sum of losses, each times a number above 0: `bce(ctr, click) + 0.3 * bce(like, liked)`"),
    ))
}

fn not_a_divisor(expr: &Expr, scope: &mut Scope<'_>) {
    scope.errors.push(
        Diagnostic::new(
            "E0112",
            expr.span,
            "a term of the objective must be divided by a number other than 0",
        )
        .label(describe(expr))
        .help("`bce(ctr, click) / 2` is the same as `0.5 * bce(ctr, click)`"),
    );
}

fn not_an_objective(expr: &Expr, scope: &mut Scope<'_>) {
    let word = match &expr.kind {
        ExprKind::Call(call) => call.function.text.as_str(),
        ExprKind::Name(word) => word.as_str(),
        _ => "",
    };
    scope.errors.push(
        Diagnostic::new("E0112", expr.span, "this is not an objective").label(describe(expr)).suggest_word(
            word,
            LOSSES,
            "one of `bce(logit, label)`, `weighted_bce(logit, label, pos_weight = 1.2)`, `bpr(positive, negative)`, `hinge(positive, negative)`, `triplet(anchor, positive, negative)`, `in_batch_softmax(query, candidate)`, `sampled_softmax(query, candidate, negatives = 100)`, `full_softmax(query, candidate)`, or a weighted sum of them",
        ),
    );
}

/// Returns the parameters of a loss. Losses over a score sample negatives if the call has `negatives`.
fn params(name: &str, sampled: bool) -> Vec<Param> {
    let mut params: Vec<Param> = match (name, sampled) {
        ("bce", false) => vec![Param::required("logit"), Param::required("label")],
        ("weighted_bce", _) => {
            vec![Param::required("logit"), Param::required("label"), Param::required("pos_weight")]
        }
        ("bce" | "bpr" | "hinge", true) => vec![Param::required("score")],
        ("bpr" | "hinge", false) => vec![Param::required("positive"), Param::required("negative")],
        ("triplet", true) => vec![Param::required("anchor"), Param::required("positive")],
        ("triplet", false) => {
            vec![Param::required("anchor"), Param::required("positive"), Param::required("negative")]
        }
        _ => vec![
            Param::required("query"),
            Param::required("candidate"),
            Param::named("temperature"),
            Param::named("normalize"),
        ],
    };
    if matches!(name, "in_batch_softmax" | "sampled_softmax") {
        params.push(Param::named("remove_accidental_hits"));
    }
    if matches!(name, "hinge" | "triplet") {
        params.push(Param::named("margin"));
    }
    if sampled && name != "full_softmax" {
        params.extend([Param::named("negatives"), Param::named("sampler")]);
    }
    // Accepted by name, so that an alias of another system is recognized; it makes the term sample negatives.
    if !sampled && matches!(name, "bpr" | "hinge" | "triplet" | "in_batch_softmax") {
        params.push(Param::named("negatives"));
    }
    match name {
        "in_batch_softmax" if !sampled => params.push(Param::named("probability")),
        "in_batch_softmax" | "sampled_softmax" => {
            params.extend([Param::named("unique"), Param::named("subtract_log_q")]);
        }
        "bce" | "bpr" | "hinge" | "triplet" if sampled => params.push(Param::named("candidates")),
        _ => {}
    }
    params.push(Param::named("reduction"));
    params
}

/// Reports a call that lacks arguments unless it samples negatives.
fn score_alone(name: &str, call: &Call, span: Span) -> Option<Diagnostic> {
    let (missing, alone, whole, sampled) = match name {
        "bce" => ("label", 1, "bce(score, click)", "bce(score, negatives = 4)"),
        "bpr" => ("negative", 1, "bpr(positive, negative)", "bpr(score, negatives = 4)"),
        "hinge" => ("negative", 1, "hinge(positive, negative)", "hinge(distance, negatives = 4)"),
        "triplet" => {
            ("negative", 2, "triplet(anchor, positive, negative)", "triplet(anchor, positive, negatives = 4)")
        }
        _ => return None,
    };
    let is_score = |argument: &&Argument| {
        argument.name.as_ref().is_none_or(|name| !SETTINGS.contains(&name.text.as_str()))
    };
    let unnamed = call.arguments.iter().filter(|argument| argument.name.is_none()).count();
    let scores = call.arguments.iter().filter(is_score).count();
    (unnamed == alone && scores == alone).then(|| {
        Diagnostic::new("E0204", span, format!("`{name}` needs `{missing}`, or `negatives`"))
            .label(format!("`{missing}` is missing"))
            .help(format!("write `{whole}`, or draw negatives from the catalog: `{sampled}`"))
    })
}

/// Binds the arguments of a term. Returns them, and whether the term samples negatives.
fn bind_term<'e>(
    name: &'static str,
    call: &'e Call,
    span: Span,
    scope: &mut Scope<'_>,
) -> Result<(Bound<'e>, bool), Reported> {
    let sampled = is_sampled(call);
    if !sampled && let Some(diagnostic) = score_alone(name, call, span) {
        return Err(scope.errors.push(diagnostic));
    }
    let params = params(name, sampled);
    let bound = bind(&format!("`{name}`"), span, &call.arguments, &params, Rest::Refused, scope.errors)?;
    Ok((bound, sampled))
}

impl Term<'_> {
    fn normalizes(&self, errors: &mut Errors) -> bool {
        self.bound.flag("normalize", errors)
    }

    fn resolve(&self, scope: &mut Scope<'_>) -> Result<Loss, Reported> {
        let Term { name, ref bound, sampled, .. } = *self;
        let reduction = bound.word_or("reduction", &REDUCTIONS, Reduction::Mean, scope.errors);
        match name {
            "bce" if !sampled => bce(bound, 1.0, reduction, scope),
            "weighted_bce" => {
                let pos_weight = bound.number("pos_weight", 0.0..=1e6, scope.errors)?;
                if pos_weight == 0.0 {
                    let written = bound.required("pos_weight", scope.errors)?;
                    return Err(scope.errors.push(
                        Diagnostic::new("E0317", written.span, "a positive with the weight 0 teaches nothing")
                            .label("only records with the label 0 would count")
                            .help("`pos_weight` is the weight of positives, and negatives have the weight 1: write a number above 1 for rare positives"),
                    ));
                }
                bce(bound, pos_weight, reduction, scope)
            }
            "bce" | "bpr" | "hinge" | "triplet" => pairwise(name, bound, sampled, reduction, scope),
            _ => softmax(name, bound, sampled, reduction, scope),
        }
    }
}

fn value(bound: &Bound<'_>, name: &str, scope: &mut Scope<'_>) -> Result<NodeId, Reported> {
    bound.value(name, scope)
}

fn bce(
    bound: &Bound<'_>,
    pos_weight: f64,
    reduction: Reduction,
    scope: &mut Scope<'_>,
) -> Result<Loss, Reported> {
    let logit = value(bound, "logit", scope);
    let label =
        bound.required("label", scope.errors).and_then(|label| column(label, "label", &["label"], scope));
    Ok(Loss::Bce { logit: logit?, label: label?, pos_weight, reduction })
}

fn pairwise(
    name: &str,
    bound: &Bound<'_>,
    sampled: bool,
    reduction: Reduction,
    scope: &mut Scope<'_>,
) -> Result<Loss, Reported> {
    let rule = match (name, bound.get("margin")) {
        ("bce", _) => PairRule::Bce,
        ("bpr", _) => PairRule::Bpr,
        (_, None) => PairRule::Hinge { margin: 1.0 },
        (_, Some(_)) => PairRule::Hinge { margin: bound.number("margin", 0.0..=1e6, scope.errors)? },
    };
    let anchor = if name == "triplet" { Some(value(bound, "anchor", scope)) } else { None };
    let first = value(bound, if bound.get("score").is_some() { "score" } else { "positive" }, scope)?;
    let score = |vector: NodeId, scope: &mut Scope<'_>| match anchor {
        Some(anchor) => anchor.map(|anchor| {
            let span = scope.model.nodes[vector.0].span;
            distance_nodes(scope, anchor, vector, span)
        }),
        None => Ok(vector),
    };
    let positive = score(first, scope)?;
    if !sampled {
        let negative = value(bound, "negative", scope)?;
        let negative = Some(score(negative, scope)?);
        return Ok(Loss::Pairwise { rule, positive, negative, reduction });
    }
    let (source, column) = take_negatives(bound, Sampler::Uniform, false, scope)?;
    let candidates = candidates(bound, scope)?;
    let span = bound.span;
    let (in_batch, log_q) = (false, false);
    draw(Negatives { source, column, per_record: true, in_batch, log_q, candidates, span }, scope)?;
    Ok(Loss::Pairwise { rule, positive, negative: None, reduction })
}

fn softmax(
    name: &'static str,
    bound: &Bound<'_>,
    sampled: bool,
    reduction: Reduction,
    scope: &mut Scope<'_>,
) -> Result<Loss, Reported> {
    let (query, candidate) = (value(bound, "query", scope), value(bound, "candidate", scope));
    let temperature = match bound.get("temperature") {
        None => 0.05,
        Some(_) => bound.number("temperature", 1e-6..=1e6, scope.errors)?,
    };
    let probability = match bound.get("probability") {
        None => None,
        Some(value) => Some(column(value, "probability", &["float", "frequency"], scope)?),
    };
    let hits = match bound.get("remove_accidental_hits") {
        None if sampled => AccidentalHits::Catalog,
        None => AccidentalHits::Kept,
        Some(_) if sampled && bound.flag("remove_accidental_hits", scope.errors) => AccidentalHits::Catalog,
        Some(_) if sampled => AccidentalHits::Kept,
        Some(value) => AccidentalHits::Column(column(value, "remove_accidental_hits", &["id"], scope)?),
    };
    let in_batch = name == "in_batch_softmax";
    if sampled {
        let sampler = if in_batch { Sampler::Uniform } else { Sampler::LogUniform };
        let (source, column) = match name {
            "full_softmax" => (NegativeSource::All, None),
            _ => take_negatives(bound, sampler, true, scope)?,
        };
        let log_q = matches!(source, NegativeSource::Sampled { .. })
            && (bound.get("subtract_log_q").is_none() || bound.flag("subtract_log_q", scope.errors));
        let (candidates, span) = (Vec::new(), bound.span);
        draw(Negatives { source, column, per_record: false, in_batch, log_q, candidates, span }, scope)?;
    }
    let (query, candidate) = (query?, candidate?);
    Ok(Loss::Softmax { name, query, candidate, temperature, in_batch, sampled, probability, hits, reduction })
}

/// Appends `l2_normalize` to both towers, so that evaluation and export use the trained vectors.
fn normalize(bound: &Bound<'_>, scope: &mut Scope<'_>) -> Result<(), Reported> {
    for side in ["query", "candidate"] {
        let written = bound.required(side, scope.errors)?;
        let tower = match &written.kind {
            ExprKind::Name(name) => scope.names.towers.get(name).copied(),
            _ => None,
        };
        let Some(tower) = tower else {
            return Err(scope.errors.push(
                Diagnostic::new("E0313", written.span, "`normalize` makes towers end in `l2_normalize`")
                    .label("not the name of a tower")
                    .help("name the tower itself here, or use `l2_normalize` in the expression"),
            ));
        };
        let result = scope.model.towers[tower.0].result;
        if result.0 < scope.model.nodes.len() {
            let node = normalize_node(scope, result, bound.span);
            scope.model.towers[tower.0].nodes.push(node);
            scope.model.towers[tower.0].result = node;
        }
    }
    Ok(())
}

/// Stores the negatives of a term. Only one term may have them.
fn draw(negatives: Negatives, scope: &mut Scope<'_>) -> Result<(), Reported> {
    if let Some(first) = &scope.model.negatives {
        return Err(scope.errors.push(
            Diagnostic::new("E0420", negatives.span, "a second term of the objective draws negatives")
                .label("the towers of candidates run once per step")
                .note(first.span, "the first one")
                .help("leave one of them out, or use the candidates of the batch, `in_batch_softmax(query, candidate)`"),
        ));
    }
    scope.model.negatives = Some(negatives);
    Ok(())
}

/// Resolves a column of one of these kinds.
pub(super) fn column(
    value: &Expr,
    name: &str,
    kinds: &[&str],
    scope: &mut Scope<'_>,
) -> Result<ColumnId, Reported> {
    let written = match &value.kind {
        ExprKind::Name(column) => match scope.names.wrong_columns.get(column) {
            Some(&reported) => return Err(reported),
            None => column.as_str(),
        },
        ExprKind::Invalid => return Err(scope.errors.unreadable(value.span)),
        _ => "",
    };
    let Some(id) = scope.names.columns.get(written).copied() else {
        let known = scope.names.columns.keys().map(String::as_str);
        return Err(scope.errors.push(
            Diagnostic::new("E0105", value.span, format!("`{name}` must be the name of a column"))
                .label(format!("{} is not one", describe(value)))
                .suggest(written, known, "columns are declared in `input`"),
        ));
    };
    let column = &scope.model.columns[id.0];
    // A vector of width 1 is equivalent to a number.
    let word = if matches!(column.kind, ColumnKind::Vector(1, _)) { "float" } else { column.word };
    if !kinds.contains(&word) {
        let wanted = kinds[0];
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        return Err(scope.errors.push(
            Diagnostic::new(
                "E0311",
                value.span,
                format!("`{name}` must be a column of kind {}", kinds.join(" or ")),
            )
            .label(format!("a column of kind `{word}`"))
            .note(column.span, "declared here")
            .help(format!("declare it as `{}: {}`", column.name, wanted)),
        ));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use crate::Compiler;

    /// Code, message and label of the error of an objective.
    fn refused(objective: &str) -> String {
        let text = format!(
            "model M {{
                input {{ y: label, x: float, z: float }}
                tower s {{ x |> dense(1) }}
                tower t {{ x |> dense(1) }}
                tower v {{ x |> dense(4) }}
                tower w {{ z |> dense(4) }}
                export {{ s, t, v, w }}
                objective {objective}
            }}"
        );
        match Compiler::new("m.dm", &text).plan() {
            Ok(_) => "ok".to_string(),
            Err(failure) => {
                let line = |found: &crate::diag::Diagnostic| format!("{}: {}", found.code, found.message);
                failure.diagnostics.iter().map(line).collect::<Vec<_>>().join(" | ")
            }
        }
    }

    #[test]
    fn terms_have_weights_above_zero() {
        let negative = "E0317: a term of the objective has a negative weight";
        let zero = "E0317: a term of the objective has the weight 0";
        for (objective, expected) in [
            ("-1 * bce(s, y)", negative),
            ("-bce(s, y)", negative),
            ("bce(s, y) * -0.5", negative),
            ("bce(s, y) - bce(t, y)", negative),
            ("bce(s, y) - 0.1 * (bpr(s, t) + bce(t, y))", &format!("{negative} | {negative}")),
            ("0 * bce(s, y)", zero),
            ("bce(s, y) + 0 * bpr(s, t)", zero),
            ("-1 * -1 * bce(s, y)", "ok"),
            ("bce(s, y) - -0.1 * bce(t, y)", "ok"),
            ("0.5 * (bce(s, y) + bpr(s, t))", "ok"),
        ] {
            assert_eq!(refused(objective), expected, "{objective}");
        }
    }

    #[test]
    fn terms_are_divided_by_numbers() {
        let divisor = "E0112: a term of the objective must be divided by a number other than 0";
        for (objective, expected) in [
            ("bce(s, y) / 2", "ok"),
            ("(bce(s, y) + bpr(s, t)) / 4 + bce(t, y)", "ok"),
            ("bce(s, y) / -2", "E0317: a term of the objective has a negative weight"),
            ("bce(s, y) / 0", divisor),
            ("bce(s, y) / x", divisor),
            ("bce(s, y) / bpr(s, t)", divisor),
            ("2 / bce(s, y)", "E0112: this is not an objective"),
        ] {
            assert_eq!(refused(objective), expected, "{objective}");
        }
    }

    /// Terms before the normalizing one also read normalized towers.
    #[test]
    fn towers_are_normalized_before_they_are_read() {
        let first = "bce(dot(v, w), y) + in_batch_softmax(v, w, normalize)";
        assert_eq!(refused(first), "ok");
        assert_eq!(refused("in_batch_softmax(v, w, normalize) + bce(dot(v, w), y)"), "ok");
    }

    #[test]
    fn positives_count() {
        let nothing = "E0317: a positive with the weight 0 teaches nothing";
        assert_eq!(refused("weighted_bce(s, y, pos_weight = 0)"), nothing);
        assert_eq!(refused("weighted_bce(s, y, pos_weight = 0.1)"), "ok");
    }
}
