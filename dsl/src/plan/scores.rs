//! Scores that a loss cannot learn from: between ends that its sigmoid makes nothing of, or compared the wrong way round.

use crate::diag::{Diagnostic, Errors};
use crate::layers::{Sense, Values};
use crate::model::{Loss, Model, NodeId, Op, PairRule};
use crate::span::Span;

/// Largest end of a logit that is refused: a probability that cannot pass 0.73, or fall below 0.27.
const NARROW: f64 = 1.0;

/// What is known of the numbers of each node, and the node that limits them.
struct Known {
    values: Vec<Values>,
    limits: Vec<Option<NodeId>>,
}

/// Reports scores that their loss cannot learn from.
pub(super) fn check_scores(model: &Model, errors: &mut Errors) {
    let known = Known::of(model);
    for (_, loss) in &model.objective {
        let word = loss.word();
        match loss {
            Loss::Bce { logit, .. } => known.check_logit(model, word, *logit, errors),
            Loss::Pairwise { rule, positive, negative, .. } => {
                let scores = [Some(*positive), *negative];
                let mut right = true;
                for score in scores.into_iter().flatten() {
                    right &= known.check_sense(model, word, rule, score, errors);
                }
                match rule {
                    _ if !right => {}
                    PairRule::Bce => known.check_logit(model, word, *positive, errors),
                    PairRule::Bpr => known.check_difference(model, *positive, *negative, errors),
                    PairRule::Hinge { .. } => {}
                }
            }
            Loss::Softmax { .. } => {}
        }
    }
}

impl Known {
    fn of(model: &Model) -> Self {
        let mut known = Known { values: Vec::new(), limits: Vec::new() };
        for (index, node) in model.nodes.iter().enumerate() {
            let (values, limit) = match &node.op {
                Op::Column(_) | Op::Lookup(..) => (Values::ANY, None),
                Op::Tower(tower) => {
                    let result = model.towers[tower.0].result.0;
                    (known.values[result], known.limits[result])
                }
                Op::Layer(operation) => {
                    let inputs: Vec<Values> = node.inputs.iter().map(|input| known.values[input.0]).collect();
                    let values = operation.values(&inputs);
                    // What limits any input is the operation itself, not what limits its inputs.
                    let any = vec![Values::ANY; inputs.len()];
                    let limits_any = operation.values(&any).limit.is_some();
                    let of_input = node.inputs.iter().find_map(|input| known.limits[input.0]);
                    let limit = of_input.filter(|_| !limits_any).unwrap_or(NodeId(index));
                    (values, values.limit.map(|_| limit))
                }
            };
            known.values.push(values);
            known.limits.push(limit);
        }
        known
    }

    /// A logit whose probability is never small, or never large.
    fn check_logit(&self, model: &Model, loss: &str, logit: NodeId, errors: &mut Errors) {
        let values = self.values[logit.0];
        let Some(limit) = values.limit.filter(|_| values.low >= -NARROW || values.high <= NARROW) else {
            return;
        };
        let label = match (values.low >= -NARROW, values.high <= NARROW) {
            (true, true) => format!(
                "the probability would stay between {} and {}",
                probability(values.low),
                probability(values.high)
            ),
            (true, false) => format!("the probability would never be below {}", probability(values.low)),
            _ => format!("the probability would never be above {}", probability(values.high)),
        };
        let message = format!("`{loss}` applies the sigmoid itself, but this score is limited by `{limit}`");
        self.report(model, logit, limit, message, label, errors);
    }

    /// Two scores whose difference is never large.
    fn check_difference(
        &self,
        model: &Model,
        positive: NodeId,
        negative: Option<NodeId>,
        errors: &mut Errors,
    ) {
        let (first, second) = (self.values[positive.0], self.values[negative.unwrap_or(positive).0]);
        let most = first.high - second.low;
        let Some(limit) = first.limit.filter(|_| second.limit.is_some() && most <= 2.0 * NARROW) else {
            return;
        };
        let message = format!("`bpr` applies the sigmoid itself, but these scores are limited by `{limit}`");
        let label = format!("the probability of the right order would never be above {}", probability(most));
        self.report(model, positive, limit, message, label, errors);
    }

    fn report(
        &self,
        model: &Model,
        score: NodeId,
        limit: &str,
        message: String,
        label: String,
        errors: &mut Errors,
    ) {
        let span = model.nodes[score.0].span;
        let diagnostic = Diagnostic::new("E0314", span, message).label(label).help(match limit {
            "distance" => {
                "a score is large where vectors are near, and may be negative: `-distance(user, item) |> bias`"
                    .to_string()
            }
            "tanh" => "leave `tanh` out and end in `dense(1)` or `mlp([32, 1], relu, output = linear)`, or scale it: `tanh(x) * 5`".to_string(),
            _ => format!(
                "leave `{limit}` out: end in `dense(1)`, or in `mlp([32, 1], relu, output = linear)`; predictions are probabilities all the same"
            ),
        });
        errors.push(self.note_limit(model, score, limit, span, diagnostic));
    }

    /// Points at the layer that limits a score, where that is another place.
    fn note_limit(
        &self,
        model: &Model,
        score: NodeId,
        limit: &str,
        span: Span,
        diagnostic: Diagnostic,
    ) -> Diagnostic {
        match self.limits[score.0].map(|node| model.nodes[node.0].span) {
            Some(place) if place.0 != span.0 => diagnostic.note(place, format!("`{limit}` is applied here")),
            _ => diagnostic,
        }
    }

    /// Whether a loss compares a score the right way round; reports one that it would learn backwards.
    fn check_sense(
        &self,
        model: &Model,
        loss: &str,
        rule: &PairRule,
        score: NodeId,
        errors: &mut Errors,
    ) -> bool {
        let span = model.nodes[score.0].span;
        let (message, label, help) = match (rule, self.values[score.0].sense) {
            (PairRule::Hinge { .. }, Sense::Similarity) => (
                format!("`{loss}` takes distances, but this is a similarity"),
                "it would learn to make the positive the less similar one",
                "compare by `distance(user, item)`, turn the sign, `-dot(user, item)`, or use `bpr`, which takes similarities",
            ),
            (PairRule::Bce | PairRule::Bpr, Sense::Distance) => (
                format!("`{loss}` takes similarities, but this is a distance"),
                "it would learn to put the positive farther away",
                "turn the sign, `-distance(user, item)`, or use `hinge` or `triplet`, which take distances",
            ),
            _ => return true,
        };
        errors.push(Diagnostic::new("E0315", span, message).label(label).help(help));
        false
    }
}

/// The probability of a logit, in two digits.
fn probability(logit: f64) -> String {
    format!("{:.2}", 1.0 / (1.0 + (-logit).exp()))
}

#[cfg(test)]
mod tests {
    use crate::Compiler;

    /// The code and the message of what is wrong with an objective over the towers `s`, a score of this body, and `a` and `b`, two vectors.
    fn refused(score: &str, objective: &str) -> String {
        let draws = objective.contains("negatives");
        let catalogue = if draws { "catalogue { source = items, key = item }" } else { "" };
        let text = format!(
            "block head(x, end = sigmoid) {{ x |> dense(1, end) }}
            model M {{
                data {{ log = csv(\"log.csv\"), items = csv(\"items.csv\"), join(items, on = item) }}
                input {{ y: label, x: float, user: id, item: id(from = items.item) }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                tower s {{ {score} }}
                tower a {{ concat(user[user], x) |> dense(4) }}
                tower b {{ item[item] }}
                {catalogue}
                export {{ s, a, b }}
                objective {objective} + 0.1 * bce(dot(a, b), y)
            }}"
        );
        match Compiler::new("m.dm", &text).plan() {
            Ok(_) => "ok".to_string(),
            Err(failure) => {
                failure.diagnostics.iter().map(|found| format!("{}: {}", found.code, found.message)).collect()
            }
        }
    }

    #[test]
    fn logits_that_an_activation_limits_are_refused() {
        let limited = [
            ("x |> dense(1, sigmoid)", "sigmoid"),
            ("x |> dense(1) |> sigmoid", "sigmoid"),
            ("x |> mlp([4, 1], relu)", "relu"),
            ("x |> mlp([4, 1], relu, output = sigmoid)", "sigmoid"),
            ("x |> dense(1, softplus)", "softplus"),
            ("x |> dense(1, elu)", "elu"),
            ("x |> dense(1, gelu)", "gelu"),
            ("x |> dense(1, silu)", "silu"),
            ("x |> dense(1, tanh)", "tanh"),
            ("x |> head", "sigmoid"),
            ("let p = x |> head p", "sigmoid"),
            ("x |> head |> dropout(0.1)", "sigmoid"),
            ("2 * (x |> head)", "sigmoid"),
            ("-(x |> dense(1, relu))", "relu"),
            ("(x |> head) * 2 - 1", "sigmoid"),
            ("(x |> dense(1, relu)) + (x |> head)", "relu"),
            ("(x |> dense(1, relu)) * (x |> head)", "relu"),
            ("slice(x |> dense(3, sigmoid), from = 1, width = 1)", "sigmoid"),
            ("x |> residual_unit(4)", "relu"),
            ("distance(user[user], item[item])", "distance"),
        ];
        for (score, limit) in limited {
            let message = format!("applies the sigmoid itself, but this score is limited by `{limit}`");
            for (loss, call) in [
                ("bce", "bce(s, y)"),
                ("weighted_bce", "weighted_bce(s, y, pos_weight = 2)"),
                ("bce", "bce(s * 1, y)"),
            ] {
                assert_eq!(refused(score, call), format!("E0314: `{loss}` {message}"), "{score}");
            }
        }
        let limited = "E0314: `bce` applies the sigmoid itself, but this score is limited by `sigmoid`";
        assert_eq!(
            refused("x |> dense(1)", "bce(dot(a, b) |> sigmoid, negatives = 2) + 0 * bce(s, y)"),
            limited
        );
    }

    #[test]
    fn logits_that_reach_far_enough_are_not() {
        for score in [
            "x |> dense(1)",
            "x |> mlp([4, 1], sigmoid, output = linear)",
            "x |> dense(1, leaky_relu)",
            "x |> dense(1, prelu)",
            "x |> dense(1, dice)",
            "(x |> dense(1, tanh)) * 5",
            "(x |> dense(1, sigmoid)) * 6 - 3",
            "(x |> dense(1, relu)) - 3",
            "x |> dense(1, relu) |> bias",
            "(x |> dense(1, relu)) - (x |> dense(1, relu))",
            "(x |> dense(1, sigmoid)) * x",
            "(x |> dense(1, relu)) + x",
            "dot(user[user] |> dense(4, relu), item[item])",
            "cosine(user[user], item[item])",
            "-distance(user[user], item[item]) |> bias",
        ] {
            assert_eq!(refused(score, "bce(s, y)"), "ok", "{score}");
        }
    }

    #[test]
    fn differences_that_an_activation_limits_are_refused() {
        let refusal = |limit| {
            format!("E0314: `bpr` applies the sigmoid itself, but these scores are limited by `{limit}`")
        };
        for limit in ["sigmoid", "tanh"] {
            let score = format!("x |> dense(1, {limit})");
            assert_eq!(refused(&score, "bpr(s, s)"), refusal(limit));
            let drawn = format!("bpr(dot(a, b) |> {limit}, negatives = 2) + 0 * bce(s, y)");
            assert_eq!(refused("x |> dense(1)", &drawn), refusal(limit));
        }
        for score in ["x |> dense(1)", "x |> dense(1, relu)", "3 * (x |> dense(1, tanh))"] {
            assert_eq!(refused(score, "bpr(s, s)"), "ok", "{score}");
        }
    }

    #[test]
    fn losses_of_distances_refuse_similarities_and_the_other_way_round() {
        let hinge = "E0315: `hinge` takes distances, but this is a similarity";
        let bpr = "E0315: `bpr` takes similarities, but this is a distance";
        let bce = "E0315: `bce` takes similarities, but this is a distance";
        for (objective, expected) in [
            ("hinge(dot(a, b), negatives = 2)", hinge),
            ("hinge(cosine(a, b), negatives = 2, margin = 0.2)", hinge),
            ("hinge(3 * dot(a, b) + 1, negatives = 2)", hinge),
            ("hinge(dot(a, b) |> sigmoid, negatives = 2)", hinge),
            ("hinge(dot(a, b) + (a |> dense(1)), negatives = 2)", hinge),
            ("hinge(-distance(a, b), negatives = 2)", hinge),
            ("hinge(dot(a, b), s)", hinge),
            ("hinge(s, dot(a, b))", hinge),
            ("hinge(-dot(a, b), negatives = 2)", "ok"),
            ("hinge(1 - cosine(a, b), negatives = 2)", "ok"),
            ("hinge(distance(a, b) * 0.5 + distance(a, b), negatives = 2)", "ok"),
            ("hinge(concat(a, b) |> dense(1), negatives = 2)", "ok"),
            ("triplet(a, b, negatives = 2)", "ok"),
            ("bpr(distance(a, b), negatives = 2)", bpr),
            ("bpr(distance(a, b) |> bias, negatives = 2)", "ok"),
            ("bpr(-dot(a, b), s)", bpr),
            ("bpr(-distance(a, b), negatives = 2)", "ok"),
            ("bce(distance(a, b), negatives = 2)", bce),
            ("bpr(dot(a, b) - distance(a, b), negatives = 2)", "ok"),
        ] {
            let objective = format!("{objective} + 0 * bce(s, y)");
            assert_eq!(refused("x |> dense(1)", &objective), expected, "{objective}");
        }
    }
}
