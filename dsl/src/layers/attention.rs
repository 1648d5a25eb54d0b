//! `attention(query, key, value, ...)` and `self_attention(x, ...)`: Vaswani et al. 2017.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use turret_schema::Activation;

use super::dense::{Dense, has_bias, is_on};
use super::dropout::{mask_code, read_rate};
use super::{CallSite, Graph, Layer, Op, Operand, Role, Rules, Shape, Values, same_width};
use crate::arguments::{Bound, Param};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

/// Maximum number of heads.
const MAX_HEADS: u64 = 1 << 10;

/// `attention`.
pub(super) struct AttentionLayer;
/// `self_attention`.
pub(super) struct SelfAttentionLayer;

/// Attention: weighted sums of values, with weights from queries and keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    layer: &'static str,
    heads: usize,
    causal: bool,
    diagonal: bool,
    /// Rate of the dropout of the weights.
    dropout: Option<f64>,
}

impl Layer for AttentionLayer {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("query"),
                Param::required("key"),
                Param::required("value"),
                Param::named("heads"),
                Param::named("causal"),
                Param::named("diagonal"),
                Param::named("dropout"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let inputs: [Result<NodeId, Reported>; 3] =
            ["query", "key", "value"].map(|name| call.value(name, graph));
        let (heads, causal) = (heads(call, graph), call.flag("causal", graph.errors()));
        let (diagonal, dropout) = (is_on(call, "diagonal", graph), read_rate(call, "dropout", graph));
        let inputs = inputs.into_iter().collect::<Result<_, Reported>>()?;
        let attention = Attention { layer: "attention", heads, causal, diagonal, dropout: dropout? };
        Ok(graph.add(Op::Layer(attention.into()), inputs, call.span))
    }
}

impl Layer for SelfAttentionLayer {
    fn name(&self) -> &'static str {
        "self_attention"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::named("heads"),
                Param::named("causal"),
                Param::named("bias"),
                Param::named("output"),
                Param::named("dropout"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let x = call.value("x", graph);
        let attend = SelfAttention::read(call, "dropout", graph);
        let (x, attend) = (x?, attend?);
        graph.needs_sequence(x, "self_attention");
        Ok(attend.build(x, call.span, graph))
    }
}

/// Arguments of a layer that attends to its own input.
pub(super) struct SelfAttention {
    heads: usize,
    causal: bool,
    bias: bool,
    output: bool,
    dropout: Option<f64>,
}

impl SelfAttention {
    /// Reads the arguments of a call. `dropout` is the name of the rate at which weights are dropped.
    pub(super) fn read(call: &Bound<'_>, dropout: &str, graph: &mut dyn Graph) -> Result<Self, Reported> {
        let (heads, causal) = (heads(call, graph), call.flag("causal", graph.errors()));
        let (bias, output) = (has_bias(call, graph), is_on(call, "output", graph));
        Ok(Self { heads, causal, bias, output, dropout: read_rate(call, dropout, graph)? })
    }

    /// Adds the projections to queries, keys and values, the attention, and the output projection.
    pub(super) fn build(&self, x: NodeId, span: Span, graph: &mut dyn Graph) -> NodeId {
        let bias = self.bias;
        let dense = |x: NodeId, part: &'static str, graph: &mut dyn Graph| {
            let dense = Dense { units: None, activation: Activation::Linear, bias };
            let node = graph.add(Op::Layer(dense.into()), vec![x], span);
            graph.give_role(node, Role::Part(part));
            node
        };
        let inputs = ["query", "key", "value"].map(|part| dense(x, part, graph)).to_vec();
        let Self { heads, causal, dropout, .. } = *self;
        let attention = Attention { layer: "self_attention", heads, causal, diagonal: true, dropout };
        let found = graph.add(Op::Layer(attention.into()), inputs, span);
        if self.output { dense(found, "output", graph) } else { found }
    }
}

fn heads(call: &Bound<'_>, graph: &mut dyn Graph) -> usize {
    call.count_or("heads", 1..=MAX_HEADS, 1, graph.errors()) as usize
}

impl Rules for Attention {
    fn name(&self) -> &'static str {
        "attended"
    }

    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic> {
        let (query, key, value) = (
            inputs[0].sequence(self.layer)?,
            inputs[1].sequence(self.layer)?,
            inputs[2].sequence(self.layer)?,
        );
        same_width(self.layer, &inputs[..2], (query.1, key.1))?;
        let positions = (self.causal || !self.diagonal).then_some((&inputs[..2], query.0, key.0));
        for (operands, a, b) in positions.into_iter().chain([(&inputs[1..], key.0, value.0)]) {
            if a != b {
                let message = format!(
                    "`{}` needs sequences of one length here, but these have {a} and {b}",
                    self.layer
                );
                return Err(Diagnostic::new("E0302", operands[1].span, message)
                    .label(format!("up to {b} vectors"))
                    .note(operands[0].span, format!("up to {a} vectors"))
                    .help("each key has a value; `causal` and `diagonal` compare the positions of queries and keys"));
            }
        }
        for (input, width) in [(inputs[0], query.1), (inputs[2], value.1)] {
            if width % self.heads != 0 {
                let message = format!("a width of {width} cannot be split into {} heads", self.heads);
                let diagnostic = Diagnostic::new("E0302", span, message)
                    .label(format!("{width} / {} is not whole", self.heads))
                    .help("choose a number of heads that divides the width");
                return Err(input.note_origin(diagnostic, &format!("the width {width} comes from here")));
            }
        }
        Ok(Shape::Sequence(query.0, value.1))
    }

    fn values(&self, inputs: &[Values], _: &[Shape]) -> Values {
        inputs[2].or_zero()
    }

    fn comment(&self, inputs: &[Shape]) -> Option<String> {
        let Shape::Sequence(_, width) = inputs[0] else { return None };
        (self.heads > 1).then(|| format!("{} heads of {}", self.heads, width / self.heads))
    }

    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        match inputs {
            [Shape::Sequence(queries, width), Shape::Sequence(keys, _), Shape::Sequence(_, values)] => {
                queries * keys * (width + values)
            }
            _ => 0,
        }
    }

    fn drops(&self) -> bool {
        self.dropout.is_some()
    }

    /// Copies of queries, keys and values, and the attention weights of each head: all of them, and those that are
    /// not dropped.
    fn saved(&self, inputs: &[Shape]) -> usize {
        let [Shape::Sequence(queries, width), Shape::Sequence(keys, _), Shape::Sequence(_, values)] = inputs
        else {
            return 0;
        };
        let weights = if self.dropout.is_some_and(|rate| rate > 0.0) { 2 } else { 1 };
        (queries + keys) * width + keys * (values + 2) + weights * self.heads * queries * keys
    }

    fn call(&self, site: &CallSite<'_>) -> TokenStream {
        let [query, key, value] = [0, 1, 2].map(|at| &site.inputs[at]);
        let heads = Literal::usize_unsuffixed(self.heads);
        let causal = self.causal.then(|| quote!(.causal()));
        let others = (!self.diagonal).then(|| quote!(.to_others()));
        let dropout = mask_code(self.dropout, site.label).map(|mask| quote!(.dropout(#mask)));
        quote!(ops::attention(#query, #key, #value, Attention::new(#heads) #causal #others #dropout))
    }
}
