//! Initialization of an NVIDIA GPU.

use cudarc::driver::result;
use cudarc::nvrtc::compile_ptx;
use dfdx::tensor::{Cuda, Storage};

use crate::error::{DeviceCause, DeviceError};

/// Kernels under the module and function names that dfdx uses. dfdx itself would compile them at the first
/// call, from headers at paths of the build machine. These need no headers, so the program runs on other
/// machines.
const KERNELS: [(&str, &str, &[&str]); 4] = [
    ("concat_float", include_str!("concat.cu"), &["fwd", "bwd"]),
    ("reshape_fwd_float", include_str!("reshape.cu"), &["reshape_fwd"]),
    ("reshape_bwd_float", include_str!("reshape.cu"), &["reshape_bwd"]),
    ("stack_bwd_float", include_str!("stack.cu"), &["stack_bwd"]),
];

/// Initializes the first GPU and its kernels.
pub(super) fn start() -> Result<Cuda, DeviceError> {
    let no_device = |source: DeviceCause| DeviceError::NoGpu { source };
    // dfdx assumes that both succeed.
    result::init()
        .and_then(|()| result::device::get(0))
        .map_err(|error| no_device(DeviceCause::new(error)))?;
    let device = Cuda::try_build(0, 0).map_err(|error| no_device(DeviceCause::new(error)))?;
    let memory = <Cuda as Storage<f32>>::try_alloc_len(&device, 1)
        .map_err(|error| no_device(DeviceCause::new(error)))?;
    for (module, source, functions) in KERNELS {
        let compiled = compile_ptx(source)
            .map_err(|error| DeviceError::Kernels { module, source: DeviceCause::new(error) })?;
        let loaded = memory.device().load_ptx(compiled, module, functions);
        loaded.map_err(|error| no_device(DeviceCause::new(error)))?;
    }
    Ok(device)
}
