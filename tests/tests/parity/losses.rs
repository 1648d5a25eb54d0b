//! Loss functions, as specs whose losses are added. At most one term of an objective samples candidates.

use crate::case::Case;
use crate::fixture::Fixture;
use crate::given::Given;

pub(crate) fn losses(fixture: &Fixture) -> Vec<Case<'_>> {
    let number = |option| fixture.number(option);
    let drawn = fixture.tensor("in.sampled_ids").values.len();
    vec![
        compared(fixture),
        sampled(fixture, "sampled_softmax", drawn as f64, 1.0),
        sampled(fixture, "sampled_softmax_unique", number("num_tries"), number("temperature")),
    ]
}

/// Adds a tower for each vector of the fixture. Each record has its own vector.
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
    // The same rows, compared in one tower.
    case.tower("cosine", "cosine(u[u_row], v[v_row])");
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
        format!("hinge(-distance(u, v), -distance(u, own), margin = {margin}, reduction = sum)"),
        case.sum_of("cosine(u, v)"),
    ];
    case.objective = terms.join(" + ");
    let losses = [
        ("bce", "bce_0"),
        ("weighted_bce", "bce_1"),
        ("in_batch", "softmax_0"),
        ("in_batch_temperature", "softmax_1"),
        ("in_batch_logq", "softmax_2"),
        ("in_batch_no_hits", "softmax_3"),
        ("bpr", "bpr_0"),
        ("hinge", "hinge_0"),
    ];
    for (output, call) in losses {
        case.gives(output, Given::Is(format!("op.{call}.losses")));
    }
    case
}

fn sampled<'f>(fixture: &'f Fixture, output: &str, tries: f64, temperature: f64) -> Case<'f> {
    let mut case = Case::new(fixture);
    vectors(&mut case, &["u"]);
    case.catalog("label_id", fixture.tensor("param.table").shape[0], "label_id");
    case.table("table", "param.table");
    case.tower("candidate", "table[label_id]");
    let drawn = fixture.tensor("in.sampled_ids").values.clone();
    case.objective = format!(
        "sampled_softmax(u, candidate, negatives = {}, temperature = {temperature}, reduction = sum)",
        drawn.len()
    );
    case.draw = Some((drawn, tries as u64));
    case.gives(output, Given::Is("op.softmax_0.losses".to_string()));
    case
}
