//! MIND: capsules of the history of items, and label-aware attention.

use super::{Built, Given, listed_width, profile};
use crate::command::convert::click::Settings;
use crate::command::convert::value::Value;
use crate::command::draft::{Column, Kind, Line, TwoTowers};

/// Arguments that are converted.
pub(super) const ARGUMENTS: &[&str] = &["k_max", "p", "dynamic_k", "dnn_activation", "output_activation"];

/// Converts the model. `None` without a history of the items.
pub(super) fn build(given: &Given<'_>, lost: &mut Vec<String>) -> Option<Built> {
    let Given { call, user, key, network, .. } = given;
    let of_items = |column: &&Column| column.kind == Kind::Sequence && column.table == key.table;
    let history = user.iter().find(of_items)?;
    let others: Vec<&Column> = user.iter().filter(|column| column.name != history.name).collect();
    let (width, hidden) = listed_width(given, &[64, 32], lost);
    let interests = call.argument("k_max", 2).and_then(Value::count).unwrap_or(2);
    let power = call.argument("p", 3).and_then(Value::number).unwrap_or(100.0);
    let dynamic =
        if call.argument("dynamic_k", 4).is_some_and(Value::is_true) { ", dynamic = true" } else { "" };
    let capsules = format!("capsule_routing({}[{}], {interests}{dynamic})", history.table, history.name);
    let layers: Vec<String> = hidden.iter().chain([&width]).map(ToString::to_string).collect();
    // Norms of a batch are not for the interests of a record.
    if network.batch_norm {
        lost.push("`dnn_use_bn` of `MIND`".to_owned());
    }
    let network = Settings { batch_norm: false, ..network.clone() };
    let (layers, of_hidden, after) = (layers.join(", "), network.of_hidden(), network.after_last());
    let mlp = format!("mlp([{layers}], relu, output = linear{of_hidden}){after}");
    let query = match profile(&others) {
        Some(profile) => {
            format!("let profile = {profile}\nlet capsules = {capsules}\nconcat(profile, capsules) |> {mlp}")
        }
        None => format!("{capsules} |> {mlp}"),
    };
    let towers = TwoTowers { width, ..TwoTowers::new(user.iter().collect(), vec![key]) };
    Some(Built {
        tables: towers.tables(),
        towers: vec![
            Line::new(format!("tower query {{ {query} }}")),
            Line::new(format!("tower candidate {{ {}[{}] }}", key.table, key.name)),
        ],
        objective: format!(
            "sampled_softmax(label_aware_attention(query, candidate, power = {power}), candidate, negatives = {}, \
             temperature = 1)",
            super::SAMPLED
        ),
        exported: true,
    })
}
