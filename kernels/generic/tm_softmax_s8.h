/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_SOFTMAX_S8_H
#define TM_SOFTMAX_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

/* exp of a difference of stored values, in Q0. */
TM_INLINE int32_t tm_softmax_s8_exp(int32_t difference, const tm_softmax_s8_params* p)
{
    return tm_exp_negative(tm_high_mul(tm_shift_up(difference, p->shift), p->multiplier), 5);
}

/* Zeros above the highest set bit, x > 0. */
TM_INLINE int32_t tm_leading_zeros(uint32_t x)
{
    int32_t zeros = 0;
    for (; (x & 0x80000000U) == 0; x <<= 1) {
        ++zeros;
    }
    return zeros;
}

TM_INLINE int32_t tm_softmax_s8_best(const int8_t* src, int32_t channels)
{
    int32_t best = -128;
    for (int32_t c = 0; c < channels; ++c) {
        best = src[c] > best ? src[c] : best;
    }
    return best;
}

/* Of the exp of all differences, in Q12; each is kept where there is scratch. */
TM_INLINE int32_t tm_softmax_s8_sum(const int8_t* src, int32_t best, const tm_softmax_s8_params* p)
{
    int32_t sum = 0;
    for (int32_t c = 0; c < p->channels; ++c) {
        if (src[c] - best >= p->least) {
            const int32_t e = tm_softmax_s8_exp(src[c] - best, p);
            sum += tm_round_shift(e, 12);
            if (p->scratch != NULL) {
                p->scratch[c] = e;
            }
        }
    }
    return sum;
}

TM_INLINE void tm_softmax_s8_pixel(int8_t* dst, const int8_t* src, const tm_softmax_s8_params* p)
{
    const int32_t best = tm_softmax_s8_best(src, p->channels);
    const int32_t sum = tm_softmax_s8_sum(src, best, p);
    const int32_t zeros = tm_leading_zeros((uint32_t)sum);
    const int32_t beyond_one = (int32_t)(((uint32_t)sum << zeros) - 0x80000000U);
    const int32_t scale = tm_one_over_one_plus(beyond_one);
    const int32_t shift = 12 - zeros + 31 - 8; /* above 31 no share reaches half a step */
    for (int32_t c = 0; c < p->channels; ++c) {
        int32_t value = -128;
        if (src[c] - best >= p->least) {
            const int32_t e =
                p->scratch != NULL ? p->scratch[c] : tm_softmax_s8_exp(src[c] - best, p);
            const int32_t share = tm_high_mul(scale, e);
            const int32_t steps = shift > 31 ? 0 : tm_round_shift(share, shift);
            value = tm_clamp_int(steps - 128, -128, 127);
        }
        dst[c] = (int8_t)value;
    }
}

TM_KERNEL void tm_softmax_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_softmax_s8_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        for (int32_t x = 0; x < p->width; ++x) {
            const ptrdiff_t at = (ptrdiff_t)x * p->channels;
            tm_softmax_s8_pixel((int8_t*)dst_rows[r] + at, (const int8_t*)src_rows[r] + at, p);
        }
    }
}

TM_KERNEL size_t tm_softmax_s8_scratch_bytes(const tm_softmax_s8_params* p)
{
    return (size_t)p->channels * sizeof(int32_t);
}

#endif
