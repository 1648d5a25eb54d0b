//! A draft from files, their joins and the roles of their fields.

use std::path::Path;

use turret_runtime::printable::printable;
use turret_runtime::progress::counted;

use super::super::draft::{
    Click, ClickForm, Column, Draft, Kind, Line, TwoTowers, field, model_name, quoted,
};
use super::columns::{Drafted, Numbers};
use super::items;
use super::joins::Joins;
use super::look::Look;
use super::roles::Roles;
use super::table::{Table, slashed};

/// Share of the keys of a bag that the items have, from which both share a table.
const SHARED: f64 = 0.5;

/// Files, joins and roles.
pub(super) struct Found<'a> {
    /// Files.
    pub(super) tables: &'a [Table],
    /// Main file and joins.
    pub(super) joins: &'a Joins,
    /// Roles of the fields of the main file.
    pub(super) roles: &'a Roles,
    /// Files of training and test rows with the fields of the main file.
    pub(super) given: Option<(&'a Path, &'a Path)>,
}

impl Found<'_> {
    /// Drafts a spec. None if there is nothing to predict.
    pub(super) fn draft(&self, name: &str) -> Option<Draft> {
        let mut draft = Draft { name: model_name(name), ..Draft::default() };
        self.sources(&mut draft);
        let roles = self.roles;
        match (self.label(), roles.user, roles.item) {
            (Some(label), ..) => self.click(&mut draft, label),
            (None, Some(user), Some(item)) => self.two_towers(&mut draft, user, item),
            _ => return None,
        }
        Some(draft)
    }

    /// The label of the draft. None for retrieval, where each row is a positive.
    fn label(&self) -> Option<usize> {
        let roles = self.roles;
        let is_retrieval = roles.user.is_some() && roles.item.is_some();
        roles.label.or(roles.rating.filter(|_| !is_retrieval))
    }

    fn main(&self) -> &Table {
        &self.tables[self.joins.main]
    }

    fn name(&self, at: usize) -> String {
        field(&self.main().fields[at].name)
    }

    /// Sources, joins and the policy for rows without a partner.
    fn sources(&self, draft: &mut Draft) {
        draft.data.push(self.main().source().line());
        draft.data.extend(self.main().explode());
        let mut joins = Vec::new();
        let mut lacking = Vec::new();
        for join in &self.joins.joins {
            let table = &self.tables[join.table];
            draft.data.push(table.source().line());
            let (left, right) = (self.name(join.left), field(&table.fields[join.right].name));
            let key = if left == right { String::new() } else { format!(", key = {right}") };
            let line = Line::new(format!("join({}, on = {left}{key})", table.name));
            joins.push(match join.is_named {
                true => line,
                false => line.unsure("joined because the keys of both are the same"),
            });
            if join.share.is_some_and(|share| share < 1.0) {
                lacking.push(format!("some rows have no partner in `{}`, and are left out", table.name));
            }
        }
        draft.data.append(&mut joins);
        let used = |at: usize| at == self.joins.main || self.joins.joins.iter().any(|join| join.table == at);
        for (at, table) in self.tables.iter().enumerate().filter(|(at, _)| !used(*at)) {
            let main = &self.main().name;
            let unknown = format!("has no field with another key in each row that has the keys of `{main}`");
            let known = self.joins.left_out.iter().find(|(other, _)| *other == at);
            let reason = known.map_or(unknown, |(_, reason)| reason.clone());
            draft.unsure.push(format!("`{}` is not joined: it {reason}", printable(table.path().display())));
        }
        let unnamed = self.tables.iter().filter(|table| !table.is_named);
        let unnamed: Vec<String> =
            unnamed.map(|table| format!("`{}`", printable(table.path().display()))).collect();
        if !unnamed.is_empty() {
            draft.unsure.push(format!("the names of fields of {} are made up", unnamed.join(", ")));
        }
        for (_, table) in self.tables.iter().enumerate().filter(|(at, _)| used(*at)) {
            if table.sample.skipped.count() > 0 {
                let rows = counted(table.sample.skipped.count() as usize, "row");
                lacking.push(format!("left out: {rows} of `{}` that cannot be read", table.name));
            }
        }
        if self.roles.user.is_some_and(|user| self.main().fields[user].profile.missing > 0) {
            lacking.push("some rows have no user, and are left out".to_owned());
        }
        if let Some(label) = self.label() {
            let label = &self.main().fields[label];
            if label.profile.missing > 0 {
                let rows = counted(label.profile.missing as usize, "row");
                lacking.push(format!("left out: {rows} without `{}`", printable(&label.name)));
            }
        }
        if !lacking.is_empty() {
            draft.data.push(Line { text: "on_error = skip".to_owned(), unsure: lacking });
        }
    }

    /// The field that orders the rows.
    fn order(&self) -> Option<String> {
        let time = self.roles.time?;
        let profile = &self.main().fields[time].profile;
        profile.is_order().then(|| self.name(time))
    }

    fn split(&self, draft: &mut Draft, by_user: Option<&str>) {
        let line = match (self.given, self.order(), by_user) {
            (Some((train, test)), ..) => {
                let path = |path: &Path| quoted(&slashed(path));
                Line::new(format!("split = given(train = {}, test = {})", path(train), path(test)))
            }
            (None, Some(time), Some(user)) => {
                Line::new(format!("split = leave_last_out(by = {user}, order = {time})"))
            }
            (None, Some(time), None) => Line::new(format!("split = by_time({time}, test = 0.1)")),
            (None, None, Some(user)) => {
                Line::new(format!("split = leave_last_out(by = {user}, order = file)"))
                    .unsure("no field orders the rows in time, so the order of the file is taken as such")
            }
            (None, None, None) => Line::new("split = random(test = 0.1)")
                .unsure("no field orders the rows in time; a model is used on later data"),
        };
        draft.data.push(line);
    }

    fn click(&self, draft: &mut Draft, label: usize) {
        let mut drafted = Drafted::new(self.tables, self.joins, Numbers::Ranges);
        let is_rating = self.roles.label.is_none();
        let name = {
            let target = drafted.add(self.joins.main, label, Kind::Label);
            if is_rating {
                let median = self.main().fields[label].profile.numbers.at(&[0.5]).map_or(0.5, |at| at[0]);
                target.arguments.push(format!("threshold = {median}"));
                target.unsure.push("numbers from the median on are taken as positives".to_owned());
            } else if self.main().fields[label].look == Look::Sign {
                target.arguments.push("threshold = 0".to_owned());
            }
            if self.roles.is_label_guess {
                target.unsure.push("the first field of zeros and ones is taken as the label".to_owned());
            }
            target.name.clone()
        };
        for at in 0..self.main().fields.len() {
            if at == label {
            } else if Some(at) == self.roles.rating {
                drafted.leave_out(self.joins.main, at, "is a rating, which may tell the label");
            } else {
                drafted.add_by_look(self.joins.main, at);
            }
        }
        for join in &self.joins.joins {
            let fields = 0..self.tables[join.table].fields.len();
            fields.filter(|&at| at != join.right).for_each(|at| drafted.add_by_look(join.table, at));
        }
        let is_attended = self.share_items(&mut drafted);
        self.split(draft, None);
        let columns: Vec<Column> = drafted.columns.into_iter().map(|(column, ..)| column).collect();
        let features: Vec<&Column> = columns.iter().filter(|column| column.kind != Kind::Label).collect();
        let form = if is_attended { ClickForm::Din } else { ClickForm::DeepFm };
        let click = Click {
            form,
            tower: "score",
            features,
            table: "dim = dim",
            linear: "",
            hidden: "mlp(hidden, relu)",
        };
        draft.about = vec![format!(
            "The probability of `{name}`: {}.",
            match form {
                ClickForm::Din => "attention of an item to a history (DIN)",
                _ => "a factorization machine and a network (DeepFM)",
            }
        )];
        draft.tables = click.tables("dim = dim");
        let by_user =
            self.roles.user.map_or(String::new(), |user| format!(", gauc(by = {})", self.name(user)));
        draft.towers = vec![click.tower()];
        draft.body = vec![
            Line::new(format!("objective bce(score, {name})")),
            Line::new(format!("metrics {{ auc, logloss{by_user} }}")),
            self.train(),
        ];
        draft.constant("dim", "8", "dim = dim");
        draft.constant("hidden", "[64, 32]", "mlp(hidden");
        (draft.columns, draft.left_out) = (columns, drafted.left_out);
    }

    /// Gives bags of items the table of the items. Returns whether one of them is a sequence.
    fn share_items(&self, drafted: &mut Drafted<'_>) -> bool {
        let main = self.joins.main;
        let of_item =
            |(_, table, field): &&(Column, usize, usize)| (*table, Some(*field)) == (main, self.roles.item);
        let Some((item, ..)) = drafted.columns.iter().find(of_item) else { return false };
        let (name, table) = (item.name.clone(), item.table.clone());
        let Some(known) = self.roles.item.map(|item| &self.main().fields[item].profile.distinct) else {
            return false;
        };
        let mut is_sequence = false;
        for at in drafted.of_items(&name) {
            let (_, source, field) = drafted.columns[at];
            let own = &self.tables[source].fields[field];
            let Look::Keys(items) = &own.look else { continue };
            let keys =
                items::keys(&own.profile, &|row| self.tables[source].field(row, field), items.separator);
            let common = keys.common(known).map_or(0.0, |common| common as f64 / keys.count().max(1) as f64);
            if common >= SHARED {
                let column = &mut drafted.columns[at].0;
                column.table.clone_from(&table);
                is_sequence |= column.kind == Kind::Sequence;
            }
        }
        is_sequence
    }

    fn two_towers(&self, draft: &mut Draft, user: usize, item: usize) {
        let main = self.joins.main;
        let mut drafted = Drafted::new(self.tables, self.joins, Numbers::Values);
        let of_key = |key: usize| self.joins.joins.iter().find(move |join| join.left == key);
        let guess = "its place among the fields makes it the";
        let is_guess = self.roles.is_guess;
        let query = drafted.add(main, user, Kind::Id);
        if is_guess {
            query.unsure.push(format!("{guess} user"));
        }
        if let Some(join) = of_key(user) {
            let fields = 0..self.tables[join.table].fields.len();
            fields.filter(|&at| at != join.right).for_each(|at| drafted.add_by_look(join.table, at));
        }
        let others = || (0..self.main().fields.len()).filter(|&at| !self.roles.has(at));
        let of_user: Vec<usize> = others().filter(|&at| self.main().determines(user, at)).collect();
        of_user.iter().for_each(|&at| drafted.add_by_look(main, at));
        let queries = drafted.columns.len();
        let (catalog, key) = match of_key(item) {
            Some(join) => (join.table, join.right),
            None => (main, item),
        };
        let candidate = drafted.add(catalog, key, Kind::Id);
        if is_guess {
            candidate.unsure.push(format!("{guess} item"));
        }
        let candidate = candidate.name.clone();
        let of_item =
            |at: &usize| catalog == main && !of_user.contains(at) && self.main().determines(item, *at);
        let of_item: Vec<usize> = others().filter(of_item).collect();
        of_item.iter().for_each(|&at| drafted.add_by_look(main, at));
        if catalog != main {
            let fields = 0..self.tables[catalog].fields.len();
            fields.filter(|&at| at != key).for_each(|at| drafted.add_by_look(catalog, at));
        }
        let candidates = drafted.columns.len();
        for at in others().filter(|at| !of_user.contains(at) && !of_item.contains(at)) {
            drafted.leave_out(main, at, "belongs to a row, and neither to its user nor to its item");
        }
        if let Some(rating) = self.roles.rating {
            let name = self.name(rating);
            draft.data.push(Line::new(String::new()).unsure(format!(
                "rows of all ratings are positives; `filter({name}, min = ...)` keeps those of high ones"
            )));
        }
        if let Some(event) = self.roles.event {
            let name = self.name(event);
            let top = self.main().fields[event].profile.top.greatest(1);
            let first = top.first().map_or("view", |(key, _)| key.as_str());
            draft.data.push(Line::new(String::new()).unsure(format!(
                "rows of all kinds are positives; `filter({name}, only = [{}])` keeps those of one",
                quoted(first)
            )));
        }
        let popularity = drafted.popularity(item);
        self.split(draft, Some(&self.name(user)));
        let columns: Vec<Column> = drafted.columns.into_iter().map(|(column, ..)| column).collect();
        let towers = TwoTowers::new(
            columns[..queries].iter().collect(),
            columns[queries..candidates].iter().collect(),
        );
        draft.about = vec!["Retrieval of items for a user, by two towers.".to_owned()];
        draft.tables = towers.tables();
        draft.towers = towers.towers().into();
        let table = &self.tables[catalog];
        // The split by user names the user.
        let by_user =
            if self.given.is_none() { String::new() } else { format!(", user = {}", self.name(user)) };
        draft.body.extend([
            Line::new(format!("catalog {{ source = {}, key = {} }}", table.name, field(&table.fields[key].name))),
            Line::new(format!(
                "objective in_batch_softmax(query, candidate, temperature = 0.1, normalize, probability = {popularity}, remove_accidental_hits = {candidate})"
            )),
            Line::new(format!("metrics {{ hit_rate(10, 50), ndcg(10){by_user}, exclude_seen }}")),
            self.train(),
            Line::new("export { query, candidate }"),
        ]);
        (draft.columns, draft.left_out) = (columns, drafted.left_out);
    }

    fn train(&self) -> Line {
        let is_small = self.main().sample.is_whole && self.main().sample.rows() < 100_000;
        let (batch, epochs) = if is_small { (256, 10) } else { (4096, 3) };
        Line::new(format!("train {{ optimizer = adam(lr = 0.001), batch = {batch}, epochs = {epochs} }}"))
    }
}
