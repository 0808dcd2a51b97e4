/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_COPY_H
#define TM_COPY_H

#include "tm_kernels.h"

TM_KERNEL void tm_copy(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                       const tm_copy_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        tm_copy_bytes(dst_rows[r], src_rows[r], p->row_bytes);
    }
}

TM_NO_SCRATCH(copy)

#endif
