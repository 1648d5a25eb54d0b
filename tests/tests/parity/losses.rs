//! The losses, as specs whose losses add up: of an objective, one term at most draws candidates.

use crate::case::{Case, Given};
use crate::fixture::Fixture;

/// A margin that no cosine is below makes of a hinge a sum.
const ABOVE_COSINES: f64 = 2.0;

pub(crate) fn losses(fixture: &Fixture) -> Vec<Case<'_>> {
    let number = |option| fixture.number(option);
    let drawn = fixture.tensor("in.sampled_ids").values.len();
    vec![
        compared(fixture),
        sampled(fixture, drawn as f64, 1.0),
        sampled(fixture, number("num_tries"), number("temperature")),
    ]
}

/// A tower for each vector of the fixture, of which each record has its own.
fn vectors(case: &mut Case<'_>, names: &[&str]) {
    let records = case.fixture.tensor("param.u").shape[0];
    for name in names {
        let column = format!("{name}_row");
        case.column(&column, "id");
        case.field(&column, (0..records).map(|record| record.to_string()));
        case.table(name, &format!("param.{name}"));
        case.tower(name, &format!("{name}[{column}]"));
    }
}

fn compared(fixture: &Fixture) -> Case<'_> {
    let mut case = Case::new(fixture);
    vectors(&mut case, &["u", "v", "logit"]);
    case.plain("label", "label");
    case.plain("candidate_prob", "float");
    let own = case.embedded("label_id", "table", "param.table");
    case.tower("own", &own);
    let (temperature, margin) = (fixture.number("temperature"), fixture.number("margin"));
    let softmax = |options: &str| format!("in_batch_softmax(u, v, {options}, reduction = sum)");
    let terms = [
        "bce(logit, label, reduction = sum)".to_string(),
        format!("weighted_bce(logit, label, pos_weight = {}, reduction = sum)", fixture.number("pos_weight")),
        softmax("temperature = 1"),
        softmax(&format!("temperature = {temperature}")),
        softmax(&format!("temperature = {temperature}, probability = candidate_prob")),
        softmax(&format!("temperature = {temperature}, remove_accidental_hits = label_id")),
        "bpr(dot(u, v), dot(u, own), reduction = sum)".to_string(),
        format!("hinge(distance(u, v), distance(u, own), margin = {margin}, reduction = sum)"),
        format!("hinge(cosine(u, v) * 0.5, cosine(u, v) * -0.5, margin = {ABOVE_COSINES}, reduction = sum)"),
    ];
    case.objective = terms.join(" + ");
    case.added_loss = ABOVE_COSINES * case.records() as f64;
    // The loss is the sum of all of them.
    for name in fixture.tensors.keys().filter_map(|name| name.strip_prefix("out.")) {
        case.gives(name, Given::OnTheWay);
    }
    case
}

fn sampled(fixture: &Fixture, tries: f64, temperature: f64) -> Case<'_> {
    let mut case = Case::new(fixture);
    vectors(&mut case, &["u"]);
    case.catalogue("label_id", fixture.tensor("param.table").shape[0], "label_id");
    case.table("table", "param.table");
    case.tower("candidate", "table[label_id]");
    let drawn = fixture.tensor("in.sampled_ids").values.clone();
    case.objective = format!(
        "sampled_softmax(u, candidate, negatives = {}, temperature = {temperature}, reduction = sum)",
        drawn.len()
    );
    case.draw = Some((drawn, tries as u64));
    case
}
