//! Positional values that need a name.

use crate::ast::{Expr, ExprKind};
use crate::params::Param;

/// Words that are values of named arguments.
const VALUES: [(&str, &[&str]); 14] = [
    ("transform", &["standardize", "log1p", "min_max"]),
    ("missing", &["oov", "zero", "mean", "empty"]),
    ("keep", &["first", "last"]),
    ("pad", &["front", "back"]),
    ("vocab", &["learned", "file"]),
    ("oov", &["bucket", "drop"]),
    ("precision", &["f32", "f16", "bf16"]),
    ("initializer", &["uniform", "normal", "glorot", "he", "zeros"]),
    ("sampler", &["uniform", "log_uniform", "frequency", "given"]),
    ("reduction", &["mean", "sum"]),
    ("encoding", &["utf8", "latin1"]),
    ("examples", &["sliding", "last"]),
    ("norm", &["batch", "layer"]),
    ("output", &["linear", "relu", "sigmoid", "tanh"]),
];

/// Returns the named argument that a positional word or call belongs to.
pub(crate) fn named_value(value: &Expr, params: &[Param]) -> Option<String> {
    let (word, call) = match &value.kind {
        ExprKind::Name(word) => (word, ""),
        ExprKind::Call(call) => (&call.function.text, "(...)"),
        _ => return None,
    };
    let takes = |name: &str| VALUES.iter().any(|(of, words)| *of == name && words.contains(&word.as_str()));
    let param = params.iter().find(|param| !param.positional && takes(param.name))?;
    Some(format!("it is given by its name: `{} = {word}{call}`", param.name))
}
