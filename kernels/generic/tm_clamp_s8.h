/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CLAMP_S8_H
#define TM_CLAMP_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_KERNEL void tm_clamp_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                           const tm_clamp_s8_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const int8_t* src = (const int8_t*)src_rows[r];
        int8_t* dst = (int8_t*)dst_rows[r];
        for (int32_t i = 0; i < p->row_elements; ++i) {
            dst[i] = (int8_t)tm_clamp_int(src[i], p->act_min, p->act_max);
        }
    }
}

TM_NO_SCRATCH(clamp_s8)

#endif
