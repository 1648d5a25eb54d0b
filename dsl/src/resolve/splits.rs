//! `split = ...`: training, validation and test rows.

use super::history::leave_last_out;
use super::order::resolve_order;
use crate::arguments::{Bound, Param, describe};
use crate::ast::{Expr, ExprKind};
use crate::diag::{Diagnostic, Errors, Reported};
use crate::forms::{Form, listed, read, words};
use crate::model::{Model, SplitSpec};

/// Forms of splits.
pub(super) const SPLITS: [Form<SplitSpec, Model>; 5] = [
    Form {
        word: "random",
        example: "random(test = 0.2, seed = 42)",
        params: &[Param::required("test"), Param::named("validate"), Param::named("seed")],
        read: |bound, _, errors| {
            let [validate, test] = shares(bound, errors)?;
            Ok(SplitSpec::Random { validate, test, seed: bound.count_or("seed", 0..=(1 << 53), 42, errors) })
        },
    },
    Form {
        word: "by_time",
        example: "by_time(timestamp, test = 0.2)",
        params: &[Param::required("field"), Param::required("test"), Param::named("validate")],
        read: |bound, model, errors| {
            let order = resolve_order(bound, "field", "rows are split by it", model, errors);
            let shares = shares(bound, errors);
            let (order, [validate, test]) = (order?, shares?);
            Ok(SplitSpec::ByTime { order, validate, test })
        },
    },
    Form {
        word: "leave_last_out",
        example: "leave_last_out(by = user_id, order = timestamp)",
        // `by` and `order` default to those of `history`.
        params: &[
            Param::optional("by"),
            Param::optional("order"),
            Param::named("nth"),
            Param::named("validate"),
        ],
        read: leave_last_out,
    },
    Form {
        word: "given",
        example: "given(train = \"train.tsv\", test = \"test.tsv\")",
        params: &[Param::required("train"), Param::required("test"), Param::named("validate")],
        read: |bound, _, errors| {
            let [train, test] = ["train", "test"].map(|part| bound.text(part, errors));
            let validate = bound.get("validate").map(|_| bound.text("validate", errors)).transpose();
            let [train, test] = [train?, test?].map(|path| path.to_string().into());
            Ok(SplitSpec::Given { train, validate: validate?.map(|path| path.to_string().into()), test })
        },
    },
    Form { word: "none", example: "none", params: &[], read: |_, _, _| Ok(SplitSpec::None) },
];

/// Shares of validation and test rows. They must leave training rows.
fn shares(bound: &Bound<'_>, errors: &mut Errors) -> Result<[f64; 2], Reported> {
    let mut share = |part: &str| match bound.get(part) {
        None if part == "validate" => Ok(0.0),
        _ => bound.number(part, 0.0..=0.99, errors),
    };
    let (validate, test) = (share("validate"), share("test"));
    let shares = [validate?, test?];
    match bound.get("validate") {
        Some(validate) if shares[0] + shares[1] >= 1.0 - 1e-9 => Err(errors.push(
            Diagnostic::new("E0207", validate.span, "`validate` and `test` leave no rows to train on")
                .label(format!("with `test = {}` it must be below {:.2}", shares[1], 1.0 - shares[1]))
                .help("both are shares of all rows: `validate = 0.1, test = 0.1` leaves 0.8"),
        )),
        _ => Ok(shares),
    }
}

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
