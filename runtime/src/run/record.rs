//! Text of `run.json`: state of the run, checksums of its files, and a checksum of the text itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RunInfo;
use crate::checksum::Checksum;

/// Contents of `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    /// State of the run.
    #[serde(flatten)]
    pub(super) info: RunInfo,
    /// Checksums of files by path in the run folder. Empty in runs of versions without checksums.
    #[serde(default)]
    pub(super) checksums: BTreeMap<String, Checksum>,
}

/// Text before the checksum. The checksum covers all text before this.
const SEAL: &str = ",\n  \"checksum\": \"";
/// Text after the checksum.
const END: &str = "\"\n}\n";

impl Record {
    /// Returns the text, with its own checksum last.
    pub(super) fn to_text(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string_pretty(self)?;
        let body = text.strip_suffix("\n}").unwrap_or(&text);
        Ok(format!("{body}{SEAL}{}{END}", Checksum::of(body.as_bytes())))
    }

    /// Returns whether the text is unchanged since it was written. True for versions without checksums.
    pub(super) fn is_as_written(&self, text: &str) -> bool {
        match text.strip_suffix(END).and_then(|text| text.rsplit_once(SEAL)) {
            Some((body, checksum)) => checksum == Checksum::of(body.as_bytes()).to_string(),
            None => self.checksums.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let info = RunInfo::example(17);
        Record { info, checksums: BTreeMap::from([("spec.dm".to_owned(), Checksum::of(b"model"))]) }
    }

    #[test]
    fn a_text_says_what_was_written_and_every_flipped_bit_shows() {
        let text = record().to_text().unwrap();
        let read: Record = serde_json::from_str(&text).unwrap();
        assert_eq!(read, record());
        assert!(read.is_as_written(&text));
        let bytes = text.as_bytes();
        for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 1 << bit;
            let Ok(flipped) = std::str::from_utf8(&flipped) else { continue };
            let read = serde_json::from_str::<Record>(flipped);
            assert!(!read.is_ok_and(|read| read.is_as_written(flipped)), "byte {at}, bit {bit}: {flipped}");
        }
    }

    #[test]
    fn texts_of_versions_without_checksums_are_read() {
        let text = serde_json::to_string_pretty(&record().info).unwrap();
        let read: Record = serde_json::from_str(&text).unwrap();
        assert!(read.checksums.is_empty() && read.is_as_written(&text));
    }
}
