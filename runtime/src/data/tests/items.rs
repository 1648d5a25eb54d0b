//! Columns that are fitted and encoded by the distinct items of a field give what those of each row give: the same
//! vocabularies, rows, counts and reasons.

use proptest::prelude::*;
use turret_schema::{FileForm, MissingBag};

use super::super::source::Retained;
use super::{folder, spec};
use crate::data::*;

/// Columns of items, all of them of the same field.
#[derive(Clone)]
struct Lists {
    keys: Vocabulary,
    words: Vocabulary,
    listed: Vocabulary,
    bag: BagColumn,
    sequence: BagColumn,
    weighted: BagColumn,
    strict: BagColumn,
    text: TextColumn,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Encoded {
    bags: [Bags; 4],
    sequence: Sequences,
}

impl Batch for Encoded {
    fn columns(&self, _: usize) -> Vec<&dyn EncodedColumn> {
        let Self { bags: [bag, weighted, strict, text], sequence } = self;
        vec![bag, sequence, weighted, strict, text]
    }
    fn columns_mut(&mut self, _: usize) -> Vec<&mut dyn EncodedColumn> {
        let Self { bags: [bag, weighted, strict, text], sequence } = self;
        vec![bag, sequence, weighted, strict, text]
    }
}

stored_features!(Lists { keys, words, listed, bag, sequence, weighted, strict, text });

impl Features for Lists {
    type Batch = Encoded;
    fn inputs(&self) -> &'static [InputInfo<'static>] {
        const INPUTS: &[InputInfo<'static>] =
            &[InputInfo::new("all", 0, &[FieldName::of("log", "value"), FieldName::of("log", "weights")])];
        INPUTS
    }
    fn reads(&self, _: usize) -> Vec<Reads> {
        // The sequence shares the words of the text.
        let own = [(3, 0, 0), (4, 0, 1), (5, 1, 0), (6, 0, 2), (7, 0, 1)];
        let read =
            |(column, field, keys)| Reads { column, field, keys: Some(keys), counting: Counting::Counted };
        own.map(read).into()
    }
    fn encode(&self, _: usize, _: &Row<'_>, _: &mut Encoded) -> Result<(), FieldError> {
        Ok(())
    }
}

impl Lists {
    fn new(substitutes: bool, keep: Keep, missing: MissingBag, oov: Oov) -> Self {
        let bag = |name, spec: BagSpec| {
            let column = BagColumn::new(name, spec);
            if substitutes { column.substitute() } else { column }
        };
        let text = TextColumn::new("text", TextSpec::new((3, Keep::First)));
        Self {
            keys: Vocabulary::new("keys", Keys::Learned { min_count: 2, max: Some(8) }),
            words: Vocabulary::new("words", Keys::Learned { min_count: 2, max: None }).oov(Oov::Drop),
            listed: Vocabulary::new("listed", Keys::list(["1", "2", "a", "b", "x", "c d"])).oov(oov),
            bag: bag("bag", BagSpec::bag((2, Keep::Last)).separator('|')),
            sequence: bag("sequence", BagSpec::sequence((2, Keep::Last)).separator(' ').padding("0")),
            weighted: bag(
                "weighted",
                BagSpec::bag((3, Keep::First)).separator('|').weight_separator(':').padding("b"),
            ),
            strict: bag("strict", BagSpec::bag((3, keep)).separator('|').missing(missing)),
            text: if substitutes { text.substitute() } else { text },
        }
    }
}

/// Everything that preparing data gives, or the error. `reads` are the fields that are kept in the first scan.
fn prepared(
    spec: &DataSpec,
    folder: &std::path::Path,
    mut features: Lists,
    reads: &[FieldRead],
) -> Result<String, String> {
    let mut run = || -> Result<String, DataError> {
        let mut data = RawTable::open_stamped(spec, folder, reads, folder, &[], Retained::Usual)?;
        leave_out_refused(&features, &mut data)?;
        fit(&mut features, &data)?;
        features.take_counts();
        let dataset = encode(&features, &data)?;
        let rows: Vec<u32> = dataset.train.iter().chain(&dataset.test).copied().collect();
        let stored = serde_json::to_string(&AnyFeatures::new(features.clone())).unwrap();
        let (batch, counts) = (dataset.batch(&rows), features.take_counts());
        Ok(format!("{stored}\n{rows:?}\n{batch:?}\n{counts:?}\n{:?}\n{:?}", data.skipped, dataset.skipped))
    };
    run().map_err(|error| error.to_string())
}

fn check(
    rows: &[(String, String)],
    is_json: bool,
    features: &Lists,
    on_error: OnError,
) -> Result<(), TestCaseError> {
    let row = |(value, weights): &(String, String)| match is_json {
        true => format!("{{\"value\": {value}, \"weights\": \"{weights}\"}}\n"),
        false => format!("{value}\t{weights}\n"),
    };
    let log: String = rows.iter().map(row).collect();
    let form = if is_json { FileForm::JsonLines } else { FileForm::Separated };
    let source = SourceSpec {
        form,
        separator: "\t".into(),
        ..SourceSpec::csv("log", "log.csv").columns(["value", "weights"])
    };
    let folder = folder(&[("log.csv", log.as_bytes())]);
    let split = SplitSpec::random(0.3, 5);
    let spec = DataSpec { split, on_error, ..spec(vec![source]) };
    let mut reads = fields_read(features);
    reads.retain(|read| read.cut.is_some());
    prop_assert_eq!(reads.len(), 5);
    // A text is always cut into words.
    let data = RawTable::open_stamped(&spec, folder.path(), &reads, folder.path(), &[], Retained::Usual);
    let words = data.map(|data| data.dictionary(0, Some(Cut::Words)).is_some());
    prop_assert!(is_json || words.unwrap_or(true));
    let by_rows = prepared(&spec, folder.path(), features.clone(), &[]);
    prop_assert_eq!(prepared(&spec, folder.path(), features.clone(), &reads), by_rows);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn items_give_what_rows_give(
        texts in prop::collection::vec(("([abx1]|2.0|0|NA|c d| |-|[|]|[|]|Don't|É|\u{a0}){0,7}", "([ab1]:[0-9][|]?){0,4}"), 1..40),
        lists in prop::collection::vec("\"[abx1 |0]{0,5}\"|7|2.0|\\[(1|2, \"a\"|\"b\", \" x\"|0, \"c d\"|true)?\\]|null", 1..40),
        odd in prop::option::of("a\\\\[|]b|\\[1, None\\]|\\[1, 2\\]|\\['a', 'b'\\]|\\[1|\\(500\\) Days[|]x|set\\(\\)"),
        (keep, missing, oov) in (0_usize..3, 0_usize..4, 0_usize..4),
        policy in 0_usize..3,
        is_json: bool,
    ) {
        let on_error = [OnError::Stop, OnError::Skip, OnError::Substitute][policy];
        let features = Lists::new(
            on_error == OnError::Substitute,
            [Keep::First, Keep::Last, Keep::Error][keep],
            [MissingBag::Empty, MissingBag::Empty, MissingBag::Empty, MissingBag::Error][missing],
            [Oov::Bucket, Oov::Zero, Oov::Drop, Oov::Error][oov],
        );
        let json_of = |text: &str| serde_json::to_string(text).unwrap();
        let rows: Vec<(String, String)> = match is_json {
            true => lists.into_iter().chain(odd.map(|text| json_of(&text))).map(|list| (list, "a:1".to_owned())).collect(),
            false => texts.into_iter().chain(odd.map(|text| (text, "b:2|a:1".to_owned()))).collect(),
        };
        check(&rows, is_json, &features, on_error)?;
    }
}
