/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_MATH_H
#define TM_MATH_H

#include "tm_kernels.h"

/*
 * The functions kernels need, in float arithmetic alone: no C library is linked, and every machine
 * gives the same bits. Relative error below 5e-7 where the result is no subnormal (erf: absolute).
 */

typedef union tm_float_bits {
    float value;
    uint32_t bits;
} tm_float_bits;

TM_INLINE float tm_fabs(float x)
{
    return x < 0.0f ? -x : x == 0.0f ? 0.0f : x;
}

/* 2 to the n, -126 <= n <= 127. */
TM_INLINE float tm_power_of_two(int32_t n)
{
    tm_float_bits two;
    two.bits = (uint32_t)(n + 127) << 23;
    return two.value;
}

/* The Taylor series of (exp(r) - 1 - r) / r^2, |r| < 0.35. */
TM_INLINE float tm_exp_rest(float r)
{
    return 0.5f + r * (0.166666667f +
                       r * (0.0416666667f +
                            r * (0.00833333333f + r * (0.00138888889f + r * 0.000198412698f))));
}

/* exp(x) = 2^n exp(r) with |r| <= ln(2) / 2; ln(2) in two parts so that r is exact enough. */
TM_INLINE float tm_exp(float x)
{
    if (!(x <= 88.8f)) {
        return x != x ? x : TM_INFINITY;
    }
    if (x < -103.9f) {
        return 0.0f;
    }
    const int32_t n = (int32_t)(x * 1.44269504f + (x < 0.0f ? -0.5f : 0.5f));
    const float r = (x - (float)n * 0.693359375f) - (float)n * -2.12194440e-4f;
    const float e = 1.0f + (r + r * r * tm_exp_rest(r));
    const int32_t half = n / 2; /* in two steps: 2^n alone may leave the range */
    return e * tm_power_of_two(half) * tm_power_of_two(n - half);
}

TM_INLINE float tm_expm1(float x)
{
    return x > -0.34f && x < 0.34f ? x + x * x * tm_exp_rest(x) : tm_exp(x) - 1.0f;
}

/* x = 2^n m, sqrt(1/2) <= m < sqrt(2); log(m) = 2 artanh((m - 1) / (m + 1)). */
TM_INLINE float tm_log(float x)
{
    tm_float_bits m;
    int32_t n = 0;
    if (!(x > 0.0f) || x == TM_INFINITY) {
        return x == 0.0f ? -TM_INFINITY : x > 0.0f ? x : TM_NAN;
    }
    if (x < 1.17549435e-38f) { /* subnormal */
        x *= 16777216.0f;
        n = -24;
    }
    m.value = x;
    n += (int32_t)(m.bits >> 23) - 127;
    m.bits = (m.bits & 0x007fffffU) | 0x3f800000U;
    if (m.value > 1.41421356f) {
        m.value *= 0.5f;
        ++n;
    }
    const float s = (m.value - 1.0f) / (m.value + 1.0f);
    const float q = s * s;
    const float rest = q * (0.333333333f + q * (0.2f + q * (0.142857143f + q * 0.111111111f)));
    return (float)n * 0.693359375f + ((2.0f * s + 2.0f * s * rest) + (float)n * -2.12194440e-4f);
}

/* log(1 + x), x >= 0. */
TM_INLINE float tm_log1p(float x)
{
    const float u = 1.0f + x;
    return u == 1.0f ? x : tm_log(u) * (x / (u - 1.0f));
}

TM_INLINE float tm_tanh(float x)
{
    const float size = tm_fabs(x);
    const float e = size < 10.0f ? tm_expm1(2.0f * size) : 1.0f;
    const float t = size < 10.0f ? e / (e + 2.0f) : 1.0f;
    return x != x ? x : x < 0.0f ? -t : t;
}

/* Newton's steps from a guess that halves the exponent. */
TM_INLINE float tm_sqrt(float x)
{
    tm_float_bits guess;
    float scale = 1.0f;
    if (!(x > 0.0f) || x == TM_INFINITY) {
        return x >= 0.0f ? x : TM_NAN;
    }
    if (x < 1.17549435e-38f) { /* subnormal */
        x *= 16777216.0f;
        scale = 1.0f / 4096.0f;
    }
    guess.value = x;
    guess.bits = (guess.bits >> 1) + 0x1fbd1df5U;
    for (int step = 0; step < 3; ++step) {
        guess.value = 0.5f * (guess.value + x / guess.value);
    }
    return guess.value * scale;
}

/* Below 1 by its Taylor series, above by Abramowitz and Stegun 7.1.26. */
TM_INLINE float tm_erf(float x)
{
    const float size = tm_fabs(x);
    float result;
    if (x != x) {
        return x;
    }
    if (size < 1.0f) {
        const float q = x * x;
        const float series =
            1.0f -
            q * (0.333333333f -
                 q * (0.1f - q * (0.0238095238f -
                                  q * (0.00462962963f -
                                       q * (0.000757575758f -
                                            q * (0.000106837607f -
                                                 q * (1.32275132e-5f - q * 1.45891690e-6f)))))));
        return 1.12837917f * x * series;
    }
    const float t = 1.0f / (1.0f + 0.3275911f * size);
    result = t * (0.254829592f + t * (-0.284496736f +
                                      t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    result = 1.0f - result * tm_exp(-size * size);
    return x < 0.0f ? -result : result;
}

#endif
