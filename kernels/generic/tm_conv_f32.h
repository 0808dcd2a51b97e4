/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONV_F32_H
#define TM_CONV_F32_H

#include "tm_kernels.h"

/*
 * One output of the convolution before the clamp: channel `oc` at conv column `x`, `rows[k]` k rows
 * below the topmost row of its window. Sum: bias, then the taps row by row, left to right, channel
 * by channel; taps on padding are left out.
 */
TM_INLINE float tm_conv_f32_at(const void* const* rows, int32_t x, int32_t oc,
                               const tm_conv_f32_params* p)
{
    const int32_t depth = p->in_channels / p->groups;
    const int32_t group = oc / (p->out_channels / p->groups);
    const int32_t first = x * p->stride_w - p->pad_left;
    const tm_taps taps = tm_taps_inside(first, p->kernel_w, p->dilation_w, p->in_width);
    const float* w = p->weights + (ptrdiff_t)oc * p->kernel_h * p->kernel_w * depth;
    float sum = p->bias != NULL ? p->bias[oc] : 0.0f;
    for (int32_t ky = 0; ky < p->kernel_h; ++ky, w += p->kernel_w * depth) {
        const float* row = (const float*)rows[ky * p->dilation_h];
        if (row == NULL || taps.end <= taps.begin) {
            continue;
        }
        if (p->groups == 1 && p->dilation_w == 1) { /* the taps of a row are contiguous */
            sum = tm_dot_f32(sum, row + (ptrdiff_t)(first + taps.begin) * depth,
                             w + taps.begin * depth, (taps.end - taps.begin) * depth);
            continue;
        }
        for (int32_t kx = taps.begin; kx < taps.end; ++kx) {
            const ptrdiff_t column = first + kx * p->dilation_w;
            sum = tm_dot_f32(sum, row + column * p->in_channels + group * depth, w + kx * depth,
                             depth);
        }
    }
    return sum;
}

/* The greatest of the conv outputs under the pool window of output column `x`. Clamping is
 * monotone, so clamping this once equals pooling clamped values. */
TM_INLINE float tm_conv_f32_pooled(const void* const* rows, int32_t x, int32_t oc,
                                   const tm_conv_f32_params* p)
{
    float best = -TM_INFINITY;
    for (int32_t py = 0; py < p->pool_h; ++py) {
        const void* const* window = rows + py * p->pool_dilation_h * p->stride_h;
        for (int32_t px = 0; px < p->pool_w; ++px) {
            const int32_t column = x * p->pool_stride_w + px * p->pool_dilation_w;
            const float value = tm_conv_f32_at(window, column, oc, p);
            if (value > best) {
                best = value;
            }
        }
    }
    return best;
}

TM_KERNEL void tm_conv_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                           const tm_conv_f32_params* p)
{
    const int pooled = p->pool_h * p->pool_w * p->pool_stride_w > 1;
    for (int32_t r = 0; r < n_rows; ++r) {
        const void* const* rows = src_rows + (ptrdiff_t)r * p->stride_h * p->pool_stride_h;
        const float* residual = p->residual != 0 ? (const float*)src_rows[p->residual] : NULL;
        float* dst = (float*)dst_rows[r];
        for (int32_t x = 0; x < p->out_width; ++x) {
            for (int32_t oc = 0; oc < p->out_channels; ++oc) {
                float value =
                    pooled ? tm_conv_f32_pooled(rows, x, oc, p) : tm_conv_f32_at(rows, x, oc, p);
                value = tm_clamp_value_f32(value, p->act_min, p->act_max);
                if (residual != NULL) {
                    value = tm_clamp_value_f32(value + *residual++, p->sum_act_min, p->sum_act_max);
                }
                *dst++ = value;
            }
        }
    }
}

TM_NO_SCRATCH(conv_f32)

#endif
