//! Device of a program: chosen at compile time, initialized at run time.

#[cfg(feature = "cuda")]
mod cuda;

use dfdx::tensor::Cpu;

pub use dfdx::tensor::AutoDevice;

use crate::error::DeviceError;
use crate::ops::Device;

/// A device that programs can start. [`AutoDevice`] is the GPU with feature `cuda`, else the CPU.
pub trait Start: Device {
    /// Initializes the device.
    ///
    /// # Errors
    /// The machine has no such device, or its driver rejects it.
    fn start() -> Result<Self, DeviceError>;
}

impl Start for Cpu {
    fn start() -> Result<Self, DeviceError> {
        Ok(Cpu::default())
    }
}

#[cfg(feature = "cuda")]
impl Start for dfdx::tensor::Cuda {
    fn start() -> Result<Self, DeviceError> {
        cuda::start()
    }
}
