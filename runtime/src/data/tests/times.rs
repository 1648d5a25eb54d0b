//! Times of a log in the forms of public files.

use super::{folder, refusal, spec};
use crate::data::source::RowFiles;
use crate::data::{
    DataSpec, DateOrder, FilterSpec, Histories, OnError, RawTable, SourceSpec, SplitSpec, TimelineSpec,
};

/// Opens a log with these lines.
fn open(spec: &DataSpec, lines: &[&str]) -> Result<RawTable, String> {
    let folder = folder(&[("log.csv", lines.join("\n").as_bytes())]);
    RawTable::open(spec, folder.path()).map_err(|error| error.to_string())
}

fn log() -> DataSpec {
    spec(vec![SourceSpec::csv("log", "log.csv")])
}

#[test]
fn the_last_row_by_any_time_is_the_test_row() {
    // YooChoose, Gowalla, H&M, MIND and Yelp.
    for times in [
        ["2014-04-07T10:51:09.277Z", "2014-04-07T10:54:09.868Z", "2014-04-07T10:54:46.998Z"],
        ["2010-10-12T23:58:03Z", "2010-10-18T22:17:43Z", "2010-10-19T23:55:27Z"],
        ["2018-09-20", "2018-09-24", "2018-10-02"],
        ["11/9/2019 9:05:58 AM", "11/9/2019 1:05:58 PM", "11/11/2019 12:05:58 AM"],
        ["2017-12-31 22:09:11", "2018-07-07 02:09:11", "2018-07-07 22:09:11"],
        ["9223372036854775805", "9223372036854775806", "9223372036854775807"],
    ] {
        let lines = [
            "u,i,t",
            &format!("a,3,{}", times[2]),
            &format!("a,1,{}", times[0]),
            &format!("a,2,{}", times[1]),
        ];
        for split in [SplitSpec::leave_last_out(1), SplitSpec::by_time(["t"], 0.34)] {
            let timeline = Some(TimelineSpec::new("u", ["t"]));
            let data = open(&DataSpec { timeline, split, ..log() }, &lines).unwrap();
            assert_eq!((&data.train[..], &data.test[..]), (&[1, 2][..], &[0][..]), "{times:?}");
        }
    }
}

#[test]
fn days_come_first_where_the_source_says_so() {
    let lines = [
        "u,i,t",
        "a,3,02/01/2019 9:05:58",
        "a,1,11/12/2018 9:05:58",
        "a,2,01/02/2019 9:05:58",
        "a,4,25/12/2017 0:00",
    ];
    let of_dates = |dates: Option<DateOrder>, lines: &[&str]| {
        let source = SourceSpec { dates, ..SourceSpec::csv("log", "log.csv") };
        let spec = DataSpec {
            timeline: Some(TimelineSpec::new("u", ["t"])),
            split: SplitSpec::leave_last_out(1),
            filters: vec![FilterSpec::new("t").min("2018-01-01")],
            ..spec(vec![source])
        };
        let data = open(&spec, lines)?;
        let order = data.timeline().rows().to_vec();
        Ok::<_, String>((order, data.test.clone(), data.filtered, data.notes.clone()))
    };
    let day = of_dates(Some(DateOrder::DayFirst), &lines).unwrap();
    assert_eq!((&day.0[..], &day.1[..], day.2), (&[1, 0, 2][..], &[2][..], 1));
    assert_eq!(day.3, ["note: `t` is read as day/month/year, from 2018-12-11 to 2019-02-01"]);
    let month = of_dates(None, &lines[..4]).unwrap();
    assert_eq!((&month.0[..], &month.1[..]), (&[1, 2, 0][..], &[0][..]));
    let refused = of_dates(None, &lines).unwrap_err();
    assert!(
        refused.contains("log.csv:5") && refused.contains("`dates = day_first` of the source"),
        "{refused}"
    );
}

#[test]
fn logs_in_the_order_of_the_file() {
    let lines = ["u,i", "a,3", "b,1", "a,1", "b,2", "a,2"];
    let timeline = Some(TimelineSpec::in_file_order("u"));
    let data = open(&DataSpec { timeline, split: SplitSpec::leave_last_out(1), ..log() }, &lines).unwrap();
    assert_eq!((&data.train[..], &data.test[..]), (&[0, 1, 2][..], &[3, 4][..]));
    let spec = turret_schema::HistorySpec::default();
    let mut files = RowFiles::new(None);
    let mut histories = Histories::new(&spec, data.timeline(), &[0, 3, 1, 4, 2], &mut files).unwrap();
    assert_eq!(histories.spans(|span| span).unwrap(), [[0, 0], [0, 1], [0, 2], [3, 3], [3, 4]]);
    let data = open(&DataSpec { split: SplitSpec::by_time([], 0.4), ..log() }, &lines).unwrap();
    assert_eq!((&data.train[..], &data.test[..]), (&[0, 1, 2][..], &[3, 4][..]));
}

#[test]
fn a_time_in_two_fields() {
    let lines = ["u,day,hour", "a,2018-09-21,9", "a,2018-09-20,10", "a,2018-09-21,8", "a,2018-09-20,9"];
    for split in [SplitSpec::leave_last_out(1), SplitSpec::by_time(["day", "hour"], 0.25)] {
        let timeline = Some(TimelineSpec::new("u", ["day", "hour"]));
        let data = open(&DataSpec { timeline, split, ..log() }, &lines).unwrap();
        let order = data.timeline().rows();
        assert_eq!((order, &data.test[..]), (&[3, 1, 2, 0][..], &[0][..]));
    }
    let lines = ["u,day,hour", "a,2018-09-21,9", "a,2018-09-20,", "a,,8", "a,2018-09-20,9"];
    let lenient = DataSpec {
        timeline: Some(TimelineSpec::new("u", ["day", "hour"])),
        on_error: OnError::Skip,
        ..log()
    };
    let data = open(&lenient, &lines).unwrap();
    assert_eq!((&data.train[..], data.skipped.count()), (&[0, 3][..], 2));
}

#[test]
fn units_are_said_once() {
    let lines = ["u,t", "a,978300760", "a,978300761"];
    let timeline = Some(TimelineSpec::new("u", ["t"]));
    let spec = DataSpec {
        timeline,
        split: SplitSpec::by_time(["t"], 0.5),
        filters: vec![FilterSpec::new("t").min("2000-01-01")],
        ..log()
    };
    let data = open(&spec, &lines).unwrap();
    assert_eq!(data.notes, ["note: `t` is read as seconds since 1970, from 2000-12-31 to 2000-12-31"]);
}

#[test]
fn mixed_forms_name_both_lines() {
    let folder = folder(&[("log.csv", b"u,t\na,2018-09-20\na,2018-09-21\na,1537401600\n")]);
    let timed = DataSpec { timeline: Some(TimelineSpec::new("u", ["t"])), ..log() };
    let message = refusal(&timed, folder.path());
    let expected = "log.csv:4: column `t`: `1537401600` is a number of seconds since 1970, but ";
    assert!(message.contains(expected) && message.contains("log.csv:2 has a date;"), "{message}");
}
