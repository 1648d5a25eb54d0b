//! Columns that are fitted and encoded by the distinct values of a field give what those of each row give: the same
//! statistics, rows, counts and reasons, in every kind of column.

use proptest::prelude::*;
use turret_schema::{BucketSpec, FileForm, MissingBucket, VectorSpec};

use super::{folder, spec};
use crate::data::*;

/// A column of each kind, all of them of the same field, besides one of a joined source.
#[derive(Clone)]
struct All {
    keys: Vocabulary,
    few: Vocabulary,
    words: Vocabulary,
    id: IdColumn,
    known: IdColumn,
    bag: BagColumn,
    text: TextColumn,
    float: FloatColumn,
    mean: FloatColumn,
    bucket: BucketColumn,
    frequency: FrequencyColumn,
    label: LabelColumn,
    vector: VectorColumn<1>,
    of_user: IdColumn,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Encoded {
    ids: [Ids; 4],
    bags: [Bags; 2],
    floats: [Floats<1>; 5],
}

impl Batch for Encoded {
    fn columns(&self, _: usize) -> Vec<&dyn EncodedColumn> {
        let Self {
            ids: [id, known, bucket, of_user],
            bags: [bag, text],
            floats: [float, mean, frequency, label, vector],
        } = self;
        vec![id, known, bag, text, float, mean, bucket, frequency, label, vector, of_user]
    }
    fn columns_mut(&mut self, _: usize) -> Vec<&mut dyn EncodedColumn> {
        let Self {
            ids: [id, known, bucket, of_user],
            bags: [bag, text],
            floats: [float, mean, frequency, label, vector],
        } = self;
        vec![id, known, bag, text, float, mean, bucket, frequency, label, vector, of_user]
    }
}

stored_features!(All {
    keys,
    few,
    words,
    id,
    known,
    bag,
    text,
    float,
    mean,
    bucket,
    frequency,
    label,
    vector,
    of_user
});

impl Features for All {
    type Batch = Encoded;
    fn inputs(&self) -> &'static [InputInfo<'static>] {
        const INPUTS: &[InputInfo<'static>] =
            &[InputInfo::new("all", 0, &[FieldName::of("log", "value"), FieldName::of("users", "name")])];
        INPUTS
    }
    fn reads(&self, _: usize) -> Vec<Reads> {
        let keys = [Some(0), Some(1), Some(0), Some(2), None, None, None, None, None, None];
        let own = keys.into_iter().zip(3..).map(|(keys, column)| Reads {
            column,
            field: 0,
            keys,
            counting: Counting::Counted,
        });
        own.chain([Reads { column: 13, field: 1, keys: Some(0), counting: Counting::Counted }]).collect()
    }
    fn encode(&self, _: usize, _: &Row<'_>, _: &mut Encoded) -> Result<(), FieldError> {
        Ok(())
    }
}

impl All {
    fn new(substitutes: bool) -> Self {
        macro_rules! column {
            ($new:expr) => {{
                let column = $new;
                if substitutes { column.substitute() } else { column }
            }};
        }
        let float = FloatSpec::default().missing(MissingFloat::Value(1.5)).clip((Some(-100.0), None));
        Self {
            keys: Vocabulary::new("keys", Keys::Learned { min_count: 2, max: None }),
            few: Vocabulary::new("few", Keys::list(["1", "2", "a", "b"])).oov(Oov::Error),
            words: Vocabulary::new("words", Keys::learned()).oov(Oov::Drop),
            id: column!(IdColumn::new("id", IdSpec::default().missing(MissingId::Oov))),
            known: column!(IdColumn::new("known", IdSpec::default().missing(MissingId::Value("a".into())))),
            bag: column!(BagColumn::new("bag", BagSpec::bag((2, Keep::Last)).separator('|'))),
            text: column!(TextColumn::new("text", TextSpec::new((3, Keep::First)))),
            float: column!(FloatColumn::new("float", float)),
            mean: column!(FloatColumn::new(
                "mean",
                float.transform(Transform::Standardize).missing(MissingFloat::Mean)
            )),
            bucket: column!(BucketColumn::new(
                "bucket",
                BucketSpec::new(Boundaries::Quantiles(4)).missing(MissingBucket::Bucket)
            )),
            frequency: column!(FrequencyColumn::new("frequency")),
            label: column!(LabelColumn::new("label", LabelSpec::default().threshold(1.0).missing(0.0))),
            vector: column!(VectorColumn::new("vector", VectorSpec::default().missing(MissingVector::Zero))),
            of_user: column!(IdColumn::new("of_user", IdSpec::default().missing(MissingId::Error))),
        }
    }
}

/// Everything that preparing data gives: features as stored, encoded rows, notes and counts; or the error.
fn prepared(spec: &DataSpec, folder: &std::path::Path, by_values: bool) -> Result<String, String> {
    let mut features = All::new(spec.on_error == OnError::Substitute);
    let mut run = || -> Result<String, DataError> {
        let mut data = match by_values {
            true => RawTable::open_for(spec, folder, &features)?,
            false => RawTable::open(spec, folder)?,
        };
        leave_out_refused(&features, &mut data)?;
        fit(&mut features, &data)?;
        features.take_counts();
        let dataset = encode(&features, &data)?;
        let rows: Vec<u32> = dataset.train.iter().chain(&dataset.test).copied().collect();
        let stored = serde_json::to_string(&AnyFeatures::new(features.clone())).unwrap();
        let (counts, read) = (features.take_counts(), data.skipped.clone());
        // Rows that only encoding rejects are in no count.
        let lost: Vec<u32> = data.split_rows().iter().copied().filter(|row| !rows.contains(row)).collect();
        leave_out_unknown(&mut data, |data, refuse| {
            let error = || FieldError::new("few", &Field::Missing, FieldFault::MissingTime);
            lost.iter().try_for_each(|&row| refuse(0, row, data.refused(0, row, error())))
        })?;
        encode(&features, &data)?;
        assert_eq!(features.take_counts(), counts);
        Ok(format!(
            "{stored}\n{rows:?}\n{:?}\n{:?}\n{:?}\n{:?} {:?} {}",
            dataset.batch(&rows),
            counts,
            data.notes,
            read,
            dataset.skipped,
            dataset.repeated(HeldOut::Test)
        ))
    };
    run().map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn distinct_values_give_what_rows_give(
        rows in prop::collection::vec(("(1|2|0.5|a|b|a\\|b|-3|NaN|NA| |2.0|1e400|x y z w|[0-9]{1,3}){1}", 0_usize..4), 1..60),
        kind in 0_usize..6,
        is_json: bool,
    ) {
        let on_error = [OnError::Stop, OnError::Skip, OnError::Substitute][kind % 3];
        // Without texts that are no numbers, most rows are accepted.
        let rows: Vec<_> = rows.into_iter().filter(|(value, _)| kind < 3 || value.trim().parse::<f64>().is_ok()).collect();
        let json = |value: &str| match (serde_json::from_str::<serde_json::Number>(value), value.split_once('|')) {
            (Ok(number), _) => number.to_string(),
            (_, Some((first, second))) => format!("[\"{first}\", \"{second}\"]"),
            _ => format!("\"{value}\""),
        };
        let row = |(value, user): &(String, usize)| match is_json {
            true => format!("{{\"value\": {}, \"user\": \"u{user}\"}}\n", json(value)),
            false => format!("{value},u{user}\n"),
        };
        let log: String = rows.iter().map(row).collect();
        let form = if is_json { FileForm::JsonLines } else { FileForm::Separated };
        let source = SourceSpec { form, ..SourceSpec::csv("log", "log.csv").columns(["value", "user"]) };
        let folder = folder(&[("log.csv", log.as_bytes()), ("users.csv", b"user,name\nu0,a\nu1,b\nu2,a\nu3,\n")]);
        let spec = DataSpec {
            joins: vec![JoinSpec::new("users", "user", "user")],
            split: SplitSpec::random(0.3, 5),
            on_error,
            ..spec(vec![source, SourceSpec::csv("users", "users.csv")])
        };
        let (by_rows, by_values) =
            (prepared(&spec, folder.path(), false), prepared(&spec, folder.path(), true));
        prop_assert_eq!(by_values, by_rows);
    }
}

/// A rejected value of a joined row is at the line of that row, whatever reads it.
#[test]
fn values_of_joined_rows_are_rejected_at_their_own_lines() {
    let folder =
        folder(&[("log.csv", b"1,u0\n1,u3\n"), ("users.csv", b"user,name\nu0,a\nu1,b\nu2,a\nu3,\n")]);
    for (on_error, rows) in [(OnError::Stop, "is missing"), (OnError::Skip, "\n[0]\n")] {
        let spec = DataSpec {
            joins: vec![JoinSpec::new("users", "user", "user")],
            on_error,
            ..spec(vec![
                SourceSpec::csv("log", "log.csv").columns(["value", "user"]),
                SourceSpec::csv("users", "users.csv"),
            ])
        };
        for by_values in [false, true] {
            let (Ok(said) | Err(said)) = prepared(&spec, folder.path(), by_values);
            assert!(said.contains("users.csv:5: column `of_user`: ") && said.contains(rows), "{said}");
        }
    }
}
