//! Scalars of TensorBoard's event files.

use std::collections::BTreeSet;
use std::path::Path;

/// Curve, step and value of each point of the files of a folder, in the order of the files.
fn points(folder: &Path) -> Vec<(String, u64, f32)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().contains("tfevents")).collect();
    files.sort();
    let mut points = Vec::new();
    for file in files {
        let bytes = std::fs::read(file).unwrap();
        let mut rest = &bytes[..];
        while let Some((length, after)) = rest.split_first_chunk::<8>() {
            // The length, the data and their checksums.
            let event = &after[4..][..u64::from_le_bytes(*length) as usize];
            rest = &after[8 + event.len()..];
            let fields = fields(event);
            let step = fields.iter().find_map(|(number, value)| match (number, value) {
                (2, Field::Number(step)) => Some(*step),
                _ => None,
            });
            for summary in parts(&fields, 5) {
                for point in parts(&self::fields(summary), 1) {
                    points.extend(scalar(point, step.unwrap_or(0)));
                }
            }
        }
    }
    points
}

fn scalar(point: &[u8], step: u64) -> Option<(String, u64, f32)> {
    let fields = fields(point);
    let tag = String::from_utf8(parts(&fields, 1).first()?.to_vec()).ok()?;
    let value = fields.iter().find_map(|(number, value)| match (number, value) {
        (2, Field::Fixed(value)) => Some(*value),
        _ => None,
    });
    Some((tag, step, value?))
}

/// Steps and values of a curve.
pub(crate) fn scalars(folder: &Path, tag: &str) -> Vec<(u64, f32)> {
    points(folder).into_iter().filter(|point| point.0 == tag).map(|(_, step, value)| (step, value)).collect()
}

/// Names of the curves.
pub(crate) fn names(folder: &Path) -> BTreeSet<String> {
    points(folder).into_iter().map(|(name, ..)| name).collect()
}

enum Field<'a> {
    Number(u64),
    Fixed(f32),
    Bytes(&'a [u8]),
}

/// Fields of a message of Protocol Buffers, by number.
fn fields(mut message: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut message)),
            1 => {
                message = &message[8..];
                continue;
            }
            2 => {
                let length = varint(&mut message) as usize;
                let (bytes, rest) = message.split_at(length);
                message = rest;
                Field::Bytes(bytes)
            }
            _ => {
                let (bytes, rest) = message.split_first_chunk::<4>().unwrap();
                message = rest;
                Field::Fixed(f32::from_le_bytes(*bytes))
            }
        };
        fields.push((key >> 3, field));
    }
    fields
}

/// The messages in a field.
fn parts<'a>(fields: &[(u64, Field<'a>)], wanted: u64) -> Vec<&'a [u8]> {
    let bytes = |(number, value): &(u64, Field<'a>)| match value {
        Field::Bytes(bytes) if *number == wanted => Some(*bytes),
        _ => None,
    };
    fields.iter().filter_map(bytes).collect()
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (byte, rest) = message.split_first().unwrap();
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}
