//! `slice(x, from, width)`: a contiguous part of a vector.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{CallSite, Graph, Layer, MAX_WIDTH, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct SliceLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    from: usize,
    width: usize,
}

impl Layer for SliceLayer {
    fn name(&self) -> &'static str {
        "slice"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("from"), Param::required("width")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let from = call.count("from", 0..=MAX_WIDTH as u64, graph.errors());
        let width = call.count("width", 1..=MAX_WIDTH as u64, graph.errors());
        let slice = Slice { from: from? as usize, width: width? as usize };
        Ok(graph.add(Op::Layer(slice.into()), vec![input?], call.span))
    }
}

impl Rules for Slice {
    fn name(&self) -> &'static str {
        "part"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let (whole, end) = (inputs[0].vector("slice")?, self.from + self.width);
        if end > whole {
            let message = format!("a slice up to {end} of a vector of width {whole}");
            let diagnostic = Diagnostic::new("E0302", span, message).label("the vector is narrower");
            return Err(inputs[0].note_origin(diagnostic, &format!("the width {whole} comes from here")));
        }
        Ok(Shape::Vector(self.width))
    }

    fn comment(&self, _: &[Shape]) -> Option<String> {
        Some(format!("{} to {}", self.from, self.from + self.width - 1))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0]
    }

    fn multiply_adds(&self, _: &[Shape]) -> usize {
        0
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, from) = (&site.inputs[0], Literal::usize_unsuffixed(self.from));
        quote!(ops::slice(#input, #from))
    }
}
