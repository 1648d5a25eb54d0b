//! Files of another format than the one that is expected.

use crate::printable::printable;

/// Fault of a file that is no safetensors file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderFault {
    /// The file begins otherwise.
    #[error("it has no header")]
    NoHeader,
    /// The header cannot be parsed.
    #[error("its header: {0}")]
    Json(#[from] serde_json::Error),
    /// A tensor has another number of bytes than its shape.
    #[error("tensor `{tensor}` of shape {shape:?} does not fit the bytes from {begin} to {end}")]
    Size {
        /// Name of the tensor.
        tensor: String,
        /// Shape of the tensor.
        shape: Vec<usize>,
        /// First byte.
        begin: usize,
        /// Byte after the last.
        end: usize,
    },
    /// A tensor does not begin where the one before it ends.
    #[error(
        "tensor `{tensor}` {}: it begins at byte {begin} and not at {expected}",
        if .begin < .expected { "overlaps the tensor before it" } else { "leaves a gap before it" }
    )]
    Place {
        /// Name of the tensor.
        tensor: String,
        /// First byte.
        begin: usize,
        /// End of the tensor before it.
        expected: usize,
    },
}

/// Fault of a file of vectors in numpy's format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NpyFault {
    /// The file is of another format, or ends within its header.
    #[error("not an npy file, or cut short; `np.save(path, vectors)` writes one")]
    Format,
    /// The numbers are of another type than floats of 32 or 64 bits.
    #[error(
        "has the element type `{}`; vectors are float32 or float64 (`np.save(path, vectors.astype(np.float32))`)",
        printable(.0)
    )]
    Type(String),
    /// The array has another number of dimensions than two.
    #[error("holds an array of shape {0}; vectors have the shape [rows, width]")]
    Dimensions(String),
    /// The array has more or fewer numbers than its shape.
    #[error(
        "holds {numbers} numbers where its shape is {shape}; {}",
        if *.is_longer { "something was appended" } else { "it is cut short" }
    )]
    Length {
        /// Number of numbers.
        numbers: usize,
        /// Shape of the array.
        shape: String,
        /// True if there are more numbers than in the shape.
        is_longer: bool,
    },
    /// An array of more than two dimensions in the order of columns.
    #[error("holds an array of more than two dimensions by columns; write it with `np.ascontiguousarray`")]
    ByColumns,
}
