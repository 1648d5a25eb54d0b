//! Errors of the compute device.

use std::fmt::{self, Debug};

/// Failure of a device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// A computation failed.
    #[error("the device failed: {source}")]
    Failed {
        /// Error of dfdx.
        source: DeviceCause,
    },
    /// No usable GPU.
    #[error("no CUDA device can be used: {source}")]
    NoGpu {
        /// Error of the driver or of dfdx.
        source: DeviceCause,
    },
    /// The driver rejects the kernels.
    #[error("the kernels of `{module}` cannot be compiled for the GPU: {source}")]
    Kernels {
        /// Kernel module.
        module: &'static str,
        /// Error of the compiler.
        source: DeviceCause,
    },
}

/// Error of dfdx or of the driver. Not all of their types are errors of Rust, so this one is for them.
pub struct DeviceCause(Box<dyn Debug + Send + Sync>);

impl DeviceCause {
    /// The cause of a failure.
    pub fn new(error: impl Debug + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

impl Debug for DeviceCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The form for debugging: the texts of variants say no more.
impl fmt::Display for DeviceCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for DeviceCause {}

impl DeviceError {
    /// A failed computation.
    pub fn failed(error: impl Debug + Send + Sync + 'static) -> Self {
        DeviceError::Failed { source: DeviceCause::new(error) }
    }

    /// Remedy, if known.
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

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::DeviceError;

    #[test]
    fn the_error_of_the_device_is_the_source() {
        let error = DeviceError::failed(dfdx::tensor::CpuError::OutOfMemory);
        assert_eq!(error.to_string(), "the device failed: OutOfMemory");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("OutOfMemory"));
    }
}
