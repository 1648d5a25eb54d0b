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
    case.pairwise("pos_score", "neg_score", "margin");
}

/// Whether a smaller score is better.
fn ranks_by_distance(case: &Case<'_>) -> bool {
    case.fixture.word("mode") == "dist"
}

impl Case<'_> {
    /// The objective of a positive's and a negative's score.
    pub(crate) fn pairwise(&mut self, positive: &str, negative: &str, margin: &str) {
        self.objective = match ranks_by_distance(self) {
            false => format!("bpr({positive}, {negative})"),
            true => {
                let margin = self.fixture.number(margin);
                format!("hinge({positive}, {negative}, margin = {margin}, reduction = sum)")
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

impl Case<'_> {
    /// Records of a pointwise loss: a positive (label 1) or a negative item (label 0) each, a positive as often as it has negatives.
    /// Gives the record of the fixture that each is made of.
    pub(crate) fn pointwise(&mut self, inputs: &[&str]) -> Vec<usize> {
        let fixture = self.fixture;
        let input = |name: &str| &fixture.tensor(&format!("in.{name}")).values;
        let (positives, negatives) = (input("pos_id").len(), input("neg_id").len());
        let each = negatives / positives;
        let of: Vec<usize> = (0..2 * negatives).map(|record| record % negatives / each).collect();
        for name in inputs {
            self.field(name, of.iter().map(|&record| input(name)[record].to_string()));
            self.column(name, "id");
        }
        let items = of[..negatives].iter().map(|&record| input("pos_id")[record]);
        self.field("item_id", items.chain(input("neg_id").iter().copied()).map(|item| item.to_string()));
        self.field("label", (0..2 * negatives).map(|record| u8::from(record < negatives).to_string()));
        self.column("item_id", "id");
        self.column("label", "label");
        let score = || Box::new(Given::Is("score".to_string()));
        self.gives("pos_logit", Given::Records(score(), (0..negatives).step_by(each).collect()));
        self.gives("neg_logit", Given::Records(score(), (negatives..2 * negatives).collect()));
        of
    }
}

pub(crate) fn ncf(case: &mut Case<'_>) {
    case.pointwise(&["user_id"]);
    for table in ["mf_user", "mf_item", "mlp_user", "mlp_item"] {
        case.table(table, &format!("param.emb.{table}"));
    }
    let product = "mul(mf_user[user_id], mf_item[item_id])";
    let product = match case.fixture.flag("gmf_sigmoid") {
        true => format!("sigmoid({product})"),
        false => product.to_string(),
    };
    neural(case, &product, "concat(mlp_user[user_id], mlp_item[item_id])");
    case.objective = "bce(ncf, label)".to_string();
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
