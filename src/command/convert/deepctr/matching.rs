//! Models of DeepMatch: towers of users and of items.

mod mind;
mod ncf;
mod sdm;

use super::super::super::draft::{Column, Draft, Kind, Line, TwoTowers, model_name, parts};
use super::super::click::{Settings, number};
use super::super::value::{Call, Value};
use super::super::{Converted, models};
use super::fit::Fit;
use super::network;
use super::script::Script;

/// Number of sampled candidates.
const SAMPLED: usize = 100;

/// A model and its columns.
struct Given<'a> {
    call: &'a Call,
    /// Columns of users.
    user: &'a [Column],
    /// Columns of items.
    item: &'a [Column],
    /// Key of the items.
    key: &'a Column,
    /// Widths of the layers of the users; none if they are not given.
    units: Vec<usize>,
    /// Norm and dropout of the layers.
    network: Settings,
}

/// The layers of a model.
struct Built {
    tables: Vec<Line>,
    /// Towers and blocks.
    towers: Vec<Line>,
    objective: String,
    /// True if the towers are `query` and `candidate`, whose vectors are compared.
    exported: bool,
}

/// Returns the arguments of a model that are converted, besides those that all models have.
pub(super) fn arguments(name: &str) -> &'static [&'static str] {
    match models::retrieval(name) {
        Some("mind") => mind::ARGUMENTS,
        Some("sdm") => sdm::ARGUMENTS,
        Some("ncf") => ncf::ARGUMENTS,
        _ => &[],
    }
}

/// Columns other than histories as one vector.
fn profile(columns: &[&Column]) -> Option<String> {
    let parts = parts(columns);
    match &parts[..] {
        [] => None,
        [only] => Some(only.clone()),
        _ => Some(format!("concat({})", parts.join(", "))),
    }
}

/// Width of the vectors of items, and the widths of the layers before it.
fn listed_width(given: &Given<'_>, usual: &[usize], lost: &mut Vec<String>) -> (usize, Vec<usize>) {
    let units = if given.units.is_empty() { usual } else { &given.units };
    let (last, hidden) = units.split_last().map_or((1, &units[..0]), |(last, hidden)| (*last, hidden));
    let width = given.key.width.unwrap_or(last);
    if width != last {
        lost.push(format!(
            "the last of `user_dnn_hidden_units`, {last}; it is the width of `{}`, {width}",
            given.key.name
        ));
    }
    (width, hidden.to_vec())
}

/// Drafts two towers for a model.
fn two_towers(given: &Given<'_>, known: Option<&str>, lost: &mut Vec<String>) -> Built {
    let Given { call, user, item, key, units, network } = given;
    let mut towers = TwoTowers::new(user.iter().collect(), item.iter().collect());
    (towers.of_hidden, towers.after_last) = (network.of_hidden(), network.after_last());
    if let Some((&width, hidden)) = units.split_last() {
        (towers.width, towers.hidden) = (width, hidden.to_vec());
    } else if let Some(width) = key.width {
        towers.width = width;
    }
    if let Some(other) = call.named("item_dnn_hidden_units").map(Value::counts).filter(|other| other != units)
    {
        lost.push(format!("`item_dnn_hidden_units = {other:?}`; both towers have {units:?}"));
    }
    let objective = match known {
        Some("youtubednn" | "mind" | "sdm" | "comirec") => {
            format!("sampled_softmax(query, candidate, negatives = {SAMPLED}, temperature = 0.1, normalize)")
        }
        _ => "in_batch_softmax(query, candidate, temperature = 0.1, normalize)".to_owned(),
    };
    Built { tables: towers.tables(), towers: towers.towers().into(), objective, exported: true }
}

/// Converts a model of users and items.
pub(super) fn convert(
    name: &str,
    call: &Call,
    script: &Script,
    fit: &Fit,
    user: &[Column],
    item: &[Column],
    mut lost: Vec<String>,
) -> Converted {
    let mut draft = Draft { name: model_name(name), ..Draft::default() };
    let known = models::retrieval(&call.name);
    let source = script.source();
    draft.data = vec![
        source
            .line()
            .unsure("each row is an action of a user; histories that a script makes are cells of it"),
        Line::new("split = random(test = 0.1)").unsure("no file names training and test rows"),
    ];
    let key = item.iter().find(|column| column.kind == Kind::Id).unwrap_or(&item[0]);
    let units = ["user_dnn_hidden_units", "dnn_hidden_units", "hidden_units"];
    let units = units.iter().find_map(|name| call.named(name)).map(Value::counts).unwrap_or_default();
    let given = Given { call, user, item, key, units, network: network(call, fit) };
    for name in ["l2_reg_embedding", "l2_reg_linear"] {
        if let Some(l2) = call.named(name).and_then(Value::number).filter(|l2| *l2 > 0.0) {
            lost.push(format!("`{name} = {}`; the tables have no penalty", number(l2)));
        }
    }
    let built = match known {
        Some("mind") => mind::build(&given, &mut lost),
        Some("sdm") => sdm::build(&given, &mut lost),
        Some("ncf") => Some(ncf::build(&given)),
        _ => None,
    };
    match known {
        _ if built.is_some() => {}
        Some("dssm" | "fm_match" | "youtubednn") => {}
        Some(spec) => lost.push(format!(
            "the layers of `{}`, which are in `specs/{spec}.dm`; the users have a network in their place",
            call.name
        )),
        None => lost.push(format!("the model `{}`; two towers are in its place", call.name)),
    }
    let what = if built.is_some() { "converted" } else { "converted to two towers" };
    draft.about = vec![format!("Retrieval as `{}`, {what}.", call.name)];
    let Built { tables, towers, objective, exported } =
        built.unwrap_or_else(|| two_towers(&given, known, &mut lost));
    (draft.tables, draft.towers) = (tables, towers);
    let field = key.field_name();
    draft.body = vec![
        Line::new(format!("catalog {{ source = {}, key = {field} }}", source.name)),
        Line::new(format!("objective {objective}")),
        Line::new("metrics { hit_rate(10, 50), ndcg(10) }"),
        fit.training(call, false, &mut lost).line(),
    ];
    draft.body.extend(exported.then(|| Line::new("export { query, candidate }")));
    draft.columns = user.iter().chain(item).cloned().collect();
    Converted { draft, lost }
}
