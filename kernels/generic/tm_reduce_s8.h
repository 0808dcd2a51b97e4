/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_REDUCE_S8_H
#define TM_REDUCE_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_INLINE int32_t tm_reduce_s8_outputs(const tm_reduce_s8_params* p)
{
    return (p->over_width ? 1 : p->width) * (p->over_channels ? 1 : p->channels);
}

TM_INLINE int32_t tm_reduce_s8_count(const tm_reduce_s8_params* p)
{
    return p->in_rows * (p->over_width ? p->width : 1) * (p->over_channels ? p->channels : 1);
}

TM_INLINE int32_t tm_reduce_s8_start(const tm_reduce_s8_params* p)
{
    return p->kind == TM_MAX ? -128 : p->kind == TM_MIN ? 127 : 0;
}

TM_INLINE int32_t tm_reduce_s8_join(int32_t sofar, int32_t value, const tm_reduce_s8_params* p)
{
    if (p->kind == TM_MAX) {
        return value > sofar ? value : sofar;
    }
    if (p->kind == TM_MIN) {
        return value < sofar ? value : sofar;
    }
    return tm_wrapping_add(sofar, value + p->in_offset);
}

TM_INLINE int8_t tm_reduce_s8_store(int32_t acc, const tm_reduce_s8_params* p)
{
    int32_t value = acc;
    if (p->kind == TM_MEAN || p->kind == TM_SUM) {
        value = tm_requantize(acc, p->multiplier, p->shift);
        if (p->divides) {
            value = tm_rounded_mean(value, tm_reduce_s8_count(p));
        }
        value += p->out_offset;
    }
    return (int8_t)tm_clamp_int(value, p->act_min, p->act_max);
}

/* What row `src` adds to output `i`. */
TM_INLINE int32_t tm_reduce_s8_row(int32_t acc, const int8_t* src, int32_t i,
                                   const tm_reduce_s8_params* p)
{
    const int32_t channels = p->over_channels ? p->channels : 1;
    const int32_t columns = p->over_width ? p->width : 1;
    const int32_t kept = p->over_channels ? 1 : p->channels; /* outputs of a column */
    const int8_t* from = src + (ptrdiff_t)(p->over_width ? 0 : i / kept) * p->channels +
                         (p->over_channels ? 0 : i % kept);
    for (int32_t x = 0; x < columns; ++x, from += p->channels) {
        for (int32_t c = 0; c < channels; ++c) {
            acc = tm_reduce_s8_join(acc, from[c], p);
        }
    }
    return acc;
}

TM_KERNEL void tm_reduce_s8_begin(int32_t* acc, const tm_reduce_s8_params* p)
{
    for (int32_t i = 0; i < tm_reduce_s8_outputs(p); ++i) {
        acc[i] = tm_reduce_s8_start(p);
    }
}

TM_KERNEL void tm_reduce_s8_add(int32_t* acc, const void* src_row, int32_t row_index,
                                const tm_reduce_s8_params* p)
{
    (void)row_index;
    for (int32_t i = 0; i < tm_reduce_s8_outputs(p); ++i) {
        acc[i] = tm_reduce_s8_row(acc[i], (const int8_t*)src_row, i, p);
    }
}

TM_KERNEL void tm_reduce_s8_end(void* dst_row, const int32_t* acc, const tm_reduce_s8_params* p)
{
    int8_t* dst = (int8_t*)dst_row;
    for (int32_t i = 0; i < tm_reduce_s8_outputs(p); ++i) {
        dst[i] = tm_reduce_s8_store(acc[i], p);
    }
}

/* `n_rows` is 1 where rows are reduced. */
TM_KERNEL void tm_reduce_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                            const tm_reduce_s8_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        int8_t* dst = (int8_t*)dst_rows[r];
        for (int32_t i = 0; i < tm_reduce_s8_outputs(p); ++i) {
            int32_t acc = tm_reduce_s8_start(p);
            for (int32_t y = 0; y < p->in_rows; ++y) {
                acc = tm_reduce_s8_row(acc, (const int8_t*)src_rows[r + y], i, p);
            }
            dst[i] = tm_reduce_s8_store(acc, p);
        }
    }
}

TM_NO_SCRATCH(reduce_s8)

#endif
