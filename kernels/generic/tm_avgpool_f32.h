/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_AVGPOOL_F32_H
#define TM_AVGPOOL_F32_H

#include "tm_kernels.h"

/* Mean of channel `c` under the window of output column `x`. Sum: row by row, left to right. */
TM_INLINE float tm_avgpool_f32_at(const void* const* rows, int32_t x, int32_t c,
                                  const tm_avgpool_f32_params* p)
{
    const int32_t first = x * p->stride_w - p->pad_left;
    const tm_taps taps = tm_taps_inside(first, p->kernel_w, p->dilation_w, p->in_width);
    const tm_taps counted = p->count_pad
                                ? tm_taps_inside(x * p->stride_w, p->kernel_w, p->dilation_w,
                                                 p->pad_left + p->in_width + p->pad_right)
                                : taps;
    int32_t count = 0;
    float sum = 0.0f;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const float* row = (const float*)rows[ky * p->dilation_h];
        if (row == NULL && !p->count_pad) {
            continue;
        }
        count += counted.end - counted.begin;
        for (int32_t kx = taps.begin; row != NULL && kx < taps.end; ++kx) {
            sum += row[(ptrdiff_t)(first + kx * p->dilation_w) * p->channels + c];
        }
    }
    return sum / (float)count;
}

TM_KERNEL void tm_avgpool_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                              const tm_avgpool_f32_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const void* const* rows = src_rows + (ptrdiff_t)r * p->stride_h;
        float* dst = (float*)dst_rows[r];
        for (int32_t x = 0; x < p->out_width; ++x) {
            for (int32_t c = 0; c < p->channels; ++c) {
                const float mean = tm_avgpool_f32_at(rows, x, c, p);
                *dst++ = tm_clamp_value_f32(mean, p->act_min, p->act_max);
            }
        }
    }
}

TM_NO_SCRATCH(avgpool_f32)

#endif
