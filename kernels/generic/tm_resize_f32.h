/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_RESIZE_F32_H
#define TM_RESIZE_F32_H

#include "tm_kernels.h"

/* (1 - share) * first + share * second, columns first, then rows. */
TM_KERNEL void tm_resize_f32(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                             const tm_resize_f32_params* p)
{
    const float* upper = (const float*)src_rows[0];
    const float* lower = (const float*)src_rows[1];
    const float down = *(const float*)src_rows[2];
    float* dst = (float*)dst_rows[0];
    (void)n_rows;
    for (int32_t x = 0; x < p->out_width; ++x) {
        const ptrdiff_t left = (ptrdiff_t)p->columns[2 * x] * p->channels;
        const ptrdiff_t right = (ptrdiff_t)p->columns[2 * x + 1] * p->channels;
        const float across = p->shares[x];
        for (int32_t c = 0; c < p->channels; ++c) {
            const float top = (1.0f - across) * upper[left + c] + across * upper[right + c];
            const float bottom = (1.0f - across) * lower[left + c] + across * lower[right + c];
            *dst++ = (1.0f - down) * top + down * bottom;
        }
    }
}

TM_NO_SCRATCH(resize_f32)

#endif
