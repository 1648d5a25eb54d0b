//! Roles of the fields of the main file: user, item, time, label, rating.

use super::joins::Join;
use super::look::{Look, has_word, is_named_key};
use super::names::{ITEM_WORDS, SESSION_WORDS, USER_WORDS};
use super::table::Table;

const LABEL_WORDS: [&str; 24] = [
    "label",
    "labels",
    "target",
    "y",
    "click",
    "clicks",
    "clicked",
    "clk",
    "bought",
    "buy",
    "purchase",
    "purchased",
    "order",
    "ordered",
    "liked",
    "like",
    "conversion",
    "converted",
    "convert",
    "install",
    "installed",
    "booked",
    "ctr",
    "finish",
];
const RATING_WORDS: [&str; 8] = ["label", "rating", "ratings", "rate", "stars", "star", "score", "overall"];
const EVENT_WORDS: [&str; 6] = ["event", "behavior", "behaviour", "action", "interaction", "activity"];

/// Most fields of a log of users and items whose names say nothing.
const LOG: usize = 8;

/// Most kinds of events.
const KINDS: u64 = 10;

/// Fields of the main file by their roles.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Roles {
    /// Key of the user.
    pub(super) user: Option<usize>,
    /// Key of the item.
    pub(super) item: Option<usize>,
    /// Time of a row.
    pub(super) time: Option<usize>,
    /// Label of two values.
    pub(super) label: Option<usize>,
    /// Rating of several values.
    pub(super) rating: Option<usize>,
    /// Kind of an event.
    pub(super) event: Option<usize>,
    /// True for each of user and item that only its place tells.
    pub(super) is_guess: bool,
    /// True if only the values tell the label.
    pub(super) is_label_guess: bool,
}

impl Roles {
    /// Finds the roles of the fields of a file with these joins.
    pub(super) fn find(table: &Table, joins: &[Join]) -> Self {
        let mut roles = Roles {
            time: first(table, |_, look| *look == Look::Time),
            rating: rating(table),
            event: first(table, |name, look| {
                *look == Look::Key && table.is_named && has_word(name, &EVENT_WORDS)
            }),
            user: key(table, &USER_WORDS).or_else(|| key(table, &SESSION_WORDS)),
            item: key(table, &ITEM_WORDS),
            ..Roles::default()
        };
        if let Some(exploded) = &table.exploded {
            roles.item = Some(exploded.item);
        }
        if roles.user == roles.item {
            roles.item = None;
        }
        let is_flag = |look: &Look| matches!(look, Look::Flag | Look::Sign);
        roles.label =
            first(table, |name, look| is_flag(look) && table.is_named && has_word(name, &LABEL_WORDS));
        if let Some(exploded) = &table.exploded {
            roles.label = Some(exploded.click);
        }
        roles.guess_keys(table, joins);
        if roles.is_guess && roles.event.is_none() {
            roles.event = (0..table.fields.len()).find(|&at| is_kind(table, at));
        }
        if roles.label.is_none() && (roles.user.is_none() || roles.item.is_none()) {
            let ends = [0, table.fields.len().saturating_sub(1)];
            let at_end =
                ends.into_iter().find(|&at| table.fields.get(at).is_some_and(|field| is_flag(&field.look)));
            roles.label = at_end.or_else(|| first(table, |_, look| is_flag(look)));
            roles.is_label_guess = roles.label.is_some();
        }
        roles
    }

    /// Takes the first keys of a short log as user and item; an item may be joined.
    fn guess_keys(&mut self, table: &Table, joins: &[Join]) {
        let is_pair = table.fields.len() == 2 && table.fields.iter().all(|field| field.look == Look::Key);
        let is_log = is_pair || self.time.or(self.rating).is_some() && table.fields.len() <= LOG;
        if self.label.is_some() || !is_log && joins.is_empty() {
            return;
        }
        let keys: Vec<usize> = (0..table.fields.len())
            .filter(|&at| {
                table.fields[at].look == Look::Key && Some(at) != self.rating && Some(at) != self.event
            })
            .collect();
        let joined = |at: &&usize| joins.iter().any(|join| join.left == **at);
        if self.user.is_none() {
            self.user = keys.iter().find(|&&at| Some(at) != self.item && !table.is_unique(at)).copied();
            self.is_guess |= self.user.is_some();
        }
        if self.item.is_none() {
            let others = || keys.iter().filter(|&&at| Some(at) != self.user);
            self.item = others().find(joined).or_else(|| others().next()).copied();
            self.is_guess |= self.item.is_some();
        }
    }

    /// Returns whether a field has a role.
    pub(super) fn has(&self, field: usize) -> bool {
        [self.user, self.item, self.time, self.label, self.rating, self.event].contains(&Some(field))
    }
}

/// Returns whether a field without a name has few keys that are words.
fn is_kind(table: &Table, at: usize) -> bool {
    let field = &table.fields[at];
    field.look == Look::Key && field.profile.numbers.count() == 0 && field.profile.distinct.count() <= KINDS
}

fn first(table: &Table, is_wanted: impl Fn(&str, &Look) -> bool) -> Option<usize> {
    table.fields.iter().position(|field| is_wanted(&field.name, &field.look))
}

/// Returns the key with such a name: rather an id than a property, then the one of most keys.
fn key(table: &Table, words: &[&str]) -> Option<usize> {
    if !table.is_named {
        return None;
    }
    let is_wanted = |&at: &usize| {
        let field = &table.fields[at];
        field.look == Look::Key && has_word(&field.name, words)
    };
    let rank = |at: &usize| {
        let field = &table.fields[*at];
        let is_id = is_named_key(&field.name) || super::super::draft::words(&field.name).len() == 1;
        (is_id, field.profile.distinct.count())
    };
    (0..table.fields.len()).rev().filter(is_wanted).max_by_key(rank)
}

/// Returns the rating: a number or a few numbers of this name, or, without names, a few numbers up to 10.
fn rating(table: &Table) -> Option<usize> {
    let named = first(table, |name, look| {
        table.is_named && matches!(look, Look::Number | Look::Key) && has_word(name, &RATING_WORDS)
    });
    let is_short = !table.is_named && table.fields.len() <= LOG;
    let is_rating = |at: &usize| {
        let profile = &table.fields[*at].profile;
        let is_scale = profile.numbers.least().is_some_and(|least| least >= 0.0)
            && profile.numbers.greatest().is_some_and(|greatest| greatest <= 10.0);
        profile.is_number() && is_scale && (3..=11).contains(&profile.distinct.count())
    };
    named
        .filter(|&at| table.fields[at].profile.is_number())
        .or_else(|| (0..table.fields.len()).filter(|_| is_short).find(is_rating))
}
