//! Check for scores that a loss cannot train: their range is too narrow for its sigmoid, or their order is
//! reversed.

use super::forms::Forms;
use super::pairs::check_pair;
use crate::diag::{Diagnostic, Errors};
use crate::layers::{ACTIVATIONS, Operation, Sense, Shape, Values, positions};
use crate::losses::{Rule, Sigmoid};
use crate::model::{Compared, Labelled, Model, NodeId, Op};
use crate::span::Span;

/// Maximum bound of a logit that is rejected: the probability stays below 0.73 or above 0.27.
const NARROW: f64 = 1.0;

/// Value ranges of all nodes, and the node that limits each.
struct Known<'a> {
    shapes: &'a [Shape],
    values: Vec<Values>,
    limits: Vec<Option<NodeId>>,
    forms: Forms,
}

/// Reports scores that their loss cannot train.
pub(super) fn check_scores(model: &Model, shapes: &[Shape], errors: &mut Errors) {
    let known = Known::of(model, shapes);
    for loss in model.losses() {
        let (first, second) = match loss.compares {
            Compared::Label(Labelled { score, .. }) | Compared::SampledPairs { score, .. } => (score, None),
            Compared::Pair { positive, negative } => (positive, Some(negative)),
            Compared::Candidates { .. } => continue,
        };
        let rule = loss.rule;
        if second.is_some_and(|second| !check_pair(model, &known.forms, (first, second), errors)) {
            continue;
        }
        let mut right = true;
        for score in [Some(first), second].into_iter().flatten() {
            right &= known.check_score(model, score, errors) && known.check_sense(model, rule, score, errors);
        }
        match rule.sigmoid {
            _ if !right => {}
            Sigmoid::OfScores => known.check_logit(model, rule.word, first, errors),
            Sigmoid::OfDifferences => known.check_difference(model, rule.word, (first, second), errors),
            Sigmoid::Absent => {}
        }
    }
}

impl<'a> Known<'a> {
    fn of(model: &Model, shapes: &'a [Shape]) -> Self {
        let forms = Forms::of(model, shapes);
        let mut known = Known { shapes, values: Vec::new(), limits: Vec::new(), forms };
        for (index, node) in model.nodes.iter().enumerate() {
            let (values, limit) = match &node.op {
                Op::Column(_) | Op::Lookup(..) => (Values::ANY, None),
                Op::Tower(tower) => {
                    let result = model.towers[tower].result.0;
                    (known.values[result], known.limits[result])
                }
                Op::Layer(operation) => {
                    let shapes: Vec<Shape> = node.inputs.iter().map(|input| shapes[input]).collect();
                    let shapes = positions::seen(operation, &shapes);
                    let inputs: Vec<Values> = node.inputs.iter().map(|input| known.values[input.0]).collect();
                    let values = operation.values(&inputs, &shapes);
                    // If the operation limits arbitrary inputs, it is the limit itself.
                    let any = vec![Values::ANY; inputs.len()];
                    let limits_any = operation.values(&any, &shapes).limit.is_some();
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

    /// Reports a score that is constant over records, or that is dropped out. Returns whether it is neither.
    fn check_score(&self, model: &Model, score: NodeId, errors: &mut Errors) -> bool {
        let span = model.nodes[score].span;
        let cancels = self.forms.is_constant(score);
        if cancels || self.values[score.0].spread == 0.0 {
            let diagnostic = Diagnostic::new("E0314", span, "this score is the same for all records")
                .label("nothing can be learned from it")
                .help(match self.values[score.0].limit {
                    Some("layer_norm") => {
                        "`layer_norm` subtracts the mean of the numbers of a record, and a score is one number: leave it out"
                    }
                    _ if cancels => "it takes a value away from itself, compares a value with itself, or multiplies it by 0",
                    _ => "leave out the factor 0, or this term of the objective",
                });
            errors.push(self.note_limit(model, score, span, diagnostic));
            return false;
        }
        let last = last_step(model, score);
        let drops = matches!(&model.nodes[last].op, Op::Layer(operation) if operation.drops());
        if drops {
            let diagnostic = Diagnostic::new("E0314", span, "`dropout` is the last step of this score")
                .label("a random share of the scores would be 0 in training")
                .help("apply it before the last layer: `x |> dropout(0.1) |> dense(1)`, or `mlp([64, 1], relu, output = linear, dropout = 0.1)`");
            let place = model.nodes[last].span;
            errors.push(if place.0 == span.0 {
                diagnostic
            } else {
                diagnostic.note(place, "`dropout` is applied here")
            });
            return false;
        }
        true
    }

    /// Reports a logit whose probability cannot be small, or cannot be large.
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

    /// Reports two scores whose difference is never large. A shift that both share does not count.
    fn check_difference(
        &self,
        model: &Model,
        loss: &str,
        (positive, negative): (NodeId, Option<NodeId>),
        errors: &mut Errors,
    ) {
        let first = self.values[positive.0];
        let (most, limited) = match negative {
            None => (first.spread.min(first.high - first.low), true),
            Some(negative) => {
                let second = self.values[negative.0];
                (first.high - second.low, second.limit.is_some())
            }
        };
        let Some(limit) = first.limit.filter(|_| limited && most <= 2.0 * NARROW) else {
            return;
        };
        let message =
            format!("`{loss}` applies the sigmoid itself, but these scores are limited by `{limit}`");
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
        let span = model.nodes[score].span;
        let is_score = self.limits[score.0].is_none_or(|node| self.shapes[node].width() == 1);
        let is_activation = ACTIVATIONS.iter().any(|(word, _)| *word == limit);
        let help = match limit {
            "distance" => {
                "a score is larger for nearer vectors, and may be negative: `-distance(user, item) |> bias`"
                    .to_string()
            }
            "tanh" => "leave `tanh` out and end in `dense(1)` or `mlp([32, 1], relu, output = linear)`, or scale it: `tanh(x) * 5`".to_string(),
            _ if is_activation && is_score => format!(
                "leave `{limit}` out: end in `dense(1)`, or in `mlp([32, 1], relu, output = linear)`; predictions are probabilities in any case"
            ),
            _ if is_activation => format!(
                "leave `{limit}` out there, as in `mlp([64, 32], {limit}, output = linear)`, or shift the score: `|> bias`"
            ),
            _ => "end in `dense(1)`, or scale and shift the score: `x * 5 |> bias`".to_string(),
        };
        let diagnostic = Diagnostic::new("E0314", span, message).label(label).help(help);
        errors.push(self.note_limit(model, score, span, diagnostic));
    }

    /// Adds a note at the layer that limits a score, if it is in another place.
    fn note_limit(&self, model: &Model, score: NodeId, span: Span, diagnostic: Diagnostic) -> Diagnostic {
        let (limit, node) = (self.values[score.0].limit, self.limits[score.0]);
        match limit.zip(node.map(|node| model.nodes[node].span)) {
            Some((limit, place)) if place.0 != span.0 => {
                diagnostic.note(place, format!("`{limit}` is applied here"))
            }
            _ => diagnostic,
        }
    }

    /// Reports a distance where a larger score must mean a nearer candidate. Returns whether the order is correct.
    fn check_sense(&self, model: &Model, rule: &Rule, score: NodeId, errors: &mut Errors) -> bool {
        let (span, loss) = (model.nodes[score].span, rule.word);
        if (rule.sense, self.values[score.0].sense) != (Sense::Similarity, Sense::Distance) {
            return true;
        }
        errors.push(
            Diagnostic::new("E0315", span, format!("`{loss}` takes similarities, but this is a distance"))
                .label("it would learn to put the positive farther away")
                .help("change the sign, `-distance(user, item)`, or use `triplet(user, item, ..)`, which compares distances"),
        );
        false
    }
}

/// Returns the layer that computes a score, through names of towers and constant factors.
fn last_step(model: &Model, score: NodeId) -> NodeId {
    let mut node = score;
    loop {
        node = match &model.nodes[node].op {
            Op::Tower(tower) => model.towers[tower].result,
            Op::Layer(Operation::Scale(_)) => model.nodes[node].inputs[0],
            _ => return node,
        };
    }
}

/// Formats the probability of a logit with two digits.
fn probability(logit: f64) -> String {
    format!("{:.2}", 1.0 / (1.0 + (-logit).exp()))
}

#[cfg(test)]
mod tests {
    use crate::Compiler;

    /// Code and message of the error of an objective over the tower `s` (a score with this body) and the
    /// vectors `a` and `b`.
    fn refused(score: &str, objective: &str) -> String {
        let draws = objective.contains("negatives");
        let catalog = if draws { "catalogue { source = items, key = item }" } else { "" };
        let text = format!(
            "block head(x, end = sigmoid) {{ x |> dense(1, end) }}
            model M {{
                data {{ log = csv(\"log.csv\"), items = csv(\"items.csv\"), join(items, on = item), history(by = user, order = time) }}
                input {{ y: label, x: float, user: id, item: id(from = items.item), seen: sequence(from = history.item, max = 3) }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                tower s {{ {score} }}
                tower t {{ {score} }}
                tower a {{ concat(user[user], x, mean(item[seen])) |> dense(4) }}
                tower b {{ item[item] }}
                {catalog}
                export {{ s, t, a, b }}
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
            ("mean(stack(x |> head, x |> dense(1, relu)))", "sigmoid"),
            ("sum(stack(x |> head, x |> head))", "sigmoid"),
            ("max(stack(x |> head, x |> dense(1, relu)))", "sigmoid"),
            ("concat(x |> head, x |> dense(1, relu)) |> slice(from = 1, width = 1)", "sigmoid"),
            ("flatten(stack(x |> head))", "sigmoid"),
            ("attention_pool(stack(x |> head, x |> head), 4)", "sigmoid"),
            ("mean(item[seen] |> dense(1, relu))", "relu"),
            ("sum(item[seen] |> dense(1, sigmoid))", "sigmoid"),
            ("sqrtn(item[seen] |> dense(1, relu))", "relu"),
            ("last(item[seen] |> dense(1, relu))", "relu"),
            ("last(item[seen] |> gru(1))", "gru"),
            ("mean(item[seen] |> lstm(1))", "lstm"),
            ("attention(item[seen], item[seen], item[seen] |> dense(1, relu)) |> mean", "relu"),
            ("horizontal_convolution(item[seen], [2], 1, relu)", "relu"),
            ("attention_pool(item[seen] |> dense(1, relu), scores = item[seen] |> dense(1))", "relu"),
            ("target_attention(item[seen] |> dense(1, relu), x |> dense(1), [4], softmax = true)", "relu"),
            ("x |> dense(1) |> l2_normalize", "l2_normalize"),
            ("x |> dense(1) |> clip_norm", "clip_norm"),
            ("slice(user[user] |> l2_normalize, from = 0, width = 1)", "l2_normalize"),
            ("fm(stack(user[user] |> dense(4, relu), item[item] |> dense(4, sigmoid)))", "relu"),
            ("inner_product(stack(user[user] |> dense(4, relu), item[item] |> dense(4, relu)))", "relu"),
            ("bi_interaction(stack(x |> head, x |> head))", "sigmoid"),
            ("pairs(stack(x |> head, x |> head)) |> sum", "sigmoid"),
            ("outer_product(stack(x |> head, x |> head))", "sigmoid"),
            ("dot(user[user] |> dense(4, relu), item[item] |> dense(4, softplus))", "relu"),
            ("dot(user[user] |> dense(4, sigmoid), -(item[item] |> dense(4, relu)))", "sigmoid"),
            ("cosine(user[user] |> dense(4, relu), item[item] |> dense(4, relu))", "relu"),
            ("dot(user[user] |> dense(4, relu), l2_normalize(item[item] |> dense(4, relu)))", "relu"),
            ("distance(user[user] |> dense(4, sigmoid), item[item] |> dense(4, sigmoid))", "sigmoid"),
            ("x |> dense(1, relu) |> prelu", "relu"),
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
            refused("x |> dense(1)", "bce(dot(a, b) |> sigmoid, negatives = 2) + 0.1 * bce(s, y)"),
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
            "cosine(user[user] |> dense(4, relu), item[item])",
            "dot(user[user] |> l2_normalize, item[item] |> l2_normalize)",
            "dot(user[user] |> dense(4, relu), item[item] |> dense(4, relu)) |> bias",
            "mean(stack(x |> head, x |> dense(1)))",
            "last(item[seen] |> gru(2)) |> dense(1)",
            "user[user] |> layer_norm |> slice(from = 0, width = 1)",
            "x |> dense(1, relu) |> batch_norm",
            "x |> dense(1, sigmoid) |> cross(layers = 1)",
            "target_attention(item[seen] |> dense(1, relu), x |> dense(1), [4])",
            "user[user] |> dropout(0.1) |> dense(1)",
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
            assert_eq!(refused(&score, "bpr(s, t)"), refusal(limit));
            let sampled = format!("bpr(dot(a, b) |> {limit}, negatives = 2) + 0.1 * bce(s, y)");
            assert_eq!(refused("x |> dense(1)", &sampled), refusal(limit));
        }
        for score in ["x |> dense(1)", "x |> dense(1, relu)", "3 * (x |> dense(1, tanh))"] {
            assert_eq!(refused(score, "bpr(s, t)"), "ok", "{score}");
        }
    }

    #[test]
    fn what_moves_both_scores_alike_is_no_difference() {
        let said = "E0314: `bpr` applies the sigmoid itself, but these scores are limited by `sigmoid`";
        for (score, expected) in [
            ("dot(a, b) |> sigmoid |> bias", said),
            ("(dot(a, b) |> sigmoid |> bias) * 2", said),
            ("dot(a, b) |> sigmoid |> bias |> bias |> leaky_relu", said),
            ("(dot(a, b) |> sigmoid |> bias) * 5", "ok"),
            ("dot(a, b) |> relu |> bias", "ok"),
            ("(dot(a, b) |> sigmoid |> bias) + dot(a, b)", "ok"),
        ] {
            let objective = format!("bpr({score}, negatives = 2) + 0.1 * bce(s, y)");
            assert_eq!(refused("x |> dense(1)", &objective), expected, "{score}");
        }
    }

    #[test]
    fn scores_that_tell_nothing_are_refused() {
        let same = "E0314: this score is the same for all records";
        for score in [
            "x |> dense(1) |> layer_norm",
            "0 * (x |> dense(1))",
            "0 * x + 1",
            "(x |> dense(1)) * 0 |> sigmoid",
        ] {
            assert_eq!(refused(score, "bce(s, y)"), same, "{score}");
        }
        let dropped = "E0314: `dropout` is the last step of this score";
        for score in
            ["x |> dense(1) |> dropout(0.1)", "-(x |> dense(1) |> dropout(0.1))", "x |> head |> dropout(0.1)"]
        {
            assert_eq!(refused(score, "bce(s, y)"), dropped, "{score}");
        }
        for objective in [
            "bce(dot(a, b) |> dropout(0.1), negatives = 2)",
            "hinge(dot(a, b) |> dropout(0.1), negatives = 2)",
        ] {
            let objective = format!("{objective} + 0.1 * bce(s, y)");
            assert_eq!(refused("x |> dense(1)", &objective), dropped, "{objective}");
        }
    }

    #[test]
    fn losses_of_similarities_refuse_distances() {
        let hinge = "E0315: `hinge` takes similarities, but this is a distance";
        let bpr = "E0315: `bpr` takes similarities, but this is a distance";
        let bce = "E0315: `bce` takes similarities, but this is a distance";
        for (objective, expected) in [
            ("hinge(distance(a, b), negatives = 2)", hinge),
            ("hinge(3 * distance(a, b) + 1, negatives = 2, margin = 0.2)", hinge),
            ("hinge(distance(a, b) + (a |> dense(1)), negatives = 2)", hinge),
            ("hinge(-dot(a, b), negatives = 2)", hinge),
            ("hinge(1 - cosine(a, b), negatives = 2)", hinge),
            ("hinge(distance(a, b), s)", hinge),
            ("hinge(s, distance(a, b))", hinge),
            ("hinge(distance(a, b) * 0.5 + distance(a, b), negatives = 2)", hinge),
            ("hinge(dot(a, b), negatives = 2)", "ok"),
            ("hinge(-distance(a, b), negatives = 2)", "ok"),
            ("hinge(concat(a, b) |> dense(1), negatives = 2)", "ok"),
            ("triplet(a, b, negatives = 2)", "ok"),
            ("bpr(distance(a, b), negatives = 2)", bpr),
            ("bpr(distance(a, b) |> bias, negatives = 2)", bpr),
            ("bpr(mean(stack(distance(a, b), distance(a, b))), negatives = 2)", bpr),
            ("hinge(sum(stack(distance(a, b), distance(a, b))), negatives = 2)", hinge),
            ("hinge(flatten(stack(distance(a, b))), negatives = 2)", hinge),
            ("hinge(-dot(a, b) |> prelu, negatives = 2)", hinge),
            ("hinge(mean(stack(dot(a, b), distance(a, b))), negatives = 2)", "ok"),
            ("bpr(-dot(a, b), s)", bpr),
            ("bpr(-distance(a, b), negatives = 2)", "ok"),
            ("bce(distance(a, b), negatives = 2)", bce),
            ("bpr(dot(a, b) - distance(a, b), negatives = 2)", "ok"),
        ] {
            let objective = format!("{objective} + 0.1 * bce(s, y)");
            assert_eq!(refused("x |> dense(1)", &objective), expected, "{objective}");
        }
    }
}
