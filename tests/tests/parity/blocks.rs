//! Specs of single blocks: their inputs are rows of tables, and the loss is the sum of their outputs times given numbers.

use crate::case::Case;
use crate::features::SEPARATOR;

/// What blocks read: a trained vector for each position of each record.
impl Case<'_> {
    /// A sequence of rows of tables, one for each position of a record: all of them, or those within its length.
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

    /// A tower `parts` that gives the loss of each record, and its outputs beside it.
    fn summed(&mut self, lets: &str, outputs: Vec<(&str, String, usize)>, products: &[String]) {
        let loss = format!("{lets}let loss = {}\n", products.join(" + "));
        let parts = [vec![("loss of a record", "loss".to_string(), 1)], outputs.clone()].concat();
        self.parts("parts", &loss, &parts);
        // A margin that no loss is below makes of a hinge a sum.
        let largest = outputs.iter().flat_map(|(name, ..)| {
            let (output, factor) = (self.fixture.tensor(&format!("out.{name}")), self.factor(name));
            let factor = &self.fixture.tensor(&format!("in.{factor}")).values;
            let width = output.values.len() / output.shape[0];
            let products = output.values.iter().zip(factor).map(|(output, factor)| (output * factor).abs());
            products
                .collect::<Vec<f64>>()
                .chunks(width)
                .map(|record| record.iter().sum())
                .collect::<Vec<f64>>()
        });
        let margin = (outputs.len() as f64 * largest.fold(0.0, f64::max)).ceil() + 1.0;
        let score = |by: &str| format!("slice(parts, from = 0, width = 1) * {by}");
        self.objective =
            format!("hinge({}, {}, margin = {margin}, reduction = sum)", score("0.5"), score("-0.5"));
        self.added_loss = margin * self.records() as f64;
    }

    /// The input that an output is multiplied with.
    fn factor(&self, output: &str) -> String {
        let own = format!("ct_{output}");
        if self.fixture.has(&format!("in.{own}")) { own } else { "ct".to_string() }
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

/// All positions ask, the valid ones answer.
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

/// DeepCTR's weights are data: they are scaled, or made a softmax, before they are pooled with.
pub(crate) fn pooling(case: &mut Case<'_>) {
    let fixture = case.fixture;
    case.bag("ids", None, None);
    case.bag("ids_garbage", Some("len"), None);
    case.bag_as("weighted", "ids", None, Some("weight"));
    case.table("t", "param.emb.t");
    let dim = fixture.tensor("param.emb.t").shape[1];
    let (mut lets, mut outputs, mut products) = (String::new(), Vec::new(), Vec::new());
    for name in fixture.words("outputs") {
        let value = match name.split_once('_') {
            None => format!("{name}(t[ids])"),
            Some(("w", combiner)) => format!("{combiner}(t[weighted])"),
            Some(("len", combiner)) => format!("{combiner}(t[ids_garbage])"),
            Some(("deepctr", form)) => {
                deepctr(case, form);
                format!("sum(t[{form}])")
            }
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

/// A bag with the weights that DeepCTR makes of those given.
fn deepctr(case: &mut Case<'_>, form: &str) {
    let (ids, weights) = (case.fixture.tensor("in.ids"), case.fixture.tensor("in.weight"));
    let bag = |(ids, weights): (&[f64], &[f64])| {
        let valid: Vec<(f64, f64)> =
            ids.iter().copied().zip(weights.iter().copied()).filter(|(id, _)| *id != 0.0).collect();
        let exponentials: f64 = valid.iter().map(|(_, weight)| weight.exp()).sum();
        let (weights, combiner) = form.split_once('_').unwrap_or_default();
        let count = match combiner {
            "mean" => valid.len() as f64,
            "sum" => 1.0,
            "sqrtn" => (valid.len() as f64).sqrt(),
            _ => panic!("{}: no output `deepctr_{form}` is known", case.fixture.name),
        };
        let weigh = |weight: f64| match weights {
            "norm" => weight.exp() / exponentials / count,
            _ => weight / count,
        };
        valid
            .iter()
            .map(|(id, weight)| format!("{id}:{}", weigh(*weight)))
            .collect::<Vec<_>>()
            .join(SEPARATOR)
    };
    let texts: Vec<String> = ids.rows().zip(weights.rows()).map(bag).collect();
    case.column(form, &format!("weighted_ids(max = {}, separator = \"{SEPARATOR}\")", ids.shape[1]));
    case.field(form, texts.into_iter());
}
