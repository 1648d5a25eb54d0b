//! Event files for TensorBoard: `Event` messages (Protocol Buffers) in TensorFlow records.
//!
//! A record is its length as `u64`, the masked CRC-32C of the length, the bytes, and the masked CRC-32C of
//! the bytes.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::state::StateError;

/// An event file, open for one session.
#[derive(Debug)]
pub(super) struct Events {
    path: PathBuf,
    file: File,
}

impl Events {
    /// Begins a file in the folder. TensorBoard discards points of earlier files from epoch or step `first` on.
    pub(super) fn begin(folder: &Path, first: usize) -> Result<Self, StateError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // TensorBoard reads the files of a folder in the order of their names.
        let name = format!("events.out.tfevents.{:010}.{:09}.turret", now.as_secs(), now.subsec_nanos());
        let path = folder.join(name);
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .open(&path)
            .map_err(|source| StateError::write(&path, source))?;
        let mut events = Self { path, file };
        events.write(0, |event| bytes(event, FILE_VERSION, b"brain.Event:2"))?;
        events.write(first, |event| message(event, SESSION_LOG, |log| varint_field(log, 1, START)))?;
        Ok(events)
    }

    /// Adds a point to the curve of each tag.
    pub(super) fn scalars(&mut self, at: usize, points: &[(String, f64)]) -> Result<(), StateError> {
        self.write(at, |event| {
            message(event, SUMMARY, |summary| {
                for (tag, value) in points {
                    message(summary, 1, |point| {
                        bytes(point, 1, tag.as_bytes());
                        fixed32(point, 2, (*value as f32).to_bits());
                    });
                }
            });
        })
    }

    fn write(&mut self, step: usize, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), StateError> {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let mut event = Vec::new();
        fixed64(&mut event, WALL_TIME, seconds.to_bits());
        varint_field(&mut event, STEP, step as u64);
        body(&mut event);
        self.file.write_all(&record(&event)).map_err(|source| StateError::write(&self.path, source))
    }
}

// Fields of `Event` in tensorflow/core/util/event.proto.
const WALL_TIME: u64 = 1;
const STEP: u64 = 2;
const FILE_VERSION: u64 = 3;
const SUMMARY: u64 = 5;
const SESSION_LOG: u64 = 7;
/// `SessionLog.SessionStatus`.
const START: u64 = 1;

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked_crc(&length), data, &masked_crc(data)].concat()
}

fn masked_crc(data: &[u8]) -> [u8; 4] {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

fn varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

fn varint_field(into: &mut Vec<u8>, field: u64, value: u64) {
    varint(into, field << 3);
    varint(into, value);
}

fn fixed64(into: &mut Vec<u8>, field: u64, bits: u64) {
    varint(into, field << 3 | 1);
    into.extend(bits.to_le_bytes());
}

fn fixed32(into: &mut Vec<u8>, field: u64, bits: u32) {
    varint(into, field << 3 | 5);
    into.extend(bits.to_le_bytes());
}

fn bytes(into: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(into, field << 3 | 2);
    varint(into, value.len() as u64);
    into.extend(value);
}

fn message(into: &mut Vec<u8>, field: u64, body: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    body(&mut inner);
    bytes(into, field, &inner);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_those_of_tensorflow() {
        // First record of a file that TensorFlow wrote at time 0, without its data.
        let mut event = Vec::new();
        fixed64(&mut event, WALL_TIME, 0);
        bytes(&mut event, FILE_VERSION, b"brain.Event:2");
        let record = record(&event);
        assert_eq!(record[..8], 24u64.to_le_bytes());
        // Every event file begins with the checksum of the length 24.
        assert_eq!(record[8..12], [0xa3, 0x7f, 0x4b, 0x22]);
        assert_eq!(record[12..22], [0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a]);
        assert_eq!(record.len(), 8 + 4 + 24 + 4);
    }

    #[test]
    fn varints_are_those_of_protocol_buffers() {
        let mut bytes = Vec::new();
        varint(&mut bytes, 300);
        assert_eq!(bytes, [0xac, 0x02]);
    }
}
