//! `dot(a, b)` and `cosine(a, b)`: a score for each record.

use std::rc::Rc;

use proc_macro2::TokenStream;
use quote::quote;

use super::arithmetic::same_width;
use super::{CallSite, Graph, Layer, Operand, Operation, Shape};
use crate::arguments::{Bound, Param};
use crate::diag::Diagnostic;
use crate::model::{NodeId, Op};
use crate::span::Span;

/// `dot(a, b)`.
pub(super) struct DotLayer;
/// `cosine(a, b)`.
pub(super) struct CosineLayer;

#[derive(Debug)]
struct Similarity {
    name: &'static str,
}

const PARAMS: &[Param] = &[Param::required("a"), Param::required("b")];

fn build(name: &'static str, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
    let (a, b) = (graph.value(call.get("a")?), graph.value(call.get("b")?));
    Some(graph.add(Op::Layer(Rc::new(Similarity { name })), vec![a?, b?], call.span))
}

impl Layer for DotLayer {
    fn name(&self) -> &'static str {
        "dot"
    }

    fn params(&self) -> &'static [Param] {
        PARAMS
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        build("dot", call, graph)
    }
}

impl Layer for CosineLayer {
    fn name(&self) -> &'static str {
        "cosine"
    }

    fn params(&self) -> &'static [Param] {
        PARAMS
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId> {
        build("cosine", call, graph)
    }
}

impl Operation for Similarity {
    fn name(&self) -> &'static str {
        "similarity"
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let widths = (inputs[0].vector(self.name)?, inputs[1].vector(self.name)?);
        same_width(self.name, inputs, widths)?;
        Ok(Shape::Vector(1))
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (a, b) = (&site.inputs[0], &site.inputs[1]);
        if self.name == "dot" { quote!(column(dot(#a, #b)?)) } else { quote!(column(cosine(#a, #b)?)) }
    }
}
