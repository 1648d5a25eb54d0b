//! `horizontal_convolution(x, heights, filters)` and `vertical_convolution(x, filters)` over a sequence, as
//! in Caser.

use proc_macro2::TokenStream;
use quote::quote;
use turret_schema::{Activation, Code};

use super::concat::Concat;
use super::dense::MAX_UNITS;
use super::graph::give_row;
use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, Weights, activation, wide_vector};
use crate::arguments::{Bound, Param, whole};
use crate::ast::ExprKind;
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// `horizontal_convolution(x, heights, filters)`.
pub(super) struct HorizontalConvolutionLayer;
/// `vertical_convolution(x, filters)`.
pub(super) struct VerticalConvolutionLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Horizontal {
    height: usize,
    filters: usize,
    activation: Activation,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Vertical {
    filters: usize,
}

impl Layer for HorizontalConvolutionLayer {
    fn name(&self) -> &'static str {
        "horizontal_convolution"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("heights"),
                Param::required("filters"),
                Param::optional("activation"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let filters = call.count("filters", 1..=MAX_UNITS, graph.errors());
        let activation = match call.get("activation") {
            None => Ok(Activation::Linear),
            Some(_) => activation::read(call, "activation", graph.errors()),
        };
        let heights = call.required("heights", graph.errors())?;
        let heights: Vec<Result<u64, Reported>> = match &heights.kind {
            ExprKind::List(list) if !list.is_empty() => {
                list.iter().map(|height| whole("heights", height, 1..=MAX_UNITS, graph.errors())).collect()
            }
            _ => {
                let expected = "a list of heights, such as `[2, 3, 4]`";
                return Err(call.wrong("heights", heights, expected, graph.errors()));
            }
        };
        let heights = heights.into_iter().collect::<Result<Vec<u64>, Reported>>()?;
        let (input, filters, activation) = (input?, filters? as usize, activation?);
        let found: Vec<NodeId> = heights
            .into_iter()
            .map(|height| {
                let convolution = Horizontal { height: height as usize, filters, activation };
                graph.add(Op::Layer(convolution.into()), vec![input], call.span)
            })
            .collect();
        let result = match found.as_slice() {
            [one] => *one,
            _ => graph.add(Op::Layer(Concat.into()), found.clone(), call.span),
        };
        give_row(graph, &found, "window", result);
        Ok(result)
    }
}

impl Rules for Horizontal {
    fn name(&self) -> &'static str {
        "horizontal"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let (length, width) = inputs[0].sequence("horizontal_convolution")?;
        if self.height > length {
            let message = format!("a window of height {} does not fit into {length} positions", self.height);
            let diagnostic = Diagnostic::new("E0207", span, message)
                .label(format!("`heights` must be at most {length} here"));
            return Err(inputs[0].note_origin(diagnostic, "the sequence comes from here"));
        }
        wide_vector(self.height.checked_mul(width), span)?;
        Ok(Shape::Vector(self.filters))
    }

    /// An empty sequence gives zeros.
    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        activation::values(self.activation, Values::ANY).or_zero()
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let Shape::Sequence(_, width) = inputs[0] else { return None };
        let window = self.height * width;
        Some(Weights { ty: "Dense", sizes: vec![window, self.filters], count: (window + 1) * self.filters })
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let Shape::Sequence(length, width) = inputs[0] else { return 0 };
        (length + 1 - self.height) * self.height * width * self.filters
    }

    /// The masked vectors, twice, and the maximum of each filter.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let length = inputs[0].several().map_or(0, |(length, _)| length);
        2 * (inputs[0].width() + self.filters) + length
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights, activation) = (&site.inputs[0], site.weights, self.activation.code());
        quote!(ops::horizontal_convolution(&self.#weights, #input, #activation))
    }
}

impl Layer for VerticalConvolutionLayer {
    fn name(&self) -> &'static str {
        "vertical_convolution"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("x"), Param::required("filters")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("x", graph);
        let filters = call.count("filters", 1..=MAX_UNITS, graph.errors())? as usize;
        Ok(graph.add(Op::Layer(Vertical { filters }.into()), vec![input?], call.span))
    }
}

impl Rules for Vertical {
    fn name(&self) -> &'static str {
        "vertical"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let (_, width) = inputs[0].sequence("vertical_convolution")?;
        wide_vector(width.checked_mul(self.filters), span)
    }

    fn values(&self, _: &[Values], _: &[Shape]) -> Values {
        Values::ANY
    }

    fn weights(&self, inputs: &[Shape]) -> Option<Weights> {
        let Shape::Sequence(length, _) = inputs[0] else { return None };
        Some(Weights { ty: "Dense", sizes: vec![length, self.filters], count: (length + 1) * self.filters })
    }

    fn comment(&self, inputs: &[Shape]) -> Option<String> {
        let Shape::Sequence(_, width) = inputs[0] else { return None };
        Some(format!("{width} * {} = {}", self.filters, width * self.filters))
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        inputs[0].width() * self.filters
    }

    /// The masked vectors and their columns, twice each.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let length = inputs[0].several().map_or(0, |(length, _)| length);
        3 * inputs[0].width() + length
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (input, weights) = (&site.inputs[0], site.weights);
        quote!(ops::vertical_convolution(&self.#weights, #input))
    }
}
