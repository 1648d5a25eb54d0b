//! The objective: tasks, each a weighted sum of terms, and their weights.

use super::expressions::Scope;
use super::negatives::has_negatives;
use super::objective::{Term, bind_term};
use crate::arguments::{Param, bind_entries, describe, number, scalar};
use crate::ast::{self, Entry, Expr, ExprKind, Operator};
use crate::diag::{Diagnostic, Reported};
use crate::losses::{Rule, losses};
use crate::model::Task;
use crate::span::Span;

/// Forms of `weights`.
const WEIGHTS: [(&str, ()); 1] = [("uncertainty", ())];

/// Resolves the objective. Towers are normalized before any term reads them.
pub(super) fn resolve_objective(objective: &ast::Objective, scope: &mut Scope<'_>) {
    let mut tasks: Vec<(Task, Vec<Term<'_>>)> = Vec::new();
    if objective.tasks.is_empty() {
        scope.errors.push(
            Diagnostic::new("E0102", objective.span, "the objective has no task")
                .help("add one, such as `click: bce(ctr, clicked)`"),
        );
    }
    for task in &objective.tasks {
        let (name, span) = match &task.name {
            Some(name) => (name.text.clone(), name.span),
            None => (String::new(), objective.span),
        };
        if let Some((first, _)) = tasks.iter().find(|(first, _)| first.name == name) {
            scope.errors.push(
                Diagnostic::new("E0104", span, format!("the task `{name}` is declared twice"))
                    .label("declared again")
                    .note(first.span, "first here")
                    .help("a task is a sum of terms: `click: bce(a, x) + 0.3 * bce(b, y)`"),
            );
            continue;
        }
        let mut found = Vec::new();
        terms(&task.value, 1.0, &mut found, scope);
        tasks.push((Task { name, span, terms: Vec::new() }, found));
    }
    resolve_weights(objective, scope);
    for (_, found) in &mut tasks {
        found.retain(|term| term.is_normalized(scope));
    }
    for (mut task, found) in tasks {
        for term in found {
            if let (Ok(loss), Ok(weight)) = (term.resolve(scope), term.weight) {
                task.terms.push((weight, loss));
            }
        }
        if !task.terms.is_empty() {
            scope.model.tasks.push(task);
        }
    }
}

/// Resolves the settings of an objective: the weights of its tasks.
fn resolve_weights(objective: &ast::Objective, scope: &mut Scope<'_>) {
    let (losses, settings): (Vec<Entry>, Vec<Entry>) =
        objective.settings.iter().cloned().partition(|setting| is_term(&setting.value));
    for name in losses.iter().filter_map(|loss| loss.name.as_ref()) {
        let task = &name.text;
        scope.errors.push(
            Diagnostic::new("E0201", name.span, format!("the objective has no setting `{task}`"))
                .label("a loss")
                .help(format!("a task is written `name: loss`: `{task}: bce(ctr, clicked)`")),
        );
    }
    let bound =
        bind_entries("the objective", objective.span, &settings, &[Param::named("weights")], scope.errors);
    let Some(weights) = bound.get("weights") else { return };
    let learned = bound.word("weights", &WEIGHTS, scope.errors);
    if learned.is_ok() && objective.tasks.len() == 1 {
        scope.errors.push(
            Diagnostic::new("E0427", weights.span, "the weight of a single task cannot be learned")
                .label("weights balance several tasks")
                .help("remove it, or add a task"),
        );
    }
    scope.model.learns_weights = learned.is_ok();
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
            let Some(rule) = Rule::of(&call.function.text, has_negatives(call)) else {
                return not_an_objective(expr, scope);
            };
            let weight = positive(weight, expr.span, scope);
            if let Ok(bound) = bind_term(rule, call, expr.span, scope) {
                found.push(Term { rule, weight, bound });
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
        ExprKind::Call(call) => losses().contains(&call.function.text.as_str()),
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
    let example = |word| Some(format!("`{}`", Rule::of(word, false)?.example(100)));
    let examples: Vec<String> = losses().into_iter().filter_map(example).collect();
    scope.errors.push(
        Diagnostic::new("E0112", expr.span, "this is not an objective").label(describe(expr)).suggest_word(
            word,
            losses(),
            format!("one of {}, or a weighted sum of them", examples.join(", ")),
        ),
    );
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
    fn weights_of_tasks_are_learned_or_given() {
        let unknown = "E0201: the objective has no setting";
        for (objective, expected) in [
            ("{ a: bce(s, y), b: bce(t, y), weights = uncertainty }", "ok"),
            ("{ weights = uncertainty, weights: bce(s, y), b: 0.2 * bce(t, y) }", "ok"),
            ("{ a: bce(s, y), b: bce(t, y), weights = equal }", "E0206: `weights` cannot be `equal`"),
            ("{ a: bce(s, y), b: bce(t, y), weights = [1, 2] }", "E0205: `weights` must be a word"),
            ("{ a: bce(s, y), b = bce(t, y) }", &format!("{unknown} `b`")),
            ("{ a: bce(s, y), b: bce(t, y), weight = uncertainty }", &format!("{unknown} `weight`")),
            (
                "{ a: bce(s, y), weights = uncertainty }",
                "E0427: the weight of a single task cannot be learned",
            ),
            ("{ weights = uncertainty }", "E0102: the objective has no task"),
        ] {
            assert_eq!(refused(objective), expected, "{objective}");
        }
    }

    #[test]
    fn positives_count() {
        let nothing = "E0317: a positive with the weight 0 teaches nothing";
        assert_eq!(refused("weighted_bce(s, y, pos_weight = 0)"), nothing);
        assert_eq!(refused("weighted_bce(s, y, pos_weight = 0.1)"), "ok");
    }
}
