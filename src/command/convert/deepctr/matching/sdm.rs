//! SDM: recurrence and self-attention over the latest items, attention of the profile to the longer history, and
//! a gate between the two.

use super::{Built, Given, profile};
use crate::command::convert::value::Value;
use crate::command::draft::{Column, Kind, Line, TwoTowers};

/// Arguments that are converted or that are named if they have no counterpart.
pub(super) const ARGUMENTS: &[&str] =
    &["units", "rnn_layers", "rnn_num_res", "dropout_rate", "num_head", "temperature", "dnn_activation"];

/// Attention of a profile to a history.
const WANTED: &str = "block wanted(history, profile, scale) {
    attention_pool(history, scores = dense(concat(profile, history), 1, tanh) * scale)
}";

/// Converts the model. `None` without both histories and a profile.
pub(super) fn build(given: &Given<'_>, lost: &mut Vec<String>) -> Option<Built> {
    let Given { call, user, key, .. } = given;
    let begins = |column: &&Column, start: &str| {
        column.kind == Kind::Sequence && column.field_name().starts_with(start)
    };
    let short: Vec<&Column> = user.iter().filter(|column| begins(column, "short_")).collect();
    let long: Vec<&Column> = user.iter().filter(|column| begins(column, "prefer_")).collect();
    let others: Vec<&Column> =
        user.iter().filter(|column| !begins(column, "short_") && !begins(column, "prefer_")).collect();
    let profile = profile(&others).filter(|_| !short.is_empty() && !long.is_empty())?;
    let count = |name: &str, place, usual| call.argument(name, place).and_then(Value::count).unwrap_or(usual);
    let number =
        |name: &str, place, usual| call.argument(name, place).and_then(Value::number).unwrap_or(usual);
    let (units, heads) = (count("units", 3, 64), count("num_head", 7, 4));
    for (name, found, built) in
        [("rnn_layers", count("rnn_layers", 4, 2), 2), ("rnn_num_res", count("rnn_num_res", 6, 1), 1)]
    {
        if found != built {
            lost.push(format!("`{name} = {found}` of `SDM`; it is {built}"));
        }
    }
    let dropout = number("dropout_rate", 5, 0.2);
    if dropout > 0.0 {
        lost.push(format!("`dropout_rate = {dropout}` of `SDM`"));
    }
    if let Some(width) = key.width.filter(|&width| width != units) {
        lost.push(format!("`embedding_dim = {width}` of `{}`; it is `units`", key.name));
    }
    let towers = TwoTowers { width: units, ..TwoTowers::new(user.iter().collect(), vec![key]) };
    let widths = towers.widths();
    let scale = |width: usize| format!("{:.4}", 1.0 / (width as f64).sqrt());
    let wanted = |column: &&Column| {
        let own = widths.iter().find(|(table, _)| *table == column.table).map_or(units, |(_, width)| *width);
        format!("wanted({}[{}], profile, {})", column.table, column.name, scale(own))
    };
    let steps = |column: &&Column| format!("{}[{}]", column.table, column.name);
    let together = |parts: Vec<String>| match &parts[..] {
        [only] => only.clone(),
        _ => format!("concat({})", parts.join(", ")),
    };
    let query = format!(
        "let profile = {profile} |> dense({units}, tanh)
        let long = {} |> dense({units}, tanh)
        let steps = {} |> dense({units}, tanh) |> lstm({units})
        let walked = steps + lstm(steps, {units})
        let session = walked + self_attention(walked, heads = {heads}, causal = true, bias = false)
            |> layer_norm(epsilon = 1e-9)
        let asked = dense(profile, {units}, tanh)
        let short = attention_pool(session, scores = dot(session, asked) * {}) + mean(session)
        let gate = concat(long, short, profile) |> dense({units}, sigmoid)
        gate * short + (1 - gate) * long",
        together(long.iter().map(wanted).collect()),
        together(short.iter().map(steps).collect()),
        scale(units)
    );
    Some(Built {
        tables: towers.tables(),
        towers: vec![
            Line::new(WANTED),
            Line::new(format!("tower query {{ {query} }}")),
            Line::new(format!("tower candidate {{ {}[{}] }}", key.table, key.name)),
        ],
        objective: format!(
            "sampled_softmax(query, candidate, negatives = {}, temperature = {}, normalize)",
            super::SAMPLED,
            number("temperature", 10, 0.05)
        ),
        exported: true,
    })
}
