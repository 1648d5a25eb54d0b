//! Check for pairs of scores that do not differ in any value of a record.

use std::collections::BTreeSet;

use super::forms::{AtomId, Forms};
use crate::diag::{Diagnostic, Errors};
use crate::layers::Algebra;
use crate::model::{Model, NodeId, Op};

/// Reports a positive and a negative that do not differ in any value of a record. Returns whether they
/// differ.
pub(super) fn check_pair(
    model: &Model,
    forms: &Forms,
    (positive, negative): (NodeId, NodeId),
    errors: &mut Errors,
) -> bool {
    let (message, label) = match forms.difference(positive, negative) {
        Some(0.0) => (
            "the positive and the negative are the same",
            "their difference is 0 for all records".to_string(),
        ),
        Some(difference) => (
            "the positive and the negative differ by the same number in all records",
            format!("their difference is always {}", -difference),
        ),
        None => {
            let reads = |score| Reads::of(model, forms, score);
            let (first, second) = (reads(positive), reads(negative));
            if first.atoms != second.atoms || !(first.own || second.own) {
                return true;
            }
            (
                "the positive and the negative read the same values",
                "only the weights of their own layers make them differ".to_string(),
            )
        }
    };
    let span = |node: NodeId| model.nodes[node].span;
    errors.push(
        Diagnostic::new("E0317", span(negative), message)
            .label(label)
            .note(span(positive), "the positive")
            .help("give the negative columns of its own, `bpr(dot(user, bought), dot(user, skipped))`, or draw negatives for each record, `bpr(dot(user, item), negatives = 4)`"),
    );
    false
}

/// Values that a score of the objective depends on.
struct Reads {
    /// Atoms that are inputs of objective layers with weights.
    atoms: BTreeSet<AtomId>,
    /// True if there are such layers. Their weights affect only this score.
    own: bool,
}

impl Reads {
    fn of(model: &Model, forms: &Forms, score: NodeId) -> Self {
        let mut reads = Reads { atoms: BTreeSet::new(), own: forms.has_own_layers(score) };
        let (mut open, mut seen) = (vec![score], BTreeSet::new());
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            let joins = matches!(&model.nodes[node].op, Op::Layer(operation) if operation.algebra() == Algebra::Joined);
            match forms.has_own_layers(node) || joins {
                true => open.extend(&model.nodes[node].inputs),
                false => reads.atoms.extend(forms.atoms(node)),
            }
        }
        reads
    }
}

#[cfg(test)]
mod tests {
    use crate::Compiler;

    /// Codes and messages of an objective over vectors `u`, `p` and `n`, and scores `s` and `t`.
    fn refused(objective: &str) -> String {
        let text = format!(
            "model M {{
                input {{ y: label, user: id, item: id, other: id, x: float, seen: ids(max = 3) }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }} embedding other {{ dim = 4 }}
                tower u {{ user[user] }} tower p {{ item[item] }} tower n {{ other[other] + mean(item[seen]) }}
                tower s {{ x |> dense(1) }} tower t {{ x |> dense(1) }} tower q {{ item[item] }}
                export {{ u, p, n, q, s, t }}
                objective {objective} + 0.1 * bce(s, y)
            }}"
        );
        match Compiler::new("m.dm", &text).plan() {
            Ok(_) => "ok".to_string(),
            Err(failure) => {
                let line = |found: &crate::diag::Diagnostic| format!("{}: {}", found.code, found.message);
                failure.diagnostics.iter().map(line).collect::<Vec<_>>().join(" | ")
            }
        }
    }

    #[test]
    fn pairs_that_are_one_score_are_refused() {
        for objective in [
            "bpr(s, s)",
            "hinge(s, s, margin = 2)",
            "triplet(u, p * 2, p * 2)",
            "triplet(u, p, 2 * p - p)",
            "bpr(dot(u, p), dot(u, p))",
            "bpr(dot(u, p), dot(p, u))",
            "bpr(dot(u, p), dot(u, q))",
            "bpr(dot(2 * u, p), dot(u, p * 2))",
            "bpr(dot(u * p, n), dot(p * u, n))",
            "bpr(dot(u * p * n, u), dot(p * (n * u), u))",
            "bpr(dot(u + p, n), dot(p + u, n))",
            "bpr(cosine(u, p), cosine(p, u))",
            "hinge(-distance(u, p), -distance(p, u))",
            "bpr(fm(stack(u, p, n)), fm(stack(n, p, u)))",
            "bpr(dot(sum(stack(u, p)), n), dot(sum(stack(p, u)), n))",
            "bpr(s + t, t + s)",
            "bpr(s * 2 - s, s)",
            "bpr(0.1 * s + 0.2 * s, 0.3 * s)",
        ] {
            assert_eq!(
                refused(objective),
                "E0317: the positive and the negative are the same",
                "{objective}"
            );
        }
        let constant = "E0317: the positive and the negative differ by the same number in all records";
        assert_eq!(refused("bpr(s + 1, s)"), constant);
    }

    #[test]
    fn layers_of_their_own_hide_no_pair() {
        let read_alike = "E0317: the positive and the negative read the same values";
        for objective in [
            "bpr(u |> dense(1), u |> dense(1))",
            "bpr(dot(u, p) |> dense(1), dot(p, u) |> dense(1))",
            "bpr(dot(u, p) |> bias, dot(u, p))",
            "bpr(concat(u, p) |> dense(1), concat(p, u) |> mlp([4, 1], relu, output = linear))",
            "bpr(2 * (s |> dense(1)) + 1, s |> dense(1))",
            "bpr(s |> dense(4) |> dropout(0.1) |> dense(1), s |> bias)",
        ] {
            assert_eq!(refused(objective), read_alike, "{objective}");
        }
    }

    #[test]
    fn pairs_that_records_distinguish_are_not() {
        for objective in [
            "bpr(dot(u, p), dot(u, n))",
            "bpr(s, t) + bpr(t, s)",
            "triplet(u, p, n)",
            "bpr(dot(u, p) |> dense(1), dot(u, n) |> dense(1))",
            "bpr(concat(u, p) |> dense(1), concat(u, n) |> dense(1))",
            "bpr(dot(u * p, n), dot(u * u, n))",
            "bpr(slice(u, from = 0, width = 1) |> bias, slice(u, from = 1, width = 1) |> bias)",
            "bpr(s + 2 * t, t + 2 * s)",
        ] {
            assert_eq!(refused(objective), "ok", "{objective}");
        }
    }

    #[test]
    fn scores_that_cancel_out_are_the_same_for_all_records() {
        for objective in [
            "bce(s - s, y)",
            "bce(dot(u, p) - dot(p, u) + 3, y)",
            "bce(s * (t - t), y)",
            "bce(dot(u, p - q) |> relu, y)",
            "bce(distance(p, q) |> dense(1), y)",
            "triplet(u, u, p)",
            "triplet(u, p, u)",
            "bpr(cosine(u, 3 * u - 2 * u), s)",
        ] {
            assert_eq!(refused(objective), "E0314: this score is the same for all records", "{objective}");
        }
    }

    /// Sequences of constants still differ in their length.
    #[test]
    fn lengths_are_values() {
        let counts = |objective: &str| {
            let text = format!(
                "model M {{
                    data {{ log = csv(\"log.csv\"), history(by = user, order = time) }}
                    input {{ y: label, seen: sequence(from = history.item, max = 3), bought: sequence(from = history.sold, max = 3) }}
                    embedding item {{ dim = 1 }}
                    embedding sold {{ dim = 1 }}
                    tower seen {{ sum(item[seen] - item[seen] + 1) }}
                    tower sold {{ sum(0 * sold[bought] + 1) }}
                    objective {objective}
                }}"
            );
            Compiler::new("m.dm", &text)
                .plan()
                .map(|_| ())
                .map_err(|failure| failure.diagnostics[0].message.clone())
        };
        assert_eq!(counts("bce(seen - sold, y)"), Ok(()));
        assert_eq!(
            counts("bce(seen - seen + 0 * sold, y)"),
            Err("this score is the same for all records".to_string())
        );
    }
}
