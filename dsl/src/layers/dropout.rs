//! `dropout(x, rate)`: Srivastava et al. 2014. Identity outside of training. Other layers have it as an argument.

use std::ops::RangeInclusive;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct DropoutLayer;

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropout {
    rate: f64,
}

/// Rates of dropout.
const RATES: RangeInclusive<f64> = 0.0..=0.99;

impl Layer for DropoutLayer {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("rate")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let rate = call.number("rate", RATES, graph.errors())?;
        Ok(dropout_node(graph, input?, rate, call.span))
    }
}

/// Reads an argument that is a rate of dropout. None if it is not given.
pub(super) fn read_rate(
    call: &Bound<'_>,
    name: &str,
    graph: &mut dyn Graph,
) -> Result<Option<f64>, Reported> {
    call.get(name).map(|_| call.number(name, RATES, graph.errors())).transpose()
}

/// `dropout(x, rate)`.
pub(super) fn dropout_node(graph: &mut dyn Graph, x: NodeId, rate: f64, span: Span) -> NodeId {
    graph.add(Op::Layer(Dropout { rate }.into()), vec![x], span)
}

/// Code of the mask of the weights of an attention, if they are dropped.
pub(super) fn mask_code(rate: Option<f64>, label: &str) -> Option<TokenStream> {
    let rate = Literal::f32_unsuffixed(rate? as f32);
    Some(quote!(pass.dropout(#rate, #label)))
}

impl Rules for Dropout {
    fn name(&self) -> &'static str {
        "dropped"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("dropout")?))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0]
    }

    fn drops(&self) -> bool {
        true
    }

    /// The mask, and copies of both factors.
    fn saved(&self, inputs: &[Shape]) -> usize {
        inputs[0].width()
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, rate) = (&site.inputs[0], Literal::f32_unsuffixed(self.rate as f32));
        let label = site.label;
        quote!(ops::dropout(#input, #rate, #label, pass))
    }
}
