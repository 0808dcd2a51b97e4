/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONCAT_H
#define TM_CONCAT_H

#include "tm_kernels.h"

TM_INLINE void tm_concat_part(uint8_t* dst, const uint8_t* src, int32_t bytes, const uint8_t* table)
{
    if (table == NULL) {
        tm_copy_bytes(dst, src, bytes);
        return;
    }
    for (int32_t i = 0; i < bytes; ++i) {
        dst[i] = table[src[i]];
    }
}

TM_KERNEL void tm_concat(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                         const tm_concat_params* p)
{
    uint8_t* dst = (uint8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t outer = 0; outer < p->outer; ++outer) {
        for (int32_t k = 0; k < p->inputs; ++k) {
            const int32_t bytes = p->lengths[k];
            if (src_rows[k] == NULL) {
                continue;
            }
            tm_concat_part(dst, (const uint8_t*)src_rows[k] + (ptrdiff_t)outer * bytes, bytes,
                           p->tables != NULL ? p->tables + (ptrdiff_t)k * 256 : NULL);
            dst += bytes;
        }
    }
}

TM_NO_SCRATCH(concat)

#endif
