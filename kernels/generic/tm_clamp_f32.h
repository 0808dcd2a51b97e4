/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CLAMP_F32_H
#define TM_CLAMP_F32_H

#include "tm_kernels.h"

/* inplace(i): a dst row may be its src row. */
TM_KERNEL void tm_clamp_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                            const tm_clamp_f32_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const float* src = (const float*)src_rows[r];
        float* dst = (float*)dst_rows[r];
        for (int32_t i = 0; i < p->row_elements; ++i) {
            dst[i] = tm_clamp_value_f32(src[i], p->act_min, p->act_max);
        }
    }
}

TM_NO_SCRATCH(clamp_f32)

#endif
