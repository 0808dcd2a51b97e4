/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ARGMAX_F32_H
#define TM_ARGMAX_F32_H

#include "tm_kernels.h"
#include "tm_store_index.h"

/* Element `k` along the axis of output element `o` of a row. */
TM_INLINE float tm_argmax_f32_at(const void* const* src_rows, int32_t o, int32_t k,
                                 const tm_argmax_f32_params* p)
{
    const ptrdiff_t channels = p->channels;
    switch (p->axis) {
    case TM_OVER_ROWS:
        return ((const float*)src_rows[k])[o];
    case TM_OVER_WIDTH:
        return ((const float*)src_rows[0])[k * channels + o];
    default:
        return ((const float*)src_rows[0])[o * channels + k];
    }
}

TM_KERNEL void tm_argmax_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_argmax_f32_params* p)
{
    const int32_t extent = p->axis == TM_OVER_ROWS    ? p->in_rows
                           : p->axis == TM_OVER_WIDTH ? p->width
                                                      : p->channels;
    const int32_t outputs = p->axis == TM_OVER_ROWS    ? p->width * p->channels
                            : p->axis == TM_OVER_WIDTH ? p->channels
                                                       : p->width;
    int32_t* dst = (int32_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t o = 0; o < outputs; ++o) {
        int32_t best = 0;
        for (int32_t k = 1; k < extent; ++k) {
            const float value = tm_argmax_f32_at(src_rows, o, k, p);
            const float champion = tm_argmax_f32_at(src_rows, o, best, p);
            const int better = p->smallest ? value < champion : value > champion;
            if (better || (p->last && value == champion)) {
                best = k;
            }
        }
        tm_store_index(dst, o, best, p->out_bytes);
    }
}

TM_NO_SCRATCH(argmax_f32)

#endif
