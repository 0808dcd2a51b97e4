/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_REDUCE_F32_H
#define TM_REDUCE_F32_H

#include "tm_kernels.h"

TM_INLINE float tm_reduce_f32_join(int32_t kind, float sofar, float value)
{
    if (kind == TM_MAX) {
        return value > sofar ? value : sofar;
    }
    if (kind == TM_MIN) {
        return value < sofar ? value : sofar;
    }
    return sofar + value;
}

TM_INLINE float tm_reduce_f32_start(int32_t kind)
{
    return kind == TM_MAX ? -TM_INFINITY : kind == TM_MIN ? TM_INFINITY : 0.0f;
}

/* Elements that become one. */
TM_INLINE int32_t tm_reduce_f32_count(const tm_reduce_f32_params* p)
{
    return p->in_rows * (p->over_width ? p->width : 1) * (p->over_channels ? p->channels : 1);
}

/* The accumulators' form of the same sums, for rows that come one at a time. `acc` has as many
 * elements as dst. */
TM_INLINE int32_t tm_reduce_f32_outputs(const tm_reduce_f32_params* p)
{
    return (p->over_width ? 1 : p->width) * (p->over_channels ? 1 : p->channels);
}

TM_KERNEL void tm_reduce_f32_begin(float* acc, const tm_reduce_f32_params* p)
{
    for (int32_t i = 0; i < tm_reduce_f32_outputs(p); ++i) {
        acc[i] = tm_reduce_f32_start(p->kind);
    }
}

TM_KERNEL void tm_reduce_f32_add(float* acc, const void* src_row, int32_t row_index,
                                 const tm_reduce_f32_params* p)
{
    const float* src = (const float*)src_row;
    (void)row_index;
    for (int32_t x = 0; x < p->width; ++x) {
        float* to = acc + (p->over_width ? 0 : x * (p->over_channels ? 1 : p->channels));
        for (int32_t c = 0; c < p->channels; ++c) {
            float* one = to + (p->over_channels ? 0 : c);
            *one = tm_reduce_f32_join(p->kind, *one, *src++);
        }
    }
}

TM_KERNEL void tm_reduce_f32_end(void* dst_row, const float* acc, const tm_reduce_f32_params* p)
{
    float* dst = (float*)dst_row;
    for (int32_t i = 0; i < tm_reduce_f32_outputs(p); ++i) {
        const float value = p->kind == TM_MEAN ? acc[i] / (float)tm_reduce_f32_count(p) : acc[i];
        dst[i] = tm_clamp_value_f32(value, p->act_min, p->act_max);
    }
}

/* dst is its own accumulator. `n_rows` is 1 where rows are reduced. */
TM_KERNEL void tm_reduce_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_reduce_f32_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        float* dst = (float*)dst_rows[r];
        tm_reduce_f32_begin(dst, p);
        for (int32_t y = 0; y < p->in_rows; ++y) {
            tm_reduce_f32_add(dst, src_rows[r + y], y, p);
        }
        tm_reduce_f32_end(dst, dst, p);
    }
}

TM_NO_SCRATCH(reduce_f32)

#endif
