/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BINARY_F32_H
#define TM_BINARY_F32_H

#include "tm_kernels.h"

TM_INLINE float tm_binary_value(int32_t function, float a, float b)
{
    switch (function) {
    case TM_ADD:
        return a + b;
    case TM_SUB:
        return a - b;
    case TM_MUL:
        return a * b;
    case TM_DIV:
        return a / b;
    case TM_MINIMUM:
        return b < a ? b : a;
    default:
        return b > a ? b : a;
    }
}

TM_KERNEL void tm_binary_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_binary_f32_params* p)
{
    const float* a = (const float*)src_rows[0];
    const float* b = (const float*)src_rows[1];
    float* dst = (float*)dst_rows[0];
    (void)n_rows;
    for (int32_t x = 0; x < p->width; ++x) {
        const float* ax = a + (p->a_width > 1 ? (ptrdiff_t)x * p->a_channels : 0);
        const float* bx = b + (p->b_width > 1 ? (ptrdiff_t)x * p->b_channels : 0);
        for (int32_t c = 0; c < p->channels; ++c) {
            const float value = tm_binary_value(p->function, ax[p->a_channels > 1 ? c : 0],
                                                bx[p->b_channels > 1 ? c : 0]);
            *dst++ = tm_clamp_value_f32(value, p->act_min, p->act_max);
        }
    }
}

TM_NO_SCRATCH(binary_f32)

#endif
