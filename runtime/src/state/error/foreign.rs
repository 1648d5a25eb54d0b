//! Files of another format than expected.

use crate::printable::printable;

/// Reason why a file is not a safetensors file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderFault {
    /// There is no header.
    #[error("it has no header")]
    NoHeader,
    /// The header cannot be parsed.
    #[error("its header: {0}")]
    Json(#[from] serde_json::Error),
    /// The number of bytes of a tensor does not match its shape.
    #[error("tensor `{tensor}` of shape {shape:?} does not fit the bytes from {begin} to {end}")]
    Size {
        /// Name of the tensor.
        tensor: String,
        /// Shape of the tensor.
        shape: Vec<usize>,
        /// First byte.
        begin: usize,
        /// Byte after the last one.
        end: usize,
    },
    /// A tensor does not begin at the end of the previous one.
    #[error(
        "tensor `{tensor}` {}: it begins at byte {begin} and not at {expected}",
        if .begin < .expected { "overlaps the tensor before it" } else { "leaves a gap before it" }
    )]
    Place {
        /// Name of the tensor.
        tensor: String,
        /// First byte.
        begin: usize,
        /// End of the previous tensor.
        expected: usize,
    },
}

/// Reason why an npy file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NpyFault {
    /// The file has another format, or ends within its header.
    #[error("not an npy file, or cut short; `np.save(path, vectors)` writes one")]
    Format,
    /// The element type is not a float of 32 or 64 bits.
    #[error(
        "has the element type `{}`; vectors are float32 or float64 (`np.save(path, vectors.astype(np.float32))`)",
        printable(.0)
    )]
    Type(String),
    /// The array does not have two dimensions.
    #[error("holds an array of shape {0}; vectors have the shape [rows, width]")]
    Dimensions(String),
    /// The number of values does not match the shape.
    #[error(
        "holds {numbers} numbers where its shape is {shape}; {}",
        if *.is_longer { "something was appended" } else { "it is cut short" }
    )]
    Length {
        /// Number of numbers.
        numbers: usize,
        /// Shape of the array.
        shape: String,
        /// True if there are too many values.
        is_longer: bool,
    },
    /// An array of more than two dimensions in column order.
    #[error("holds an array of more than two dimensions by columns; write it with `np.ascontiguousarray`")]
    ByColumns,
}
