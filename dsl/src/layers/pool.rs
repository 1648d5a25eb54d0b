//! `mean(x)`, `sum(x)`, `max(x)`, `sqrtn(x)`: pool a bag, a sequence or interests to one vector; all but
//! `sqrtn` also pool fields. Weights of a weighted bag are applied as in `tf.nn.embedding_lookup_sparse`.
//! Pooling of a bag is fused with the lookup.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::{Code, Combiner};

use super::{Algebra, BagSite, CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct PoolLayer(Combiner);

impl PoolLayer {
    pub(super) const MEAN: Self = Self(Combiner::Mean);
    pub(super) const SUM: Self = Self(Combiner::Sum);
    pub(super) const MAX: Self = Self(Combiner::Max);
    pub(super) const SQRTN: Self = Self(Combiner::Sqrtn);
}

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool(Combiner);

impl Pool {
    pub(super) const SUM: Self = Self(Combiner::Sum);
}

/// Name of the layer of a combiner.
fn name(combiner: Combiner) -> &'static str {
    match combiner {
        Combiner::Mean => "mean",
        Combiner::Sum => "sum",
        Combiner::Max => "max",
        Combiner::Sqrtn => "sqrtn",
    }
}

impl Layer for PoolLayer {
    fn name(&self) -> &'static str {
        name(self.0)
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("values")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("values", graph)?;
        Ok(graph.add(Op::Layer(Pool(self.0).into()), vec![input], call.span))
    }
}

impl Rules for Pool {
    fn name(&self) -> &'static str {
        name(self.0)
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        match inputs[0].shape {
            Shape::Bag(dim) | Shape::Sequence(_, dim) | Shape::Interests(_, dim) => Ok(Shape::Vector(dim)),
            Shape::Vector(width) => Err(inputs[0].note_origin(
                Diagnostic::new(
                    "E0303",
                    inputs[0].span,
                    format!("`{}` pools several vectors, but this is one", self.name()),
                )
                .label(format!("a vector of width {width}"))
                .help(match self.0 {
                    Combiner::Sum => {
                        "use it as it is, without `sum`; the sum of the numbers of `a * b` is `dot(a, b)`"
                            .to_string()
                    }
                    Combiner::Mean | Combiner::Max | Combiner::Sqrtn => {
                        format!("use it as it is, without `{}`", self.name())
                    }
                }),
                "the vector comes from here",
            )),
            Shape::Fields(_, width) if self.0 != Combiner::Sqrtn => Ok(Shape::Vector(width)),
            Shape::Fields(..) => {
                Err(inputs[0].not_a_vector("`sqrtn` pools a bag or a sequence, but these are fields".into()))
            }
        }
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        let several = inputs[0].among(shapes[0]);
        match (self.0, shapes[0].several()) {
            (Combiner::Mean | Combiner::Max, _) => several,
            (Combiner::Sum, Some((count, _))) => several.summed(count),
            (Combiner::Sqrtn, Some((count, _))) => several.scaled((count as f64).sqrt()),
            // Weights of a bag are unbounded.
            (Combiner::Sum | Combiner::Sqrtn, None) => Values::ANY,
        }
    }

    /// Of a sequence: the factor of each position, or the position of each maximum. Of fields: the positions
    /// of the maxima, or the sum of a mean.
    fn saved(&self, inputs: &[Shape]) -> usize {
        match inputs[0] {
            Shape::Fields(count, width) if self.0 == Combiner::Max => count * width,
            Shape::Fields(_, width) if self.0 == Combiner::Mean => width,
            Shape::Fields(..) => 0,
            Shape::Sequence(_, width) | Shape::Interests(_, width) | Shape::Bag(width)
                if self.0 == Combiner::Max =>
            {
                width
            }
            Shape::Sequence(count, _) | Shape::Interests(count, _) => count,
            Shape::Bag(_) | Shape::Vector(_) => 0,
        }
    }

    fn algebra(&self) -> Algebra {
        Algebra::Unordered
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let combiner = self.0.code();
        if let Shape::Fields(..) = site.shapes[0] {
            let input = &site.inputs[0];
            let function = match self.0 {
                Combiner::Mean => quote!(mean_fields),
                Combiner::Sum => quote!(sum_fields),
                Combiner::Max => quote!(max_fields),
                // The shape rule rejected fields.
                Combiner::Sqrtn => quote!(pool),
            };
            return quote!(ops::#function(#input));
        }
        match &site.bag {
            Some(BagSite { rows, index, column }) => {
                let index = Literal::usize_unsuffixed(*index);
                quote!(#rows.pool(#index, #column.offsets(), #column.weights(), #combiner))
            }
            None => {
                let input = &site.inputs[0];
                quote!(ops::pool(#input, #combiner))
            }
        }
    }
}
