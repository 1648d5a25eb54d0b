//! `unflatten(x, fields)`: a vector as fields of one width.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Algebra, CallSite, Graph, Layer, MAX_WIDTH, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct UnflattenLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Unflatten {
    fields: usize,
}

impl Layer for UnflattenLayer {
    fn name(&self) -> &'static str {
        "unflatten"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("fields")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let fields = call.size("fields", 1..=MAX_WIDTH as u64, graph.errors());
        Ok(graph.add(Op::Layer(Unflatten { fields: fields? }.into()), vec![input?], call.span))
    }
}

impl Rules for Unflatten {
    fn name(&self) -> &'static str {
        "fields"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let (width, fields) = (inputs[0].vector("unflatten")?, self.fields);
        if width % fields != 0 {
            let message = format!("a vector of width {width} is not {fields} fields of one width");
            let diagnostic = Diagnostic::new("E0302", span, message)
                .label(format!("{width} is not a multiple of {fields}"))
                .help("give a number of fields that divides the width");
            return Err(inputs[0].note_origin(diagnostic, &format!("the width {width} comes from here")));
        }
        Ok(Shape::Fields(fields, width / fields))
    }

    fn comment(&self, inputs: &[Shape]) -> Option<String> {
        let width = inputs[0].width();
        Some(format!("{width} = {} * {}", self.fields, width / self.fields))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0]
    }

    fn algebra(&self) -> Algebra {
        Algebra::Joined
    }

    fn multiply_adds(&self, _: &[Shape]) -> usize {
        0
    }

    fn is_view(&self, _: &[Shape]) -> bool {
        true
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        quote!(ops::unflatten(#input))
    }
}
