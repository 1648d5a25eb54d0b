//! Lists for given records, without rows of the log.

use std::borrow::Cow;

use turret_schema::Text;

use crate::data::{AnyFeatures, Features};
use crate::error::Error;
use crate::metrics::{CandidateSet, RankingQuery};
use crate::ops::PassState;
use crate::predict::{GivenRecords, Record, Records, Refused, Slots};

use super::lists::{Line, Lists};
use super::{ListOptions, Recommender, query_inputs};

/// Note on a record before it is encoded.
struct Note {
    /// Key of the user, if the record has one.
    user: Option<String>,
    /// Items that the record took, ascending.
    taken: Vec<u32>,
}

/// Writes the list of each record, with what the model says of its features and its history. A rejected record is
/// answered with the reason, as in prediction. `user` is the field that names users, if there is one.
pub fn for_records(
    recommender: &Recommender<'_>,
    features: &AnyFeatures,
    records: Records,
    user: Option<Text>,
    options: ListOptions,
    lists: &mut Lists<'_>,
) -> Result<(), Error> {
    let k = options.check()?.k;
    let description = recommender.model.description();
    let slots = Slots::new(features.inputs(), query_inputs(description), &description.spec.renamed);
    let given = GivenRecords::new(features, slots.elsewhere(user.clone()), records)?;
    lists.begin()?;
    let (mut pass, mut refused) = (PassState::inference(), Refused::default());
    let note = |record: &Record<'_>| {
        let named = |(name, _): &&(Cow<'_, str>, _)| user.as_deref() == Some(&**name);
        let key = record.fields.iter().find(named).filter(|(_, field)| !field.is_missing());
        let taken =
            if options.include_seen { Vec::new() } else { recommender.taken.of_named(&record.fields) };
        Note { user: key.map(|(_, field)| field.to_string()), taken }
    };
    given.in_batches(note, |batch, asked| {
        let encoded: Vec<_> = asked.iter().flatten().collect();
        let queries: Vec<RankingQuery<'_>> = encoded
            .iter()
            .map(|encoded| {
                let taken = Cow::Borrowed(&encoded.note.taken[..]);
                RankingQuery { relevant: Vec::new(), candidates: CandidateSet::AllBut(taken) }
            })
            .collect();
        let whose = |at: usize| format!("the record at {}", encoded[at].place);
        let found = recommender.lists(batch, &whose, &queries, k, &mut pass)?;
        for asked in &asked {
            refused.count(&asked.as_ref().map(|_| ()).map_err(Clone::clone));
            match asked {
                Ok(encoded) => lists.write(&Line {
                    user: encoded.note.user.as_deref(),
                    place: &encoded.place,
                    list: &found[encoded.row],
                    relevant: &[],
                })?,
                Err(refused) => lists.refuse(refused)?,
            }
        }
        lists.flush()
    })?;
    Ok(refused.result()?)
}
