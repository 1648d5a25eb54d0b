//! Specs of the sequence models.

use crate::case::Case;
use crate::features::SEPARATOR;
use crate::given::Given;

impl Case<'_> {
    /// Adds an ordered column with these keys for each record.
    pub(crate) fn sequence(
        &mut self,
        column: &str,
        max: usize,
        pad: &str,
        keys: impl Iterator<Item = Vec<f64>>,
    ) {
        self.column(column, &format!("sequence(max = {max}, pad = {pad}, separator = \"{SEPARATOR}\")"));
        let text = |keys: Vec<f64>| keys.iter().map(f64::to_string).collect::<Vec<_>>().join(SEPARATOR);
        self.field(column, keys.map(text));
    }

    /// Adds a column with the keys of an input that are within its length.
    pub(crate) fn cut_sequence(&mut self, column: &str, length: &str) {
        let keys = self.fixture.tensor(&format!("in.{column}"));
        let lengths = &self.fixture.tensor(&format!("in.{length}")).values;
        let cut = keys.rows().zip(lengths).map(|(keys, &length)| keys[..length as usize].to_vec());
        self.sequence(column, keys.shape[1], "back", cut);
    }

    /// History of some records, padded in front with 0.
    fn history(&mut self, records: &[usize]) {
        let hist = self.fixture.tensor("in.hist");
        let rows: Vec<&[f64]> = hist.rows().collect();
        let items = |&record: &usize| rows[record].iter().copied().filter(|&item| item != 0.0).collect();
        self.sequence("hist", hist.shape[1], "front", records.iter().map(items));
        self.table("item", "param.emb.item");
    }

    /// Maps the dense layers of self-attention to the parameters `<params>.q` and so on. Returns the layer
    /// option for no biases.
    pub(crate) fn attention_layers(&mut self, site: &str, params: &str, parts: &[&str]) -> &'static str {
        self.dense_layers(site, &parts.iter().map(|part| format!("{params}.{part}")).collect::<Vec<_>>())
    }

    /// Maps a layer of two dense layers to the parameters `<params>.0` and `<params>.1`.
    pub(crate) fn two_layers(&mut self, site: &str, layer: &str, params: &str) {
        let names = ["0.weight", "0.bias", "1.weight", "1.bias"].map(|part| format!("param.{params}.{part}"));
        let [w, b, v, c] = names.each_ref().map(String::as_str);
        let parts: [(&str, &[&str]); 4] =
            [("hidden.weight", &[w]), ("hidden.bias", &[b]), ("output.weight", &[v]), ("output.bias", &[c])];
        self.layer(site, layer, &parts);
    }

    /// Maps a layer with a weight and a bias.
    pub(crate) fn with_bias(&mut self, site: &str, layer: &str, params: &str) {
        let [weight, bias] = ["weight", "bias"].map(|part| format!("param.{params}.{part}"));
        self.layer(site, layer, &[("weight", &[&weight]), ("bias", &[&bias])]);
    }
}

/// All records of a fixture.
fn all(case: &Case<'_>) -> Vec<usize> {
    (0..case.fixture.tensor("in.hist").shape[0]).collect()
}

pub(crate) fn caser(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let records = all(case);
    case.history(&records);
    let (heights, activation) = (fixture.widths("heights"), fixture.word("activation"));
    fixture.says("max_len", fixture.tensor("in.hist").shape[1]);
    for height in &heights {
        case.with_bias("user_embedding", "horizontal", &format!("hconv.{height}"));
    }
    case.with_bias("user_embedding", "vertical", "vconv");
    let (across, along) = (fixture.number("n_horizontal"), fixture.number("n_vertical"));
    let windows = format!(
        "horizontal_convolution(item[hist], {heights:?}, {across}, {})",
        fixture.word("conv_activation")
    );
    let both = format!("concat({windows}, vertical_convolution(item[hist], {along}))");
    let short = case.dense("user_embedding", &both, "dense", activation);
    let user = case.embedded("user_id", "user", "param.emb.user");
    case.tower("user_embedding", &format!("concat({short}, {user})"));
    let item = case.embedded("item_id", "item2", "param.emb.item2");
    case.tower("item_embedding", &item);
    case.bce("dot(user_embedding, item_embedding)", None);
}

/// The tower gives the user's vector, and the vector of every position.
pub(crate) fn sasrec(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let records = case.pointwise(&[]);
    case.history(&records);
    let (length, dim) = (fixture.tensor("in.hist").shape[1], fixture.tensor("param.emb.item").shape[1]);
    fixture.says("max_len", length);
    case.layer("user", "at_positions", &[("weight", &["param.emb.pos"])]);
    let mut value = "item[hist] + position_embedding(item[hist])".to_string();
    for block in 0..fixture.number("blocks") as usize {
        let params = format!("blocks.{block}");
        let bias = case.attention_layers("user", &format!("{params}.mha"), &["q", "k", "v"]);
        case.with_bias("user", "layer_norm", &format!("{params}.ln1"));
        case.two_layers("user", "feed_forward", &format!("{params}.ffn"));
        case.with_bias("user", "layer_norm", &format!("{params}.ln2"));
        fixture.says("ffn_hidden", fixture.tensor(&format!("param.{params}.ffn.0.weight")).shape[0]);
        value = format!(
            "encoder({value}, {}, relu, heads = {}, causal = {}, output = false, epsilon = {:e}{bias})",
            fixture.number("ffn_hidden"),
            fixture.number("num_heads"),
            fixture.flag("causal"),
            fixture.number("layer_norm_eps")
        );
    }
    case.tower("user", &format!("let hidden = {value}\nconcat(last(hidden), flatten(hidden))"));
    case.tower("candidate", "item[item_id]");
    case.objective = format!("bce(dot(slice(user, from = 0, width = {dim}), candidate), label)");
    let repeated = records.iter().position(|&record| record == 1).unwrap_or(records.len());
    let first: Vec<usize> = (0..fixture.tensor("in.hist").shape[0]).map(|record| record * repeated).collect();
    let columns = |columns| Box::new(Given::Columns("tower.user".to_string(), columns));
    case.gives("user_embedding", Given::Records(columns(0..dim), first.clone()));
    case.gives("hidden", Given::Records(columns(dim..dim * (1 + length)), first));
}

/// The tower gives the short-term interest and both scores.
pub(crate) fn attrec(case: &mut Case<'_>) {
    let fixture = case.fixture;
    let records = all(case);
    case.history(&records);
    fixture.says("max_len", fixture.tensor("in.hist").shape[1]);
    let user = case.embedded("user_id", "user", "param.emb.user");
    let [query, key] = ["att.q", "att.k"].map(|params| case.dense("parts", "timed", params, "relu"));
    let diagonal = !fixture.flag("mask_diagonal");
    let mut lets = format!(
        "let timed = item[hist] + sinusoids(item[hist])\n\
         let interest = mean(attention({query}, {key}, item[hist], diagonal = {diagonal}))\n"
    );
    let weight = fixture.number("w");
    for (score, column) in [("pos_score", "pos_id"), ("neg_score", "neg_id")] {
        let (item, long) = (
            case.embedded(column, "item", "param.emb.item"),
            case.embedded(column, "item2", "param.emb.item2"),
        );
        let value = match fixture.word("mode") {
            "inner" => format!("dot({user}, {long}) * {weight} + dot(interest, {item}) * {}", 1.0 - weight),
            _ => format!(
                "distance(clip_norm({user}), clip_norm({long})) * {weight} + distance(interest, clip_norm({item})) * {}",
                1.0 - weight
            ),
        };
        lets += &format!("let {score} = {value}\n");
    }
    let dim = fixture.tensor("param.emb.item").shape[1];
    let part = |name: &'static str, width: usize| (name, name.to_string(), width);
    let interest = ("short_interest", "interest".to_string(), dim);
    case.parts("parts", &lets, &[interest, part("pos_score", 1), part("neg_score", 1)]);
    let [positive, negative] =
        [dim, dim + 1].map(|column| format!("slice(parts, from = {column}, width = 1)"));
    case.pairwise(&positive, &negative, "gamma");
}
