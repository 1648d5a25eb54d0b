//! Specs of the matching models.

use crate::case::Case;
use crate::features::concat;
use crate::given::Given;

/// Activations of the dense layers, and of the last one.
pub(crate) fn activations<'a>(case: &Case<'a>) -> [&'a str; 2] {
    let activation = case.fixture.word("activation");
    [activation, case.fixture.word_or_none("output_activation").unwrap_or(activation)]
}

/// Adds dense layers over the features of a user or an item.
fn over_features(case: &mut Case<'_>, tower: &str, side: &str) -> String {
    let features = case.features(case.fixture.list(&format!("{side}_features")));
    let widths = case.fixture.widths(&format!("{side}_hidden"));
    let activations = activations(case);
    case.mlp(tower, &concat(&features), &format!("{side}_dnn"), &widths, activations)
}

/// Adds towers `user_embedding` and `item_embedding` of dense layers over the features.
fn user_and_item(case: &mut Case<'_>) {
    for side in ["user", "item"] {
        let tower = format!("{side}_embedding");
        let value = over_features(case, &tower, side);
        case.tower(&tower, &value);
    }
}

/// Similarity of two towers, by the metric in the options.
fn similarity(case: &Case<'_>) -> &'static str {
    match case.fixture.word("metric") {
        "ip" => "dot(user_embedding, item_embedding)",
        "cos" => "cosine(user_embedding, item_embedding)",
        metric => panic!("{}: no metric `{metric}` is known", case.fixture.name),
    }
}

pub(crate) fn dssm(case: &mut Case<'_>) {
    user_and_item(case);
    let logit = format!("{} * {}", similarity(case), case.fixture.number("gamma"));
    case.bce(&logit, None);
}

/// The cosine normalizes the towers; normalized towers are added for comparison.
pub(crate) fn dssm_multivalue(case: &mut Case<'_>) {
    user_and_item(case);
    for side in ["user", "item"] {
        let tower = format!("{side}_vector");
        let value = over_features(case, &tower, side);
        case.tower(&tower, &format!("l2_normalize({value})"));
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

/// Returns whether a smaller score is better.
fn ranks_by_distance(case: &Case<'_>) -> bool {
    match case.fixture.word("mode") {
        "dist" => true,
        "inner" => false,
        mode => panic!("{}: no mode `{mode}` is known", case.fixture.name),
    }
}

impl Case<'_> {
    /// Sets the objective of a positive's and a negative's score.
    pub(crate) fn pairwise(&mut self, positive: &str, negative: &str, margin: &str) {
        self.objective = match ranks_by_distance(self) {
            false => {
                self.fixture.without_effect(&[margin]);
                format!("bpr({positive}, {negative})")
            }
            true => {
                let margin = self.fixture.number(margin);
                format!("hinge(-({positive}), -({negative}), margin = {margin}, reduction = sum)")
            }
        };
    }
}

pub(crate) fn tfrs_retrieval(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let (widths, activations) = (fixture.widths("layers"), [fixture.word("activation"), "linear"]);
    let user = case.embedded("user_id", "user_id", "param.emb.user_id");
    let boundaries = &fixture.tensor("buffer.timestamp_boundaries").values;
    for column in ["bucket", "bucket_number"] {
        case.column(column, &format!("bucket({boundaries:?}, from = timestamp)"));
    }
    case.table_of_column("timestamp_bucket", "param.emb.timestamp_bucket");
    // Each row contains the number of its bucket.
    case.aid("number", "dim = 1", (0..=boundaries.len()).map(|bucket| bucket as f64).collect());
    case.tower("bucket", "number[bucket_number]");
    case.plain("timestamp", "float(transform = standardize)");
    let statistic = |name: &str| fixture.tensor(&format!("buffer.timestamp_{name}")).values[0];
    case.statistics.push(("timestamp".to_string(), statistic("mean"), statistic("variance")));
    let query = format!("concat({user}, timestamp_bucket[bucket], timestamp)");
    let query = case.mlp("query", &query, "query", &widths, activations);
    case.tower("query", &query);
    case.tower("normalized_timestamp", "timestamp");

    let title = case.embedded("title", "title", "param.emb.title");
    case.bag("title_tokens", None, None);
    case.table("title_token", "param.emb.title_token");
    let candidate = format!("concat({title}, {}(title_token[title_tokens]))", fixture.word("text_combiner"));
    let candidate = case.mlp("candidate", &candidate, "candidate", &widths, activations);
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
    case.gives("logits", Given::Is("op.softmax_0.logits".to_string()));
    case.gives("loss_per_example", Given::Is("op.softmax_0.losses".to_string()));
}

/// NeuMF: the product of one pair of vectors, and dense layers over another.
fn neural(case: &mut Case<'_>, product: &str, pair: &str) {
    let activation = case.fixture.word("activation");
    let hidden = case.mlp("ncf", pair, "dnn", &case.fixture.widths("hidden"), [activation; 2]);
    let logit = case.dense("ncf", &format!("concat({product}, {hidden})"), "head", "linear");
    case.tower("ncf", &logit);
}

impl Case<'_> {
    /// Records of a pointwise loss: a positive (label 1) or a negative item (label 0) each. A positive is
    /// repeated for each of its negatives. Returns the record of the fixture for each.
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
    let mut vectors = |part: &str, side: &str| {
        let embedded = |field: &str| {
            let (table, dim) = (format!("{part}_{field}"), format!("{side}_{part}_dim"));
            let tensor = format!("param.emb.{table}");
            fixture.says(&dim, fixture.tensor(&tensor).shape[1]);
            case.embedded(field, &table, &tensor)
        };
        fixture.words(&format!("{side}_fields")).into_iter().map(embedded).collect::<Vec<String>>()
    };
    let product = format!("mul({}, {})", concat(&vectors("gmf", "user")), concat(&vectors("gmf", "item")));
    let pair = concat(&[vectors("mlp", "user"), vectors("mlp", "item")].concat());
    neural(case, &product, &pair);
    case.bce("ncf", None);
}
