/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_SUM_S8_H
#define TM_SUM_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

/* a + b, or a - b, of stored values. */
TM_INLINE int8_t tm_sum_s8(int32_t a, int32_t b, int subtract, const tm_add_s8_scales* s)
{
    const int32_t wide_a =
        tm_requantize((a + s->a_offset) * (1 << 20), s->a_multiplier, s->a_shift);
    const int32_t wide_b =
        tm_requantize((b + s->b_offset) * (1 << 20), s->b_multiplier, s->b_shift);
    const int32_t sum = subtract ? wide_a - wide_b : wide_a + wide_b;
    const int32_t value = tm_requantize(sum, s->out_multiplier, s->out_shift) + s->out_offset;
    return (int8_t)tm_clamp_int(value, s->act_min, s->act_max);
}

#endif
