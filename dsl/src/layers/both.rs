//! `both(a, b)`: the logit of the product of two probabilities.

use proc_macro2::TokenStream;
use quote::quote;

use super::{CallSite, Graph, Layer, Op, Operand, Rules, Shape, Values};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// The layer.
pub(super) struct BothLayer;

#[derive(Clone, Debug, PartialEq)]
pub struct Both;

impl Layer for BothLayer {
    fn name(&self) -> &'static str {
        "both"
    }

    fn params(&self) -> &'static [Param] {
        const { &[Param::required("a"), Param::required("b")] }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let (a, b) = (call.value("a", graph), call.value("b", graph));
        Ok(graph.add(Op::Layer(Both.into()), vec![a?, b?], call.span))
    }
}

/// Logit of the product of the probabilities of two logits.
fn logit(a: f64, b: f64) -> f64 {
    let terms = [-a, -b, -a - b];
    match terms.into_iter().fold(f64::NEG_INFINITY, f64::max) {
        f64::INFINITY => f64::NEG_INFINITY,
        f64::NEG_INFINITY => f64::INFINITY,
        largest => -largest - terms.map(|term| (term - largest).exp()).iter().sum::<f64>().ln(),
    }
}

impl Rules for Both {
    fn name(&self) -> &'static str {
        "both"
    }

    fn is_position_wise(&self) -> bool {
        true
    }

    fn shape(&self, inputs: &[Operand], _: Span) -> Result<Shape, Diagnostic> {
        for input in inputs {
            let width = input.vector("both")?;
            if width != 1 {
                let diagnostic =
                    Diagnostic::new("E0302", input.span, "`both` takes logits, one number per record")
                        .label(format!("a vector of width {width}"))
                        .help("end in `dense(1)`");
                return Err(input.note_origin(diagnostic, "its width comes from here"));
            }
        }
        Ok(Shape::Vector(1))
    }

    /// The logit rises with both inputs.
    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        let (a, b) = (inputs[0], inputs[1]);
        let (low, high) = (logit(a.low, b.low), logit(a.high, b.high));
        match a.limit.or(b.limit) {
            Some(limit) => Values::within(low, high, limit),
            None => Values::ANY,
        }
    }

    fn multiply_adds(&self, _: &[Shape]) -> usize {
        3
    }

    fn saved(&self, _: &[Shape]) -> usize {
        2
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let (a, b) = (&site.inputs[0], &site.inputs[1]);
        quote!(ops::logit_of_both(#a, #b))
    }
}

#[cfg(test)]
mod tests {
    use super::logit;

    #[test]
    fn bounds_are_those_of_the_product() {
        let probability = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        for (a, b) in [(0.3, -1.2), (5.0, 5.0), (-3.0, 2.0)] {
            assert!((probability(logit(a, b)) - probability(a) * probability(b)).abs() < 1e-12);
        }
        assert_eq!(logit(f64::NEG_INFINITY, 3.0), f64::NEG_INFINITY);
        assert_eq!(logit(f64::INFINITY, 3.0), 3.0);
        assert_eq!(logit(f64::INFINITY, f64::INFINITY), f64::INFINITY);
    }
}
