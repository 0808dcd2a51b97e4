/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_SOFTMAX_F32_H
#define TM_SOFTMAX_F32_H

#include "tm_math.h"

/* The greatest is subtracted first; the sum goes from first to last. */
TM_INLINE void tm_softmax_f32_pixel(float* dst, const float* src, const tm_softmax_f32_params* p)
{
    float best = src[0];
    float sum = 0.0f;
    for (int32_t c = 1; c < p->channels; ++c) {
        best = src[c] > best ? src[c] : best;
    }
    for (int32_t c = 0; c < p->channels; ++c) {
        const float x = p->beta * (src[c] - best);
        const float e = tm_exp(x);
        dst[c] = p->logarithm ? x : e;
        sum += e;
    }
    const float log_sum = p->logarithm ? tm_log(sum) : 0.0f;
    for (int32_t c = 0; c < p->channels; ++c) {
        dst[c] = p->logarithm ? dst[c] - log_sum : dst[c] / sum;
    }
}

TM_KERNEL void tm_softmax_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                              const tm_softmax_f32_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const float* src = (const float*)src_rows[r];
        float* dst = (float*)dst_rows[r];
        for (int32_t x = 0; x < p->width; ++x) {
            tm_softmax_f32_pixel(dst + (ptrdiff_t)x * p->channels, src + (ptrdiff_t)x * p->channels,
                                 p);
        }
    }
}

TM_NO_SCRATCH(softmax_f32)

#endif
