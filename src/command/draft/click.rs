//! Towers of click models.

use super::Line;
use super::column::{Column, Kind};
use super::names::listed;

/// Form of a click model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::command) enum ClickForm {
    /// First-order terms alone.
    Linear,
    /// A factorization machine.
    Fm,
    /// A network alone.
    Network,
    /// First-order terms and a network.
    WideDeep,
    /// A factorization machine and a network.
    DeepFm,
    /// Crosses of vectors and a network.
    Dcn,
    /// Crosses by matrices and a network.
    DcnV2,
    /// Compressed interactions and a network.
    XDeepFm,
    /// A network over pooled products.
    Nfm,
    /// Attention over products.
    Afm,
    /// A network over products.
    Pnn,
    /// A field-aware factorization machine.
    Ffm,
    /// Attention of the target to a history.
    Din,
}

/// Settings of a click model.
#[derive(Clone, Debug)]
pub(in crate::command) struct Click<'a> {
    /// Form.
    pub(in crate::command) form: ClickForm,
    /// Name of the tower.
    pub(in crate::command) tower: &'a str,
    /// Features, without the label.
    pub(in crate::command) features: Vec<&'a Column>,
    /// Settings of a table, as arguments of `embed`.
    pub(in crate::command) table: &'a str,
    /// Settings of the first-order terms, as arguments of `linear`; none are empty.
    pub(in crate::command) linear: &'a str,
    /// Hidden layers, such as `mlp([64, 32], relu)`.
    pub(in crate::command) hidden: &'a str,
}

impl Click<'_> {
    /// The tower of the score.
    pub(in crate::command) fn tower(&self) -> Line {
        let lets = self.lets();
        let body: String = lets.iter().map(|line| format!("{line}\n")).collect();
        Line::new(format!("tower {} {{\n{body}}}", self.tower))
    }

    /// Tables that columns of several keys are looked up in, with these settings.
    pub(in crate::command) fn tables(&self, settings: &str) -> Vec<Line> {
        if matches!(self.form(), ClickForm::Linear | ClickForm::Ffm) {
            return Vec::new();
        }
        let mut tables: Vec<&str> = Vec::new();
        for column in self.vectors().filter(|column| column.kind.is_bag() || column.table != column.name) {
            if !tables.contains(&column.table.as_str()) {
                tables.push(&column.table);
            }
        }
        let line = |table: &str| Line::new(format!("embedding {table} {{ {settings} }}"));
        tables.into_iter().map(line).collect()
    }

    /// Lines that name the vectors and numbers of all features, side by side, `x`.
    pub(in crate::command) fn input(&self) -> Vec<String> {
        if self.vectors().next().is_none() {
            return vec![format!("let x = {}", self.concat(self.dense()))];
        }
        vec![format!("let fields = {}", self.fields()), format!("let x = {}", self.flattened())]
    }

    /// Form that the features allow: products need two fields, and attention a history of a key.
    fn form(&self) -> ClickForm {
        let fields = self.vectors().count();
        let is_crossed = |form| {
            !matches!(form, ClickForm::Linear | ClickForm::Network | ClickForm::WideDeep | ClickForm::Din)
        };
        match self.form {
            ClickForm::Din if self.histories().next().is_none() => ClickForm::Network,
            ClickForm::Ffm if self.of(Kind::is_key).count() < 2 => ClickForm::WideDeep,
            form if fields == 0 => match form {
                ClickForm::Linear | ClickForm::Fm => ClickForm::Linear,
                _ => ClickForm::Network,
            },
            form if fields < 2 && is_crossed(form) => ClickForm::WideDeep,
            form => form,
        }
    }

    fn lets(&self) -> Vec<String> {
        let names = self.names(|_| true);
        let linear = match self.linear {
            "" => format!("linear({names})"),
            settings => format!("linear({names}, {settings})"),
        };
        let fields = format!("let fields = {}", self.fields());
        let deep = |input: &str| format!("{input} |> {} |> dense(1)", self.hidden);
        let let_deep = |input: &str| format!("let deep = {}", deep(input));
        let all = self.flattened();
        let lines: Vec<String> = match self.form() {
            ClickForm::Linear => vec![format!("{linear} |> bias")],
            ClickForm::Fm => vec![fields, format!("{linear} + fm(fields) |> bias")],
            ClickForm::Network if self.vectors().next().is_none() => vec![deep(&self.concat(self.dense()))],
            ClickForm::Network => vec![fields, deep(&all)],
            ClickForm::WideDeep => vec![fields, let_deep(&all), format!("{linear} + deep")],
            ClickForm::DeepFm => vec![fields, let_deep(&all), format!("{linear} + fm(fields) + deep")],
            ClickForm::Dcn => vec![fields, format!("let x = {all}"), self.crossed("cross(layers = 2)")],
            ClickForm::DcnV2 => vec![fields, format!("let x = {all}"), self.crossed("cross_v2(layers = 2)")],
            ClickForm::XDeepFm => vec![
                fields,
                let_deep(&all),
                format!("{linear} + (fields |> cin([128, 128]) |> dense(1)) + deep"),
            ],
            ClickForm::Nfm => vec![
                fields,
                let_deep(&self.concat(["bi_interaction(fields)".to_owned()].into_iter().chain(self.dense()))),
                format!("{linear} + deep"),
            ],
            ClickForm::Afm => {
                vec![fields, format!("{linear} + (pairs(fields) |> attention_pool(units = 8) |> dense(1))")]
            }
            ClickForm::Pnn => {
                let products = ["flatten(fields)", "inner_product(fields)"].map(str::to_owned);
                vec![fields, deep(&self.concat(products.into_iter().chain(self.dense())))]
            }
            ClickForm::Ffm => {
                vec![format!("{linear} + ffm({}, {}) |> bias", self.names(Kind::is_key), self.table)]
            }
            ClickForm::Din => self.attended(),
        };
        lines
    }

    fn flattened(&self) -> String {
        self.concat(["flatten(fields)".to_owned()].into_iter().chain(self.dense()))
    }

    fn crossed(&self, cross: &str) -> String {
        format!("concat(x |> {cross}, x |> {}) |> dense(1)", self.hidden)
    }

    /// Attention of each key with a history to it, next to all other features.
    fn attended(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut parts = Vec::new();
        let attended: Vec<&str> = self.histories().map(|(history, _)| history.name.as_str()).collect();
        let others = Click {
            features: self
                .features
                .iter()
                .copied()
                .filter(|column| !attended.contains(&column.name.as_str()))
                .collect(),
            ..self.clone()
        };
        if others.vectors().next().is_some() {
            lines.push(format!("let fields = {}", others.fields()));
            parts.push("flatten(fields)".to_owned());
        }
        for (history, target) in self.histories() {
            let table = &history.table;
            parts.push(format!(
                "target_attention({table}[{}], {table}[{}], [80, 40], sigmoid)",
                history.name, target.name
            ));
        }
        parts.extend(self.dense());
        lines.push(format!("{} |> {} |> dense(1)", self.concat(parts), self.hidden));
        lines
    }

    /// Sequences, each with the key that is looked up in its table.
    fn histories(&self) -> impl Iterator<Item = (&Column, &Column)> {
        let target = |table: &str| self.of(|kind| kind == Kind::Id).find(|column| column.table == table);
        self.of(|kind| kind == Kind::Sequence)
            .filter_map(move |history| Some((history, target(&history.table)?)))
    }

    fn of(&self, is_wanted: impl Fn(Kind) -> bool) -> impl Iterator<Item = &Column> {
        self.features.iter().copied().filter(move |column| is_wanted(column.kind))
    }

    /// Columns that have vectors.
    fn vectors(&self) -> impl Iterator<Item = &Column> {
        self.of(|kind| kind.is_key() || kind.is_bag())
    }

    /// Vectors of one width, each a field.
    fn fields(&self) -> String {
        let is_own = |column: &&Column| column.kind.is_key() && column.table == column.name;
        let own = listed(self.vectors().filter(is_own).map(|column| column.name.as_str()));
        let embedded = (!own.is_empty()).then(|| format!("embed({own}, {})", self.table));
        let others = self.vectors().filter(|column| !is_own(column)).map(Column::value);
        let parts: Vec<String> = embedded.into_iter().chain(others).collect();
        match &parts[..] {
            [only] if only.starts_with("embed") => only.clone(),
            _ => format!("stack({})", parts.join(", ")),
        }
    }

    fn names(&self, is_wanted: impl Fn(Kind) -> bool) -> String {
        listed(self.of(is_wanted).map(|column| column.name.as_str()))
    }

    /// Numbers and vectors of numbers.
    fn dense(&self) -> Option<String> {
        Some(self.names(Kind::is_dense)).filter(|names| !names.is_empty())
    }

    /// Values side by side.
    fn concat(&self, parts: impl IntoIterator<Item = String>) -> String {
        let parts: Vec<String> = parts.into_iter().collect();
        match &parts[..] {
            [only] if !only.contains(", ") && !only.contains("..") || only.starts_with("flatten") => {
                only.clone()
            }
            _ => format!("concat({})", parts.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Draft;
    use super::*;

    const FORMS: [ClickForm; 13] = [
        ClickForm::Linear,
        ClickForm::Fm,
        ClickForm::Network,
        ClickForm::WideDeep,
        ClickForm::DeepFm,
        ClickForm::Dcn,
        ClickForm::DcnV2,
        ClickForm::XDeepFm,
        ClickForm::Nfm,
        ClickForm::Afm,
        ClickForm::Pnn,
        ClickForm::Ffm,
        ClickForm::Din,
    ];

    fn compiles(columns: &[Column]) {
        for form in FORMS {
            let features = columns.iter().collect();
            let click = Click {
                form,
                tower: "score",
                features,
                table: "dim = 8",
                linear: "l2 = 1e-5",
                hidden: "mlp([16], relu)",
            };
            let label = Column::new("clicked", Kind::Label);
            let draft = Draft {
                name: "Clicks".to_owned(),
                columns: columns.iter().cloned().chain([label]).collect(),
                tables: click.tables("dim = 8"),
                towers: vec![click.tower()],
                body: vec![Line::new("objective bce(score, clicked)")],
                ..Draft::default()
            };
            let text = draft.text();
            let planned = turret_dsl::Compiler::new("clicks.dm", &text).planned();
            // Columns that a form has no place for are unused, which the compiler says.
            let errors = planned.map_or_else(|failure| failure.render(false), |_| String::new());
            assert!(
                errors.is_empty() || matches!(form, ClickForm::Ffm | ClickForm::Fm | ClickForm::Afm),
                "{form:?}\n{text}\n{errors}"
            );
        }
    }

    #[test]
    fn every_form_compiles_with_the_features_at_hand() {
        let id = |name: &str| Column::new(name, Kind::Id);
        let history = Column::new("seen", Kind::Sequence).with("max = 5").of_table("item");
        compiles(&[id("user"), id("item"), history, Column::new("price", Kind::Float)]);
        compiles(&[id("user"), Column::new("a1", Kind::Float), Column::new("a2", Kind::Float)]);
        compiles(&[Column::new("a1", Kind::Float)]);
        let vector = Column::new("v", Kind::Vector).with("2");
        compiles(&[id("user"), Column::new("tags", Kind::Ids).with("max = 5"), vector]);
    }
}
