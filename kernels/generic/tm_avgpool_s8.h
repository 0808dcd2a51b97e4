/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_AVGPOOL_S8_H
#define TM_AVGPOOL_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_INLINE int32_t tm_avgpool_s8_at(const void* const* rows, int32_t x, int32_t c,
                                   const tm_avgpool_s8_params* p)
{
    const int32_t first = x * p->stride_w - p->pad_left;
    const tm_taps taps = tm_taps_inside(first, p->kernel_w, p->dilation_w, p->in_width);
    const tm_taps counted = p->count_pad
                                ? tm_taps_inside(x * p->stride_w, p->kernel_w, p->dilation_w,
                                                 p->pad_left + p->in_width + p->pad_right)
                                : taps;
    int32_t count = 0;
    int32_t sum = 0;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int8_t* row = (const int8_t*)rows[ky * p->dilation_h];
        const int32_t seen = row != NULL ? taps.end - taps.begin : 0;
        if (row == NULL && !p->count_pad) {
            continue;
        }
        count += counted.end - counted.begin;
        sum -= (counted.end - counted.begin - seen) * p->in_offset; /* padding is real 0 */
        for (int32_t kx = taps.begin; row != NULL && kx < taps.end; ++kx) {
            sum += row[(ptrdiff_t)(first + kx * p->dilation_w) * p->channels + c];
        }
    }
    return tm_rounded_mean(sum, count);
}

TM_KERNEL void tm_avgpool_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_avgpool_s8_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const void* const* rows = src_rows + (ptrdiff_t)r * p->stride_h;
        int8_t* dst = (int8_t*)dst_rows[r];
        for (int32_t x = 0; x < p->out_width; ++x) {
            for (int32_t c = 0; c < p->channels; ++c) {
                int32_t mean = tm_avgpool_s8_at(rows, x, c, p);
                if (p->multiplier != 0) {
                    mean =
                        tm_requantize(mean + p->in_offset, p->multiplier, p->shift) + p->out_offset;
                }
                *dst++ = (int8_t)tm_clamp_int(mean, p->act_min, p->act_max);
            }
        }
    }
}

TM_NO_SCRATCH(avgpool_s8)

#endif
