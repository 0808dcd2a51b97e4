/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_RESIZE_NEAREST_H
#define TM_RESIZE_NEAREST_H

#include "tm_kernels.h"

TM_KERNEL void tm_resize_nearest(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                                 const tm_resize_nearest_params* p)
{
    const uint8_t* src = (const uint8_t*)src_rows[0];
    uint8_t* dst = (uint8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t x = 0; x < p->out_width; ++x, dst += p->pixel_bytes) {
        tm_copy_bytes(dst, src + (ptrdiff_t)p->columns[x] * p->pixel_bytes, p->pixel_bytes);
    }
}

TM_NO_SCRATCH(resize_nearest)

#endif
