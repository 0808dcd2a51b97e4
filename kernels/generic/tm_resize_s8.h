/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_RESIZE_S8_H
#define TM_RESIZE_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_KERNEL void tm_resize_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                            const tm_resize_s8_params* p)
{
    const int8_t* upper = (const int8_t*)src_rows[0];
    const int8_t* lower = (const int8_t*)src_rows[1];
    const int32_t down = *(const int32_t*)src_rows[2];
    int8_t* dst = (int8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t x = 0; x < p->out_width; ++x) {
        const ptrdiff_t left = (ptrdiff_t)p->columns[2 * x] * p->channels;
        const ptrdiff_t right = (ptrdiff_t)p->columns[2 * x + 1] * p->channels;
        const int32_t across = p->shares[x];
        for (int32_t c = 0; c < p->channels; ++c) {
            const int32_t top = upper[left + c] * (1024 - across) + upper[right + c] * across;
            const int32_t bottom = lower[left + c] * (1024 - across) + lower[right + c] * across;
            *dst++ = (int8_t)tm_rounded_mean(top * (1024 - down) + bottom * down, 1 << 20);
        }
    }
}

TM_NO_SCRATCH(resize_s8)

#endif
