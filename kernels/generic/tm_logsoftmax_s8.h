/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LOGSOFTMAX_S8_H
#define TM_LOGSOFTMAX_S8_H

#include "tm_softmax_s8.h"

/*
 * ln(x) in Q5 of x >= 1 in Q12, as gemmlowp's fixed point has it: x = 2^e * r with e a whole or a
 * half, r near 2^(-1/4), and ln(r * 2^(1/4)) as a quotient of polynomials of its distance.
 */
TM_INLINE int32_t tm_fixed_log(int32_t x)
{
    const int32_t ln_2 = 1488522236;
    const int32_t root_half = 1518500250; /* 2^(-1/2) */
    const int32_t centre = 1805811301;    /* 2^(-1/4) */
    const int32_t one = 1 << 25;          /* Q6 */
    /* The larger exponent, and with it the smaller rest, of the whole and the half one. */
    const int32_t zeros = tm_leading_zeros((uint32_t)x);
    const int32_t half_zeros = tm_leading_zeros((uint32_t)tm_high_mul(x, root_half)) - 1;
    const int32_t rest = tm_shift_up(tm_high_mul(tm_shift_up(x, zeros - 1), root_half), 1);
    const int32_t half_rest = tm_shift_up(x, half_zeros);
    const int32_t whole_power = (12 - zeros) * one + one / 4;
    const int32_t half_power = (12 - half_zeros) * one - one / 4;
    const int32_t power = whole_power > half_power ? whole_power : half_power;
    const int32_t r = rest < half_rest ? rest : half_rest;
    /* Q0 from here: q = 2 (r - centre), p = (r + centre) / 2 */
    const int32_t p = (int32_t)(((int64_t)r + centre + 1) / 2);
    const int32_t q = 2 * (r - centre);
    const int32_t q2 = tm_high_mul(q, q);
    const int32_t above = tm_high_mul(q, r) + tm_high_mul(tm_high_mul(q, q2), 117049297);
    const int32_t below =
        tm_high_mul(p, 1057819769 + q + tm_high_mul(127690142, q2)) + tm_high_mul(638450708, q);
    const int32_t quotient = tm_high_mul(tm_round_shift(above, 6), tm_one_over_one_plus(below));
    return tm_shift_up(tm_wrapping_add(tm_high_mul(power, ln_2), quotient), 1);
}

TM_INLINE void tm_logsoftmax_s8_pixel(int8_t* dst, const int8_t* src,
                                      const tm_logsoftmax_s8_params* p)
{
    const tm_softmax_s8_params exps = {1, p->channels, p->multiplier, p->shift, p->least, NULL};
    const int32_t best = tm_softmax_s8_best(src, p->channels);
    const int32_t log_sum = tm_fixed_log(tm_softmax_s8_sum(src, best, &exps));
    /* Differences down to here stay inside Q5. */
    const int32_t reach =
        tm_requantize(log_sum + TM_INT32_MIN, p->reverse_multiplier, p->reverse_shift);
    const int32_t least = reach > p->least - 1 ? reach : p->least - 1;
    for (int32_t c = 0; c < p->channels; ++c) {
        int32_t value = -128;
        if (src[c] - best > least) {
            const int32_t difference =
                tm_high_mul(tm_shift_up(src[c] - best, p->shift), p->multiplier);
            const int32_t log = tm_wrapping_add(difference, -log_sum);
            value = tm_clamp_int(tm_round_shift(log, 22) + 127, -128, 127);
        }
        dst[c] = (int8_t)value;
    }
}

TM_KERNEL void tm_logsoftmax_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                                const tm_logsoftmax_s8_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        for (int32_t x = 0; x < p->width; ++x) {
            const ptrdiff_t at = (ptrdiff_t)x * p->channels;
            tm_logsoftmax_s8_pixel((int8_t*)dst_rows[r] + at, (const int8_t*)src_rows[r] + at, p);
        }
    }
}

TM_NO_SCRATCH(logsoftmax_s8)

#endif
