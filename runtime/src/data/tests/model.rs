//! Features as the compiler writes them for a two-tower model.

use serde::{Deserialize, Serialize};

use crate::data::*;
use crate::data::{Batch, Features, InputInfo};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TwoTower {
    pub(super) user: Vocabulary,
    pub(super) title: Vocabulary,
    pub(super) token: Vocabulary,
    user_id: IdColumn,
    timestamp: FloatColumn,
    pub(super) timestamp_bucket: BucketColumn,
    title_id: IdColumn,
    title_tokens: TextColumn,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Columns {
    pub(super) user_id: Ids,
    pub(super) timestamp: Floats<1>,
    pub(super) timestamp_bucket: Ids,
    pub(super) title_id: Ids,
    pub(super) title_tokens: Bags,
}

impl Batch for Columns {
    fn rows(&self, input: usize) -> usize {
        if input == 0 { self.user_id.rows() } else { self.title_id.rows() }
    }
    fn gather(&self, input: usize, rows: &[u32], into: &mut Self) {
        if input == 0 {
            self.user_id.gather_into(rows, &mut into.user_id);
            self.timestamp.gather_into(rows, &mut into.timestamp);
            self.timestamp_bucket.gather_into(rows, &mut into.timestamp_bucket);
        } else {
            self.title_id.gather_into(rows, &mut into.title_id);
            self.title_tokens.gather_into(rows, &mut into.title_tokens);
        }
    }
    fn truncate(&mut self, input: usize, rows: usize) {
        if input == 0 {
            self.user_id.truncate(rows);
            self.timestamp.truncate(rows);
            self.timestamp_bucket.truncate(rows);
        } else {
            self.title_id.truncate(rows);
            self.title_tokens.truncate(rows);
        }
    }
}

impl crate::data::Fitting for TwoTower {
    fn finish(&mut self, folder: &std::path::Path) -> Result<(), FitError> {
        self.user.finish(folder)?;
        self.title.finish(folder)?;
        self.token.finish(folder)?;
        self.timestamp.finish()?;
        self.timestamp_bucket.finish()
    }
    fn take_counts(&self) -> Vec<PolicyCount> {
        [self.user_id.counts(), self.timestamp.counts(), self.title_tokens.counts()].concat()
    }
}

impl Features for TwoTower {
    type Batch = Columns;
    fn inputs(&self) -> &'static [InputInfo<'static>] {
        const INPUTS: &[InputInfo<'static>] = &[
            InputInfo {
                name: "query",
                source: 0,
                fields: &[FieldName::of("ratings", "user_id"), FieldName::of("ratings", "timestamp")],
            },
            InputInfo { name: "candidate", source: 1, fields: &[FieldName::of("movies", "title")] },
        ];
        INPUTS
    }

    fn observe(&mut self, input: usize, row: &Row<'_>) -> Result<(), FieldError> {
        if input == 0 {
            self.user_id.observe(&row.field(0), &mut self.user)?;
            self.timestamp.observe(&row.field(1))?;
            self.timestamp_bucket.observe(&row.field(1))
        } else {
            self.title_id.observe(&row.field(0), &mut self.title)?;
            self.title_tokens.observe(&row.field(0), &mut self.token)
        }
    }
    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut Columns) -> Result<(), FieldError> {
        if input == 0 {
            self.user_id.encode(
                &row.field(0),
                &self.user,
                &mut batch.user_id,
                crate::data::Counting::Counted,
            )?;
            self.timestamp.encode(&row.field(1), &mut batch.timestamp, crate::data::Counting::Counted)?;
            self.timestamp_bucket.encode(
                &row.field(1),
                &mut batch.timestamp_bucket,
                crate::data::Counting::Counted,
            )
        } else {
            self.title_id.encode(
                &row.field(0),
                &self.title,
                &mut batch.title_id,
                crate::data::Counting::Counted,
            )?;
            self.title_tokens.encode(
                &row.field(0),
                &self.token,
                &mut batch.title_tokens,
                crate::data::Counting::Counted,
            )
        }
    }
}

impl Default for TwoTower {
    fn default() -> Self {
        Self {
            user: Vocabulary::new("user", Keys::learned()).oov(Oov::Bucket),
            title: Vocabulary::new("title", Keys::learned()).oov(Oov::Error),
            token: Vocabulary::new("token", Keys::Learned { min_count: 1, max: Some(10_000) }).oov(Oov::Drop),
            user_id: IdColumn::new("user_id", IdSpec::default().missing(MissingId::Oov)),
            timestamp: FloatColumn::new("timestamp", FloatSpec::default().transform(Transform::Standardize)),
            timestamp_bucket: BucketColumn::new(
                "timestamp_bucket",
                BucketSpec::new(Boundaries::EqualWidth(1000)),
            ),
            title_id: IdColumn::new("title_id", IdSpec::default().missing(MissingId::Error)),
            title_tokens: TextColumn::new("title_tokens", TextSpec::new((16, Keep::First))),
        }
    }
}
