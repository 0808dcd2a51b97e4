/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONV_S8_H
#define TM_CONV_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"
#include "tm_sum_s8.h"

/* The accumulator of channel `oc` at conv column `x`, `rows[k]` k rows below the topmost row of its
 * window; taps on padding add nothing. */
TM_INLINE int32_t tm_conv_s8_at(const void* const* rows, int32_t x, int32_t oc,
                                const tm_conv_s8_params* p)
{
    const int32_t depth = p->in_channels / p->groups;
    const int32_t group = oc / (p->out_channels / p->groups);
    const int32_t first = x * p->stride_w - p->pad_left;
    const tm_taps taps = tm_taps_inside(first, p->kernel_w, p->dilation_w, p->in_width);
    const int8_t* w = p->weights + (ptrdiff_t)oc * p->kernel_h * p->kernel_w * depth;
    int32_t sum = p->bias != NULL ? p->bias[oc] : 0;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky, w += p->kernel_w * depth) {
        const int8_t* row = (const int8_t*)rows[ky * p->dilation_h];
        if (row == NULL || taps.end <= taps.begin) {
            continue;
        }
        if (p->groups == 1 && p->dilation_w == 1) { /* the taps of a row are contiguous */
            sum = tm_dot_s8(sum, row + (ptrdiff_t)(first + taps.begin) * depth, p->in_offset,
                            w + taps.begin * depth, p->weight_offset,
                            (taps.end - taps.begin) * depth);
            continue;
        }
        for (int32_t kx = taps.begin; kx < taps.end; ++kx) {
            const ptrdiff_t column = first + kx * p->dilation_w;
            sum = tm_dot_s8(sum, row + column * p->in_channels + group * depth, p->in_offset,
                            w + kx * depth, p->weight_offset, depth);
        }
    }
    return sum;
}

/* The greatest accumulator under the pool window of output column `x`: requantising is monotone. */
TM_INLINE int32_t tm_conv_s8_pooled(const void* const* rows, int32_t x, int32_t oc,
                                    const tm_conv_s8_params* p)
{
    int32_t best = TM_INT32_MIN;
    for (int32_t py = 0; py < p->pool_h; ++py) {
        const void* const* window = rows + py * p->pool_dilation_h * p->stride_h;
        for (int32_t px = 0; px < p->pool_w; ++px) {
            const int32_t column = x * p->pool_stride_w + px * p->pool_dilation_w;
            const int32_t sum = tm_conv_s8_at(window, column, oc, p);
            best = sum > best ? sum : best;
        }
    }
    return best;
}

TM_KERNEL void tm_conv_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                          const tm_conv_s8_params* p)
{
    const int pooled = p->pool_h * p->pool_w * p->pool_stride_w > 1;
    for (int32_t r = 0; r < n_rows; ++r) {
        const void* const* rows = src_rows + (ptrdiff_t)r * p->stride_h * p->pool_stride_h;
        const int8_t* residual = p->residual != 0 ? (const int8_t*)src_rows[p->residual] : NULL;
        int8_t* dst = (int8_t*)dst_rows[r];
        for (int32_t x = 0; x < p->out_width; ++x) {
            for (int32_t oc = 0; oc < p->out_channels; ++oc) {
                const int32_t sum =
                    pooled ? tm_conv_s8_pooled(rows, x, oc, p) : tm_conv_s8_at(rows, x, oc, p);
                int8_t value = tm_store_s8(sum, p->scales + (ptrdiff_t)oc * p->scale_step * 2,
                                           p->out_offset, p->act_min, p->act_max);
                if (residual != NULL) {
                    value = tm_sum_s8(value, *residual++, 0, &p->sum);
                }
                *dst++ = value;
            }
        }
    }
}

TM_NO_SCRATCH(conv_s8)

#endif
