//! Specs of the matching models.

use crate::case::{Case, Given};
use crate::features::concat;

/// The activation of the last layer of a tower, where it has one of its own.
fn output<'a>(case: &Case<'a>, activation: &'a str) -> &'a str {
    case.fixture.hyper["output_activation"].as_str().unwrap_or(activation)
}

/// Two towers `user_embedding` and `item_embedding` of dense layers over listed features.
fn user_and_item(case: &mut Case<'_>) {
    let activation = case.fixture.word("activation");
    let output = output(case, activation);
    for side in ["user", "item"] {
        let features = case.features(case.fixture.list(&format!("{side}_features")));
        let tower = format!("{side}_embedding");
        let value = case.mlp(&tower, &concat(&features), &format!("{side}_dnn"), activation, output);
        case.tower(&tower, &value);
    }
}

/// The score of two towers by the metric of the options.
fn similarity(case: &Case<'_>) -> &'static str {
    match case.fixture.hyper["metric"].as_str() {
        Some("ip") => "dot(user_embedding, item_embedding)",
        _ => "cosine(user_embedding, item_embedding)",
    }
}

pub(crate) fn dssm(case: &mut Case<'_>) {
    user_and_item(case);
    let logit = format!("{} * {}", similarity(case), case.fixture.number("gamma"));
    case.bce(&logit, None);
}

pub(crate) fn dssm_multivalue(case: &mut Case<'_>) {
    user_and_item(case);
    // The cosine normalizes; the vectors before it are the towers.
    for vector in ["user_vector", "item_vector"] {
        case.gives(vector, Given::OnTheWay);
    }
    let fixture = case.fixture;
    let scale = format!("{} / {}", fixture.number("gamma"), fixture.number("temperature"));
    case.bce(
        &format!("cosine(user_embedding, item_embedding) * {scale}"),
        Some(fixture.number("pos_weight")),
    );
}

pub(crate) fn fm_match(case: &mut Case<'_>) {
    for side in ["user", "item"] {
        let features = case.features(case.fixture.list(&format!("{side}_features")));
        case.tower(&format!("{side}_embedding"), &features.join(" + "));
    }
    let logit = format!("{} * {}", similarity(case), case.fixture.number("gamma"));
    case.bce(&logit, None);
}

pub(crate) fn bpr(case: &mut Case<'_>) {
    let score = if ranks_by_distance(case) { "distance" } else { "dot" };
    let user = case.embedded("user_id", "user", "param.emb.user");
    for (tower, item) in [("pos_score", "pos_id"), ("neg_score", "neg_id")] {
        let item = case.embedded(item, "item", "param.emb.item");
        case.tower(tower, &format!("{score}({user}, {item})"));
    }
    case.pairwise("margin");
}

/// Whether a smaller score is better.
fn ranks_by_distance(case: &Case<'_>) -> bool {
    case.fixture.word("mode") == "dist"
}

impl Case<'_> {
    /// The objective of the towers `pos_score` and `neg_score`.
    fn pairwise(&mut self, margin: &str) {
        self.objective = match ranks_by_distance(self) {
            false => "bpr(pos_score, neg_score)".to_string(),
            true => {
                let margin = self.fixture.number(margin);
                format!("hinge(pos_score, neg_score, margin = {margin}, reduction = sum)")
            }
        };
    }
}

pub(crate) fn tfrs_retrieval(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let activation = fixture.word("activation");
    let user = case.embedded("user_id", "user_id", "param.emb.user_id");
    let boundaries = &fixture.tensor("buffer.timestamp_boundaries").values;
    case.column("bucket", &format!("bucket({boundaries:?}, from = timestamp)"));
    case.table_of_column("timestamp_bucket", "param.emb.timestamp_bucket");
    case.plain("timestamp", "float(transform = standardize)");
    let statistic = |name: &str| fixture.tensor(&format!("buffer.timestamp_{name}")).values[0];
    case.statistics.push(("timestamp".to_string(), statistic("mean"), statistic("variance")));
    let query = format!("concat({user}, timestamp_bucket[bucket], timestamp)");
    let query = case.mlp("query", &query, "query", activation, "linear");
    case.tower("query", &query);
    case.tower("normalized_timestamp", "timestamp");

    let title = case.embedded("title", "title", "param.emb.title");
    case.bag("title_tokens", None, None);
    case.table("title_token", "param.emb.title_token");
    let candidate = format!("concat({title}, {}(title_token[title_tokens]))", fixture.word("text_combiner"));
    let candidate = case.mlp("candidate", &candidate, "candidate", activation, "linear");
    case.tower("candidate", &candidate);

    let mut options = format!("temperature = {}, reduction = sum", fixture.number("temperature"));
    if fixture.flag("sampling_correction") {
        case.plain("candidate_prob", "float");
        options += ", probability = candidate_prob";
    }
    if fixture.flag("remove_accidental_hits") {
        options += ", remove_accidental_hits = title";
    }
    case.objective = format!("in_batch_softmax(query, candidate, {options})");
    for output in ["bucket", "logits", "loss_per_example"] {
        case.gives(output, Given::OnTheWay);
    }
}

/// NeuMF: the product of one pair of vectors beside dense layers over another.
fn neural(case: &mut Case<'_>, product: &str, pair: &str) {
    let activation = case.fixture.word("activation");
    let hidden = case.mlp("ncf", pair, "dnn", activation, activation);
    let logit = case.dense("ncf", &format!("concat({product}, {hidden})"), "head", "linear");
    case.tower("ncf", &logit);
}

/// A record is a user with a positive (label 1) or a negative item (label 0), each positive as often as it has negatives.
pub(crate) fn ncf(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let input = |name: &str| &fixture.tensor(&format!("in.{name}")).values;
    let negatives = input("neg_id").len() / input("pos_id").len();
    let repeated = |name| input(name).iter().flat_map(|&id| vec![id; negatives]).collect::<Vec<f64>>();
    let pairs = input("neg_id").len();
    let both = |first: &[f64], second: &[f64]| {
        [first, second].concat().iter().map(f64::to_string).collect::<Vec<_>>().into_iter()
    };
    case.field("user_id", both(&repeated("user_id"), &repeated("user_id")));
    case.field("item_id", both(&repeated("pos_id"), input("neg_id")));
    case.field("label", both(&vec![1.0; pairs], &vec![0.0; pairs]));
    for (name, kind) in [("user_id", "id"), ("item_id", "id"), ("label", "label")] {
        case.column(name, kind);
    }
    for table in ["mf_user", "mf_item", "mlp_user", "mlp_item"] {
        case.table(table, &format!("param.emb.{table}"));
    }
    let product = "mul(mf_user[user_id], mf_item[item_id])";
    let product =
        if fixture.flag("gmf_sigmoid") { format!("sigmoid({product})") } else { product.to_string() };
    neural(case, &product, "concat(mlp_user[user_id], mlp_item[item_id])");
    case.objective = "bce(ncf, label)".to_string();
    case.gives("pos_logit", Given::ScoresOf((0..pairs).step_by(negatives).collect()));
    case.gives("neg_logit", Given::ScoresOf((pairs..2 * pairs).collect()));
}

pub(crate) fn ncf_deepmatch(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let mut side = |part: &str, fields: &str| {
        let embedded = |field: &str| {
            let table = format!("{part}_{field}");
            case.embedded(field, &table, &format!("param.emb.{table}"))
        };
        fixture.words(fields).into_iter().map(embedded).collect::<Vec<String>>()
    };
    let product =
        format!("mul({}, {})", concat(&side("gmf", "user_fields")), concat(&side("gmf", "item_fields")));
    let pair = concat(&[side("mlp", "user_fields"), side("mlp", "item_fields")].concat());
    neural(case, &product, &pair);
    case.bce("ncf", None);
}
