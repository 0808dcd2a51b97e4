/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_MUL_S8_H
#define TM_MUL_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"
#include "tm_operand.h"

TM_INLINE int8_t tm_mul_s8_value(int32_t a, int32_t b, const tm_mul_s8_params* p)
{
    const int32_t product = (a + p->a_offset) * (b + p->b_offset);
    const int32_t value = tm_requantize(product, p->multiplier, p->shift) + p->out_offset;
    return (int8_t)tm_clamp_int(value, p->act_min, p->act_max);
}

TM_KERNEL void tm_mul_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                         const tm_mul_s8_params* p)
{
    const int8_t* a = (const int8_t*)src_rows[0];
    const int8_t* b = (const int8_t*)src_rows[1];
    int8_t* dst = (int8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t x = 0; x < p->width; ++x) {
        for (int32_t c = 0; c < p->channels; ++c) {
            *dst++ = tm_mul_s8_value(a[tm_operand_at(x, c, p->a_width, p->a_channels)],
                                     b[tm_operand_at(x, c, p->b_width, p->b_channels)], p);
        }
    }
}

TM_NO_SCRATCH(mul_s8)

#endif
