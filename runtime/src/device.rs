//! The device a program computes on: chosen when it is compiled, started when it runs.

use dfdx::tensor::Cpu;

pub use dfdx::tensor::AutoDevice;

use crate::error::Error;
use crate::ops::Device;

/// A device that programs can be started on. [`AutoDevice`] is the GPU with feature `cuda`, else the CPU.
pub trait Start: Device {
    /// Gets hold of the device.
    ///
    /// # Errors
    /// The machine has no such device, or its driver refuses it.
    fn start() -> Result<Self, Error>;
}

impl Start for Cpu {
    fn start() -> Result<Self, Error> {
        Ok(Cpu::default())
    }
}

#[cfg(feature = "cuda")]
impl Start for dfdx::tensor::Cuda {
    fn start() -> Result<Self, Error> {
        dfdx::tensor::Cuda::try_build(0, 0).map_err(|error| {
            Error::input(format_args!("no CUDA device can be used: {error:?}")).help(
                "`nvidia-smi` lists the devices; a program compiled without `--cuda` computes on the CPU",
            )
        })
    }
}
