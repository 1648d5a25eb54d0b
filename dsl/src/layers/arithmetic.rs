//! `a + b`, `a - b`, `a * b`, `add(a, b)`, `mul(a, b)`: elementwise; and scaling and shifting by a constant.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{Algebra, CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// `add(a, b)`.
pub(super) struct AddLayer;
/// `mul(a, b)`.
pub(super) struct MulLayer;

#[derive(Clone, Debug, PartialEq)]
pub enum Elementwise {
    Add,
    Mul,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Constant.
    pub by: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    by: f64,
}

/// `a + b`.
pub fn add_nodes(graph: &mut dyn Graph, a: NodeId, b: NodeId, span: Span) -> NodeId {
    graph.add(Op::Layer(Elementwise::Add.into()), vec![a, b], span)
}

/// `a * b`.
pub fn mul_nodes(graph: &mut dyn Graph, a: NodeId, b: NodeId, span: Span) -> NodeId {
    graph.add(Op::Layer(Elementwise::Mul.into()), vec![a, b], span)
}

/// `x * number`.
pub fn scale_node(graph: &mut dyn Graph, x: NodeId, by: f64, span: Span) -> NodeId {
    graph.add(Op::Layer(Scale { by }.into()), vec![x], span)
}

/// `x + number`.
pub fn shift_node(graph: &mut dyn Graph, x: NodeId, by: f64, span: Span) -> NodeId {
    graph.add(Op::Layer(Shift { by }.into()), vec![x], span)
}

impl Layer for AddLayer {
    fn name(&self) -> &'static str {
        "add"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("a"), Param::required("b")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let (a, b) = (call.value("a", graph), call.value("b", graph));
        Ok(add_nodes(graph, a?, b?, call.span))
    }
}

impl Layer for MulLayer {
    fn name(&self) -> &'static str {
        "mul"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("a"), Param::required("b")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let (a, b) = (call.value("a", graph), call.value("b", graph));
        Ok(mul_nodes(graph, a?, b?, call.span))
    }
}

impl Elementwise {
    /// Operator of the operation in an expression.
    fn sign(&self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Mul => "*",
        }
    }
}

impl Rules for Elementwise {
    fn name(&self) -> &'static str {
        match self {
            Self::Add => "sum",
            Self::Mul => "product",
        }
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        let sign = self.sign();
        let widths = (inputs[0].vector(sign)?, inputs[1].vector(sign)?);
        same_width(sign, inputs, widths)?;
        Ok(Shape::Vector(widths.0))
    }

    fn saved(&self, inputs: &[Shape]) -> usize {
        match self {
            Self::Add => 0,
            Self::Mul => inputs[0].width() + inputs[1].width(),
        }
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        match self {
            Self::Add => inputs[0].plus(inputs[1]),
            Self::Mul => inputs[0].times(inputs[1]),
        }
    }

    fn algebra(&self) -> Algebra {
        match self {
            Self::Add => Algebra::Sum,
            Self::Mul => Algebra::Product,
        }
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (a, b) = (&site.inputs[0], &site.inputs[1]);
        match self {
            Self::Add => quote!(ops::add(#a, #b)),
            Self::Mul => quote!(ops::mul(#a, #b)),
        }
    }
}

impl Rules for Scale {
    fn name(&self) -> &'static str {
        "scaled"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("*")?))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0].scaled(self.by)
    }

    fn algebra(&self) -> Algebra {
        Algebra::Scaled(self.by)
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, by) = (&site.inputs[0], Literal::f32_unsuffixed(self.by as f32));
        quote!(ops::scale(#input, #by))
    }
}

impl Rules for Shift {
    fn name(&self) -> &'static str {
        "shifted"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        Ok(Shape::Vector(inputs[0].vector("+")?))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[0].shifted(self.by)
    }

    fn algebra(&self) -> Algebra {
        Algebra::Shifted(self.by)
    }

    fn saved(&self, _: &[Shape]) -> usize {
        0
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, by) = (&site.inputs[0], Literal::f32_unsuffixed(self.by as f32));
        quote!(ops::shift(#input, #by))
    }
}

/// Reports two widths that differ but must be equal.
pub fn same_width(layer: &str, inputs: &[Operand], widths: (usize, usize)) -> Result<(), Diagnostic> {
    if widths.0 == widths.1 {
        return Ok(());
    }
    let message =
        format!("`{layer}` needs two vectors of one width, but these have {} and {}", widths.0, widths.1);
    let diagnostic = Diagnostic::new("E0302", inputs[1].span, message)
        .label(format!("width {}", widths.1))
        .note(inputs[0].span, format!("width {}", widths.0))
        .help("give both the same number of units");
    let diagnostic = inputs[0].note_origin(diagnostic, &format!("the width {} comes from here", widths.0));
    Err(inputs[1].note_origin(diagnostic, &format!("the width {} comes from here", widths.1)))
}
