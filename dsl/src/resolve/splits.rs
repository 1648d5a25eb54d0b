//! `split = ...`: training and test rows.

use super::history::leave_last_out;
use super::order::resolve_order;
use crate::arguments::{Param, describe};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read, words};
use crate::model::{Model, SplitSpec};

/// Forms of splits.
pub(super) const SPLITS: [Form<SplitSpec, Model>; 5] = [
    Form {
        word: "random",
        example: "random(test = 0.2, seed = 42)",
        params: &[Param::required("test"), Param::named("seed")],
        read: |bound, _, errors| {
            let test = bound.number("test", 0.0..=0.99, errors)?;
            Ok(SplitSpec::random(test, bound.count_or("seed", 0..=(1 << 53), 42, errors)))
        },
    },
    Form {
        word: "by_time",
        example: "by_time(timestamp, test = 0.2)",
        params: &[Param::required("field"), Param::required("test")],
        read: |bound, model, errors| {
            let order = resolve_order(bound, "field", "rows are split by it", model, errors);
            let test = bound.number("test", 0.0..=0.99, errors);
            Ok(SplitSpec::by_time(order?, test?))
        },
    },
    Form {
        word: "leave_last_out",
        example: "leave_last_out(by = user_id, order = timestamp)",
        // `by` and `order` default to those of `history`.
        params: &[Param::optional("by"), Param::optional("order"), Param::named("nth")],
        read: leave_last_out,
    },
    Form {
        word: "given",
        example: "given(train = \"train.tsv\", test = \"test.tsv\")",
        params: &[Param::required("train"), Param::required("test")],
        read: |bound, _, errors| {
            let (train, test) = (bound.text("train", errors), bound.text("test", errors));
            Ok(SplitSpec::given(train?.to_string(), test?.to_string()))
        },
    },
    Form { word: "none", example: "none", params: &[], read: |_, _, _| Ok(SplitSpec::None) },
];

/// Resolves the value of `split`.
pub(super) fn resolve_split(
    value: &Expr,
    model: &mut Model,
    errors: &mut Errors,
) -> Result<SplitSpec, Reported> {
    if let Some(split) = read(&SPLITS, value, model, errors) {
        return split;
    }
    let word = match &value.kind {
        ExprKind::Call(call) => call.function.text.as_str(),
        ExprKind::Name(word) => word.as_str(),
        ExprKind::Invalid => return Err(errors.unreadable(value.span)),
        _ => "",
    };
    Err(errors.push(
        Diagnostic::new("E0405", value.span, "this is not a split").label(describe(value)).suggest_word(
            word,
            words(&SPLITS),
            format!("one of {}", listed(&SPLITS)),
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::SPLITS;
    use crate::Compiler;
    use crate::forms::assert_all;

    #[test]
    fn every_split_has_a_word() {
        assert_all(&SPLITS, &[], |example| {
            let text = format!(
                "model M {{ data {{ log = csv(\"log.csv\"), split = {example} }}
                input {{ x: float, y: label }} tower t {{ dense(x, 1) }} objective bce(t, y) }}"
            );
            Compiler::new("m.dm", &text).plan().unwrap().model.data.split
        });
    }
}
