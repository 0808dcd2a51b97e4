/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_MATMUL_S8_H
#define TM_MATMUL_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_KERNEL void tm_matmul_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                            const tm_matmul_s8_params* p)
{
    const int8_t* a = (const int8_t*)src_rows[0];
    const void* const* matrix = src_rows + 1;
    int8_t* dst = (int8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t o = 0; o < p->outputs; ++o) {
        int32_t sum = p->bias != NULL ? p->bias[o] : 0;
        if (p->weights != NULL || p->transposed) {
            const int8_t* b = p->weights != NULL ? p->weights + (ptrdiff_t)o * p->inputs
                                                 : (const int8_t*)matrix[o];
            sum = tm_dot_s8(sum, a, p->in_offset, b, p->weight_offset, p->inputs);
        } else {
            for (int32_t i = 0; i < p->inputs; ++i) {
                const int32_t b = ((const int8_t*)matrix[i])[o] + p->weight_offset;
                sum = tm_wrapping_add(sum, (a[i] + p->in_offset) * b);
            }
        }
        dst[o] = tm_store_s8(sum, p->scales + (ptrdiff_t)o * p->scale_step * 2, p->out_offset,
                             p->act_min, p->act_max);
    }
}

TM_NO_SCRATCH(matmul_s8)

#endif
