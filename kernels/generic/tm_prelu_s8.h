/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PRELU_S8_H
#define TM_PRELU_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_KERNEL void tm_prelu_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                           const tm_prelu_s8_params* p)
{
    const int8_t* src = (const int8_t*)src_rows[0];
    const int8_t* slope = (const int8_t*)src_rows[1];
    int8_t* dst = (int8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t i = 0; i < p->row_elements; ++i) {
        const int32_t x = src[i] + p->in_offset;
        const int32_t value = x >= 0 ? tm_requantize(x, p->multiplier, p->shift)
                                     : tm_requantize(x * (slope[i % p->period] + p->slope_offset),
                                                     p->slope_multiplier, p->slope_shift);
        dst[i] = (int8_t)tm_clamp_int(value + p->out_offset, -128, 127);
    }
}

TM_NO_SCRATCH(prelu_s8)

#endif
