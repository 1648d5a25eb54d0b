//! Encoded sequences: ordered table rows of each record. Spans may overlap, so histories that come from one
//! log share memory.

use std::io;

use super::Bags;
use super::array_file::{Array, ArrayWriter, StoredArray};
use super::values::Values;
use crate::data::error::DataError;
use crate::data::history::Histories;
use turret_schema::Keep;

/// A column of several keys per record, to which table rows are appended.
pub trait OpenRecord {
    /// Appends an item to the open record, which `close` ends.
    fn push_item(&mut self, row: u32, weight: Option<f32>);
    /// Ends the open record. Returns `false`, without ending it, if the column has too many items for 32-bit
    /// offsets.
    #[must_use]
    fn close(&mut self) -> bool;
    /// Removes the items of the open record.
    fn discard(&mut self);
}

impl OpenRecord for Bags {
    fn push_item(&mut self, row: u32, weight: Option<f32>) {
        match weight {
            Some(weight) => self.push_weighted(row, weight),
            None => self.push(row),
        }
    }

    fn close(&mut self) -> bool {
        Bags::close(self)
    }

    fn discard(&mut self) {
        self.truncate(self.rows());
    }
}

/// Any number of ordered table rows per record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequences {
    ids: Values<u32>,
    /// Start and end of each record's ids.
    spans: Values<[u32; 2]>,
    /// Number of ids in closed records.
    closed: usize,
}

impl Sequences {
    /// Record `i` has the ids `spans[i][0]..spans[i][1]`; spans may overlap. `None` if a span is out of range.
    pub fn new(ids: impl Into<Values<u32>>, spans: impl Into<Values<[u32; 2]>>) -> Option<Self> {
        let (ids, spans) = (ids.into(), spans.into());
        let holds = |&[start, end]: &[u32; 2]| start <= end && end as usize <= ids.len();
        spans.iter().all(holds).then_some(Self { closed: ids.len(), ids, spans })
    }

    /// Ids that the spans refer to.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Start and end of each record's ids.
    pub fn spans(&self) -> &[[u32; 2]] {
        &self.spans
    }

    /// Number of records.
    pub fn rows(&self) -> usize {
        self.spans.len()
    }

    /// Ids of a record.
    pub fn record(&self, row: usize) -> &[u32] {
        let [start, end] = self.spans[row];
        &self.ids[start as usize..end as usize]
    }

    /// Appends the records of another column. Returns `false`, without doing so, if the column would have too
    /// many items for 32-bit offsets.
    pub(super) fn append(&mut self, from: &Self) -> bool {
        let before = self.ids.len();
        if u32::try_from(before + from.ids.len()).is_err() {
            return false;
        }
        self.spans.to_mut().extend(moved(&from.spans, before as u32));
        self.ids.to_mut().extend_from_slice(&from.ids);
        self.closed = self.ids.len();
        true
    }

    /// Gathers these records with only their ids. Empty if the column is empty.
    pub fn gather(&self, rows: &[u32]) -> Self {
        let mut into = Self::default();
        self.gather_into(rows, &mut into);
        into
    }

    /// Gathers rows like [`Sequences::gather`] into `into`, reusing its memory.
    pub fn gather_into(&self, rows: &[u32], into: &mut Self) {
        let spans = self.spans();
        let rows = if spans.is_empty() { &[] } else { rows };
        self.cut_into(rows.iter().map(|&row| spans[row as usize]), into);
    }

    /// Replaces the records of `into` by spans of the ids.
    fn cut_into(&self, spans: impl Iterator<Item = [u32; 2]>, into: &mut Self) {
        let (into_ids, into_spans) = (into.ids.to_mut(), into.spans.to_mut());
        into_ids.clear();
        into_spans.clear();
        for [start, end] in spans {
            let first = into_ids.len() as u32;
            into_ids.extend_from_slice(&self.ids[start as usize..end as usize]);
            into_spans.push([first, into_ids.len() as u32]);
        }
        into.closed = into.ids.len();
    }

    /// Replaces each record, which has the items of its own row, by the first or last `max` items of its
    /// history.
    pub fn look_back(
        &mut self,
        histories: &mut Histories<'_>,
        max: usize,
        keep: Keep,
    ) -> Result<(), DataError> {
        let spans = self.spans();
        self.spans = histories.spans(|history| kept(history.map(|row| spans[row as usize][0]), max, keep))?;
        Ok(())
    }

    /// Replaces the records of `into` by the first or last `max` items of whole histories, after
    /// [`Sequences::look_back`]. Each is that of a user, given by the user's first row and the row after the last.
    pub fn newest_into(&self, users: &[[u32; 2]], max: usize, keep: Keep, into: &mut Self) {
        // The history of a user's first row is empty, and is where the items of the user begin.
        let start = |row: u32| self.spans.get(row as usize).map_or(self.ids.len() as u32, |span| span[0]);
        self.cut_into(users.iter().map(|user| kept(user.map(start), max, keep)), into);
    }

    /// Removes all records from `rows` on, and the open record.
    pub fn truncate(&mut self, rows: usize) {
        if rows < self.rows() {
            self.spans.to_mut().truncate(rows);
            self.closed = self.spans.iter().map(|span| span[1] as usize).max().unwrap_or(0);
        }
        self.discard();
    }

    /// Appends the records to stored arrays. Returns `false`, without doing so, if there are too many items for
    /// 32-bit offsets.
    pub(super) fn store(&self, arrays: &mut [ArrayWriter]) -> io::Result<bool> {
        let [ids, spans] = arrays else { return Ok(false) };
        let before = ids.words();
        if u32::try_from(before + self.ids.len() as u64).is_err() {
            return Ok(false);
        }
        spans.append(&moved(&self.spans, before as u32).collect::<Vec<_>>())?;
        ids.append(&self.ids)?;
        Ok(true)
    }

    /// Frees the memory of values in files.
    pub(super) fn forget(&self) {
        self.ids.forget();
        self.spans.forget();
    }

    /// Returns the arrays of a column in files.
    pub(super) fn stored(&self) -> Option<Vec<StoredArray>> {
        Some(vec![self.ids.stored()?, self.spans.stored()?])
    }

    /// Replaces the records by stored ones. Returns whether the arrays are such a column.
    pub(super) fn restore(&mut self, rows: usize, arrays: &[Array]) -> bool {
        let [ids, spans] = arrays else { return false };
        let (Some(ids), Some(spans)) = (ids.values::<u32>(), spans.values()) else { return false };
        let found = Self::new(ids, spans).filter(|found| found.rows() == rows);
        found.map(|found| *self = found).is_some()
    }
}

/// Returns the first or last `max` items of a span.
fn kept([from, to]: [u32; 2], max: usize, keep: Keep) -> [u32; 2] {
    match keep {
        Keep::First => [from, to.min(from.saturating_add(max as u32))],
        Keep::Last | Keep::Error => [from.max(to.saturating_sub(max as u32)), to],
    }
}

/// Returns the spans of records whose ids follow others.
fn moved(spans: &[[u32; 2]], before: u32) -> impl Iterator<Item = [u32; 2]> {
    spans.iter().map(move |[start, end]| [before + start, before + end])
}

impl OpenRecord for Sequences {
    fn push_item(&mut self, row: u32, _: Option<f32>) {
        self.ids.to_mut().push(row);
    }

    fn close(&mut self) -> bool {
        let (Ok(start), Ok(end)) = (u32::try_from(self.closed), u32::try_from(self.ids.len())) else {
            return false;
        };
        self.spans.to_mut().push([start, end]);
        self.closed = self.ids.len();
        true
    }

    fn discard(&mut self) {
        self.ids.to_mut().truncate(self.closed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_may_overlap_until_they_are_gathered() {
        let log = Sequences::new(vec![1, 2, 3, 4], vec![[0, 0], [0, 2], [0, 3], [1, 4]]).unwrap();
        let batch = log.gather(&[3, 0, 2]);
        assert_eq!(batch.ids(), [2, 3, 4, 1, 2, 3]);
        assert_eq!(batch.spans(), [[0, 3], [3, 3], [3, 6]]);
        assert_eq!(batch.record(2), log.record(2));
        assert_eq!(Sequences::default().gather(&[0, 1]).rows(), 0);
        assert_eq!(Sequences::new(vec![1], vec![[0, 2]]), None);
    }

    #[test]
    fn what_no_record_holds_is_forgotten() {
        let mut sequences = Sequences::default();
        for items in [&[1, 2][..], &[], &[3]] {
            items.iter().for_each(|&item| sequences.push_item(item, None));
            assert!(sequences.close());
        }
        sequences.push_item(9, None);
        sequences.discard();
        assert_eq!((sequences.ids(), sequences.spans()), (&[1, 2, 3][..], &[[0, 2], [2, 2], [2, 3]][..]));
        sequences.push_item(9, None);
        sequences.truncate(2);
        assert_eq!((sequences.ids(), sequences.rows()), (&[1, 2][..], 2));
        sequences.push_item(4, None);
        assert!(sequences.close());
        assert_eq!(sequences.record(2), [4]);
    }
}
