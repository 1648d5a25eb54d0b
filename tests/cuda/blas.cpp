// Stand-in for libcublas: products of matrices stored column by column. It refuses what cuBLAS refuses, and what would read or write
// beyond an allocation.
#include <algorithm>

#include "stand_in.h"

enum { INVALID_VALUE = 7, INTERNAL_ERROR = 14 };

// Numbers from the first to the last of a matrix.
static size_t extent(int rows, int columns, int leading) {
    return rows && columns ? size_t(leading) * (columns - 1) + rows : 0;
}

extern "C" {
int cublasCreate_v2(const void **handle) {
    *handle = &LIBRARY;
    return 0;
}
int cublasDestroy_v2(void *) { return 0; }
int cublasSetStream_v2(void *, void *) { return 0; }

int cublasSgemmStridedBatched(void *, int transa, int transb, int m, int n, int k, const float *alpha, const float *a, int lda,
                              long long stride_a, const float *b, int ldb, long long stride_b, const float *beta, float *c,
                              int ldc, long long stride_c, int batches) {
    if (std::min({m, n, k, batches}) < 0 || lda < std::max(1, transa ? k : m) || ldb < std::max(1, transb ? n : k) ||
        ldc < std::max(1, m)) {
        return refused(INVALID_VALUE, "a product of matrices");
    }
    if (m == 0 || n == 0 || batches == 0) {
        return 0;
    }
    auto has = [&](const float *at, size_t numbers, long long stride) {
        return numbers == 0 || is_allocated(reinterpret_cast<Pointer>(at), (numbers + stride * (batches - 1)) * sizeof(float));
    };
    if (!has(a, transa ? extent(k, m, lda) : extent(m, k, lda), stride_a) ||
        !has(b, transb ? extent(n, k, ldb) : extent(k, n, ldb), stride_b) || !has(c, extent(m, n, ldc), stride_c)) {
        return refused(INTERNAL_ERROR, "a product of matrices, beyond an allocation");
    }
    for (int batch = 0; batch < batches; batch++, a += stride_a, b += stride_b, c += stride_c) {
        for (int column = 0; column < n; column++) {
            for (int row = 0; row < m; row++) {
                float sum = 0;
                for (int at = 0; at < k; at++) {
                    sum += a[transa ? at + size_t(row) * lda : row + size_t(at) * lda] *
                           b[transb ? column + size_t(at) * ldb : at + size_t(column) * ldb];
                }
                float &out = c[row + size_t(column) * ldc];
                out = *alpha * sum + (*beta == 0 ? 0 : *beta * out);
            }
        }
    }
    return 0;
}
int cublasSgemm_v2(void *handle, int transa, int transb, int m, int n, int k, const float *alpha, const float *a, int lda,
                   const float *b, int ldb, const float *beta, float *c, int ldc) {
    return cublasSgemmStridedBatched(handle, transa, transb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

// Double precision is linked, not called.
int cublasDgemm_v2() { return refused(INVALID_VALUE, "cublasDgemm"); }
int cublasDgemmStridedBatched() { return refused(INVALID_VALUE, "cublasDgemmStridedBatched"); }
}
