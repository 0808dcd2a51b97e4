/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_BINARY_F32_H
#define TM_BINARY_F32_H

#include "tm_kernels.h"
#include "tm_operand.h"

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
        for (int32_t c = 0; c < p->channels; ++c) {
            const float value =
                tm_binary_value(p->function, a[tm_operand_at(x, c, p->a_width, p->a_channels)],
                                b[tm_operand_at(x, c, p->b_width, p->b_channels)]);
            *dst++ = tm_clamp_value_f32(value, p->act_min, p->act_max);
        }
    }
}

TM_NO_SCRATCH(binary_f32)

#endif
