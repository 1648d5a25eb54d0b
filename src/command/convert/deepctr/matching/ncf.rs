//! NCF: one score from matrix factorization and a network over user and item.

use super::{Built, Given};
use crate::command::convert::value::Value;
use crate::command::draft::{Column, Line};

/// Arguments that are converted.
pub(super) const ARGUMENTS: &[&str] = &[
    "user_gmf_embedding_dim",
    "item_gmf_embedding_dim",
    "user_mlp_embedding_dim",
    "item_mlp_embedding_dim",
    "dnn_activation",
];

/// Converts the model.
pub(super) fn build(given: &Given<'_>) -> Built {
    let Given { call, user, item, units, network, .. } = given;
    let width = |name: &str, place| call.argument(name, place).and_then(Value::count).unwrap_or(20);
    // Both factors have the least width that their columns divide.
    let (users, items) =
        (user.len() * width("user_gmf_embedding_dim", 2), item.len() * width("item_gmf_embedding_dim", 3));
    let both = users / divisor(users, items) * items;
    let sides = [
        ("user", *user, both / user.len().max(1), width("user_mlp_embedding_dim", 4)),
        ("item", *item, both / item.len().max(1), width("item_mlp_embedding_dim", 5)),
    ];
    let (mut tables, mut towers) = (Vec::new(), Vec::new());
    for (side, columns, factors, part) in sides {
        for (tower, prefix, width) in [("factors", "mf", factors), ("part", "mlp", part)] {
            let table = |column: &Column| {
                Line::new(format!("embedding {prefix}_{} {{ dim = {width} }}", column.name))
            };
            tables.extend(columns.iter().map(table));
            let rows: Vec<String> =
                columns.iter().map(|column| format!("{prefix}_{0}[{0}]", column.name)).collect();
            let body = match &rows[..] {
                [only] => only.clone(),
                _ => format!("concat({})", rows.join(", ")),
            };
            towers.push(Line::new(format!("tower {side}_{tower} {{ {body} }}")));
        }
    }
    let layers = if units.is_empty() { vec![64, 32] } else { units.clone() };
    let layers: Vec<String> = layers.iter().map(ToString::to_string).collect();
    towers.push(Line::new(format!(
        "block neumf(p, q, u, v) {{ concat(p * q, concat(u, v) |> mlp([{}], relu{})) |> dense(1) }}",
        layers.join(", "),
        network.of_hidden()
    )));
    Built {
        tables,
        towers,
        objective:
            "bce(neumf(user_factors, item_factors, user_part, item_part), negatives = 4, candidates = \
                    [item_factors, item_part])"
                .to_owned(),
        exported: false,
    }
}

/// Greatest common divisor.
fn divisor(left: usize, right: usize) -> usize {
    if right == 0 { left.max(1) } else { divisor(right, left % right) }
}
