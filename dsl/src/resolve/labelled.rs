//! Losses of scores and labels: operands, weights of records, and the records that count.

use super::expressions::Scope;
use super::objective::column;
use crate::arguments::{Bound, number};
use crate::ast::ExprKind;
use crate::diag::{Diagnostic, Reported};
use crate::layers::threshold_nodes;
use crate::losses::{Predicts, Rule};
use crate::model::{ColumnId, Compared, Labelled, Prediction};

/// Resolves a loss of a score and a label.
pub(super) fn labelled(rule: &Rule, bound: &Bound<'_>, scope: &mut Scope<'_>) -> Result<Compared, Reported> {
    let score = bound.value(rule.operands[0], scope);
    let label = of_label(rule, rule.operands[1], bound, scope);
    let counted = named(bound, "where", &["label"], scope);
    let weight = named(bound, "weight", &["weight"], scope);
    let smoothing = bound.number_or("label_smoothing", 0.0..=1.0, 0.0, scope.errors);
    let (label, prediction) = label?;
    let class_weights = class_weights(bound, prediction, scope)?;
    let score = match prediction {
        Prediction::Levels(levels) => threshold_nodes(scope, score?, levels - 1, bound.span),
        Prediction::Probability | Prediction::Number | Prediction::Count | Prediction::Classes(_) => score?,
    };
    let counted = counted?;
    if let Some(counted) = counted
        && !classes(counted, scope).is_empty()
    {
        let place = bound.required("where", scope.errors)?.span;
        return Err(scope.errors.push(
            Diagnostic::new("E0311", place, "`where` must be a label of 0 and 1")
                .label("a label with classes")
                .note(scope.model.columns[counted.0].span, "declared here")
                .help("declare one for the records that count: `clicked: label`"),
        ));
    }
    Ok(Compared::Label(Labelled {
        score,
        label,
        prediction,
        class_weights,
        smoothing,
        weight: weight?,
        counted,
    }))
}

/// Resolves an optional argument that names a column.
fn named(
    bound: &Bound<'_>,
    name: &str,
    kinds: &[&str],
    scope: &mut Scope<'_>,
) -> Result<Option<ColumnId>, Reported> {
    bound.get(name).map(|value| column(value, name, kinds, scope)).transpose()
}

/// Names of the classes of a label.
fn classes<'m>(label: ColumnId, scope: &'m Scope<'_>) -> &'m [turret_schema::Text] {
    scope.model.columns[label.0].kind.classes()
}

/// Resolves the label of a loss, and the prediction that both determine.
fn of_label(
    rule: &Rule,
    name: &str,
    bound: &Bound<'_>,
    scope: &mut Scope<'_>,
) -> Result<(ColumnId, Prediction), Reported> {
    let value = bound.required(name, scope.errors)?;
    let kinds: &[&str] = match rule.predicts {
        Predicts::Probability | Predicts::Classes | Predicts::Levels => &["label"],
        Predicts::Number | Predicts::Count => &["target", "label"],
    };
    let label = column(value, name, kinds, scope)?;
    let count = classes(label, scope).len();
    let (word, declared) = (rule.word, scope.model.columns[label.0].span);
    let wrong = |message: String, what: &str, help: String| {
        Diagnostic::new("E0311", value.span, message).label(what).note(declared, "declared here").help(help)
    };
    let name = &scope.model.columns[label.0].name;
    let prediction = match (rule.predicts, count) {
        (Predicts::Classes, 2..) => Ok(Prediction::Classes(count)),
        (Predicts::Levels, 2..) => Ok(Prediction::Levels(count)),
        (Predicts::Classes | Predicts::Levels, _) => Err(wrong(
            format!("`{word}` needs a label with classes"),
            "a label from 0 to 1",
            format!("declare them: `{name}: label(classes = 5)`, or list their values"),
        )),
        (Predicts::Probability | Predicts::Number | Predicts::Count, 1..) => Err(wrong(
            format!("`{word}` needs a label that is a number"),
            "a label with classes",
            "use `softmax(logits, label)`, or `ordinal(score, label)` for ordered classes".to_owned(),
        )),
        (Predicts::Probability, 0) => Ok(Prediction::Probability),
        (Predicts::Number, 0) => Ok(Prediction::Number),
        (Predicts::Count, 0) if scope.model.columns[label.0].kind.is_transformed_target() => Err(wrong(
            format!("`{word}` takes counts as they are"),
            "a target with a `transform`",
            "leave out the transform, or use `mse`, `mae` or `huber`".to_owned(),
        )),
        (Predicts::Count, 0) => Ok(Prediction::Count),
    };
    match prediction {
        Ok(prediction) => Ok((label, prediction)),
        Err(diagnostic) => Err(scope.errors.push(diagnostic)),
    }
}

/// `class_weights = [1, 2, 0.5]`, one number for each class.
fn class_weights(
    bound: &Bound<'_>,
    prediction: Prediction,
    scope: &mut Scope<'_>,
) -> Result<Vec<f64>, Reported> {
    let Some(value) = bound.get("class_weights") else { return Ok(Vec::new()) };
    let items = match &value.kind {
        ExprKind::List(items) => items.as_slice(),
        _ => &[],
    };
    let weights: Option<Vec<f64>> =
        items.iter().map(|item| number(item).filter(|weight| *weight >= 0.0)).collect();
    let count = match prediction {
        Prediction::Classes(count) => count,
        Prediction::Probability | Prediction::Number | Prediction::Count | Prediction::Levels(_) => 0,
    };
    match weights.filter(|weights| weights.len() == count && weights.iter().any(|weight| *weight > 0.0)) {
        Some(weights) => Ok(weights),
        None => Err(bound.wrong(
            "class_weights",
            value,
            &format!("a list of {count} numbers from 0 on, one for each class"),
            scope.errors,
        )),
    }
}
