//! Specs of the ranking models: fields of keys, a label.

use crate::case::{Case, Given};
use crate::features::concat;

/// The vectors of all fields, as fields.
fn embed(case: &mut Case<'_>) -> String {
    let fields = columns(case);
    for field in &fields {
        case.weight(&format!("tables.{field}.weight"), &format!("param.emb.{field}"));
    }
    format!("embed({}, dim = {})", fields.join(", "), case.fixture.number("dim"))
}

/// The sum of the first-order weights of all fields.
fn linear(case: &mut Case<'_>) -> String {
    let fields = columns(case);
    for field in &fields {
        case.weight(&format!("tables.linear_{field}.weight"), &format!("param.linear.{field}"));
    }
    format!("linear({})", fields.join(", "))
}

/// The columns of all fields, each key being the number of its row.
fn columns(case: &mut Case<'_>) -> Vec<String> {
    let fixture = case.fixture;
    let fields = fixture.words("fields");
    for field in &fields {
        let rows = fixture.tensor(&format!("param.emb.{field}")).shape[0];
        case.plain(field, &format!("id(vocab = range(0, {rows}), oov = error)"));
    }
    fields.into_iter().map(String::from).collect()
}

/// A score with the trained number that is added to it, where the model has one.
fn biased(case: &mut Case<'_>, site: &str, score: String) -> String {
    if !case.fixture.tensors.contains_key("param.bias") {
        return score;
    }
    case.layer(site, "bias", &[("bias", &["param.bias".to_string()])]);
    format!("bias({score})")
}

/// The vectors of all fields, one by one.
fn vectors(case: &mut Case<'_>) -> Vec<String> {
    let fields = columns(case);
    let looked_up = |field: String| {
        case.table_of_column(&field, &format!("param.emb.{field}"));
        format!("{field}[{field}]")
    };
    fields.into_iter().map(looked_up).collect()
}

/// The products of all pairs of vectors, in lexicographic order.
fn pairs(vectors: &[String], function: &str) -> Vec<String> {
    let later =
        |(at, first)| vectors[at + 1..].iter().map(move |second| format!("{function}({first}, {second})"));
    vectors.iter().enumerate().flat_map(later).collect()
}

/// A tower `deep`: dense layers over the vectors beside each other, and a head.
fn deep(case: &mut Case<'_>) {
    let activation = case.fixture.word("activation");
    let fields = embed(case);
    let hidden = case.mlp("deep", &format!("flatten({fields})"), "dnn", activation, activation);
    let deep = case.dense("deep", &hidden, "head", "linear");
    case.tower("deep", &deep);
}

pub(crate) fn fm(case: &mut Case<'_>) {
    let (first, fields) = (linear(case), embed(case));
    let logit = biased(case, "fm", format!("{first} + fm({fields})"));
    case.tower("fm", &logit);
    case.bce("fm", None);
}

pub(crate) fn wide_deep(case: &mut Case<'_>) {
    let first = linear(case);
    case.tower("wide", &first);
    deep(case);
    case.bce("(wide + deep) / 2", None);
}

pub(crate) fn deepfm(case: &mut Case<'_>) {
    let (first, fields) = (linear(case), embed(case));
    case.tower("fm", &format!("{first} + fm({fields})"));
    deep(case);
    case.bce("fm + deep", None);
}

pub(crate) fn deep_crossing(case: &mut Case<'_>) {
    let mut lets = format!("let unit = flatten({})\n", embed(case));
    let mut value = "unit".to_string();
    for unit in 0..case.fixture.list("hidden").len() {
        let inner = case.dense("deep", &value, &format!("res.{unit}.0"), "relu");
        let residual = case.dense("deep", &inner, &format!("res.{unit}.1"), "linear");
        lets += &format!("let unit_{unit} = relu({value} + {residual})\n");
        value = format!("unit_{unit}");
    }
    let logit = case.dense("deep", &value, "head", "linear");
    case.tower("deep", &(lets + &logit));
    case.bce("deep", None);
}

fn pnn(case: &mut Case<'_>, product: &str) {
    let vectors = vectors(case);
    let products = [&vectors[..], &pairs(&vectors, product)].concat();
    let units = case.fixture.tensor("param.product.bias").shape[0];
    let weights = ["param.product.z.weight", "param.product.p.weight"].map(String::from);
    case.layer("deep", "dense", &[("weight", &weights), ("bias", &["param.product.bias".to_string()])]);
    let activation = case.fixture.word("activation");
    let hidden = format!("dense({}, {units}, relu)", concat(&products));
    let hidden = case.mlp("deep", &hidden, "dnn", activation, activation);
    let logit = case.dense("deep", &hidden, "head", "linear");
    case.tower("deep", &logit);
    case.bce("deep", None);
}

pub(crate) fn pnn_inner(case: &mut Case<'_>) {
    pnn(case, "dot");
}

pub(crate) fn pnn_inner_kernel(case: &mut Case<'_>) {
    pnn(case, "mul");
}

pub(crate) fn nfm(case: &mut Case<'_>) {
    let fixture = case.fixture;
    case.training = fixture.flag("training");
    let pairs = format!("bi_interaction({})", embed(case));
    case.tower("bi_interaction", &pairs);
    let of = |kind: &str, name: &str| [format!("{kind}.bn.{name}")];
    let (weight, bias) = (of("param", "weight"), of("param", "bias"));
    let (mean, variance) = (of("buffer", "running_mean"), of("buffer", "running_var"));
    let parts: [(&str, &[String]); 4] =
        [("weight", &weight), ("bias", &bias), ("running_mean", &mean), ("running_var", &variance)];
    case.layer("bn_output", "batch_norm", &parts);
    let (momentum, epsilon) = (fixture.number("bn_momentum"), fixture.number("bn_eps"));
    case.tower("bn_output", &format!("batch_norm({pairs}, momentum = {momentum}, epsilon = {epsilon})"));
    for statistic in ["running_mean", "running_var"] {
        case.gives(&format!("bn_{statistic}"), Given::Weight(format!("bn_output.batch_norm_0.{statistic}")));
    }
    let activation = fixture.word("activation");
    let hidden = case.mlp("objective", "bn_output", "dnn", activation, activation);
    let logit = case.dense("objective", &hidden, "head", "linear");
    with_linear_term(case, logit);
}

/// The objective of a logit, with a tower of first-order terms added to it where the options ask for one.
fn with_linear_term(case: &mut Case<'_>, mut logit: String) {
    if case.fixture.flag("linear_term") {
        let first = linear(case);
        let wide = biased(case, "wide", first);
        case.tower("wide", &wide);
        logit += " + wide";
    }
    case.bce(&logit, None);
}

pub(crate) fn afm_avg(case: &mut Case<'_>) {
    let products = pairs(&vectors(case), "mul");
    case.tower("pooled", &format!("({}) / {}", products.join(" + "), products.len()));
    let logit = case.dense("objective", "pooled", "head", "linear");
    with_linear_term(case, logit);
}
