/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PRELU_F32_H
#define TM_PRELU_F32_H

#include "tm_kernels.h"

TM_KERNEL void tm_prelu_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                            const tm_prelu_f32_params* p)
{
    const float* src = (const float*)src_rows[0];
    const float* slope = (const float*)src_rows[1];
    float* dst = (float*)dst_rows[0];
    (void)n_rows;
    for (int32_t i = 0; i < p->row_elements; ++i) {
        dst[i] = src[i] < 0.0f ? slope[i % p->period] * src[i] : src[i];
    }
}

TM_NO_SCRATCH(prelu_f32)

#endif
