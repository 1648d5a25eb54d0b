//! Ranking of candidates in evaluation, and towers with sampled candidates.

use std::collections::BTreeSet;

use turret_schema::Similarity;

use crate::diag::{Diagnostic, Errors};
use crate::layers::{Operation, Sense};
use crate::model::{Compared, Loss, Model, NodeId, Op, SourceId, TowerId};

/// Ranking of the candidates of the catalog.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Retrieval {
    /// By the similarity of two tower outputs.
    Towers {
        /// Query tower.
        query: TowerId,
        /// Candidate tower.
        candidate: TowerId,
        /// Similarity measure.
        similarity: Similarity,
    },
    /// By the score of the objective.
    Score {
        /// True if smaller is better.
        ascending: bool,
    },
}

/// Returns the towers that a node depends on, and whether it reads columns directly.
pub(super) fn read_by(model: &Model, node: NodeId) -> (BTreeSet<TowerId>, bool) {
    let (mut towers, mut columns) = (BTreeSet::new(), false);
    let (mut open, mut seen) = (vec![node], BTreeSet::new());
    while let Some(node) = open.pop() {
        if !seen.insert(node) {
            continue;
        }
        match model.nodes[node].op {
            Op::Tower(tower) => {
                towers.insert(tower);
            }
            Op::Layer(_) => open.extend(&model.nodes[node].inputs),
            Op::Column(_) | Op::Lookup(..) => columns = true,
        }
    }
    (towers, columns)
}

fn tower(model: &Model, node: NodeId) -> Option<TowerId> {
    match model.nodes[node].op {
        Op::Tower(tower) => Some(tower),
        Op::Column(_) | Op::Lookup(..) | Op::Layer(_) => None,
    }
}

/// Chooses the ranking of candidates: the comparison in the first term of the first task whose first term compares candidates.
pub(super) fn retrieval(model: &Model, candidates: &[TowerId], errors: &mut Errors) -> Option<Retrieval> {
    let (_, loss) = model.ranking()?;
    match loss.compares {
        Compared::Candidates { query, candidate, .. } => {
            let found = tower(model, candidate);
            let other = match tower(model, query) {
                Some(query) => Some(query),
                // Attention of the own candidate over the output of a query tower.
                None => {
                    let (mut towers, columns) = read_by(model, query);
                    let attends = found.is_some_and(|candidate| towers.remove(&candidate));
                    (attends && !columns && towers.len() == 1).then(|| towers.pop_first()).flatten()
                }
            };
            for (side, found) in [(query, other), (candidate, found)] {
                if found.is_none() {
                    let message = format!("`{}` compares towers", loss.rule.word);
                    errors.push(
                        Diagnostic::new("E0313", model.nodes[side].span, message)
                            .label("not the name of a tower")
                            .help("name the tower itself here, and move the other steps into the tower"),
                    );
                }
            }
            Some(Retrieval::Towers { query: other?, candidate: found?, similarity: Similarity::Dot })
        }
        Compared::SampledPairs { score, .. } => {
            let ascending = loss.rule.sense == Sense::Distance;
            Some(measured(model, score, ascending, candidates).unwrap_or(Retrieval::Score { ascending }))
        }
        Compared::Label(_) | Compared::Pair { .. } => None,
    }
}

/// Returns the ranking by two towers, if the score only compares their outputs.
fn measured(model: &Model, score: NodeId, ascending: bool, candidates: &[TowerId]) -> Option<Retrieval> {
    let (mut node, mut ascending) = (score, ascending);
    loop {
        let Op::Layer(operation) = &model.nodes[node].op else { return None };
        let inputs = &model.nodes[node].inputs;
        let similarity = match operation {
            Operation::Scale(scale) => {
                ascending ^= scale.by < 0.0;
                node = inputs[0];
                continue;
            }
            Operation::Similarity(layer) => layer.by,
            _ => return None,
        };
        if ascending != (similarity == Similarity::Distance) {
            return None;
        }
        let (a, b) = (tower(model, inputs[0])?, tower(model, inputs[1])?);
        let is_candidate = |tower: TowerId| candidates.contains(&tower);
        return match (is_candidate(a), is_candidate(b)) {
            (false, true) => Some(Retrieval::Towers { query: a, candidate: b, similarity }),
            (true, false) => Some(Retrieval::Towers { query: b, candidate: a, similarity }),
            _ => None,
        };
    }
}

/// Returns the towers with sampled candidates: those that the term names, else its towers that read only the
/// catalog.
pub(super) fn candidates(model: &Model, errors: &mut Errors) -> Vec<TowerId> {
    let Some(negatives) = &model.negatives else { return Vec::new() };
    let Some(catalog) = model.catalog() else {
        errors.push(
            Diagnostic::new("E0421", negatives.span, "sampled negatives need a catalog")
                .label("there is no catalog to draw from")
                .help("add `catalog { source = ..., key = ... }`"),
        );
        return Vec::new();
    };
    let losses = || model.losses();
    let of_score = losses().find_map(Loss::pair_score).map(|score| (score, true));
    let sampled = || losses().filter(|loss| loss.rule.has_catalog_negatives()).find_map(Loss::candidate);
    let term = of_score.or_else(|| sampled().map(|candidate| (candidate, false)));
    let Some((node, is_score)) = term else { return Vec::new() };
    if !is_score {
        return tower(model, node).into_iter().collect();
    }
    let (towers, columns) = read_by(model, node);
    if columns {
        errors.push(
            Diagnostic::new("E0422", negatives.span, "a score with sampled negatives must read only towers")
                .label("it reads columns itself")
                .help("move the columns into a tower"),
        );
        return Vec::new();
    }
    let of_catalog = |tower: &TowerId| {
        let mut columns = model.towers[tower].nodes.iter().filter_map(|node| match model.nodes[node].op {
            Op::Column(column) | Op::Lookup(_, column) => Some(&model.columns[column]),
            Op::Tower(_) | Op::Layer(_) => None,
        });
        catalog != SourceId(0) && columns.all(|column| column.source == catalog && !column.earlier)
    };
    let named = negatives.candidates.iter().copied().collect::<BTreeSet<_>>();
    let found: BTreeSet<TowerId> = match named.is_empty() {
        true => towers.iter().copied().filter(of_catalog).collect(),
        false => named,
    };
    let source = &model.data.sources[catalog].name;
    let name = |tower: &TowerId| format!("`{}`", model.towers[tower].name);
    let listed = |towers: &BTreeSet<TowerId>| towers.iter().map(name).collect::<Vec<_>>().join(", ");
    let (label, help) = match found.difference(&towers).next() {
        Some(tower) => (
            format!("the score does not read {}", name(tower)),
            format!("it reads {}: name those that encode candidates", listed(&towers)),
        ),
        None if found.is_empty() => (
            "none of its towers reads only the catalog".to_string(),
            format!(
                "read the columns of candidates from `{source}` (`from = {source}.field`), or name the tower that encodes them with `candidates = ...`, one of {}",
                listed(&towers)
            ),
        ),
        None if found == towers => (
            format!("all of its towers encode candidates: {}", listed(&towers)),
            "a score compares a tower of candidates with a tower of queries, which reads the record"
                .to_string(),
        ),
        None => return found.into_iter().collect(),
    };
    let message = "the towers that encode candidates are unknown";
    errors.push(Diagnostic::new("E0423", negatives.span, message).label(label).help(help));
    Vec::new()
}
