//! `pairs(fields)`, `inner_product(fields)`, `outer_product(fields)`: products of all pairs of fields.

use proc_macro2::TokenStream;
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values, wide_vector};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layers.
pub(super) struct PairsLayer(Product);

impl PairsLayer {
    pub(super) const PAIRS: Self = Self(Product::Elementwise);
    pub(super) const INNER_PRODUCT: Self = Self(Product::Inner);
    pub(super) const OUTER_PRODUCT: Self = Self(Product::Outer);
}

/// Product of two vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Product {
    Elementwise,
    Inner,
    Outer,
}

impl Product {
    /// Name of the layer.
    fn word(self) -> &'static str {
        match self {
            Product::Elementwise => "pairs",
            Product::Inner => "inner_product",
            Product::Outer => "outer_product",
        }
    }
}

impl Layer for PairsLayer {
    fn name(&self) -> &'static str {
        self.0.word()
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("fields")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("fields", graph)?;
        Ok(graph.add(Op::Layer(self.0.into()), vec![input], call.span))
    }
}

impl Rules for Product {
    fn name(&self) -> &'static str {
        match self {
            Product::Elementwise => "products",
            Product::Inner => "inner_products",
            Product::Outer => "outer_products",
        }
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let (_, width, pairs) = inputs[0].pairs(self.word())?;
        match self {
            Product::Elementwise => {
                wide_vector(pairs.checked_mul(width), span)?;
                Ok(Shape::Fields(pairs, width))
            }
            Product::Inner => wide_vector(Some(pairs), span),
            Product::Outer => {
                wide_vector(width.checked_mul(width).and_then(|square| square.checked_mul(pairs)), span)
            }
        }
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        let products = inputs[0].times(inputs[0]);
        match self {
            Product::Inner => products.summed(shapes[0].several().map_or(0, |(_, width)| width)),
            Product::Elementwise | Product::Outer => products,
        }
    }

    fn comment(&self, inputs: &[Shape]) -> Option<String> {
        let Shape::Fields(count, _) = inputs[0] else { return None };
        Some(format!("{count} * {} / 2 = {} pairs", count - 1, count * (count - 1) / 2))
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        let Shape::Fields(count, width) = inputs[0] else { return 0 };
        let each = if matches!(self, Product::Outer) { width * width } else { width };
        count * (count - 1) / 2 * each
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let input = &site.inputs[0];
        match self {
            Product::Elementwise => quote!(ops::pairs(#input)),
            Product::Inner => quote!(ops::inner_product(#input)),
            Product::Outer => quote!(ops::outer_product(#input)),
        }
    }
}
