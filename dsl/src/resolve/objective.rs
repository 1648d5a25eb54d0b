//! The objective: weighted terms that are added.

use super::expressions::Scope;
use super::negatives::{candidates, is_drawn, take_negatives};
use crate::arguments::{Bound, Param, Rest, bind, describe, number, scalar};
use crate::ast::{Call, Expr, ExprKind, Objective, Operator};
use crate::diag::{Diagnostic, Reported};
use crate::layers::{distance_nodes, normalize_node};
use crate::model::{
    AccidentalHits, ColumnId, ColumnKind, Loss, NegativeSource, Negatives, NodeId, PairRule, Sampler,
};
use crate::span::Span;

/// Every objective.
pub const LOSSES: [&str; 8] =
    ["bce", "weighted_bce", "bpr", "hinge", "triplet", "in_batch_softmax", "sampled_softmax", "full_softmax"];

/// Resolves the objective.
pub(super) fn resolve_objective(objective: &Objective, scope: &mut Scope<'_>) {
    terms(&objective.value, 1.0, scope);
}

fn terms(expr: &Expr, weight: f64, scope: &mut Scope<'_>) {
    match &expr.kind {
        ExprKind::Binary(Operator::Add, a, b) => {
            terms(a, weight, scope);
            terms(b, weight, scope);
        }
        ExprKind::Binary(Operator::Mul, a, b) => match (number(a), number(b)) {
            (Some(by), None) => terms(b, weight * by, scope),
            (None, Some(by)) => terms(a, weight * by, scope),
            _ => not_an_objective(expr, scope),
        },
        ExprKind::Call(call) => {
            let Some(name) = LOSSES.into_iter().find(|name| call.function.text == *name) else {
                return not_an_objective(expr, scope);
            };
            let weight = scalar(weight, expr.span, scope.errors);
            if let (Ok(weight), Ok(loss)) = (weight, term(name, call, expr.span, scope)) {
                scope.model.objective.push((weight, loss));
            }
        }
        ExprKind::Invalid => {
            scope.errors.unreadable(expr.span);
        }
        _ => not_an_objective(expr, scope),
    }
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

/// What an objective is called with. Those of a score draw negatives where the call asks for some.
fn params(name: &str, drawn: bool) -> Vec<Param> {
    let mut params: Vec<Param> = match (name, drawn) {
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
    if drawn && name != "full_softmax" {
        params.extend([Param::named("negatives"), Param::named("sampler")]);
    }
    match name {
        "in_batch_softmax" if !drawn => params.push(Param::named("probability")),
        "in_batch_softmax" | "sampled_softmax" => {
            params.extend([Param::named("unique"), Param::named("subtract_log_q")]);
        }
        "bce" | "bpr" | "hinge" | "triplet" if drawn => params.push(Param::named("candidates")),
        _ => {}
    }
    params.push(Param::named("reduction"));
    params
}

fn term(name: &'static str, call: &Call, span: Span, scope: &mut Scope<'_>) -> Result<Loss, Reported> {
    let drawn = is_drawn(call);
    let params = params(name, drawn);
    let bound = bind(&format!("`{name}`"), span, &call.arguments, &params, Rest::Refused, scope.errors)?;
    let sum = match bound.get("reduction") {
        None => false,
        Some(_) => bound.word("reduction", &["mean", "sum"], scope.errors)? == "sum",
    };
    match name {
        "bce" if !drawn => bce(&bound, 1.0, sum, scope),
        "weighted_bce" => {
            let pos_weight = bound.number("pos_weight", 0.0..=1e6, scope.errors);
            bce(&bound, pos_weight?, sum, scope)
        }
        "bce" | "bpr" | "hinge" | "triplet" => pairwise(name, &bound, drawn, sum, scope),
        _ => softmax(name, &bound, drawn, sum, scope),
    }
}

fn value(bound: &Bound<'_>, name: &str, scope: &mut Scope<'_>) -> Result<NodeId, Reported> {
    bound.value(name, scope)
}

fn bce(bound: &Bound<'_>, pos_weight: f64, sum: bool, scope: &mut Scope<'_>) -> Result<Loss, Reported> {
    let logit = value(bound, "logit", scope);
    let label =
        bound.required("label", scope.errors).and_then(|label| column(label, "label", &["label"], scope));
    Ok(Loss::Bce { logit: logit?, label: label?, pos_weight, sum })
}

fn pairwise(
    name: &str,
    bound: &Bound<'_>,
    drawn: bool,
    sum: bool,
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
    let score = |vector, scope: &mut Scope<'_>| match anchor {
        Some(anchor) => anchor.map(|anchor| distance_nodes(scope, anchor, vector, bound.span)),
        None => Ok(vector),
    };
    let positive = score(first, scope)?;
    if !drawn {
        let negative = value(bound, "negative", scope)?;
        let negative = Some(score(negative, scope)?);
        return Ok(Loss::Pairwise { rule, positive, negative, sum });
    }
    let source = take_negatives(bound, Sampler::Uniform, false, scope)?;
    let candidates = candidates(bound, scope)?;
    let span = bound.span;
    draw(Negatives { source, per_record: true, in_batch: false, log_q: false, candidates, span }, scope)?;
    Ok(Loss::Pairwise { rule, positive, negative: None, sum })
}

fn softmax(
    name: &'static str,
    bound: &Bound<'_>,
    drawn: bool,
    sum: bool,
    scope: &mut Scope<'_>,
) -> Result<Loss, Reported> {
    if bound.flag("normalize", scope.errors) {
        normalize(bound, scope)?;
    }
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
        None if drawn => AccidentalHits::Catalogue,
        None => AccidentalHits::Kept,
        Some(_) if drawn && bound.flag("remove_accidental_hits", scope.errors) => AccidentalHits::Catalogue,
        Some(_) if drawn => AccidentalHits::Kept,
        Some(value) => AccidentalHits::Column(column(value, "remove_accidental_hits", &["id"], scope)?),
    };
    let in_batch = name == "in_batch_softmax";
    if drawn {
        let sampler = if in_batch { Sampler::Uniform } else { Sampler::LogUniform };
        let source = match name {
            "full_softmax" => NegativeSource::All,
            _ => take_negatives(bound, sampler, true, scope)?,
        };
        let log_q = matches!(source, NegativeSource::Drawn { .. })
            && (bound.get("subtract_log_q").is_none() || bound.flag("subtract_log_q", scope.errors));
        let (candidates, span) = (Vec::new(), bound.span);
        draw(Negatives { source, per_record: false, in_batch, log_q, candidates, span }, scope)?;
    }
    let (query, candidate) = (query?, candidate?);
    Ok(Loss::Softmax { name, query, candidate, temperature, in_batch, drawn, probability, hits, sum })
}

/// Makes both towers end in `l2_normalize`, so that evaluation and export see what is trained.
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
                    .help("name the tower itself here, or write `l2_normalize` where it is wanted"),
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

/// Notes what a term draws; one term may.
fn draw(negatives: Negatives, scope: &mut Scope<'_>) -> Result<(), Reported> {
    if let Some(first) = &scope.model.negatives {
        return Err(scope.errors.push(
            Diagnostic::new("E0420", negatives.span, "a second term of the objective draws negatives")
                .label("the towers of candidates run once a step")
                .note(first.span, "the first one")
                .help("leave one of them out, or take negatives of the batch, `in_batch_softmax(query, candidate)`"),
        ));
    }
    scope.model.negatives = Some(negatives);
    Ok(())
}

/// A column of one of some kinds, by its name.
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
    let word = match &column.kind {
        ColumnKind::Vector { width: 1, .. } => "float",
        kind => kind.word(),
    };
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
            .help(format!("declare it so: `{}: {}`", column.name, wanted)),
        ));
    }
    Ok(id)
}
