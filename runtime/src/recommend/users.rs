//! Users of the log: their newest states, the items that they took, and their keys.

use std::borrow::Cow;
use std::collections::HashMap;

use turret_schema::{Candidates, Description, Text};

use super::{ListOptions, Recommendations, Recommender};
use crate::data::{AnyBatch, DataFolder, EncodedDataset, FieldName, NONE, NewestRows, SpecError, canonical};
use crate::error::{Error, UsageError};
use crate::evaluate::CandidateSets;
use crate::metrics::{CandidateSet, RankingQuery};
use crate::ops::PassState;
use crate::printable::printable;

/// Returns the field of the main source that names users: that of the histories, else the given one, else that of a split
/// or of the metrics.
pub fn user_field(description: &Description, given: Option<&str>) -> Result<Text, UsageError> {
    let (data, protocol) = (&description.data, &description.protocol);
    let timeline = data.timeline.as_ref().map(|timeline| &timeline.user);
    match (timeline.filter(|_| data.history.is_some()), given) {
        (Some(user), Some(given)) if **user != *given => {
            Err(UsageError::HistoryUser { field: given.to_owned(), user: user.to_string() })
        }
        (Some(user), _) => Ok(user.clone()),
        (None, Some(given)) => Ok(given.to_owned().into()),
        (None, None) => {
            let of_metrics = protocol.user.and_then(|user| data.groups.get(user));
            timeline.or(of_metrics).cloned().ok_or(UsageError::NoUser)
        }
    }
}

/// Users of the log.
pub struct Users<'a> {
    newest: NewestRows,
    /// Key of each user, as in the user's first row. Empty for one that is not in the log.
    keys: Vec<String>,
    /// Users by canonical key.
    by_key: HashMap<String, u32>,
    /// Items that users took, by row.
    taken: CandidateSets<'a>,
    field: Text,
}

impl<'a> Users<'a> {
    /// Finds the users that a field of the main source names. It must be one of the groups of the data.
    ///
    /// # Errors
    /// The files of the data cannot be read again.
    pub fn new(
        dataset: &'a EncodedDataset<AnyBatch>,
        data: &DataFolder,
        field: &Text,
    ) -> Result<Self, Error> {
        let no_keys =
            || Error::from(crate::data::DataError::from(SpecError::NoKeys { field: field.to_string() }));
        let number = data.spec().groups.iter().position(|group| group == field).ok_or_else(no_keys)?;
        let (group, catalog) =
            dataset.groups.get(number).zip(dataset.catalog.as_ref()).ok_or_else(no_keys)?;
        let rows = dataset.encoded_rows();
        let newest = dataset.newest_rows(group, &rows);
        let (users, first): (Vec<u32>, Vec<u32>) =
            (0..).zip(&newest.first).filter(|&(_, &row)| row != NONE).unzip();
        let field_name = FieldName::of(&data.spec().sources[0].name, field);
        let mut keys = vec![String::new(); newest.first.len()];
        for (user, text) in users.into_iter().zip(data.texts(&first, &[field_name])?) {
            keys[user as usize] = text.concat();
        }
        let by_key = (0..).zip(&keys).filter(|(_, key)| !canonical(key).is_empty());
        let by_key = by_key.map(|(user, key)| (canonical(key).to_owned(), user)).collect();
        let total = catalog.keys.len();
        let taken = CandidateSets::new(Candidates::All, total, Some(group), &rows, &catalog.candidate_of_row);
        Ok(Self { newest, keys, by_key, taken, field: field.clone() })
    }

    /// Returns the number of a user.
    pub fn find(&self, key: &str) -> Result<u32, UsageError> {
        let unknown = || UsageError::UnknownUser { user: key.to_owned(), field: self.field.to_string() };
        self.by_key.get(canonical(key)).copied().ok_or_else(unknown)
    }

    /// Numbers of all users with a key, in the order of their first rows.
    pub fn all(&self) -> Vec<u32> {
        let mut users: Vec<u32> = self.by_key.values().copied().collect();
        users.sort_unstable_by_key(|&user| self.newest.first[user as usize]);
        users
    }

    /// Key of a user.
    pub fn key(&self, user: u32) -> &str {
        &self.keys[user as usize]
    }

    fn query(&self, user: u32, options: ListOptions) -> RankingQuery<'_> {
        if options.include_seen {
            return RankingQuery {
                relevant: Vec::new(),
                candidates: CandidateSet::AllBut(Cow::Borrowed(&[])),
            };
        }
        self.taken.query(self.newest.latest[user as usize], Vec::new())
    }
}

impl<'a> Recommender<'a> {
    /// Passes the lists of users to `each`, in the order of `some`, some users at a time.
    ///
    /// # Errors
    /// A vector or a score is not finite, or an error of `each`.
    pub fn for_users(
        &self,
        users: &Users<'_>,
        some: &[u32],
        options: ListOptions,
        mut each: impl FnMut(u32, Recommendations<'a>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let k = options.check()?.k;
        let (mut batch, mut pass) = (AnyBatch::default(), PassState::inference());
        for some in some.chunks(self.rows_at_once()) {
            self.dataset.newest_into(&users.newest, some, &mut batch);
            let queries: Vec<RankingQuery<'_>> =
                some.iter().map(|&user| users.query(user, options)).collect();
            let whose = |at: usize| format!("user `{}`", printable(users.key(some[at])));
            let lists = self.lists(&batch, &whose, &queries, k, &mut pass)?;
            some.iter().zip(lists).try_for_each(|(&user, list)| each(user, list))?;
        }
        Ok(())
    }
}
