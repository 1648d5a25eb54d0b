// Adds the gradient of a stack to that of one of its parts.

extern "C" __global__ void stack_bwd(const size_t numel, const float *inp, float *out) {
    for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < numel; i += blockDim.x * gridDim.x) {
        out[i] += inp[i];
    }
}
