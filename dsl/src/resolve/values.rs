//! Values of data in a spec.

use crate::arguments::{Bound, number};
use crate::ast::ExprKind;
use crate::diag::{Errors, Reported};
use crate::model::Names;

/// Reads values that are compared as keys: a string or number, or a list of them. None if they are left out.
pub(super) fn values(bound: &Bound<'_>, name: &str, errors: &mut Errors) -> Result<Names, Reported> {
    let Some(value) = bound.get(name) else { return Ok(Names::default()) };
    let items = match &value.kind {
        ExprKind::List(items) if !items.is_empty() => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let mut texts: Vec<String> = Vec::new();
    for item in items {
        let text = match &item.kind {
            ExprKind::Text(text) if !text.trim().is_empty() => text.clone(),
            ExprKind::Whole(number) => number.to_string(),
            _ => match number(item) {
                Some(number) => number.to_string(),
                None => {
                    let expected = "a text in double quotes such as `\"NA\"`, a number, or a list of them";
                    return Err(bound.wrong(name, item, expected, errors));
                }
            },
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(texts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use crate::Compiler;
    use crate::model::ColumnKind;

    #[test]
    fn one_value_or_several() {
        let positive = |written: &str| {
            let text = format!(
                "model M {{ input {{ x: id, y: label(positive = {written}) }} embedding m {{ dim = 1 }}
                tower t {{ m[x] }} objective bce(t, y) }}"
            );
            let plan = Compiler::new("m.dm", &text).plan().ok()?;
            let ColumnKind::Label(spec) = &plan.model.columns[1].kind else { return None };
            Some(spec.positive.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(positive("\">50K\"").unwrap(), [">50K"]);
        assert_eq!(positive("[\"yes\", 1, 2.5, \"yes\"]").unwrap(), ["yes", "1", "2.5"]);
        for wrong in ["yes", "\" \"", "[]", "[x]"] {
            assert_eq!(positive(wrong), None, "{wrong}");
        }
    }
}
