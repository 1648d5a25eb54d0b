//! Builder of the spec of a case, with its data and the names of its results.

use std::fmt::Write as _;

use crate::features::{SEPARATOR, concat};
use crate::fixture::Fixture;
use crate::given::Given;

/// A spec, its data, and the names of its weights and results in the fixture.
pub(crate) struct Case<'f> {
    pub(crate) fixture: &'f Fixture,
    /// Lines of `input`.
    inputs: Vec<String>,
    tables: Vec<String>,
    towers: Vec<String>,
    pub(crate) objective: String,
    /// Subtracts the last term of the objective, which a spec cannot express.
    pub(crate) subtracts: bool,
    /// Fields of the data, with a text for each record.
    pub(crate) fields: Vec<(String, Vec<String>)>,
    /// Weights of the program, and their tensors in the fixture.
    pub(crate) weights: Vec<Weight>,
    /// Auxiliary weights of the program that are not part of the model.
    pub(crate) aids: Vec<(String, Vec<f64>)>,
    /// Tower (or `objective`) of each layer with weights.
    layers: Vec<String>,
    /// Results of the fixture, and their places in the output of the program.
    pub(crate) outputs: Vec<(String, Given)>,
    /// Fitted mean and variance of a column.
    pub(crate) statistics: Vec<(String, f64, f64)>,
    /// Vectors that are passed as a data file: table and tensor.
    pub(crate) pretrained: Vec<(String, String)>,
    /// Key of the catalog, and its number of keys, which are integers from 0.
    pub(crate) catalog: Option<(String, usize)>,
    /// Sampled candidates of the step, and number of tries.
    pub(crate) draw: Option<(Vec<f64>, u64)>,
    /// True if batch statistics are used.
    pub(crate) training: bool,
}

/// A weight of the program.
pub(crate) struct Weight {
    /// Name in the program.
    pub(crate) name: String,
    /// Tensors of the fixture, concatenated along rows.
    pub(crate) tensors: Vec<String>,
}

impl<'f> Case<'f> {
    pub(crate) fn new(fixture: &'f Fixture) -> Self {
        Case {
            fixture,
            inputs: Vec::new(),
            tables: Vec::new(),
            towers: Vec::new(),
            objective: String::new(),
            subtracts: false,
            fields: Vec::new(),
            weights: Vec::new(),
            aids: Vec::new(),
            layers: Vec::new(),
            outputs: Vec::new(),
            statistics: Vec::new(),
            pretrained: Vec::new(),
            catalog: None,
            draw: None,
            training: true,
        }
    }

    /// Adds a column, unless it exists.
    pub(crate) fn column(&mut self, name: &str, kind: &str) {
        let line = format!("{name}: {kind}");
        if !self.inputs.contains(&line) {
            self.inputs.push(line);
        }
    }

    /// Adds a field of the data, unless it exists.
    pub(crate) fn field(&mut self, name: &str, texts: impl Iterator<Item = String>) {
        if self.fields.iter().all(|(field, _)| field != name) {
            self.fields.push((name.to_string(), texts.collect()));
        }
    }

    /// Adds a column of single numbers or keys, with its field.
    pub(crate) fn plain(&mut self, name: &str, kind: &str) {
        let values = &self.fixture.tensor(&format!("in.{name}")).values;
        self.column(name, kind);
        self.field(name, values.iter().map(f64::to_string));
    }

    /// Adds a table for a tensor of vectors, unless it exists. Keys are row numbers.
    pub(crate) fn table(&mut self, table: &str, tensor: &str) {
        let (rows, dim) = self.fixture.tensor(tensor).rows_and_width();
        let name = format!("tables.{table}.weight");
        if self.weights.iter().all(|weight| weight.name != name) {
            self.tables
                .push(format!("embedding {table} {{ dim = {dim}, vocab = range(0, {rows}), oov = error }}"));
            self.weight(&name, &[tensor]);
        }
    }

    /// Maps a weight of the program to concatenated tensors of the fixture, unless it is mapped.
    pub(crate) fn weight(&mut self, name: &str, tensors: &[&str]) {
        if self.weights.iter().all(|weight| weight.name != name) {
            let tensors = tensors.iter().map(|tensor| tensor.to_string()).collect();
            self.weights.push(Weight { name: name.to_string(), tensors });
        }
    }

    /// Adds a table whose rows are the buckets or keys of a column.
    pub(crate) fn table_of_column(&mut self, table: &str, tensor: &str) {
        let (_, dim) = self.fixture.tensor(tensor).rows_and_width();
        self.tables.push(format!("embedding {table} {{ dim = {dim} }}"));
        self.weight(&format!("tables.{table}.weight"), &[tensor]);
    }

    /// Adds an auxiliary table with settings (`dim` and others) and values, unless it exists.
    pub(crate) fn aid(&mut self, table: &str, settings: &str, values: Vec<f64>) {
        let name = format!("tables.{table}.weight");
        if self.aids.iter().all(|(aid, _)| *aid != name) {
            self.tables.push(format!("embedding {table} {{ {settings} }}"));
            self.aids.push((name, values));
        }
    }

    /// Terms whose difference is the sum of a value over the records; they are the last terms of an
    /// objective: `-ln(1 - p) + ln(p)` is the logit.
    pub(crate) fn sum_of(&mut self, value: &str) -> String {
        for (label, text) in [("label_0", "0"), ("label_1", "1")] {
            self.column(label, "label");
            self.field(
                label,
                std::iter::repeat_n(text.to_string(), self.records()).collect::<Vec<_>>().into_iter(),
            );
        }
        self.subtracts = true;
        format!("bce({value}, label_0, reduction = sum) + bce({value}, label_1, reduction = sum)")
    }

    /// Adds a frozen table with vectors from a file, unless it exists.
    pub(crate) fn pretrained_table(&mut self, table: &str, tensor: &str) {
        if self.pretrained.iter().all(|(name, _)| name != table) {
            let (_, dim) = self.fixture.tensor(tensor).rows_and_width();
            self.tables.push(format!(
                "embedding {table} {{ dim = {dim}, pretrained = \"{table}.safetensors\", keys = \"{table}.txt\", frozen, \
                 oov = error }}"
            ));
            self.weight(&format!("tables.{table}.weight"), &[tensor]);
            self.pretrained.push((table.to_string(), tensor.to_string()));
        }
    }

    /// Maps the weights of the next layer of a tower or of the objective to the fixture. A missing bias is 0.
    pub(crate) fn layer(&mut self, site: &str, layer: &str, parts: &[(&str, &[&str])]) {
        let before = self.layers.iter().filter(|other| *other == site).count();
        self.layers.push(site.to_string());
        for (part, tensors) in parts {
            let name = format!("{site}.{layer}_{before}.{part}");
            match tensors[0].strip_suffix(".bias") {
                Some(params) if !self.fixture.has(tensors[0]) => {
                    let units = self.fixture.tensor(&format!("{params}.weight")).shape[0];
                    self.aids.push((name, vec![0.0; units]));
                }
                _ => self.weight(&name, tensors),
            }
        }
    }

    /// Maps dense layers to the parameters `<params>.weight` and `<params>.bias`. Returns the layer option
    /// for no biases if the fixture has none.
    pub(crate) fn dense_layers(&mut self, site: &str, params: &[String]) -> &'static str {
        let biased = params.iter().any(|params| self.fixture.has(&format!("param.{params}.bias")));
        for params in params {
            let [weight, bias] = ["weight", "bias"].map(|part| format!("param.{params}.{part}"));
            let parts: [(&str, &[&str]); 2] = [("weight", &[&weight]), ("bias", &[&bias])];
            self.layer(site, "dense", &parts[..if biased { 2 } else { 1 }]);
        }
        if biased { "" } else { ", bias = false" }
    }

    /// Adds a dense layer with the parameters of the fixture.
    pub(crate) fn dense(&mut self, site: &str, input: &str, params: &str, activation: &str) -> String {
        let units = self.fixture.tensor(&format!("param.{params}.weight")).shape[0];
        let bias = self.dense_layers(site, &[params.to_string()]);
        format!("dense({input}, {units}, {activation}{bias})")
    }

    /// Adds dense layers of these widths, with the parameters `<params>.0` and following.
    pub(crate) fn mlp(
        &mut self,
        site: &str,
        input: &str,
        params: &str,
        widths: &[usize],
        [activation, output]: [&str; 2],
    ) -> String {
        let params: Vec<String> = (0..widths.len()).map(|layer| format!("{params}.{layer}")).collect();
        let units = |params: &String| self.fixture.tensor(&format!("param.{params}.weight")).shape[0];
        assert_eq!(params.iter().map(units).collect::<Vec<_>>(), widths, "{}", self.fixture.name);
        let bias = self.dense_layers(site, &params);
        match widths.is_empty() {
            true => input.to_string(),
            false => format!("mlp({input}, {widths:?}, {activation}, output = {output}{bias})"),
        }
    }

    /// Sets a catalog with this number of keys, and the input with the candidates of the records.
    pub(crate) fn catalog(&mut self, key: &str, keys: usize, input: &str) {
        let values = &self.fixture.tensor(&format!("in.{input}")).values;
        self.column(key, &format!("id(from = items.{key})"));
        self.field(key, values.iter().map(f64::to_string));
        self.catalog = Some((key.to_string(), keys));
    }

    /// Adds a tower for the output of its name in the fixture.
    pub(crate) fn tower(&mut self, name: &str, value: &str) {
        self.towers.push(format!("tower {name} {{ {value} }}"));
        self.gives(name, Given::Is(format!("tower.{name}")));
    }

    /// Adds a tower that concatenates several values with their widths. Those that are outputs of the fixture
    /// are compared.
    pub(crate) fn parts(&mut self, tower: &str, lets: &str, parts: &[(&str, String, usize)]) {
        let mut from = 0;
        for (name, _, width) in parts {
            self.gives(name, Given::Columns(format!("tower.{tower}"), from..from + width));
            from += width;
        }
        let values: Vec<String> = parts.iter().map(|(_, value, _)| value.clone()).collect();
        self.tower(tower, &format!("{lets}{}", concat(&values)));
    }

    /// Adds one-hot fields. A weighted sum of them is the weights.
    pub(crate) fn units(&mut self, count: usize) -> String {
        let row = |unit: usize| (0..count).map(move |column| if column == unit { "1" } else { "0" });
        let text = (0..count).flat_map(row).collect::<Vec<_>>().join(SEPARATOR);
        self.column("units", &format!("vector(width = {}, separator = \"{SEPARATOR}\")", count * count));
        self.field("units", std::iter::repeat_n(text, self.records()).collect::<Vec<_>>().into_iter());
        let unit = |unit: usize| format!("slice(units, from = {}, width = {count})", unit * count);
        format!("stack({})", (0..count).map(unit).collect::<Vec<_>>().join(", "))
    }

    /// Sets the place of an output of the fixture, if the fixture has it.
    pub(crate) fn gives(&mut self, output: &str, given: Given) {
        if self.fixture.has(&format!("out.{output}")) {
            self.outputs.push((output.to_string(), given));
        }
    }

    /// Sets the objective of a logit and a label, with an optional `pos_weight`.
    pub(crate) fn bce(&mut self, logit: &str, pos_weight: Option<f64>) {
        self.plain("label", "label");
        self.objective = match pos_weight {
            None => format!("bce({logit}, label)"),
            Some(weight) => format!("weighted_bce({logit}, label, pos_weight = {weight})"),
        };
        self.gives("logit", Given::Is("score".to_string()));
        self.gives("prob", Given::Is("probability".to_string()));
    }

    /// Returns the spec.
    pub(crate) fn spec(&self) -> String {
        let mut spec = format!(
            "/// {}\nmodel Case {{\n    data {{\n        records = csv(\"records.csv\")\n",
            self.fixture.name
        );
        if let Some((key, _)) = &self.catalog {
            spec += &format!("        items = csv(\"items.csv\")\n        join(items, on = {key})\n");
        }
        spec += "    }\n\n    input {\n";
        let mut line = |text: &str| writeln!(spec, "{text}").expect("a string takes all");
        self.inputs.iter().for_each(|input| line(&format!("        {input}")));
        line("    }\n");
        self.tables.iter().chain(&self.towers).for_each(|member| line(&format!("    {member}")));
        if let Some((key, _)) = &self.catalog {
            line(&format!("    catalog {{ source = items, key = {key} }}"));
        }
        line(&format!("\n    objective {}", self.objective));
        line(&format!("    train {{ optimizer = sgd(lr = 1), batch = {}, epochs = 1 }}", self.records()));
        let towers = self.towers.iter().filter_map(|tower| tower.split(' ').nth(1)).collect::<Vec<_>>();
        if !towers.is_empty() {
            line(&format!("    export {{ {} }}", towers.join(", ")));
        }
        line("}");
        spec
    }

    /// Returns the number of records.
    pub(crate) fn records(&self) -> usize {
        self.fields.first().map_or(0, |(_, texts)| texts.len())
    }

    /// Returns the data. Records are numbered, so that no line is empty.
    pub(crate) fn csv(&self) -> String {
        let mut csv = "record".to_string();
        self.fields.iter().for_each(|(name, _)| csv += &format!(",{name}"));
        for record in 0..self.records() {
            csv += &format!("\n{record}");
            self.fields.iter().for_each(|(_, texts)| csv += &format!(",{}", texts[record]));
        }
        csv + "\n"
    }

    /// Returns the values of a weight: concatenated rows of the fixture's tensors.
    pub(crate) fn values(&self, weight: &Weight) -> Vec<f64> {
        let tensors =
            weight.tensors.iter().map(|name| (self.fixture.tensor(name), self.row_width(name, weight)));
        let mut rows: Vec<_> = tensors.map(|(tensor, width)| tensor.values.chunks(width)).collect();
        let mut values = Vec::new();
        loop {
            let row: Vec<&[f64]> = rows.iter_mut().filter_map(Iterator::next).collect();
            if row.is_empty() {
                return values;
            }
            values.extend(row.concat());
        }
    }

    /// Returns the number of values of a tensor in a row of a weight. A weight of one tensor is one row.
    pub(crate) fn row_width(&self, name: &str, weight: &Weight) -> usize {
        let tensor = self.fixture.tensor(name);
        let rows = if weight.tensors.len() == 1 { 1 } else { tensor.shape[0] };
        tensor.values.len() / rows
    }
}
