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
    fn columns(&self, input: usize) -> Vec<&dyn EncodedColumn> {
        match input {
            0 => vec![&self.user_id, &self.timestamp, &self.timestamp_bucket],
            _ => vec![&self.title_id, &self.title_tokens],
        }
    }
    fn columns_mut(&mut self, input: usize) -> Vec<&mut dyn EncodedColumn> {
        match input {
            0 => vec![&mut self.user_id, &mut self.timestamp, &mut self.timestamp_bucket],
            _ => vec![&mut self.title_id, &mut self.title_tokens],
        }
    }
}

stored_features!(TwoTower {
    user,
    title,
    token,
    user_id,
    timestamp,
    timestamp_bucket,
    title_id,
    title_tokens
});

impl Features for TwoTower {
    type Batch = Columns;
    fn inputs(&self) -> &'static [InputInfo<'static>] {
        const INPUTS: &[InputInfo<'static>] = &[
            InputInfo::new(
                "query",
                0,
                &[FieldName::of("ratings", "user_id"), FieldName::of("ratings", "timestamp")],
            ),
            InputInfo::new("candidate", 1, &[FieldName::of("movies", "title")]),
        ];
        INPUTS
    }

    fn reads(&self, input: usize) -> Vec<Reads> {
        let reads = |column, field, keys| Reads { column, field, keys, counting: Counting::Counted };
        match input {
            0 => vec![reads(3, 0, Some(0)), reads(4, 1, None), reads(5, 1, None)],
            _ => vec![reads(6, 0, Some(1)), reads(7, 0, Some(2))],
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
