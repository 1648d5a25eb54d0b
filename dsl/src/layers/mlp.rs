//! `mlp(x, [units, ...], activation, output = activation, bias = true, norm, dropout, ...)`: a sequence of dense layers.

use super::dense::{DenseWeights, Hidden, MAX_UNITS, dense_row};
use super::dropout::read_rate;
use super::norm::AnyNorm;
use super::trained_activation::AnyActivation;
use super::{Graph, Layer};
use crate::arguments::{Bound, Param, whole};
use crate::ast::ExprKind;
use crate::diag::Reported;
use crate::ids::NodeId;

/// The layer.
pub(super) struct MlpLayer;

impl Layer for MlpLayer {
    fn name(&self) -> &'static str {
        "mlp"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("units"),
                Param::required("activation"),
                Param::named("output"),
                Param::named("bias"),
                Param::named("norm"),
                Param::named("dropout"),
                Param::named("initializer"),
                Param::named("l2"),
                Param::named("weight_decay"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let hidden = AnyActivation::read(call, "activation", graph.errors());
        let output =
            call.get("output").map(|_| AnyActivation::read(call, "output", graph.errors())).transpose();
        let weights = DenseWeights::read(call, graph);
        let norm = call.get("norm").map(|_| call.word("norm", &AnyNorm::WORDS, graph.errors())).transpose();
        let dropout = read_rate(call, "dropout", graph);
        let given = call.required("units", graph.errors())?;
        let ExprKind::List(widths) = &given.kind else {
            let expected = "a list of widths, such as `[64, 32]`";
            return Err(call.wrong("units", given, expected, graph.errors()));
        };
        if widths.is_empty() {
            return Err(call.wrong("units", given, "a list with at least one width", graph.errors()));
        }
        let units: Vec<Result<u64, Reported>> =
            widths.iter().map(|width| whole("units", width, 1..=MAX_UNITS, graph.errors())).collect();
        let units: Vec<u64> = units.into_iter().collect::<Result<_, Reported>>()?;
        let hidden = Hidden { activation: hidden?, norm: norm?, dropout: dropout? };
        let output = output?.map_or(hidden, Hidden::from);
        let of = |index: usize| if index + 1 == widths.len() { output } else { hidden };
        let layers = units.iter().enumerate().map(|(index, &units)| (units as usize, of(index)));
        Ok(dense_row(graph, input?, layers, weights, "hidden", call.span))
    }
}
