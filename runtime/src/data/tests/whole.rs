//! From files to batches, and single records by the same columns.

use super::model::{Columns, TwoTower};
use super::{folder, retrieval};
use crate::data::Batch;
use crate::data::source::RowFiles;
use crate::data::*;

const RATINGS: &[u8] = b"u\t1\t3\t10\nv\t2\t3\t20\nu\t3\t3\t30\nw\t4\t3\tsoon\n";
const MOVIES: &[u8] = b"movie_id,title\n1,The Lamp\n2,A Lamp\n3,The Lamp\n4,Dusk\n5,Dawn\n6,\n";

#[test]
fn fits_encodes_and_skips() {
    let folder = folder(&[("ratings.tsv", RATINGS), ("movies.csv", MOVIES)]);
    let stopped = RawTable::open(&retrieval(OnError::Stop), folder.path()).unwrap();
    let message = fit(&mut TwoTower::default(), &stopped).unwrap_err().to_string();
    assert!(message.ends_with("ratings.tsv:4: column `timestamp`: `soon` is not a number"), "{message}");

    let mut data = RawTable::open(&retrieval(OnError::Skip), folder.path()).unwrap();
    leave_out_refused(&TwoTower::default(), &mut data).unwrap();
    let mut features = TwoTower::default();
    fit(&mut features, &data).unwrap();
    let dataset = encode(&features, &data).unwrap();
    // One rating has no number for its time, one movie no title.
    assert_eq!((data.skipped.count(), data.skipped.joined(), &dataset.skipped), (1, 1, &data.skipped));
    assert_eq!(dataset.train, [0, 1, 2]);
    let users: Vec<_> = features.user.keys().map(|(_, key)| key.into_owned()).collect();
    assert_eq!(users, ["u", "v"], "what is left out teaches nothing");
    let batch = dataset.batch(&[2, 0, 1]);
    assert_eq!(batch.user_id.as_slice(), [1, 1, 2]);
    assert_eq!(batch.title_id.as_slice(), dataset.batch(&[0, 0, 1]).title_id.as_slice());
    assert_eq!(batch.title_tokens.offsets(), [0, 2, 4, 6]);
    let catalog = dataset.catalog.as_ref().unwrap();
    assert_eq!(catalog.keys, ["The Lamp", "A Lamp", "Dusk", "Dawn"]);
    assert_eq!(catalog.candidate_of_row, [0, 1, 0, 2]);
    assert_eq!((catalog.columns.rows(0), catalog.columns.rows(1)), (0, 4));

    // What was stored encodes single records as the data set was encoded.
    let again: TwoTower = serde_json::from_str(&serde_json::to_string(&features).unwrap()).unwrap();
    let mut single = Columns::default();
    encode_fields(&again, 0, &[Field::from("v"), Field::Int(20)], &mut single).unwrap();
    encode_fields(&again, 1, &[Field::from("A Lamp")], &mut single).unwrap();
    assert_eq!(single, dataset.batch(&[1]));

    let half = [Field::from("v"), Field::from("later")];
    assert!(encode_fields(&again, 0, &half, &mut single).is_err());
    assert_eq!((single.rows(0), single.user_id.rows()), (1, 1));
}

#[test]
fn candidates_of_the_main_source() {
    let folder = folder(&[("ratings.tsv", b"u\t1\t3\t1\nu\t2\t3\t2\nu\t1\t3\t3\nu\t7\t3\t4\nu\t2\t3\t5\n")]);
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns([
        "user_id",
        "title",
        "rating",
        "timestamp",
    ])]);
    spec.split = SplitSpec::by_time(["timestamp"], 0.4);
    spec.catalog = Some(CatalogSpec::new("ratings", "title", [0]));
    let data = RawTable::open(&spec, folder.path()).unwrap();
    let mut features = one_source::Features::default();
    fit(&mut features, &data).unwrap();
    let catalog = encode(&features, &data).unwrap().catalog.unwrap();
    assert_eq!(catalog.keys, ["1", "2"]);
    assert_eq!(catalog.candidate_of_row, [0, 1, 0, NONE, 1]);
    assert_eq!(catalog.columns.title.as_slice(), [1, 2]);
}

#[test]
fn a_users_only_row_is_a_training_row() {
    // Users of one to four rows.
    let users = [1, 2, 2, 3, 3, 3, 4, 4, 4, 4];
    let log: String = users.iter().map(|user| format!("{user},a\n")).collect();
    let folder = folder(&[("log.csv", log.as_bytes())]);
    let log = SourceSpec::csv("log", "log.csv").columns(["user", "item"]);
    for (nth, validate, parts) in [
        (1, false, [vec![0, 1, 3, 4, 6, 7, 8], vec![], vec![2, 5, 9]]),
        (1, true, [vec![0, 1, 3, 6, 7], vec![4, 8], vec![2, 5, 9]]),
        (2, false, [vec![0, 1, 3, 6, 7], vec![], vec![4, 8]]),
        (2, true, [vec![0, 1, 3, 6], vec![7], vec![4, 8]]),
        (3, false, [vec![0, 1, 3, 6], vec![], vec![7]]),
        (9, true, [vec![0, 1, 3, 6], vec![], vec![]]),
    ] {
        let timeline = Some(TimelineSpec::in_file_order("user"));
        let split = SplitSpec::LeaveLastOut { nth, validate };
        let data =
            RawTable::open(&DataSpec { timeline, split, ..super::spec(vec![log.clone()]) }, folder.path())
                .unwrap();
        assert_eq!([&data.train, &data.validate, &data.test], parts.each_ref(), "{nth} {validate}");
        assert_eq!(data.unused(), 10 - data.split_rows().len());
    }
}

#[test]
fn what_is_refused_is_in_no_split() {
    let folder = folder(&[("ratings.tsv", b"u\t1\t3\t1\nu\t2\t3\t2\nu\t\t3\t3\nv\t1\t3\t4\nv\t2\t3\t5\n")]);
    let columns = ["user_id", "title", "rating", "timestamp"];
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns(columns)]);
    spec.timeline = Some(TimelineSpec::new("user_id", ["timestamp"]));
    spec.on_error = OnError::Skip;
    let splits = [
        (SplitSpec::leave_last_out(1), vec![0, 3], vec![1, 4]),
        // A user of two rows has no validation row.
        (SplitSpec::LeaveLastOut { nth: 1, validate: true }, vec![0, 3], vec![1, 4]),
        // The last rows are not used.
        (SplitSpec::leave_last_out(2), vec![0, 3], vec![]),
        (SplitSpec::by_time(["timestamp"], 0.75), vec![0], vec![1, 3, 4]),
    ];
    for (split, train, test) in splits {
        spec.split = split.clone();
        let mut data = RawTable::open(&spec, folder.path()).unwrap();
        leave_out_refused(&one_source::Features::default(), &mut data).unwrap();
        assert_eq!((&data.train, &data.test, data.skipped.count()), (&train, &test, 1), "{split:?}");
        assert!(data.skipped.to_string().contains("ratings.tsv:3"), "{}", data.skipped);
    }
    // Rejecting a row of a joined source removes the rows that join it.
    let folder = super::folder(&[("ratings.tsv", b"u\t1\t3\t10\nv\t6\t3\t20\n"), ("movies.csv", MOVIES)]);
    let mut data = RawTable::open(&retrieval(OnError::Skip), folder.path()).unwrap();
    leave_out_refused(&TwoTower::default(), &mut data).unwrap();
    assert_eq!(data.train, [0]);
}

/// Rows that are left out are so everywhere: those without an item of a catalog in the main source, and those of a joined one.
#[test]
fn rows_without_a_candidate_teach_nothing() {
    let folder = folder(&[("ratings.tsv", b"u\t1\t3\t1\nv\t \t3\t2\nu\t2\t3\t3\nw\t1.0\t3\t4\n")]);
    let columns = ["user_id", "title", "rating", "timestamp"];
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns(columns)]);
    spec.catalog = Some(CatalogSpec::new("ratings", "title", [0]));
    spec.timeline = Some(TimelineSpec::new("user_id", ["timestamp"]));
    spec.history = Some(HistorySpec { examples: Examples::Sliding, min: 0, same_time: false });
    spec.on_error = OnError::Skip;
    let mut data = RawTable::open(&spec, folder.path()).unwrap();
    assert!(check_candidates(&data).unwrap_err().to_string().contains("ratings.tsv:2: column `title`"));
    leave_out_refused(&one_source::Lenient::default(), &mut data).unwrap();
    check_candidates(&data).unwrap();
    assert_eq!((&data.train[..], data.skipped.count()), (&[0, 2, 3][..], 1));
    assert!(data.skipped.to_string().contains("ratings.tsv:2: column `title`"), "{}", data.skipped);
    let mut features = one_source::Lenient::default();
    fit(&mut features, &data).unwrap();
    let dataset = encode(&features, &data).unwrap();
    let catalog = dataset.catalog.as_ref().unwrap();
    assert_eq!(
        (&catalog.keys[..], &catalog.candidate_of_row[..]),
        (&["1".into(), "2".into()][..], &[0, NONE, 1, 0][..])
    );
    assert!(dataset.histories.as_ref().unwrap().to_string().starts_with("histories of 2 users: 3 examples"));
    assert_eq!(features.0.keys(), ["1", "2"]);

    // A row of a joined source that is left out is in no vocabulary, and takes the rows that it belongs to away.
    let ratings = b"u\t1\t3\t10\nv\t2.0\t3\t20\nw\t6\t3\t30\n";
    let folder = super::folder(&[("ratings.tsv", ratings), ("movies.csv", MOVIES)]);
    let mut data = RawTable::open(&retrieval(OnError::Skip), folder.path()).unwrap();
    leave_out_refused(&TwoTower::default(), &mut data).unwrap();
    let skipped = (data.skipped.count(), data.skipped.joined());
    assert_eq!((&data.train[..], skipped), (&[0, 1][..], (1, 1)));
    let mut features = TwoTower::default();
    fit(&mut features, &data).unwrap();
    assert!(features.title.keys().all(|(_, key)| !key.is_empty()));
}

#[test]
fn a_history_that_no_row_has_is_said() {
    let folder = folder(&[("ratings.tsv", b"u\ta\t3\t1\nu\tb\t3\t2\nv\tc\t3\t5\nv\td\t3\t5\nw\ta\t3\t1\n")]);
    let columns = ["user_id", "title", "rating", "timestamp"];
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns(columns)]);
    spec.timeline = Some(TimelineSpec::new("user_id", ["timestamp"]));
    spec.split = SplitSpec::leave_last_out(1);
    let encoded = |min| {
        let history = HistorySpec { examples: Examples::Sliding, min, same_time: false };
        let data =
            RawTable::open(&DataSpec { history: Some(history), ..spec.clone() }, folder.path()).unwrap();
        let mut features = one_source::Features::default();
        fit(&mut features, &data).unwrap();
        encode(&features, &data)
    };
    let dataset = encoded(0).unwrap();
    assert_eq!((dataset.train.len(), dataset.test.len()), (3, 2));
    let message = encoded(1).err().unwrap().to_string();
    assert!(message.contains("of 3 training rows none has 1 earlier row"), "{message}");
}

#[test]
fn keys_meet_in_every_form() {
    let ratings = b" u\t12.0\t3\t1\nu\t13.0\t3\t2\nTrue\t12\t3\t3\n1\t 13 \t3\t4\n";
    let movies = b"movie_id,title\n12,A\n13.00,B\n12.0, A\n";
    let folder = folder(&[("ratings.tsv", ratings), ("movies.csv", movies)]);
    let mut spec = retrieval(OnError::Stop);
    spec.filters = vec![FilterSpec::new("movie_id").only(["12", "13.0"])];
    spec.groups = vec!["user_id".into()];
    let data = RawTable::open(&spec, folder.path()).unwrap();
    assert_eq!((&data.train[..], data.filtered), (&[0, 1, 2, 3][..], 0));
    let titles = data.texts(&[0, 1, 2, 3], &[FieldName::of("movies", "title")]).unwrap();
    assert_eq!(titles, [["A"], ["B"], ["A"], ["B"]]);
    assert_eq!(data.groups("user_id", &mut RowFiles::new(None)).unwrap(), [0, 0, 1, 1]);
    // Rows of a joined source that are equal, in whatever form, are one, also for what is learned from it.
    assert_eq!(
        data.notes,
        [format!(
            "note: 1 row of `movies` left out, because an earlier row is equal; the first of them is {}:4",
            folder.path().join("movies.csv").display()
        )]
    );
    let mut features = TwoTower::default();
    fit(&mut features, &data).unwrap();
    let dataset = encode(&features, &data).unwrap();
    assert_eq!(dataset.catalog.unwrap().keys, ["A", "B"]);
    assert_eq!(features.user.keys().map(|(_, key)| key.into_owned()).collect::<Vec<_>>(), ["1", "u"]);
}

#[test]
fn times_beyond_doubles() {
    // Nanoseconds since 1970, which differ by 1.
    let rows = [("c", 3_u64), ("a", 1), ("d", 4), ("b", 2)];
    let text: String = rows
        .iter()
        .map(|(item, step)| format!("u\t{item}\t3\t{}\n", 1_769_590_000_000_000_000 + step))
        .collect();
    let folder = folder(&[("ratings.tsv", text.as_bytes())]);
    let columns = ["user_id", "title", "rating", "timestamp"];
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns(columns)]);
    spec.split = SplitSpec::by_time(["timestamp"], 0.25);
    let data = RawTable::open(&spec, folder.path()).unwrap();
    assert_eq!((&data.train[..], &data.test[..]), (&[0, 1, 3][..], &[2][..]));
    spec.timeline = Some(TimelineSpec::new("user_id", ["timestamp"]));
    spec.split = SplitSpec::leave_last_out(1);
    let data = RawTable::open(&spec, folder.path()).unwrap();
    assert_eq!((&data.train[..], &data.test[..]), (&[0, 1, 3][..], &[2][..]));
}

#[test]
fn what_is_missing_is_the_same_as_nothing_else() {
    let ratings = b"u\t1\t3\t1\n\t2\t3\t2\n\t1\t3\tsoon\nu\t\t3\t4\n";
    let files: [(&str, &[u8]); 2] =
        [("ratings.tsv", ratings), ("movies.csv", b"movie_id,title\n1,a\n2,b\n,c\n,d\n")];
    let folder = folder(&files);
    let mut spec = retrieval(OnError::Skip);
    spec.split = SplitSpec::by_time(["timestamp"], 0.0);
    spec.groups = vec!["user_id".into()];
    let data = RawTable::open(&spec, folder.path()).unwrap();
    // A row without a movie has no partner, one without a number for its time no place in the order.
    assert_eq!((&data.train[..], data.skipped.count()), (&[0, 1][..], 2));
    assert_eq!(data.groups("user_id", &mut RowFiles::new(None)).unwrap(), [0, 1, 2, 0]);
    spec.on_error = OnError::Stop;
    let message = super::refusal(&spec, folder.path());
    assert!(message.contains("ratings.tsv:3") && message.contains("`soon`"), "{message}");
}

/// A model of one column.
mod one_source {
    use serde::{Deserialize, Serialize};

    use crate::data::InputInfo;
    use crate::data::*;

    #[derive(Clone, Serialize, Deserialize)]
    pub(super) struct Features {
        vocabulary: Vocabulary,
        title: IdColumn,
    }

    /// The same, where a missing title is an unknown one.
    #[derive(Clone, Serialize, Deserialize)]
    pub(super) struct Lenient(pub(super) Features);

    impl Features {
        pub(super) fn keys(&self) -> Vec<String> {
            self.vocabulary.keys().map(|(_, key)| key.into_owned()).collect()
        }
    }

    impl StoredFeatures for Lenient {
        fn parts(&self) -> Parts<'_> {
            self.0.parts()
        }
        fn parts_mut(&mut self) -> PartsMut<'_> {
            self.0.parts_mut()
        }
    }

    impl crate::data::Features for Lenient {
        type Batch = Batch;
        fn inputs(&self) -> &'static [InputInfo<'static>] {
            self.0.inputs()
        }
        fn reads(&self, input: usize) -> Vec<Reads> {
            self.0.reads(input)
        }
        fn encode(&self, input: usize, row: &Row<'_>, batch: &mut Batch) -> Result<(), FieldError> {
            self.0.encode(input, row, batch)
        }
    }

    impl Default for Lenient {
        fn default() -> Self {
            let strict = Features::default();
            Self(Features { title: IdColumn::new("title", IdSpec::default()), ..strict })
        }
    }

    #[derive(Clone, Default)]
    pub(super) struct Batch {
        pub(super) title: Ids,
    }

    impl crate::data::Batch for Batch {
        fn columns(&self, _: usize) -> Vec<&dyn EncodedColumn> {
            vec![&self.title]
        }
        fn columns_mut(&mut self, _: usize) -> Vec<&mut dyn EncodedColumn> {
            vec![&mut self.title]
        }
    }

    impl Default for Features {
        fn default() -> Self {
            Self {
                vocabulary: Vocabulary::new("title", Keys::learned()),
                title: IdColumn::new("title", IdSpec { missing: MissingId::Error }),
            }
        }
    }

    stored_features!(Features { vocabulary, title });

    impl crate::data::Features for Features {
        type Batch = Batch;
        fn inputs(&self) -> &'static [InputInfo<'static>] {
            const INPUTS: &[InputInfo<'static>] =
                &[InputInfo::new("item", 0, &[FieldName::of("ratings", "title")])];
            INPUTS
        }
        fn reads(&self, _: usize) -> Vec<Reads> {
            vec![Reads { column: 1, field: 0, keys: Some(0), counting: Counting::Counted }]
        }
        fn encode(&self, _: usize, row: &Row<'_>, batch: &mut Batch) -> Result<(), FieldError> {
            self.title.encode(
                &row.field(0),
                &self.vocabulary,
                &mut batch.title,
                crate::data::Counting::Counted,
            )
        }
    }
}
