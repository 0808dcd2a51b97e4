/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_UNARY_F32_H
#define TM_UNARY_F32_H

#include "tm_math.h"

TM_INLINE float tm_sigmoid_value(float x)
{
    if (x >= 0.0f) {
        return 1.0f / (1.0f + tm_exp(-x));
    }
    const float e = tm_exp(x);
    return e / (1.0f + e);
}

TM_INLINE float tm_softplus_value(float x)
{
    return x > 0.0f ? x + tm_log1p(tm_exp(-x)) : tm_log1p(tm_exp(x));
}

/* x * Phi(x); with `approximate` Phi by tanh. */
TM_INLINE float tm_gelu_value(float x, int approximate)
{
    if (approximate) {
        return 0.5f * x * (1.0f + tm_tanh(0.7978845608f * (x + 0.044715f * x * x * x)));
    }
    return 0.5f * x * (1.0f + tm_erf(x * 0.7071067812f));
}

TM_INLINE float tm_unary_value(int32_t function, float x, float alpha, float beta)
{
    switch (function) {
    case TM_LEAKY_RELU:
        return x < 0.0f ? alpha * x : x;
    case TM_ELU:
        return x < 0.0f ? alpha * tm_expm1(x) : x;
    case TM_SELU:
        return x > 0.0f ? beta * x : beta * alpha * tm_expm1(x);
    case TM_SIGMOID:
        return tm_sigmoid_value(x);
    case TM_TANH:
        return tm_tanh(x);
    case TM_HARD_SIGMOID:
        return tm_clamp_value_f32(alpha * x + beta, 0.0f, 1.0f);
    case TM_HARD_SWISH:
        return x * tm_clamp_value_f32(x / 6.0f + 0.5f, 0.0f, 1.0f);
    case TM_SOFTPLUS:
        return tm_softplus_value(x);
    case TM_SOFTSIGN:
        return x / (1.0f + tm_fabs(x));
    case TM_THRESHOLDED_RELU:
        return x > alpha ? x : 0.0f;
    case TM_EXP:
        return tm_exp(x);
    case TM_LOG:
        return tm_log(x);
    case TM_SQRT:
        return tm_sqrt(x);
    case TM_RSQRT:
        return 1.0f / tm_sqrt(x);
    case TM_RECIPROCAL:
        return 1.0f / x;
    case TM_ABS:
        return tm_fabs(x);
    case TM_NEGATE:
        return -x;
    case TM_ERF:
        return tm_erf(x);
    case TM_GELU:
        return tm_gelu_value(x, beta != 0.0f);
    case TM_SQUARE:
        return x * x;
    default:
        return x;
    }
}

TM_KERNEL void tm_unary_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                            const tm_unary_f32_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const float* src = (const float*)src_rows[r];
        float* dst = (float*)dst_rows[r];
        for (int32_t i = 0; i < p->row_elements; ++i) {
            dst[i] = tm_unary_value(p->function, src[i], p->alpha, p->beta);
        }
    }
}

TM_NO_SCRATCH(unary_f32)

#endif
