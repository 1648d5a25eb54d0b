// CUDA C++ for a host compiler: what dfdx's kernels use of the language and its libraries. The threads of a block run one at a time
// (driver.cpp), so atomics are plain and shared memory is static.
#pragma once
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
using std::isnan;
using std::signbit;

#define __CUDA_ARCH__ 900
#define __device__
#define __forceinline__ inline
#define __shared__ static

struct Index {
    unsigned x, y, z;
};
extern "C" {
extern Index stand_in_thread, stand_in_block, stand_in_block_size, stand_in_grid_size;
void stand_in_barrier();
}
#define threadIdx stand_in_thread
#define blockIdx stand_in_block
#define blockDim stand_in_block_size
#define gridDim stand_in_grid_size
#define __syncthreads stand_in_barrier

template <class A, class B> std::common_type_t<A, B> max(A a, B b) {
    using C = std::common_type_t<A, B>;
    return C(a) < C(b) ? C(b) : C(a);
}
template <class A, class B> std::common_type_t<A, B> min(A a, B b) {
    using C = std::common_type_t<A, B>;
    return C(b) < C(a) ? C(b) : C(a);
}

template <class To, class From> To bits(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}
inline float __int_as_float(int x) { return bits<float>(x); }
inline float __uint_as_float(unsigned x) { return bits<float>(x); }
inline int __float_as_int(float x) { return bits<int>(x); }
inline unsigned __float_as_uint(float x) { return bits<unsigned>(x); }
inline double __longlong_as_double(long long x) { return bits<double>(x); }
inline long long __double_as_longlong(double x) { return bits<long long>(x); }

template <class T> T atomicAdd(T *at, std::type_identity_t<T> x) {
    T old = *at;
    *at = old + x;
    return old;
}
template <class T> T atomicMax(T *at, std::type_identity_t<T> x) {
    T old = *at;
    *at = x > old ? x : old;
    return old;
}
template <class T> T atomicMin(T *at, std::type_identity_t<T> x) {
    T old = *at;
    *at = x < old ? x : old;
    return old;
}
template <class T> T atomicCAS(T *at, std::type_identity_t<T> expected, std::type_identity_t<T> x) {
    T old = *at;
    *at = old == expected ? x : old;
    return old;
}

// Calls a kernel with the addresses of its parameters, as cuLaunchKernel has them.
template <class... A, size_t... I>
void stand_in_call(void (*kernel)(A...), void **parameters, std::index_sequence<I...>) {
    kernel(*static_cast<std::remove_cv_t<A> *>(parameters[I])...);
}
template <class... A> void stand_in_call(void (*kernel)(A...), void **parameters) {
    stand_in_call(kernel, parameters, std::index_sequence_for<A...>{});
}
