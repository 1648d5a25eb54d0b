// Concatenation of two tensors along an axis; `info` has numel, num_dims, axis, lhs_dims, lhs_strides, rhs_dims, rhs_strides.

struct Place {
    bool is_left;
    size_t index;
};

// Where the element `i` of the result comes from.
static __device__ Place place(const size_t *info, size_t i) {
    const size_t num_dims = info[1];
    const size_t axis = info[2];
    const size_t *lhs_dims = info + 3;
    const size_t *lhs_strides = lhs_dims + num_dims;
    const size_t *rhs_dims = lhs_strides + num_dims;
    const size_t *rhs_strides = rhs_dims + num_dims;
    size_t after = 1;
    for (size_t d = axis + 1; d < num_dims; d++) {
        after *= lhs_dims[d];
    }
    const bool is_left = i / after % (lhs_dims[axis] + rhs_dims[axis]) < lhs_dims[axis];
    const size_t *strides = is_left ? lhs_strides : rhs_strides;
    size_t index = 0;
    for (size_t d = num_dims; d-- > 0;) {
        const size_t length = d == axis ? lhs_dims[d] + rhs_dims[d] : lhs_dims[d];
        const size_t along = i % length - (d == axis && !is_left ? lhs_dims[d] : 0);
        index += along * strides[d];
        i /= length;
    }
    return {is_left, index};
}

extern "C" __global__ void fwd(const size_t *info, const float *lhs, const float *rhs, float *out) {
    for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < info[0]; i += blockDim.x * gridDim.x) {
        const Place from = place(info, i);
        out[i] = (from.is_left ? lhs : rhs)[from.index];
    }
}

extern "C" __global__ void bwd(const size_t *info, float *grad_lhs, float *grad_rhs, const float *grad_out) {
    for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < info[0]; i += blockDim.x * gridDim.x) {
        const Place from = place(info, i);
        atomicAdd((from.is_left ? grad_lhs : grad_rhs) + from.index, grad_out[i]);
    }
}
