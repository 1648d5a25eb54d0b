//! Atomic writes: to a temporary file, synced and renamed.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use super::Error;

/// Writes a file atomically.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // The first error is reported; a leftover is harmless.
        let _ = fs::remove_file(&temporary);
        Error::Io(path.to_owned(), error)
    })
}

/// Bytes of a safetensors file with one f32 matrix.
pub(crate) fn safetensors(name: &str, width: usize, values: &[f32]) -> Vec<u8> {
    let rows = values.len().checked_div(width).unwrap_or(0);
    let mut header = format!(
        "{{\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{rows},{width}],\"data_offsets\":[0,{}]}}}}",
        values.len() * 4
    );
    // Tensor data starts at a multiple of 8 bytes.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    let mut bytes = Vec::with_capacity(8 + header.len() + values.len() * 4);
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header.as_bytes());
    values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn safetensors_layout() {
        let bytes = super::safetensors("vectors", 2, &[1.0, 2.0, 3.0, 4.0]);
        let length = usize::from(bytes[0]);
        let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
        assert_eq!(length % 8, 0);
        assert!(header.contains("\"shape\":[2,2],\"data_offsets\":[0,16]"), "{header}");
        assert_eq!(bytes.len(), 8 + length + 16);
        assert_eq!(&bytes[8 + length..12 + length], &1.0_f32.to_le_bytes());
    }
}
