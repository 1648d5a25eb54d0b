//! Histories of random logs, compared with a search over all rows.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::data::Sequences;
use crate::data::*;
use crate::data::{Batch, Features, InputInfo};
use crate::rng::Stream;

const MAX: usize = 4;

/// Films that a user watched before.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Watched {
    items: Vocabulary,
    titles: Vocabulary,
    watched: BagColumn,
    genres: BagColumn,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Columns {
    watched: Sequences,
    genres: Sequences,
}

impl Batch for Columns {
    fn columns(&self, _: usize) -> Vec<&dyn EncodedColumn> {
        vec![&self.watched, &self.genres]
    }
    fn columns_mut(&mut self, _: usize) -> Vec<&mut dyn EncodedColumn> {
        vec![&mut self.watched, &mut self.genres]
    }
    fn look_back(&mut self, _: usize, histories: &mut Histories<'_>) -> Result<(), DataError> {
        self.watched.look_back(histories, MAX, Keep::Last)?;
        self.genres.look_back(histories, 2, Keep::First)
    }
    fn newest_into(&self, _: usize, users: &[[u32; 2]], into: &mut Self) {
        self.watched.newest_into(users, MAX, Keep::Last, &mut into.watched);
        self.genres.newest_into(users, 2, Keep::First, &mut into.genres);
    }
}

stored_features!(Watched { items, titles, watched, genres });

impl Features for Watched {
    type Batch = Columns;
    fn inputs(&self) -> &'static [InputInfo<'static>] {
        const INPUTS: &[InputInfo<'static>] =
            &[InputInfo::new("query", 0, &[FieldName::of(HISTORY, "item"), FieldName::of(HISTORY, "genre")])];
        INPUTS
    }

    fn reads(&self, _: usize) -> Vec<Reads> {
        let reads = |column, field, keys| Reads { column, field, keys, counting: Counting::Counted };
        vec![reads(2, 0, Some(0)), reads(3, 1, Some(1))]
    }
    fn encode(&self, _: usize, row: &Row<'_>, batch: &mut Columns) -> Result<(), FieldError> {
        self.watched.encode(
            &row.field(0),
            &self.items,
            &mut batch.watched,
            crate::data::Counting::Counted,
        )?;
        self.genres.encode(&row.field(1), &self.titles, &mut batch.genres, crate::data::Counting::Counted)
    }
}

impl Default for Watched {
    fn default() -> Self {
        Self {
            items: Vocabulary::new("item", Keys::learned()).oov(Oov::Bucket),
            titles: Vocabulary::new("genre", Keys::list(["a", "b,c", "d"])).oov(Oov::Error),
            watched: BagColumn::new("watched", BagSpec::bag((MAX, Keep::Last))),
            genres: BagColumn::new("genres", BagSpec::bag((usize::MAX, Keep::First))),
        }
    }
}

#[derive(Clone, Debug)]
struct Entry {
    user: u64,
    item: u64,
    time: u64,
}

pub(super) fn spec(split: SplitSpec, history: HistorySpec, filters: Vec<FilterSpec>) -> DataSpec {
    DataSpec {
        sources: vec![SourceSpec::csv("log", "log.csv"), SourceSpec::separated("items", "items.csv", ";")],
        joins: vec![JoinSpec::new("items", "item", "key")],
        filters,
        distinct: None,
        timeline: Some(TimelineSpec::new("user", ["time"])),
        history: Some(history),
        split,
        catalog: None,
        groups: Vec::new(),
        on_error: OnError::Skip,
    }
}

/// Genres of items: those of item 7 are in no vocabulary, so that its rows are left out.
fn genre(item: u64) -> &'static str {
    if item == 7 { "?" } else { ["a", "b,c", "d"][item as usize % 3] }
}

/// Checks the only record of a batch, whose history is these rows.
fn check_columns(batch: &Columns, history: &[usize], log: &[Entry], features: &Watched) {
    let item = |&row: &usize| match features.items.row(&log[row].item.to_string()) {
        Lookup::Known(id) => id,
        Lookup::Unknown(_) => 0,
    };
    let last: Vec<u32> = history[history.len().saturating_sub(MAX)..].iter().map(item).collect();
    assert_eq!(batch.watched.record(0), last);
    let first: Vec<u32> = history.iter().take(2).map(|&row| (log[row].item % 3) as u32).collect();
    assert_eq!(batch.genres.record(0), first);
}

#[test]
fn histories_of_random_logs_hold_what_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let items: String = (0..9).map(|item| format!("{item};{}\n", genre(item))).collect();
    std::fs::write(folder.path().join("items.csv"), format!("key;genre\n{items}")).unwrap();
    let mut checked = 0;
    for case in 0..150u64 {
        let stream = Stream::new(case, "log");
        let rows = 1 + stream.below(0, 60);
        let draw = |row: u64, what: u64, bound: u64| stream.part(row).below(what, bound);
        let entry = |row| Entry { user: draw(row, 0, 6), item: draw(row, 1, 9), time: draw(row, 2, 15) };
        let log: Vec<Entry> = (0..rows).map(entry).collect();
        let mut text = "user,item,time\n".to_owned();
        log.iter().for_each(|entry| writeln!(text, "u{},{},{}", entry.user, entry.item, entry.time).unwrap());
        std::fs::write(folder.path().join("log.csv"), text).unwrap();

        let history = HistorySpec {
            examples: if case % 3 == 0 { Examples::Last } else { Examples::Sliding },
            min: (case % 5 / 2) as usize,
            same_time: case % 2 == 0,
        };
        let split = match case % 6 {
            0 => SplitSpec::leave_last_out(1),
            1 => SplitSpec::leave_last_out(2),
            2 => SplitSpec::by_time(["time"], 0.3),
            3 => SplitSpec::LeaveLastOut { nth: 1, validate: true },
            4 => SplitSpec::ByTime { order: ["time"].into(), validate: 0.2, test: 0.2 },
            _ => SplitSpec::None,
        };
        let late = FilterSpec::new("time").min(2.0);
        let filters = if case % 7 == 0 { vec![late] } else { Vec::new() };
        let is_in = |row: usize| filters.is_empty() || log[row].time >= 2;
        let grouped = spec(split.clone(), history, filters.clone());
        let grouped = DataSpec { groups: vec!["user".into()], ..grouped };
        let data = match RawTable::open(&grouped, folder.path()) {
            Ok(data) => data,
            Err(error) => {
                assert!(error.to_string().contains("no row to train on"), "{error}");
                continue;
            }
        };
        let mut features = Watched::default();
        fit(&mut features, &data).unwrap();
        let Ok(dataset) = encode(&features, &data) else { continue };

        let order = |row: usize| (log[row].time, row);
        if let SplitSpec::LeaveLastOut { nth, validate } = split {
            for user in 0..6 {
                let mut own: Vec<usize> =
                    (0..log.len()).filter(|&row| log[row].user == user && is_in(row)).collect();
                own.sort_by_key(|&row| order(row));
                let row = |from_end: usize| {
                    let place = own.len().checked_sub(from_end).filter(|&place| place > 0);
                    place.map(|place| own[place] as u32).into_iter().collect::<Vec<_>>()
                };
                let of_user = |rows: &[u32]| -> Vec<u32> {
                    rows.iter().copied().filter(|&row| log[row as usize].user == user).collect()
                };
                assert_eq!(of_user(&data.test), row(nth), "case {case}");
                let validated = if validate { row(nth + 1) } else { Vec::new() };
                assert_eq!(of_user(&data.validate), validated, "case {case}");
            }
        }
        // What is known of a row: it is in the data, and its columns did not refuse it.
        let split_rows: BTreeSet<usize> = data.split_rows().iter().map(|&row| row as usize).collect();
        assert!(split_rows.iter().all(|&row| is_in(row)));
        let is_known = |row: &usize| split_rows.contains(row) && log[*row].item != 7;
        let before = |row: usize| -> Vec<usize> {
            let mut before: Vec<usize> = (0..log.len())
                .filter(|&other| {
                    let tied = history.same_time && order(other) < order(row);
                    log[other].user == log[row].user && (log[other].time < log[row].time || tied)
                })
                .filter(is_known)
                .collect();
            before.sort_by_key(|&other| order(other));
            before
        };
        for (rows, split_rows) in
            [(&dataset.train, &data.train), (&dataset.validate, &data.validate), (&dataset.test, &data.test)]
        {
            let mut expected: Vec<u32> =
                split_rows.iter().copied().filter(|&row| is_known(&(row as usize))).collect();
            if history.examples == Examples::Last {
                let is_last = |row: &u32| {
                    let row = *row as usize;
                    let later = |&other: &u32| {
                        log[other as usize].user == log[row].user && order(other as usize) > order(row)
                    };
                    !split_rows.iter().filter(|&&other| is_known(&(other as usize))).any(later)
                };
                expected = expected.iter().copied().filter(is_last).collect();
            }
            expected.retain(|&row| before(row as usize).len() >= history.min);
            assert_eq!(rows.iter().collect::<BTreeSet<_>>(), expected.iter().collect(), "case {case}");
            for &row in rows.iter() {
                let batch = dataset.batch(&[row]);
                check_columns(&batch, &before(row as usize), &log, &features);
                checked += 1;
            }
        }
        let (rows, group) = (dataset.encoded_rows(), &dataset.groups[0]);
        assert!(rows.iter().map(|&row| row as usize).eq((0..log.len()).filter(is_known)), "case {case}");
        let newest = dataset.newest_rows(group, &rows);
        for user in 0..6 {
            let mut own: Vec<usize> =
                (0..log.len()).filter(|&row| log[row].user == user).filter(is_known).collect();
            let first = own.first().map(|&row| row as u32);
            own.sort_by_key(|&row| order(row));
            let Some(&last) = own.last() else { continue };
            let number = group[last];
            let found = (newest.first[number as usize], newest.latest[number as usize]);
            assert_eq!((Some(found.0), found.1), (first, last as u32), "case {case}");
            let mut batch = Columns::default();
            dataset.newest_into(&newest, &[number], &mut batch);
            check_columns(&batch, &own, &log, &features);
        }
        let trained: BTreeSet<String> =
            data.train.iter().map(|&row| log[row as usize].item.to_string()).collect();
        let keys: BTreeSet<String> = features.items.keys().map(|(_, key)| key.into_owned()).collect();
        assert_eq!(keys, trained, "only training rows teach");
    }
    assert!(checked > 1000, "{checked}");
}

#[test]
fn test_rows_in_histories_of_training_rows_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let log: String = (0..40).map(|row| format!("u{},{},{row}\n", row % 4, row % 7)).collect();
    std::fs::write(folder.path().join("log.csv"), format!("user,item,time\n{log}")).unwrap();
    let items: String = (0..9).map(|item| format!("{item};{}\n", genre(item))).collect();
    std::fs::write(folder.path().join("items.csv"), format!("key;genre\n{items}")).unwrap();
    let history = HistorySpec { examples: Examples::Sliding, min: 0, same_time: false };
    let random = spec(SplitSpec::random(0.3, 1), history, Vec::new());
    let data = RawTable::open(&random, folder.path()).unwrap();
    let mut features = Watched::default();
    fit(&mut features, &data).unwrap();
    let message = encode(&features, &data).unwrap_err().to_string();
    assert!(message.contains("log.csv:") && message.contains("would hold a test row"), "{message}");

    let none = spec(SplitSpec::None, history, Vec::new());
    std::fs::write(folder.path().join("log.csv"), "user,item,time\n,1,1\na,1,x\na,1,1\na,2,3\n").unwrap();
    let data = RawTable::open(&none, folder.path()).unwrap();
    assert_eq!((data.train.as_slice(), data.skipped.count()), (&[2, 3][..], 2));
    let stop = DataSpec { on_error: OnError::Stop, ..none };
    let message = RawTable::open(&stop, folder.path()).err().unwrap().to_string();
    assert!(message.contains("log.csv:2") && message.contains("`user`"), "{message}");
}
