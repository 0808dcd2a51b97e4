/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_MAXPOOL_S8_H
#define TM_MAXPOOL_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

/* The greatest value of channel `c` under the window of output column `x`; the least there is where
 * the window holds padding alone. */
TM_INLINE int32_t tm_maxpool_s8_at(const void* const* rows, int32_t x, int32_t c,
                                   const tm_maxpool_s8_params* p)
{
    const int32_t first = x * p->stride_w - p->pad_left;
    const tm_taps taps = tm_taps_inside(first, p->kernel_w, p->dilation_w, p->in_width);
    int32_t best = -128;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky) {
        const int8_t* row = (const int8_t*)rows[ky * p->dilation_h];
        for (int32_t kx = taps.begin; row != NULL && kx < taps.end; ++kx) {
            const int32_t value = row[(ptrdiff_t)(first + kx * p->dilation_w) * p->channels + c];
            best = value > best ? value : best;
        }
    }
    return best;
}

TM_KERNEL void tm_maxpool_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_maxpool_s8_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const void* const* rows = src_rows + (ptrdiff_t)r * p->stride_h;
        int8_t* dst = (int8_t*)dst_rows[r];
        for (int32_t x = 0; x < p->out_width; ++x) {
            for (int32_t c = 0; c < p->channels; ++c) {
                const int32_t best = tm_maxpool_s8_at(rows, x, c, p);
                *dst++ = (int8_t)tm_clamp_int(best, p->act_min, p->act_max);
            }
        }
    }
}

TM_NO_SCRATCH(maxpool_s8)

#endif
