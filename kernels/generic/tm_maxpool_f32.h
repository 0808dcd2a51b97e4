/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_MAXPOOL_F32_H
#define TM_MAXPOOL_F32_H

#include "tm_kernels.h"

/* The greatest value of channel `c` under the window of output column `x`; -inf where the window
 * holds padding alone. */
TM_INLINE float tm_maxpool_f32_at(const void* const* rows, int32_t x, int32_t c,
                                  const tm_maxpool_f32_params* p)
{
    const int32_t first = x * p->stride_w - p->pad_left;
    const tm_taps taps = tm_taps_inside(first, p->kernel_w, p->dilation_w, p->in_width);
    float best = -TM_INFINITY;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const float* row = (const float*)rows[ky * p->dilation_h];
        if (row == NULL) {
            continue;
        }
        for (int32_t kx = taps.begin; kx < taps.end; ++kx) {
            const float value = row[(ptrdiff_t)(first + kx * p->dilation_w) * p->channels + c];
            if (value > best) {
                best = value;
            }
        }
    }
    return best;
}

TM_KERNEL void tm_maxpool_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                              const tm_maxpool_f32_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const void* const* rows = src_rows + (ptrdiff_t)r * p->stride_h;
        float* dst = (float*)dst_rows[r];
        for (int32_t x = 0; x < p->out_width; ++x) {
            for (int32_t c = 0; c < p->channels; ++c) {
                const float best = tm_maxpool_f32_at(rows, x, c, p);
                *dst++ = tm_clamp_value_f32(best, p->act_min, p->act_max);
            }
        }
    }
}

TM_NO_SCRATCH(maxpool_f32)

#endif
