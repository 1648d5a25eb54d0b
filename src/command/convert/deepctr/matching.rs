//! Models of DeepMatch: towers of users and of items.

use super::super::super::draft::{Column, Draft, Kind, Line, TwoTowers, model_name};
use super::super::click::number;
use super::super::value::{Call, Value};
use super::super::{Converted, models};
use super::script::Script;

/// Number of sampled candidates.
const SAMPLED: usize = 100;

/// Drafts two towers for a model.
pub(super) fn convert(
    name: &str,
    call: &Call,
    script: &Script,
    user: &[Column],
    item: &[Column],
    mut lost: Vec<String>,
) -> Converted {
    let mut draft = Draft { name: model_name(name), ..Draft::default() };
    let known = models::retrieval(&call.name);
    draft.about = vec![format!("Retrieval as `{}`, converted to two towers.", call.name)];
    match known {
        Some("dssm" | "fm_match" | "youtubednn") => {}
        Some(spec) => lost.push(format!(
            "the layers of `{}`, which are in `specs/{spec}.dm`; the users have a network in their place",
            call.name
        )),
        None => lost.push(format!("the model `{}`; two towers are in its place", call.name)),
    }
    let source = script.source();
    draft.data = vec![
        source
            .line()
            .unsure("each row is an action of a user; histories that a script makes are cells of it"),
        Line::new("split = random(test = 0.1)").unsure("no file names training and test rows"),
    ];
    let key = item.iter().find(|column| column.kind == Kind::Id).unwrap_or(&item[0]);
    let mut towers = TwoTowers::new(user.iter().collect(), item.iter().collect());
    let units = ["user_dnn_hidden_units", "dnn_hidden_units", "hidden_units"];
    let units = units.iter().find_map(|name| call.named(name)).map(Value::counts).unwrap_or_default();
    if let Some((&width, hidden)) = units.split_last() {
        (towers.width, towers.hidden) = (width, hidden.to_vec());
    } else if let Some(width) = key.width {
        towers.width = width;
    }
    if let Some(other) =
        call.named("item_dnn_hidden_units").map(Value::counts).filter(|other| *other != units)
    {
        lost.push(format!("`item_dnn_hidden_units = {other:?}`; both towers have {units:?}"));
    }
    draft.towers = towers.towers().into();
    draft.tables = towers.tables();
    let field = key.from.as_ref().map_or(&key.name, |(_, field)| field);
    let objective = match known {
        Some("youtubednn" | "mind" | "sdm" | "comirec") => {
            format!("sampled_softmax(query, candidate, negatives = {SAMPLED}, temperature = 0.1, normalize)")
        }
        _ => "in_batch_softmax(query, candidate, temperature = 0.1, normalize)".to_owned(),
    };
    let optimizer = script.optimizer.as_deref().map(str::to_lowercase);
    let optimizer = optimizer.filter(|name| matches!(name.as_str(), "adam" | "adagrad" | "sgd" | "adamw"));
    let rate = number(script.rate.unwrap_or(0.001));
    let (batch, epochs) = (script.batch.unwrap_or(256), script.epochs.unwrap_or(1));
    draft.body = vec![
        Line::new(format!("catalog {{ source = {}, key = {field} }}", source.name)),
        Line::new(format!("objective {objective}")),
        Line::new("metrics { hit_rate(10, 50), ndcg(10) }"),
        Line::new(format!(
            "train {{ optimizer = {}(lr = {rate}), batch = {batch}, epochs = {epochs} }}",
            optimizer.unwrap_or_else(|| "adam".to_owned())
        )),
        Line::new("export { query, candidate }"),
    ];
    draft.columns = user.iter().chain(item).cloned().collect();
    Converted { draft, lost }
}
