//! From files to batches, and single records by the same columns.

use super::model::{Columns, TwoTower};
use super::{folder, retrieval};
use crate::data::*;
use crate::program::{Batch, Features};

const RATINGS: &[u8] = b"u\t1\t3\t10\nv\t2\t3\t20\nu\t3\t3\t30\nw\t4\t3\tsoon\n";
const MOVIES: &[u8] = b"movie_id,title\n1,The Lamp\n2,A Lamp\n3,The Lamp\n4,Dusk\n5,Dawn\n6,\n";

#[test]
fn fits_encodes_and_skips() {
    let folder = folder(&[("ratings.tsv", RATINGS), ("movies.csv", MOVIES)]);
    let stopped = Data::open(&retrieval(OnError::Stop), folder.path()).unwrap();
    let message = fit(&mut TwoTower::declared(), &stopped).unwrap_err().to_string();
    assert!(message.ends_with("ratings.tsv:4: column `timestamp`: `soon` is not a number"), "{message}");

    let mut data = Data::open(&retrieval(OnError::Skip), folder.path()).unwrap();
    leave_out_refused::<TwoTower>(&mut data).unwrap();
    let mut features = TwoTower::declared();
    fit(&mut features, &data).unwrap();
    let dataset = encode(&features, &data).unwrap();
    // One rating has no number for its time, one movie no title.
    assert_eq!((data.skipped.count, dataset.skipped.count), (1, 1));
    assert_eq!(dataset.train, [0, 1, 2]);
    let users: Vec<_> = features.user.keys().map(|(_, key)| key.into_owned()).collect();
    assert_eq!(users, ["u", "v"], "what is left out teaches nothing");
    let batch = dataset.batch(&[2, 0, 1]);
    assert_eq!(batch.user_id.as_slice(), [1, 1, 2]);
    assert_eq!(batch.title_id.as_slice(), dataset.batch(&[0, 0, 1]).title_id.as_slice());
    assert_eq!(batch.title_tokens.offsets(), [0, 2, 4, 6]);
    let catalogue = dataset.catalogue.as_ref().unwrap();
    assert_eq!(catalogue.keys, ["The Lamp", "A Lamp", "Dusk", "Dawn"]);
    assert_eq!(catalogue.candidate_of_row, [0, 1, 0, 2]);
    assert_eq!((catalogue.columns.rows(0), catalogue.columns.rows(1)), (0, 4));

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
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns(&[
        "user_id",
        "title",
        "rating",
        "timestamp",
    ])]);
    spec.split = SplitSpec::ByTime { field: "timestamp", test: 0.4 };
    spec.catalogue = Some(CatalogueSpec { source: "ratings", key: "title", inputs: &[0] });
    let data = Data::open(&spec, folder.path()).unwrap();
    let mut features = one_source::Features::declared();
    fit(&mut features, &data).unwrap();
    let catalogue = encode(&features, &data).unwrap().catalogue.unwrap();
    assert_eq!(catalogue.keys, ["1", "2"]);
    assert_eq!(catalogue.candidate_of_row, [0, 1, 0, NONE, 1]);
    assert_eq!(catalogue.columns.title.as_slice(), [1, 2]);
}

#[test]
fn what_is_refused_is_in_no_split() {
    let folder = folder(&[("ratings.tsv", b"u\t1\t3\t1\nu\t2\t3\t2\nu\t\t3\t3\nv\t1\t3\t4\nv\t2\t3\t5\n")]);
    let columns = &["user_id", "title", "rating", "timestamp"];
    let mut spec = super::spec(vec![SourceSpec::tsv("ratings", "ratings.tsv").columns(columns)]);
    spec.timeline = Some(TimelineSpec { user: "user_id", time: "timestamp" });
    spec.on_error = OnError::Skip;
    let splits = [
        (SplitSpec::LeaveLastOut { nth: 1 }, vec![0, 3], vec![1, 4]),
        // The last rows are not used.
        (SplitSpec::LeaveLastOut { nth: 2 }, vec![0, 3], vec![]),
        (SplitSpec::ByTime { field: "timestamp", test: 0.75 }, vec![0], vec![1, 3, 4]),
    ];
    for (split, train, test) in splits {
        spec.split = split;
        let mut data = Data::open(&spec, folder.path()).unwrap();
        leave_out_refused::<one_source::Features>(&mut data).unwrap();
        assert_eq!((&data.train, &data.test, data.skipped.count), (&train, &test, 1), "{split:?}");
        assert!(data.skipped.to_string().contains("ratings.tsv:3"), "{}", data.skipped);
    }
    // A refused row of a joined source takes away those that it belongs to.
    let folder = super::folder(&[("ratings.tsv", b"u\t1\t3\t10\nv\t6\t3\t20\n"), ("movies.csv", MOVIES)]);
    let mut data = Data::open(&retrieval(OnError::Skip), folder.path()).unwrap();
    leave_out_refused::<TwoTower>(&mut data).unwrap();
    assert_eq!(data.train, [0]);
}

#[test]
fn what_is_missing_is_the_same_as_nothing_else() {
    let ratings = b"u\t1\t3\t1\n\t2\t3\t2\n\t1\t3\tsoon\nu\t\t3\t4\n";
    let files: [(&str, &[u8]); 2] =
        [("ratings.tsv", ratings), ("movies.csv", b"movie_id,title\n1,a\n2,b\n,c\n,d\n")];
    let folder = folder(&files);
    let mut spec = retrieval(OnError::Skip);
    spec.split = SplitSpec::ByTime { field: "timestamp", test: 0.0 };
    let data = Data::open(&spec, folder.path()).unwrap();
    // A row without a movie has no partner, one without a number for its time no place in the order.
    assert_eq!((&data.train[..], data.skipped.count), (&[0, 1][..], 2));
    assert_eq!(data.groups("user_id").unwrap(), [0, 1, 2, 0]);
    spec.on_error = OnError::Stop;
    let message = super::refusal(&spec, folder.path());
    assert!(message.contains("ratings.tsv:4") && message.contains("`movies`"), "{message}");
}

/// A model of one column.
mod one_source {
    use serde::{Deserialize, Serialize};

    use crate::data::*;
    use crate::program::InputInfo;

    #[derive(Clone, Serialize, Deserialize)]
    pub(super) struct Features {
        vocabulary: Vocabulary,
        title: IdColumn,
    }

    #[derive(Clone, Default)]
    pub(super) struct Batch {
        pub(super) title: Ids,
    }

    impl crate::program::Batch for Batch {
        fn rows(&self, _: usize) -> usize {
            self.title.rows()
        }
        fn gather(&self, _: usize, rows: &[u32], into: &mut Self) {
            self.title.gather_into(rows, &mut into.title);
        }
        fn truncate(&mut self, _: usize, rows: usize) {
            self.title.truncate(rows);
        }
    }

    impl crate::program::Features for Features {
        type Batch = Batch;
        const INPUTS: &'static [InputInfo] =
            &[InputInfo { name: "item", part: 0, fields: &[FieldName::of("ratings", "title")] }];
        fn declared() -> Self {
            let learned = Learned { min_count: 1, max: None };
            Self { vocabulary: Vocabulary::learned("title", learned), title: IdColumn::new("title") }
        }
        fn observe(&mut self, _: usize, row: &Row<'_>) -> Result<(), FieldError> {
            self.title.observe(&row.field(0), &mut self.vocabulary)
        }
        fn finish(&mut self) -> Result<(), FitError> {
            self.vocabulary.finish()
        }
        fn encode(&self, _: usize, row: &Row<'_>, batch: &mut Batch) -> Result<(), FieldError> {
            self.title.encode(&row.field(0), &self.vocabulary, &mut batch.title)
        }
        fn take_counts(&self) -> Vec<PolicyCount> {
            self.title.counts()
        }
    }
}
