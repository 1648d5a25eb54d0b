// Half precision, as far as the kernels of dfdx name it.
#pragma once
#include "device.h"

typedef _Float16 __half;

inline __half __float2half(float x) { return (__half)x; }
inline float __half2float(__half x) { return (float)x; }
inline unsigned short __half_as_ushort(__half x) { return bits<unsigned short>(x); }
inline __half __ushort_as_half(unsigned short x) { return bits<__half>(x); }
inline bool __hisnan(__half x) { return x != x; }
inline __half __hmax(__half a, __half b) { return a < b ? b : a; }
inline __half __hmin(__half a, __half b) { return b < a ? b : a; }
inline __half __hmax_nan(__half a, __half b) { return a != a ? a : b != b ? b : __hmax(a, b); }
inline __half __hmin_nan(__half a, __half b) { return a != a ? a : b != b ? b : __hmin(a, b); }
inline __half __habs(__half x) { return x < 0 ? -x : x; }
inline __half hcos(__half x) { return (__half)std::cos((float)x); }
inline __half hsin(__half x) { return (__half)std::sin((float)x); }
inline __half hsqrt(__half x) { return (__half)std::sqrt((float)x); }
inline __half hlog(__half x) { return (__half)std::log((float)x); }
inline __half hexp(__half x) { return (__half)std::exp((float)x); }
