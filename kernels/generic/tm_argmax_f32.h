/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ARGMAX_F32_H
#define TM_ARGMAX_F32_H

#include "tm_along_axis.h"
#include "tm_kernels.h"

TM_INLINE float tm_argmax_f32_at(const void* const* src_rows, const tm_axis* axis, int32_t o,
                                 int32_t k)
{
    return ((const float*)src_rows[tm_axis_row(axis, k)])[tm_axis_element(axis, o, k)];
}

TM_KERNEL void tm_argmax_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_argmax_f32_params* p)
{
    const tm_axis axis = tm_axis_of(p->axis, p->in_rows, p->width, p->channels);
    int32_t* dst = (int32_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t o = 0; o < axis.outputs; ++o) {
        int32_t best = 0;
        for (int32_t k = 1; k < axis.extent; ++k) {
            const float value = tm_argmax_f32_at(src_rows, &axis, o, k);
            const float champion = tm_argmax_f32_at(src_rows, &axis, o, best);
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
