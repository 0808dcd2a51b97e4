/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_FC_F32_H
#define TM_FC_F32_H

#include "tm_kernels.h"

/* Sum of output o: bias, then the inputs from first to last, whichever of the two forms is used. */
TM_KERNEL void tm_fc_f32_begin(float* acc, const tm_fc_f32_params* p)
{
    for (int32_t o = 0; o < p->outputs; ++o) {
        acc[o] = p->bias != NULL ? p->bias[o] : 0.0f;
    }
}

TM_KERNEL void tm_fc_f32_add(float* acc, const void* src_row, int32_t row_index,
                             const tm_fc_f32_params* p)
{
    const float* w = p->weights + (ptrdiff_t)row_index * p->row_elements;
    for (int32_t o = 0; o < p->outputs; ++o, w += (ptrdiff_t)p->in_rows * p->row_elements) {
        acc[o] = tm_dot_f32(acc[o], (const float*)src_row, w, p->row_elements);
    }
}

TM_KERNEL void tm_fc_f32_end(void* dst_row, const float* acc, const tm_fc_f32_params* p)
{
    float* dst = (float*)dst_row;
    for (int32_t o = 0; o < p->outputs; ++o) {
        dst[o] = tm_clamp_value_f32(acc[o], p->act_min, p->act_max);
    }
}

/* `n_rows` is 1. */
TM_KERNEL void tm_fc_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                         const tm_fc_f32_params* p)
{
    float* dst = (float*)dst_rows[0];
    (void)n_rows;
    tm_fc_f32_begin(dst, p);
    for (int32_t r = 0; r < p->in_rows; ++r) {
        tm_fc_f32_add(dst, src_rows[r], r, p);
    }
    tm_fc_f32_end(dst, dst, p);
}

TM_NO_SCRATCH(fc_f32)

#endif
