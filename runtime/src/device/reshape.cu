// Copies of a tensor in another shape; `info` has inp_dims, inp_strides, out_dims, out_strides.

static __device__ size_t strided(size_t i, size_t num_dims, const size_t *dims, const size_t *strides) {
    size_t index = 0;
    for (size_t d = num_dims; d-- > 0;) {
        index += i % dims[d] * strides[d];
        i /= dims[d];
    }
    return index;
}

// Number of elements. dfdx hands over that of the memory instead, which is less where a tensor is broadcast.
static __device__ size_t elements(size_t num_dims, const size_t *dims) {
    size_t product = 1;
    for (size_t d = 0; d < num_dims; d++) {
        product *= dims[d];
    }
    return product;
}

extern "C" __global__ void reshape_fwd(
    const size_t memory,
    const size_t inp_num_dims,
    const size_t out_num_dims,
    const size_t *info,
    const float *inp,
    float *out
) {
    const size_t *out_info = info + 2 * inp_num_dims;
    const size_t numel = elements(out_num_dims, out_info);
    for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < numel; i += blockDim.x * gridDim.x) {
        const size_t to = strided(i, out_num_dims, out_info, out_info + out_num_dims);
        out[to] = inp[strided(i, inp_num_dims, info, info + inp_num_dims)];
    }
}

extern "C" __global__ void reshape_bwd(
    const size_t memory,
    const size_t inp_num_dims,
    const size_t out_num_dims,
    const size_t *info,
    float *grad_inp,
    const float *grad_out
) {
    const size_t *out_info = info + 2 * inp_num_dims;
    const size_t numel = elements(out_num_dims, out_info);
    for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < numel; i += blockDim.x * gridDim.x) {
        const size_t from = strided(i, out_num_dims, out_info, out_info + out_num_dims);
        atomicAdd(grad_inp + strided(i, inp_num_dims, info, info + inp_num_dims), grad_out[from]);
    }
}
