//! Specs of single blocks. Inputs are table rows; the loss is the sum of the outputs times given numbers.

use crate::case::Case;

/// Inputs of blocks: a trained vector for each position of each record.
impl Case<'_> {
    /// Adds a sequence of table rows, one per position of a record: all positions, or those within its
    /// length.
    fn positions(&mut self, column: &str, within_length: bool) {
        let shape = &self.fixture.tensor("param.x").shape;
        let (records, length) = (shape[0], shape[1]);
        let lengths = &self.fixture.tensor("in.len").values;
        let rows = |record: usize| {
            let positions = if within_length { lengths[record] as usize } else { length };
            (0..positions).map(|position| (record * length + position) as f64).collect()
        };
        self.sequence(column, length, "back", (0..records).map(rows));
    }

    /// Adds a tower `parts` with the loss of each record and its outputs.
    fn summed(&mut self, lets: &str, outputs: Vec<(&str, String, usize)>, products: &[String]) {
        let loss = format!("{lets}let loss = {}\n", products.join(" + "));
        let parts = [vec![("loss of a record", "loss".to_string(), 1)], outputs.clone()].concat();
        self.parts("parts", &loss, &parts);
        self.objective = self.sum_of("slice(parts, from = 0, width = 1)");
    }
}

pub(crate) fn lstm(case: &mut Case<'_>) {
    case.positions("valid", true);
    case.table("x", "param.x");
    case.table_of_column("ct", "in.ct");
    let names = ["weight_ih", "weight_hh", "bias"].map(|part| format!("param.lstm.{part}"));
    let [input, state, bias] = names.each_ref().map(String::as_str);
    case.layer("parts", "hidden", &[("weight_ih", &[input]), ("weight_hh", &[state]), ("bias", &[bias])]);
    let (units, forget) = (case.fixture.number("units"), case.fixture.number("forget_bias"));
    let lets = format!("let h = lstm(x[valid], {units}, forget_bias = {forget})\n");
    let width = case.fixture.tensor("out.h").shape[1] * units as usize;
    case.summed(&lets, vec![("h", "flatten(h)".to_string(), width)], &["sum(dot(h, ct[valid]))".to_string()]);
}

/// All positions are queries; valid positions are keys.
pub(crate) fn attention(case: &mut Case<'_>) {
    let fixture = case.fixture;
    case.positions("every", false);
    case.positions("valid", true);
    case.table("x", "param.x");
    let heads = fixture.number("heads");
    let dim = fixture.tensor("param.x").shape[2];
    let (mut lets, mut outputs, mut products) = (String::new(), Vec::new(), Vec::new());
    for (name, causal) in [("bidirectional", false), ("causal", true)] {
        let query = case.dense("parts", "x[every]", "mha.q", "linear");
        let [key, value] =
            ["k", "v"].map(|part| case.dense("parts", "x[valid]", &format!("mha.{part}"), "linear"));
        let attended = format!("attention({query}, {key}, {value}, heads = {heads}, causal = {causal})");
        lets += &format!("let {name} = {}\n", case.dense("parts", &attended, "mha.o", "linear"));
    }
    case.with_bias("parts", "layer_norm", "ln");
    lets +=
        &format!("let layer_norm = layer_norm(x[every], epsilon = {:e})\n", fixture.number("layer_norm_eps"));
    for name in ["bidirectional", "causal", "layer_norm"] {
        let factor = format!("ct_{name}");
        case.table_of_column(&factor, &format!("in.{factor}"));
        outputs.push((name, format!("flatten({name})"), dim * fixture.tensor("param.x").shape[1]));
        products.push(format!("sum(dot({name}, {factor}[every]))"));
    }
    case.summed(&lets, outputs, &products);
}

pub(crate) fn pooling(case: &mut Case<'_>) {
    let fixture = case.fixture;
    case.table("t", "param.emb.t");
    let dim = fixture.tensor("param.emb.t").shape[1];
    let (mut lets, mut outputs, mut products) = (String::new(), Vec::new(), Vec::new());
    for name in fixture.words("outputs") {
        let value = match name.split_once('_') {
            None => {
                case.bag("ids", None, None);
                format!("{name}(t[ids])")
            }
            Some(("w", combiner)) => {
                case.bag_as("weighted", "ids", None, Some("weight"));
                format!("{combiner}(t[weighted])")
            }
            Some(("len", combiner)) => {
                case.bag("ids_garbage", Some("len"), None);
                format!("{combiner}(t[ids_garbage])")
            }
            Some(("deepctr", form)) => deepctr(case, form, dim),
            Some(_) => panic!("{}: no output `{name}` is known", fixture.name),
        };
        let factor = format!("ct_{name}");
        case.vector(&factor, &factor, 0..dim);
        lets += &format!("let value_{name} = {value}\n");
        outputs.push((name, format!("value_{name}"), dim));
        products.push(format!("dot(value_{name}, {factor})"));
    }
    case.summed(&lets, outputs, &products);
}

/// Pooling as in DeepCTR: vectors times weights, or times the softmax of the weights, pooled without weights.
/// The weights are rows of a table with one row per position of each record; each column has the weight.
fn deepctr(case: &mut Case<'_>, form: &str, dim: usize) -> String {
    let (ids, weights) = (case.fixture.tensor("in.ids"), case.fixture.tensor("in.weight"));
    let length = ids.shape[1];
    let valid = |ids: &[f64]| (0..length).filter(|&at| ids[at] != 0.0).collect::<Vec<usize>>();
    let keys = |ids: &[f64]| valid(ids).into_iter().map(|at| ids[at]).collect();
    case.sequence("valid", length, "back", ids.rows().map(keys));
    let places = |(record, ids): (usize, &[f64])| {
        valid(ids).into_iter().map(|at| (record * length + at) as f64).collect()
    };
    case.sequence("place", length, "back", ids.rows().enumerate().map(places));
    let each = |weight: &f64| vec![*weight; dim];
    let keys = |rows: usize| format!("dim = {dim}, vocab = range(0, {rows}), oov = error");
    case.aid("weight", &keys(weights.values.len()), weights.values.iter().flat_map(each).collect());
    match form.split_once('_') {
        Some(("raw", combiner)) => format!("{combiner}(mul(t[valid], weight[place]))"),
        Some(("norm", combiner)) => {
            // The softmax sums. Pooling a sequence of one 1 and zeros gives the reciprocal divisor.
            let one = |ids: &[f64]| (0..valid(ids).len()).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect();
            case.sequence("first", length, "back", ids.rows().map(one));
            case.aid("one", &keys(2), [vec![0.0; dim], vec![1.0; dim]].concat());
            let scores = "slice(weight[place], from = 0, width = 1)";
            format!("attention_pool(t[valid], scores = {scores}) * {combiner}(one[first])")
        }
        _ => panic!("{}: no output `deepctr_{form}` is known", case.fixture.name),
    }
}
