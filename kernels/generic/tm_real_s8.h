/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_REAL_S8_H
#define TM_REAL_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"
#include "tm_operand.h"
#include "tm_quantize_value.h"

TM_INLINE int8_t tm_real_s8_value(int32_t a, int32_t b, const tm_real_s8_params* p)
{
    const float x = p->a_scale * (float)(a + p->a_offset);
    const float y = p->b_scale * (float)(b + p->b_offset);
    const float value = p->function == TM_DIV       ? x / y
                        : p->function == TM_MINIMUM ? (y < x ? y : x)
                                                    : (y > x ? y : x);
    return (int8_t)tm_quantize_value(value, p->out_scale, p->out_offset, p->act_min, p->act_max);
}

TM_KERNEL void tm_real_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                          const tm_real_s8_params* p)
{
    const int8_t* a = (const int8_t*)src_rows[0];
    const int8_t* b = (const int8_t*)src_rows[1];
    int8_t* dst = (int8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t x = 0; x < p->width; ++x) {
        for (int32_t c = 0; c < p->channels; ++c) {
            *dst++ = tm_real_s8_value(a[tm_operand_at(x, c, p->a_width, p->a_channels)],
                                      b[tm_operand_at(x, c, p->b_width, p->b_channels)], p);
        }
    }
}

TM_NO_SCRATCH(real_s8)

#endif
