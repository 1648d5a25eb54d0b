//! Specs of the models that are trained with candidates sampled from a catalog.

use crate::case::Case;
use crate::features::concat;
use crate::given::Given;
use crate::matching::activations;

/// Key of the catalog.
const ITEM: &str = "movie_id";

/// Sets the objective of a query (a tower or an expression over towers) and adds the candidate tower.
fn sampled(case: &mut Case<'_>, query: &str) {
    let fixture = case.fixture;
    let tensor = format!("param.emb.{ITEM}");
    case.catalog(ITEM, fixture.tensor(&tensor).shape[0], ITEM);
    case.table(ITEM, &tensor);
    case.tower("item_embedding", &format!("{ITEM}[{ITEM}]"));
    let drawn = fixture.tensor("in.sampled_ids").values.clone();
    fixture.says("num_sampled", drawn.len());
    let normalize = if fixture.flag("normalize") { ", normalize" } else { "" };
    case.objective = format!(
        "sampled_softmax({query}, item_embedding, negatives = {}, temperature = {}{normalize})",
        drawn.len(),
        fixture.number("temperature")
    );
    case.draw = Some((drawn, fixture.number("num_tries") as u64));
    case.gives("logits", Given::OwnAndDrawn("op.softmax_0.logits".to_string()));
    case.gives("loss_per_example", Given::Is("op.softmax_0.losses".to_string()));
}

/// Looks up single keys.
fn embedded(case: &mut Case<'_>, fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| case.embedded(field, field, &format!("param.emb.{field}"))).collect()
}

pub(crate) fn youtubednn(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let features = case.features(fixture.list("user_features"));
    let (widths, activations) = (fixture.widths("user_hidden"), activations(case));
    let user = case.mlp("user_embedding", &concat(&features), "user_dnn", &widths, activations);
    case.tower("user_embedding", &user);
    sampled(case, "user_embedding");
}

/// Interests in the tower `site`.
fn interests(case: &mut Case<'_>, site: &str) -> String {
    let fixture = case.fixture;
    let kinds = fixture.number("k_max") as usize;
    let length = fixture.tensor("in.hist_movie_id").shape[1];
    case.cut_sequence("hist_movie_id", "hist_len");
    case.vector("routing_init", "routing_init", 0..length * kinds);
    let user = embedded(case, &fixture.words("user_fields"));
    case.table(ITEM, &format!("param.emb.{ITEM}"));
    case.layer(site, "capsules", &[("weight", &["param.capsule.bilinear.weight"])]);
    let routed = format!(
        "capsule_routing({ITEM}[hist_movie_id], {kinds}, units = {}, iterations = {}, initial = routing_init, dynamic = {})",
        fixture.tensor("param.capsule.bilinear.weight").shape[0],
        fixture.number("routing_iterations"),
        fixture.flag("dynamic_k")
    );
    case.gives("capsules", Given::Is("op.capsule_routing_0.capsules".to_string()));
    case.gives("routing_weights", Given::Is("op.capsule_routing_0.weights".to_string()));
    let both = format!("concat({}, {routed})", user.join(", "));
    let (widths, activations) = (fixture.widths("user_hidden"), activations(case));
    case.mlp(site, &both, "user_dnn", &widths, activations)
}

/// The label is the query of label-aware attention, as output of the candidate tower. If that is normalized,
/// the label is looked up in the table, in a tower of the user and the label.
pub(crate) fn mind(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let power = fixture.number("p").min(100.0);
    let noted = |what: &str| Given::Is(format!("op.label_aware_attention_0.{what}"));
    let value = interests(case, "interests");
    case.tower("interests", &value);
    case.gives("label_attention", noted("weights"));
    if !fixture.flag("normalize") {
        case.gives("user_embedding", noted("sum"));
        return sampled(case, &format!("label_aware_attention(interests, item_embedding, power = {power})"));
    }
    case.column("label", &format!("id(from = records.{ITEM})"));
    let value = interests(case, "user_embedding");
    let user = format!("label_aware_attention({value}, {ITEM}[label], power = {power})");
    case.tower("user_embedding", &user);
    sampled(case, "user_embedding");
}

pub(crate) fn sdm(case: &mut Case<'_>) {
    let (width, layers) = (case.fixture.number("units") as usize, case.fixture.number("rnn_layers"));
    let steps = case.fixture.tensor("in.short_movie_id").shape[1];
    let user = "gate * short + (1 - gate) * long";
    let lets = parts_of_user(case, "user_embedding");
    case.tower("user_embedding", &format!("{lets}{user}"));
    // Parts of the user's vector, in a tower with the same weights.
    let parts = [
        ("user_emb", "profile".to_string(), width),
        ("prefer_output", "long".to_string(), width),
        ("rnn_output", format!("flatten(session_{layers})"), steps * width),
        ("short_output", "short".to_string(), width),
        ("gate", "gate".to_string(), width),
    ];
    let lets = parts_of_user(case, "parts");
    case.parts("parts", &lets, &parts);
    sampled(case, "user_embedding");
}

/// `let`s of a tower `site`: parts of the user's vector.
fn parts_of_user(case: &mut Case<'_>, site: &str) -> String {
    let fixture = case.fixture;
    let activation = fixture.word("activation");
    let units = fixture.number("units");
    let user = embedded(case, &fixture.words("user_fields"));
    let mut lets = format!("let profile = {}\n", case.dense(site, &concat(&user), "user_emb", activation));
    let (mut fused, mut short) = (Vec::new(), Vec::new());
    for field in fixture.words("history_fields") {
        case.table(field, &format!("param.emb.{field}"));
        case.cut_sequence(&format!("prefer_{field}"), "prefer_sess_length");
        case.cut_sequence(&format!("short_{field}"), "short_sess_length");
        let keys = format!("{field}[prefer_{field}]");
        let width = fixture.tensor(&format!("param.emb.{field}")).shape[1] as f64;
        let scores =
            case.dense(site, &format!("concat(profile, {keys})"), &format!("prefer_att.{field}"), "tanh");
        fused.push(format!("attention_pool({keys}, scores = {scores} / {})", width.sqrt()));
        short.push(format!("{field}[short_{field}]"));
    }
    lets += &format!("let long = {}\n", case.dense(site, &concat(&fused), "prefer_out", activation));
    lets += &format!("let session_0 = {}\n", case.dense(site, &concat(&short), "short_in", activation));
    let layers = fixture.number("rnn_layers") as usize;
    for layer in 0..layers {
        let names = ["weight_ih", "weight_hh", "bias"].map(|part| format!("param.lstm.{layer}.{part}"));
        let [input, state, bias] = names.each_ref().map(String::as_str);
        case.layer(site, "hidden", &[("weight_ih", &[input]), ("weight_hh", &[state]), ("bias", &[bias])]);
        let residual = match layer + fixture.number("rnn_num_res") as usize >= layers {
            true => format!("session_{layer} + "),
            false => String::new(),
        };
        lets += &format!(
            "let session_{} = {residual}lstm(session_{layer}, {units}, forget_bias = {})\n",
            layer + 1,
            fixture.number("forget_bias")
        );
    }
    let bias = case.attention_layers(site, "mha", &["q", "k", "v", "o"]);
    case.with_bias(site, "layer_norm", "mha_ln");
    lets += &format!(
        "let near = layer_norm(session_{layers} + self_attention(session_{layers}, heads = {}, causal = true{bias}), epsilon = {:e})\n",
        fixture.number("num_head"),
        fixture.number("layer_norm_eps")
    );
    lets += &format!("let asked = {}\n", case.dense(site, "profile", "user_att", activation));
    lets += &format!(
        "let short = attention_pool(near, scores = dot(asked, near) / {}) + mean(near)\n",
        units.sqrt()
    );
    lets += &format!("let gate = {}\n", case.dense(site, "concat(long, short, profile)", "gate", "sigmoid"));
    lets
}
