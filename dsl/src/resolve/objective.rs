//! The objective: weighted terms that are added.

use super::expressions::Scope;
use crate::arguments::{Bound, Param, Rest, bind, describe, number};
use crate::ast::{Call, Expr, ExprKind, Objective, Operator};
use crate::diag::Diagnostic;
use crate::layers::{Graph, distance_nodes};
use crate::model::{ColumnId, ColumnKind, Loss, PairRule};

/// Every objective.
pub const LOSSES: [&str; 6] = ["bce", "weighted_bce", "bpr", "hinge", "triplet", "in_batch_softmax"];

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
        ExprKind::Call(call) if LOSSES.contains(&call.function.text.as_str()) => {
            if let Some(loss) = term(call, expr, scope) {
                scope.model.objective.push((weight, loss));
            }
        }
        ExprKind::Invalid => {}
        _ => not_an_objective(expr, scope),
    }
}

fn not_an_objective(expr: &Expr, scope: &mut Scope<'_>) {
    let word = match &expr.kind {
        ExprKind::Call(call) => call.function.text.as_str(),
        _ => "",
    };
    scope.errors.push(
        Diagnostic::new("E0112", expr.span, "this is not an objective").label(describe(expr)).suggest(
            word,
            LOSSES,
            "one of `bce(logit, label)`, `weighted_bce(logit, label, pos_weight = 1.2)`, `bpr(positive, negative)`, `hinge(positive, negative)`, `triplet(anchor, positive, negative)`, `in_batch_softmax(query, candidate)`, or a weighted sum of them",
        ),
    );
}

fn term(call: &Call, expr: &Expr, scope: &mut Scope<'_>) -> Option<Loss> {
    let name = call.function.text.as_str();
    let mut params: Vec<Param> = match name {
        "bce" => vec![Param::required("logit"), Param::required("label")],
        "weighted_bce" => {
            vec![Param::required("logit"), Param::required("label"), Param::required("pos_weight")]
        }
        "bpr" => vec![Param::required("positive"), Param::required("negative")],
        "hinge" => vec![Param::required("positive"), Param::required("negative"), Param::named("margin")],
        "triplet" => vec![
            Param::required("anchor"),
            Param::required("positive"),
            Param::required("negative"),
            Param::named("margin"),
        ],
        _ => vec![
            Param::required("query"),
            Param::required("candidate"),
            Param::named("temperature"),
            Param::named("probability"),
            Param::named("remove_accidental_hits"),
        ],
    };
    params.push(Param::named("reduction"));
    let bound = bind(&format!("`{name}`"), expr.span, &call.arguments, &params, Rest::Refused, scope.errors)?;
    let value = |name: &str, scope: &mut Scope<'_>| bound.get(name).and_then(|value| scope.value(value));
    let sum = match bound.get("reduction") {
        None => false,
        Some(_) => bound.word("reduction", &["mean", "sum"], scope.errors)? == "sum",
    };
    match name {
        "bce" | "weighted_bce" => {
            let logit = value("logit", scope);
            let label = column(&bound, "label", &["label"], scope);
            let pos_weight = match name {
                "bce" => Some(1.0),
                _ => bound.number("pos_weight", 0.0..=1e6, scope.errors),
            };
            Some(Loss::Bce { logit: logit?, label: label?, pos_weight: pos_weight?, sum })
        }
        "bpr" | "hinge" | "triplet" => {
            let anchor = value("anchor", scope);
            let (positive, negative) = (value("positive", scope)?, value("negative", scope)?);
            let rule = match name {
                "bpr" => PairRule::Bpr,
                _ => PairRule::Hinge { margin: margin(&bound, scope)? },
            };
            let score = |vector, scope: &mut Scope<'_>| match name {
                "triplet" => Some(distance_nodes(scope, anchor?, vector, expr.span)),
                _ => Some(vector),
            };
            let (positive, negative) = (score(positive, scope)?, score(negative, scope)?);
            Some(Loss::Pairwise { rule, positive, negative, sum })
        }
        _ => {
            let (query, candidate) = (value("query", scope), value("candidate", scope));
            let temperature = match bound.get("temperature") {
                None => 0.05,
                Some(_) => bound.number("temperature", 1e-6..=1e6, scope.errors)?,
            };
            let probability = match bound.get("probability") {
                None => None,
                Some(_) => Some(column(&bound, "probability", &["float", "frequency"], scope)?),
            };
            let accidental_hits = match bound.get("remove_accidental_hits") {
                None => None,
                Some(_) => Some(column(&bound, "remove_accidental_hits", &["id"], scope)?),
            };
            Some(Loss::InBatchSoftmax {
                query: query?,
                candidate: candidate?,
                temperature,
                probability,
                accidental_hits,
                sum,
            })
        }
    }
}

/// By how much the negative must be farther.
fn margin(bound: &Bound<'_>, scope: &mut Scope<'_>) -> Option<f64> {
    match bound.get("margin") {
        None => Some(1.0),
        Some(_) => bound.number("margin", 0.0..=1e6, scope.errors),
    }
}

/// A column of one of some kinds, by its name.
fn column(bound: &Bound<'_>, name: &str, kinds: &[&str], scope: &mut Scope<'_>) -> Option<ColumnId> {
    let value = bound.get(name)?;
    let written = match &value.kind {
        ExprKind::Name(column) if scope.names.wrong_columns.contains(column) => return None,
        ExprKind::Name(column) => column.as_str(),
        ExprKind::Invalid => return None,
        _ => "",
    };
    let Some(id) = scope.names.columns.get(written).copied() else {
        let known = scope.names.columns.keys().map(String::as_str);
        scope.errors.push(
            Diagnostic::new("E0105", value.span, format!("`{name}` must be the name of a column"))
                .label(format!("{} is not one", describe(value)))
                .suggest(written, known, "columns are declared in `input`"),
        );
        return None;
    };
    let column = &scope.model.columns[id.0];
    let word = match &column.kind {
        ColumnKind::Vector { width: 1, .. } => "float",
        kind => kind.word(),
    };
    if !kinds.contains(&word) {
        let wanted = kinds[0];
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        scope.errors.push(
            Diagnostic::new(
                "E0311",
                value.span,
                format!("`{name}` must be a column of kind {}", kinds.join(" or ")),
            )
            .label(format!("a column of kind `{word}`"))
            .note(column.span, "declared here")
            .help(format!("declare it so: `{}: {}`", column.name, wanted)),
        );
        return None;
    }
    Some(id)
}
