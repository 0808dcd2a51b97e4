/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_FC_F32_H
#define TM_FC_F32_H

#include "tm_kernels.h"

/* Sum of output o: bias, then the inputs from first to last. `n_rows` is 1. */
TM_KERNEL void tm_fc_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                         const tm_fc_f32_params* p)
{
    float* dst = (float*)dst_rows[0];
    const float* w = p->weights;
    (void)n_rows;
    for (int32_t o = 0; o < p->outputs; ++o) {
        float sum = p->bias != NULL ? p->bias[o] : 0.0f;
        for (int32_t r = 0; r < p->in_rows; ++r, w += p->row_elements) {
            sum = tm_dot_f32(sum, (const float*)src_rows[r], w, p->row_elements);
        }
        dst[o] = tm_clamp_value_f32(sum, p->act_min, p->act_max);
    }
}

TM_KERNEL size_t tm_fc_f32_scratch_bytes(const tm_fc_f32_params* p)
{
    (void)p;
    return 0;
}

#endif
