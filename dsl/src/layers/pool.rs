//! `mean(x)`, `sum(x)`, `max(x)`, `sqrtn(x)`: one vector from a bag, a sequence or interests, the weights of a weighted bag
//! applied as `tf.nn.embedding_lookup_sparse` does, which is fused with the lookup; but for `sqrtn` also from fields.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{Algebra, BagSite, CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct PoolLayer {
    name: &'static str,
}

impl PoolLayer {
    pub(super) const MEAN: Self = Self { name: "mean" };
    pub(super) const SUM: Self = Self { name: "sum" };
    pub(super) const MAX: Self = Self { name: "max" };
    pub(super) const SQRTN: Self = Self { name: "sqrtn" };
}

/// The operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    name: &'static str,
}

impl Pool {
    pub(super) const SUM: Self = Self { name: "sum" };
}

impl Layer for PoolLayer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("values")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let input = call.value("values", graph)?;
        Ok(graph.add(Op::Layer(Pool { name: self.name }.into()), vec![input], call.span))
    }
}

impl Rules for Pool {
    fn name(&self) -> &'static str {
        self.name
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        match inputs[0].shape {
            Shape::Bag(dim) | Shape::Sequence(_, dim) | Shape::Interests(_, dim) => Ok(Shape::Vector(dim)),
            Shape::Vector(width) => Err(inputs[0].note_origin(
                Diagnostic::new(
                    "E0303",
                    inputs[0].span,
                    format!("`{}` pools several vectors, but this is one", self.name),
                )
                .label(format!("a vector of width {width}"))
                .help(match self.name {
                    "sum" => {
                        "use it as it is, without `sum`; the sum of the numbers of `a * b` is `dot(a, b)`"
                            .to_string()
                    }
                    name => format!("use it as it is, without `{name}`"),
                }),
                "the vector comes from here",
            )),
            Shape::Fields(_, width) if self.name != "sqrtn" => Ok(Shape::Vector(width)),
            Shape::Fields(..) => {
                Err(inputs[0].not_a_vector("`sqrtn` pools a bag or a sequence, but these are fields".into()))
            }
        }
    }

    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values {
        let several = inputs[0].among(shapes[0]);
        match (self.name, shapes[0].several()) {
            ("mean" | "max", _) => several,
            ("sum", Some((count, _))) => several.summed(count),
            ("sqrtn", Some((count, _))) => several.scaled((count as f64).sqrt()),
            // Weights of a bag are any numbers.
            _ => Values::ANY,
        }
    }

    /// Of a sequence the factor of each position, or where each largest number stands; of fields those of a maximum, or the sum of a mean.
    fn kept(&self, inputs: &[Shape]) -> usize {
        match inputs[0] {
            Shape::Fields(count, width) if self.name == "max" => count * width,
            Shape::Fields(_, width) if self.name == "mean" => width,
            Shape::Fields(..) => 0,
            Shape::Sequence(_, width) | Shape::Interests(_, width) | Shape::Bag(width)
                if self.name == "max" =>
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
        if let Shape::Fields(..) = site.shapes[0] {
            let input = &site.inputs[0];
            return match self.name {
                "mean" => quote!(ops::mean_fields(#input)),
                "sum" => quote!(ops::sum_fields(#input)),
                _ => quote!(ops::max_fields(#input)),
            };
        }
        let combiner = match self.name {
            "mean" => quote!(Combiner::Mean),
            "sum" => quote!(Combiner::Sum),
            "max" => quote!(Combiner::Max),
            _ => quote!(Combiner::Sqrtn),
        };
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
