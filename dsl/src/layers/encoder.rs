//! `encoder(x, units, ...)`: a transformer block.

use super::attention::SelfAttention;
use super::dropout::{dropout_node, read_rate};
use super::norm::LayerNorm;
use super::two_layers::TwoLayersLayer;
use super::{Graph, Layer, Op, Operation, Role, add_nodes};
use crate::arguments::{Bound, Param};
use crate::diag::Reported;
use crate::ids::NodeId;

/// `encoder`.
pub(super) struct EncoderLayer;

/// The place of the norms by its words: true before a part.
pub(crate) const NORMS: [(&str, bool); 2] = [("before", true), ("after", false)];

/// A part of a block: maps a node to a node.
type Part<'a> = &'a dyn Fn(NodeId, &mut dyn Graph) -> NodeId;

impl Layer for EncoderLayer {
    fn name(&self) -> &'static str {
        "encoder"
    }

    fn params(&self) -> &'static [Param] {
        const {
            &[
                Param::required("x"),
                Param::required("units"),
                Param::optional("activation"),
                Param::named("heads"),
                Param::named("causal"),
                Param::named("bias"),
                Param::named("output"),
                Param::named("norm"),
                Param::named("epsilon"),
                Param::named("dropout"),
                Param::named("attention_dropout"),
            ]
        }
    }

    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported> {
        let x = call.value("x", graph);
        let attention = SelfAttention::read(call, "attention_dropout", graph);
        let feed_forward = TwoLayersLayer::FEED_FORWARD.read(call, graph);
        let before = call.word_or("norm", &NORMS, false, graph.errors());
        let epsilon = call.number_or("epsilon", 1e-12..=1.0, 1e-6, graph.errors());
        let rate = read_rate(call, "dropout", graph);
        let (x, attention, feed_forward, rate) = (x?, attention?, feed_forward?, rate?);
        graph.needs_sequence(x, "encoder");
        let add = |operation: Operation, x: NodeId, graph: &mut dyn Graph| {
            graph.add(Op::Layer(operation), vec![x], call.span)
        };
        let norm = |x: NodeId, part: &'static str, graph: &mut dyn Graph| {
            let node = add(LayerNorm { epsilon }.into(), x, graph);
            graph.give_role(node, Role::Part(part));
            node
        };
        let dropped = |x: NodeId, graph: &mut dyn Graph| match rate {
            Some(rate) => dropout_node(graph, x, rate, call.span),
            None => x,
        };
        // Output of a sublayer, which is added to its input.
        let attend = |x: NodeId, graph: &mut dyn Graph| attention.build(x, call.span, graph);
        let feed_forward = Operation::from(feed_forward);
        let feed = |x: NodeId, graph: &mut dyn Graph| {
            let node = add(feed_forward.clone(), x, graph);
            graph.give_role(node, Role::Part("ffn"));
            node
        };
        let parts: [(_, Part<'_>); 2] = [("attention_norm", &attend), ("ffn_norm", &feed)];
        let mut x = x;
        for (norm_part, part) in parts {
            let input = if before { norm(x, norm_part, graph) } else { x };
            let found = part(input, graph);
            let found = dropped(found, graph);
            let sum = add_nodes(graph, x, found, call.span);
            x = if before { sum } else { norm(sum, norm_part, graph) };
        }
        Ok(x)
    }
}
