//! Specs of the models that are trained with candidates drawn from a catalogue.

use crate::case::{Case, Given};
use crate::features::concat;

/// The key of the catalogue.
const ITEM: &str = "movie_id";

/// The layer over the towers' names that ends in the objective, and the tower of candidates.
fn sampled(case: &mut Case<'_>, query: &str) {
    let fixture = case.fixture;
    let tensor = format!("param.emb.{ITEM}");
    case.catalogue(ITEM, fixture.tensor(&tensor).shape[0], ITEM);
    case.table(ITEM, &tensor);
    case.tower("item_embedding", &format!("{ITEM}[{ITEM}]"));
    let normalize = if fixture.flag("normalize") { ", normalize" } else { "" };
    case.objective = format!(
        "sampled_softmax({query}, item_embedding, negatives = {}, temperature = {}{normalize})",
        fixture.number("num_sampled"),
        fixture.number("temperature")
    );
    case.draw = Some((fixture.tensor("in.sampled_ids").values.clone(), fixture.number("num_tries") as u64));
    for output in ["logits", "loss_per_example"] {
        case.gives(output, Given::OnTheWay);
    }
}

/// Tables of single keys.
fn embedded(case: &mut Case<'_>, fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| case.embedded(field, field, &format!("param.emb.{field}"))).collect()
}

pub(crate) fn youtubednn(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let activation = fixture.word("activation");
    let output = fixture.hyper["output_activation"].as_str().unwrap_or(activation);
    let features = case.features(fixture.list("user_features"));
    let user = case.mlp("user_embedding", &concat(&features), "user_dnn", activation, output);
    case.tower("user_embedding", &user);
    sampled(case, "user_embedding");
}

pub(crate) fn mind(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let activation = fixture.word("activation");
    let output = fixture.hyper["output_activation"].as_str().unwrap_or(activation);
    let interests = fixture.number("k_max");
    let length = fixture.tensor("in.hist_movie_id").shape[1];
    case.cut_sequence("hist_movie_id", "hist_len");
    case.vector("routing_init", "routing_init", 0..length * interests as usize);
    let user = embedded(case, &fixture.words("user_fields"));
    case.layer("interests", "capsules", &[("weight", &["param.capsule.bilinear.weight"])]);
    let routed = format!(
        "capsule_routing({ITEM}[hist_movie_id], {interests}, units = {}, iterations = {}, initial = routing_init, dynamic = {})",
        fixture.tensor("param.capsule.bilinear.weight").shape[0],
        fixture.number("routing_iterations"),
        fixture.flag("dynamic_k")
    );
    let both = format!("concat({}, {routed})", user.join(", "));
    let value = case.mlp("interests", &both, "user_dnn", activation, output);
    case.tower("interests", &value);
    let power = fixture.number("p").min(100.0);
    sampled(case, &format!("label_aware_attention(interests, item_embedding, power = {power})"));
    for output in ["capsules", "routing_weights", "label_attention", "user_embedding"] {
        case.gives(output, Given::OnTheWay);
    }
}

pub(crate) fn sdm(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let site = "user_embedding";
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
    for part in ["q", "k", "v", "o"] {
        case.dense(site, "", &format!("mha.{part}"), "");
    }
    let bias = if fixture.tensors.contains_key("param.mha.q.bias") { "" } else { ", bias = false" };
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
    case.tower(site, &format!("{lets}gate * short + (1 - gate) * long"));
    sampled(case, site);
    for output in ["user_emb", "prefer_output", "rnn_output", "short_output", "gate"] {
        case.gives(output, Given::OnTheWay);
    }
}
