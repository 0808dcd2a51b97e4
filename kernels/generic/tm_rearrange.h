/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_REARRANGE_H
#define TM_REARRANGE_H

#include "tm_kernels.h"

TM_KERNEL void tm_rearrange(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                            const tm_rearrange_params* p)
{
    const int32_t extent[6] = {p->extent0, p->extent1, p->extent2,
                               p->extent3, p->extent4, p->extent5};
    const int32_t stride[6] = {p->stride0, p->stride1, p->stride2,
                               p->stride3, p->stride4, p->stride5};
    const int32_t* record = (const int32_t*)src_rows[p->rows];
    int32_t index[6];
    int32_t rest = record[0];
    int32_t at = p->offset - record[1];
    uint8_t* dst = (uint8_t*)dst_rows[0];
    (void)n_rows;
    for (int axis = 5; axis >= 0; --axis) {
        index[axis] = rest % extent[axis];
        rest /= extent[axis];
        at += index[axis] * stride[axis];
    }
    for (int32_t i = 0; i < p->out_row_elements; ++i, dst += p->element_bytes) {
        const uint8_t* row = (const uint8_t*)src_rows[at / p->in_row_elements];
        tm_copy_bytes(dst, row + (ptrdiff_t)(at % p->in_row_elements) * p->element_bytes,
                      p->element_bytes);
        for (int axis = 5; axis >= 0; --axis) { /* count on */
            at += stride[axis];
            if (++index[axis] < extent[axis]) {
                break;
            }
            at -= extent[axis] * stride[axis];
            index[axis] = 0;
        }
    }
}

TM_NO_SCRATCH(rearrange)

#endif
