/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_LOOKUP_H
#define TM_LOOKUP_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_KERNEL void tm_lookup(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                         const tm_lookup_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const uint8_t* src = (const uint8_t*)src_rows[r];
        uint8_t* dst = (uint8_t*)dst_rows[r];
        for (int32_t i = 0; i < p->row_bytes; ++i) {
            dst[i] = p->table[src[i]];
        }
    }
}

TM_NO_SCRATCH(lookup)

#endif
