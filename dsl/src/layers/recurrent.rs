//! `lstm(x, units)` and `gru(x, units)`: recurrent layers; output at every position of a sequence.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::dense::MAX_UNITS;
use super::graph::give_row;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, Weights};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Maximum number of stacked layers.
const MAX_LAYERS: u64 = 16;

/// `lstm(x, units)`.
pub(super) struct LstmLayer;
/// `gru(x, units)`.
pub(super) struct GruLayer;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Lstm { forget_bias: f64 },
    Gru,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Recurrent {
    cell: Cell,
    units: usize,
}

impl Layer for LstmLayer {
    fn name(&self) -> &'static str {
        "lstm"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("units"),
                Param::named("layers"),
                Param::named("forget_bias"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let forget_bias = match call.get("forget_bias") {
            None => Ok(1.0),
            Some(_) => call.number("forget_bias", -100.0..=100.0, graph.errors()),
        };
        stacked(call, graph, forget_bias.map(|forget_bias| Cell::Lstm { forget_bias }))
    }
}

impl Layer for GruLayer {
    fn name(&self) -> &'static str {
        "gru"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("units"), Param::named("layers")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        stacked(call, graph, Ok(Cell::Gru))
    }
}

/// Stacked cells; each reads the outputs of the previous one.
fn stacked(
    call: &Bound<'_>,
    graph: &mut dyn Graph,
    cell: Result<Cell, Reported>,
) -> Result<NodeId, Reported> {
    let input = call.value("x", graph);
    let units = call.count("units", 1..=MAX_UNITS, graph.errors());
    let layers = match call.get("layers") {
        None => Ok(1),
        Some(_) => call.count("layers", 1..=MAX_LAYERS, graph.errors()),
    };
    let (mut node, units, cell) = (input?, units? as usize, cell?);
    let (recurrent, mut row) = (Recurrent { cell, units }, Vec::new());
    for _ in 0..layers? {
        node = graph.add(Op::Layer(recurrent.clone().into()), vec![node], call.span);
        row.push(node);
    }
    give_row(graph, &row, recurrent.function(), node);
    Ok(node)
}

impl Recurrent {
    fn function(&self) -> &'static str {
        match self.cell {
            Cell::Lstm { .. } => "lstm",
            Cell::Gru => "gru",
        }
    }

    /// Number of gates and of biases per unit.
    fn gates(&self) -> (usize, usize) {
        match self.cell {
            Cell::Lstm { .. } => (4, 4),
            Cell::Gru => (3, 6),
        }
    }
}

impl Rules for Recurrent {
    fn name(&self) -> &'static str {
        "hidden"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let (length, _) = inputs[0].sequence(self.function())?;
        Ok(Shape::Sequence(length, self.units))
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::within(-1.0, 1.0, self.function())
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let Shape::Sequence(_, width) = inputs[0] else { return None };
        let (units, (gates, biases)) = (self.units, self.gates());
        Some(Weights {
            ty: match self.cell {
                Cell::Lstm { .. } => "Lstm",
                Cell::Gru => "Gru",
            },
            sizes: vec![width, units, gates * units],
            count: (gates * (width + units) + biases) * units,
        })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let Shape::Sequence(length, width) = inputs[0] else { return 0 };
        length * self.gates().0 * (width + self.units) * self.units
    }

    /// A copy of the inputs, the contributions of inputs and outputs to the gates, the states, and the
    /// gradients of the inputs.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let Shape::Sequence(length, width) = inputs[0] else { return 0 };
        let states = match self.cell {
            Cell::Lstm { .. } => 2,
            Cell::Gru => 1,
        };
        length * (width + 1 + 2 * self.gates().0 * self.units) + (length + 1) * states * self.units
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        match self.cell {
            Cell::Lstm { forget_bias } => {
                let forget_bias = Literal::f32_unsuffixed(forget_bias as f32);
                quote!(ops::lstm(&self.#weights, #input, #forget_bias))
            }
            Cell::Gru => quote!(ops::gru(&self.#weights, #input)),
        }
    }
}
