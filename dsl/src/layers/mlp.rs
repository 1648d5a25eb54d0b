//! `mlp(x, [units, ...], activation, output = activation, bias = true)`: dense layers one after the other.

use super::dense::{MAX_UNITS, dense_nodes, has_bias};
use super::trained_activation::AnyActivation;
use super::{Graph, Layer};
use crate::arguments::{Bound, Param, whole};
use crate::ast::ExprKind;
use crate::model::NodeId;

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
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        let input = call.get("x").and_then(|x| graph.value(x));
        let hidden = AnyActivation::read(call, "activation", graph.errors());
        let output = match call.get("output") {
            None => hidden,
            Some(_) => AnyActivation::read(call, "output", graph.errors()),
        };
        let bias = has_bias(call, graph);
        let widths = call.get("units")?;
        let ExprKind::List(widths) = &widths.kind else {
            call.wrong("units", widths, "a list of widths, such as `[64, 32]`", graph.errors());
            return None;
        };
        if widths.is_empty() {
            call.wrong("units", call.get("units")?, "a list with at least one width", graph.errors());
            return None;
        }
        let units: Vec<Option<u64>> =
            widths.iter().map(|width| whole("units", width, 1..=MAX_UNITS, graph.errors())).collect();
        let units: Vec<u64> = units.into_iter().collect::<Option<_>>()?;
        let (mut node, hidden, output) = (input?, hidden?, output?);
        for (index, &units) in units.iter().enumerate() {
            let activation = if index + 1 == widths.len() { output } else { hidden };
            node = dense_nodes(graph, node, units as usize, activation, bias, call.span);
        }
        Some(node)
    }
}
