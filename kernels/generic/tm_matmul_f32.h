/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_MATMUL_F32_H
#define TM_MATMUL_F32_H

#include "tm_kernels.h"

/* Sum of output o: bias, then the inputs from first to last. `n_rows` is 1. */
TM_KERNEL void tm_matmul_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_matmul_f32_params* p)
{
    const float* a = (const float*)src_rows[0];
    const void* const* matrix = src_rows + 1;
    float* dst = (float*)dst_rows[0];
    (void)n_rows;
    for (int32_t o = 0; o < p->outputs; ++o) {
        float sum = p->bias != NULL ? p->bias[o] : 0.0f;
        if (p->weights != NULL) {
            sum = tm_dot_f32(sum, a, p->weights + (ptrdiff_t)o * p->inputs, p->inputs);
        } else if (p->transposed) {
            sum = tm_dot_f32(sum, a, (const float*)matrix[o], p->inputs);
        } else {
            for (int32_t i = 0; i < p->inputs; ++i) {
                sum += a[i] * ((const float*)matrix[i])[o];
            }
        }
        dst[o] = tm_clamp_value_f32(sum, p->act_min, p->act_max);
    }
}

TM_NO_SCRATCH(matmul_f32)

#endif
