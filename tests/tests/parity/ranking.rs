//! Specs of the ranking models: key or numeric fields, and a label.

use crate::case::Case;
use crate::features::concat;
use crate::given::Given;

/// Columns of all fields. Keys are row numbers.
fn columns(case: &mut Case<'_>) -> Vec<String> {
    let fixture = case.fixture;
    let fields = fixture.words("fields");
    for field in &fields {
        let rows = fixture.tensor(&format!("param.emb.{field}")).shape[0];
        case.plain(field, &format!("id(vocab = range(0, {rows}), oov = error)"));
    }
    fields.into_iter().map(String::from).collect()
}

/// Adds a layer with a table for each field.
fn over_fields(case: &mut Case<'_>, layer: &str, tables: &str, tensors: &str, options: &str) -> String {
    let fields = columns(case);
    for field in &fields {
        case.weight(&format!("tables.{tables}{field}.weight"), &[&format!("param.{tensors}.{field}")]);
    }
    format!("{layer}({}{options})", fields.join(", "))
}

/// Vectors of all fields.
fn embed(case: &mut Case<'_>) -> String {
    let dim = format!(", dim = {}", case.fixture.number("dim"));
    over_fields(case, "embed", "", "emb", &dim)
}

/// First-order terms of all fields.
fn linear(case: &mut Case<'_>) -> String {
    over_fields(case, "linear", "linear_", "linear", "")
}

/// Adds the trained bias to a score, if the model has one.
fn biased(case: &mut Case<'_>, site: &str, score: String) -> String {
    if !case.fixture.has("param.bias") {
        return score;
    }
    case.layer(site, "bias", &[("bias", &["param.bias"])]);
    format!("bias({score})")
}

/// Dense layers over the concatenated vectors.
fn deep(case: &mut Case<'_>, site: &str, fields: &str) -> String {
    let activation = case.fixture.word("activation");
    let widths = case.fixture.widths("hidden");
    case.mlp(site, &format!("flatten({fields})"), "dnn", &widths, [activation; 2])
}

/// Adds a tower `deep`: dense layers and a head.
fn deep_tower(case: &mut Case<'_>) {
    let fields = embed(case);
    let hidden = deep(case, "deep", &fields);
    let logit = case.dense("deep", &hidden, "head", "linear");
    case.tower("deep", &logit);
}

/// Sets the objective of a logit, with a tower of first-order terms if the options have one.
fn with_linear_term(case: &mut Case<'_>, mut logit: String) {
    if case.fixture.flag("linear_term") {
        let first = linear(case);
        let wide = biased(case, "wide", first);
        case.tower("wide", &wide);
        logit += " + wide";
    }
    case.bce(&logit, None);
}

pub(crate) fn fm(case: &mut Case<'_>) {
    let (first, fields) = (linear(case), embed(case));
    let logit = biased(case, "fm", format!("{first} + fm({fields})"));
    case.tower("fm", &logit);
    case.bce("fm", None);
}

pub(crate) fn ffm(case: &mut Case<'_>) {
    let dim = format!(", dim = {}", case.fixture.number("dim"));
    let (first, pairs) = (linear(case), over_fields(case, "ffm", "ffm_", "emb", &dim));
    let logit = biased(case, "ffm", format!("{first} + {pairs}"));
    case.tower("ffm", &logit);
    case.bce("ffm", None);
}

pub(crate) fn wide_deep(case: &mut Case<'_>) {
    let first = linear(case);
    case.tower("wide", &first);
    deep_tower(case);
    case.bce("(wide + deep) / 2", None);
}

pub(crate) fn deepfm(case: &mut Case<'_>) {
    let (first, fields) = (linear(case), embed(case));
    case.tower("fm", &format!("{first} + fm({fields})"));
    deep_tower(case);
    case.bce("fm + deep", None);
}

pub(crate) fn deep_crossing(case: &mut Case<'_>) {
    let mut value = format!("flatten({})", embed(case));
    for (unit, width) in case.fixture.widths("hidden").into_iter().enumerate() {
        case.two_layers("deep", "unit", &format!("res.{unit}"));
        value = format!("residual_unit({value}, {width})");
    }
    let logit = case.dense("deep", &value, "head", "linear");
    case.tower("deep", &logit);
    case.bce("deep", None);
}

pub(crate) fn pnn(case: &mut Case<'_>) {
    let products = match case.fixture.word("mode") {
        "inner" => "inner_product(fields)",
        "kernel" => "flatten(pairs(fields))",
        "outer" => "outer_product(fields)",
        mode => panic!("{}: no products of mode `{mode}` are known", case.fixture.name),
    };
    let lets = format!("let fields = {}\n", embed(case));
    let hidden = case.fixture.widths("hidden");
    let units = hidden[0];
    let weights = ["param.product.z.weight", "param.product.p.weight"];
    case.layer("deep", "dense", &[("weight", &weights), ("bias", &["param.product.bias"])]);
    let activation = case.fixture.word("activation");
    let first = format!("dense(concat(flatten(fields), {products}), {units}, relu)");
    let hidden = case.mlp("deep", &first, "dnn", &hidden[1..], [activation; 2]);
    let logit = case.dense("deep", &hidden, "head", "linear");
    case.tower("deep", &(lets + &logit));
    case.bce("deep", None);
}

pub(crate) fn dcn(case: &mut Case<'_>) {
    let layers = case.fixture.number("cross_layers");
    let value = format!("cross(flatten({}), {layers})", embed(case));
    for layer in 0..layers as usize {
        let [weight, bias] = ["weight", "bias"].map(|part| format!("param.cross.{layer}.{part}"));
        case.layer("cross", "crossed", &[("weight", &[&weight]), ("bias", &[&bias])]);
    }
    case.tower("cross", &value);
    let fields = embed(case);
    let hidden = deep(case, "deep", &fields);
    case.tower("deep", &hidden);
    let logit = case.dense("objective", "concat(cross, deep)", "head", "linear");
    case.bce(&logit, None);
}

pub(crate) fn nfm(case: &mut Case<'_>) {
    let fixture = case.fixture;
    case.training = fixture.flag("training");
    let pairs = format!("bi_interaction({})", embed(case));
    case.tower("bi_interaction", &pairs);
    let parts: [(&str, &[&str]); 4] = [
        ("weight", &["param.bn.weight"]),
        ("bias", &["param.bn.bias"]),
        ("running_mean", &["buffer.bn.running_mean"]),
        ("running_var", &["buffer.bn.running_var"]),
    ];
    case.layer("bn_output", "batch_norm", &parts);
    let (momentum, epsilon) = (fixture.number("bn_momentum"), fixture.number("bn_eps"));
    case.tower("bn_output", &format!("batch_norm({pairs}, momentum = {momentum}, epsilon = {epsilon})"));
    for statistic in ["running_mean", "running_var"] {
        let weight = format!("weight.bn_output.batch_norm.{statistic}");
        case.gives(&format!("bn_{statistic}"), Given::Is(weight));
    }
    let activation = fixture.word("activation");
    let hidden = case.mlp("objective", "bn_output", "dnn", &fixture.widths("hidden"), [activation; 2]);
    let logit = case.dense("objective", &hidden, "head", "linear");
    with_linear_term(case, logit);
}

pub(crate) fn afm(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let pairs = format!("pairs({})", embed(case));
    let pooled = match fixture.word("mode") {
        "max" => format!("max({pairs})"),
        "avg" => format!("mean({pairs})"),
        "att" => attention(case, &pairs),
        mode => panic!("{}: no pooling of mode `{mode}` is known", fixture.name),
    };
    if fixture.word("mode") != "att" {
        fixture.without_effect(&["attention_units", "activation"]);
    }
    case.tower("pooled", &pooled);
    let logit = case.dense("objective", "pooled", "head", "linear");
    with_linear_term(case, logit);
}

/// Attention pooling, and a tower of its weights: the same attention over unit vectors.
fn attention(case: &mut Case<'_>, pairs: &str) -> String {
    let fixture = case.fixture;
    let (units, activation) = (fixture.number("attention_units"), fixture.word("activation"));
    fixture.says("attention_units", fixture.tensor("param.att.W.weight").shape[0]);
    let scores = |case: &mut Case<'_>, site: &str| {
        let hidden = case.dense(site, pairs, "att.W", activation);
        case.dense(site, &hidden, "att.h", "linear")
    };
    let fields = fixture.words("fields").len();
    let each = case.units(fields * (fields - 1) / 2);
    let weights = scores(case, "attention");
    case.tower("attention", &format!("attention_pool({each}, scores = {weights})"));
    if fixture.has("param.att.h.bias") {
        let scores = scores(case, "pooled");
        return format!("attention_pool({pairs}, scores = {scores})");
    }
    let parts: [(&str, &[&str]); 3] = [
        ("hidden.weight", &["param.att.W.weight"]),
        ("hidden.bias", &["param.att.W.bias"]),
        ("score.weight", &["param.att.h.weight"]),
    ];
    case.layer("pooled", "attention", &parts);
    format!("attention_pool({pairs}, {units}, {activation})")
}

pub(crate) fn xdeepfm(case: &mut Case<'_>) {
    let sizes = case.fixture.widths("cin_sizes");
    let value = format!("cin({}, {sizes:?})", embed(case));
    for size in 0..sizes.len() {
        case.layer("cin", "cin", &[("weight", &[&format!("param.cin.{size}.weight")])]);
    }
    case.tower("cin", &value);
    let fields = embed(case);
    let hidden = deep(case, "deep", &fields);
    let logit = case.dense("deep", &hidden, "dnn_dense", "linear");
    case.tower("deep", &logit);
    let first = linear(case);
    let wide = biased(case, "wide", first);
    case.tower("wide", &wide);
    let interactions = case.dense("objective", "cin", "cin_dense", "linear");
    case.bce(&format!("wide + deep + {interactions}"), None);
}

/// Adds the vector `x` of a record.
fn numbers(case: &mut Case<'_>) {
    let width = case.fixture.tensor("in.x").shape[1];
    case.vector("x", "x", 0..width);
}

/// Sets the objective of values of the tower `parts`, which are outputs of the fixture: of a head over one of
/// them if there is a head, else of a logit.
fn parts(case: &mut Case<'_>, lets: &str, values: &[(&str, usize)], under_head: &str, logit: &str) {
    let mut parts: Vec<(&str, String, usize)> =
        values.iter().map(|&(name, width)| (name, name.to_string(), width)).collect();
    let heads = case.fixture.number("head_units") as usize;
    if heads == 0 {
        case.parts("parts", lets, &parts);
        return case.bce(logit, None);
    }
    let logits = case.dense("parts", under_head, "head", "linear");
    let from: usize = values.iter().map(|(_, width)| width).sum();
    parts.push(("logit", "logits".to_string(), heads));
    parts.push(("prob", "sigmoid(logits)".to_string(), heads));
    case.parts("parts", &format!("{lets}let logits = {logits}\n"), &parts);
    let labels = &case.fixture.tensor("in.label").values;
    let term = |head: usize| {
        let label = format!("label_{head}");
        case.column(&label, "label");
        case.field(&label, labels.iter().skip(head).step_by(heads).map(f64::to_string));
        format!("{} * bce({}, {label})", 1.0 / heads as f64, part(from + head))
    };
    case.objective = (0..heads).map(term).collect::<Vec<_>>().join(" + ");
}

/// Column of the tower `parts`.
fn part(column: usize) -> String {
    format!("slice(parts, from = {column}, width = 1)")
}

pub(crate) fn fm_real(case: &mut Case<'_>) {
    numbers(case);
    let (factors, width) = (case.fixture.number("factors"), case.fixture.number("output_dim") as usize);
    case.fixture.says("n_features", case.fixture.tensor("in.x").shape[1]);
    case.layer("parts", "numbers", &[("weight", &["param.V"])]);
    let linear = case.dense("parts", "x", "linear", "linear");
    let pairs = concat(&vec!["pairs".to_string(); width]);
    let lets = format!("let pairs = fm(embed(x, dim = {factors}))\nlet fm = {linear} + {pairs}\n");
    parts(case, &lets, &[("fm", width)], "fm", &part(0));
}

pub(crate) fn deepfm_field(case: &mut Case<'_>) {
    numbers(case);
    let (mut from, mut latents) = (0, Vec::new());
    for (field, width) in case.fixture.widths("field_lengths").into_iter().enumerate() {
        let numbers = format!("slice(x, from = {from}, width = {width})");
        case.fixture.says("dim", case.fixture.tensor(&format!("param.field.{field}.weight")).shape[0]);
        latents.push(case.dense("parts", &numbers, &format!("field.{field}"), "linear"));
        from += width;
    }
    let linear = match case.fixture.has("param.linear.bias") {
        true => case.dense("parts", "x", "linear", "linear"),
        false => {
            case.layer("parts", "linear", &[("weight", &["param.linear.weight"])]);
            "linear(x)".to_string()
        }
    };
    let hidden = deep(case, "parts", "fields");
    let deep = case.dense("parts", &hidden, "dnn_out", "linear");
    let fields = latents.join(", ");
    let lets = format!("let fields = stack({fields})\nlet fm = {linear} + fm(fields)\nlet deep = {deep}\n");
    parts(case, &lets, &[("fm", 1), ("deep", 1)], "fm + deep", &format!("{} + {}", part(0), part(1)));
}
