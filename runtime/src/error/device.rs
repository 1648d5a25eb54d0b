//! Failures of the device that a program computes on.

use std::fmt;

/// Failure of a device. The reasons are those of dfdx and of the driver, which are texts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A computation failed.
    #[error("the device failed: {reason}")]
    Failed {
        /// Reason.
        reason: String,
    },
    /// There is no GPU that can be used.
    #[error("no CUDA device can be used: {reason}")]
    NoGpu {
        /// Reason.
        reason: String,
    },
    /// The driver does not take the kernels.
    #[error("the kernels of `{module}` cannot be compiled for the GPU: {reason}")]
    Kernels {
        /// Module of the kernels.
        module: &'static str,
        /// Reason.
        reason: String,
    },
}

impl DeviceError {
    /// A computation that failed.
    pub fn failed(error: impl fmt::Debug) -> Self {
        DeviceError::Failed { reason: format!("{error:?}") }
    }

    /// Remedy, where one is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            DeviceError::Failed { .. } => None,
            DeviceError::NoGpu { .. } => {
                Some("`nvidia-smi` lists the devices; a program compiled without CUDA computes on the CPU")
            }
            DeviceError::Kernels { .. } => Some(
                "NVIDIA's libnvrtc and libnvrtc-builtins must have the version of the CUDA toolkit that compiled the program",
            ),
        }
    }
}
