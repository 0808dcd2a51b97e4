/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_FIXED_H
#define TM_FIXED_H

#include "tm_kernels.h"

/*
 * Fixed-point arithmetic as TensorFlow Lite Micro's reference kernels do it. Qm.n: int32 with m
 * integer and n = 31 - m fraction bits.
 */

#define TM_INT32_MAX 2147483647
#define TM_INT32_MIN (-TM_INT32_MAX - 1)

TM_INLINE int32_t tm_clamp_int(int32_t value, int32_t min, int32_t max)
{
    return value < min ? min : value > max ? max : value;
}

TM_INLINE int32_t tm_saturate(int64_t value)
{
    return value < TM_INT32_MIN   ? TM_INT32_MIN
           : value > TM_INT32_MAX ? TM_INT32_MAX
                                  : (int32_t)value;
}

/* 2ab / 2^32, rounded to nearest, ties away from zero on the positive side only. */
TM_INLINE int32_t tm_high_mul(int32_t a, int32_t b)
{
    const int64_t product = (int64_t)a * b;
    const int64_t nudge = product >= 0 ? 1 << 30 : 1 - (1 << 30);
    return tm_saturate((product + nudge) / ((int64_t)1 << 31));
}

/* x / 2^shift, 0 <= shift <= 31, rounded half away from zero. */
TM_INLINE int32_t tm_round_shift(int32_t x, int32_t shift)
{
    const int32_t mask = (int32_t)(((int64_t)1 << shift) - 1);
    const int32_t rest = x & mask;
    const int32_t half = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> shift) + (rest > half ? 1 : 0);
}

/* x * 2^shift, saturated. */
TM_INLINE int32_t tm_shift_up(int32_t x, int32_t shift)
{
    return tm_saturate((int64_t)x * ((int64_t)1 << shift));
}

/* x * multiplier * 2^(shift - 31), -31 <= shift <= 31, rounded twice. */
TM_INLINE int32_t tm_requantize(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t up = shift > 0 ? shift : 0;
    return tm_round_shift(tm_high_mul(tm_shift_up(x, up), multiplier), up - shift);
}

/* Sums modulo 2^32: exact whenever the whole fits, whatever the parts. */
TM_INLINE int32_t tm_wrapping_add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* sum + (a[0] + a_offset) * (b[0] + b_offset) + ... */
TM_INLINE int32_t tm_dot_s8(int32_t sum, const int8_t* a, int32_t a_offset, const int8_t* b,
                            int32_t b_offset, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) {
        sum = tm_wrapping_add(sum, (a[i] + a_offset) * (b[i] + b_offset));
    }
    return sum;
}

/* An accumulator as it is stored. */
TM_INLINE int8_t tm_store_s8(int32_t sum, const int32_t* scale, int32_t offset, int32_t min,
                             int32_t max)
{
    const int32_t value = tm_wrapping_add(tm_requantize(sum, scale[0], scale[1]), offset);
    return (int8_t)tm_clamp_int(value, min, max);
}

/* sum / count, rounded half away from zero. */
TM_INLINE int32_t tm_rounded_mean(int32_t sum, int32_t count)
{
    return sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
}

/* exp(a) in Q0 for a in [-1/4, 0), Q0: Taylor's series around -1/8. */
TM_INLINE int32_t tm_exp_quarter(int32_t a)
{
    const int32_t x = a + (1 << 28);
    const int32_t x2 = tm_high_mul(x, x);
    const int32_t x3 = tm_high_mul(x2, x);
    const int32_t x4 = tm_high_mul(x2, x2);
    const int32_t third = tm_high_mul(tm_round_shift(x4, 2) + x3, 715827883);
    const int32_t rest = tm_round_shift(third + x2, 1);
    const int32_t centre = 1895147668; /* exp(-1/8) */
    return centre + tm_high_mul(centre, x + rest);
}

/* exp(a) in Q0 for a <= 0 with `integer_bits` <= 5 integer bits: the part below 1/4 by series, the
 * others by a factor for each bit. */
TM_INLINE int32_t tm_exp_negative(int32_t a, int32_t integer_bits)
{
    static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308,
                                       39332535,   720401,     242}; /* exp(-1/4), exp(-1/2), ... */
    const int32_t fraction_bits = 31 - integer_bits;
    const int32_t quarter = 1 << (fraction_bits - 2);
    const int32_t part = (a & (quarter - 1)) - quarter;
    const int32_t rest = part - a;
    int32_t result = tm_exp_quarter(tm_shift_up(part, integer_bits));
    for (int32_t k = 0; k < integer_bits + 2; ++k) {
        if (rest & (1 << (fraction_bits - 2 + k))) {
            result = tm_high_mul(result, factors[k]);
        }
    }
    return a == 0 ? TM_INT32_MAX : result;
}

/* 1 / ((1 + a) / 2) in Q2 for a in [0, 1), Q0: three steps of Newton's. */
TM_INLINE int32_t tm_reciprocal_half(int32_t a)
{
    const int32_t half = (int32_t)(((int64_t)a + TM_INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + tm_high_mul(half, -1010580540); /* 48/17 - 32/17 d */
    for (int step = 0; step < 3; ++step) {
        const int32_t error = (1 << 29) - tm_high_mul(half, x);
        x = x + tm_shift_up(tm_high_mul(x, error), 2);
    }
    return x;
}

/* 1 / (1 + a) in Q0, a in [0, 1). */
TM_INLINE int32_t tm_one_over_one_plus(int32_t a)
{
    return tm_shift_up(tm_reciprocal_half(a), 1);
}

/* (1 - a) / (1 + a) in Q0, a in [0, 1). */
TM_INLINE int32_t tm_one_minus_over_one_plus(int32_t a)
{
    return tm_shift_up(tm_reciprocal_half(a) - (1 << 29), 2);
}

#endif
