//! `initializer = ...` of tables, of layers and of `train`.

use turret_schema::Initializer;

use crate::arguments::{Bound, Param};
use crate::diag::{Errors, Reported};
use crate::forms::{Form, listed, read};

/// The initializers.
pub(crate) const INITIALIZERS: [Form<Initializer>; 5] = [
    Form {
        word: "uniform",
        example: "uniform(0.05)",
        params: &[Param::required("scale")],
        read: |bound, (), errors| scale(bound, errors).map(Initializer::Uniform),
    },
    Form {
        word: "normal",
        example: "normal(0.01)",
        params: &[Param::required("scale")],
        read: |bound, (), errors| scale(bound, errors).map(Initializer::Normal),
    },
    Form { word: "glorot", example: "glorot", params: &[], read: |_, (), _| Ok(Initializer::Glorot) },
    Form { word: "he", example: "he", params: &[], read: |_, (), _| Ok(Initializer::He) },
    Form { word: "zeros", example: "zeros", params: &[], read: |_, (), _| Ok(Initializer::Zeros) },
];

/// Reads the argument `initializer`. None if it is missing or wrong.
pub(crate) fn read_initializer(bound: &Bound<'_>, errors: &mut Errors) -> Option<Initializer> {
    let value = bound.get("initializer")?;
    let initializer = read(&INITIALIZERS, value, &mut (), errors)
        .unwrap_or_else(|| Err(bound.wrong("initializer", value, &listed(&INITIALIZERS), errors)));
    initializer.ok()
}

fn scale(bound: &Bound<'_>, errors: &mut Errors) -> Result<f32, Reported> {
    bound.number("scale", 0.0..=1e3, errors).map(|scale| scale as f32)
}

#[cfg(test)]
mod tests {
    use super::INITIALIZERS;
    use crate::Compiler;
    use crate::forms::assert_all;

    #[test]
    fn every_initializer_has_a_word() {
        assert_all(&INITIALIZERS, &[], |example| {
            let text = format!(
                "model M {{ input {{ x: id, y: label }} embedding x {{ dim = 1, initializer = {example} }}
                tower t {{ x[x] }} objective bce(t, y) }}"
            );
            Compiler::new("m.dm", &text).plan().unwrap().model.tables[0].initializer
        });
    }
}
