/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_DEQUANTIZE_S8_H
#define TM_DEQUANTIZE_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_KERNEL void tm_dequantize_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                                const tm_dequantize_s8_params* p)
{
    for (int32_t r = 0; r < n_rows; ++r) {
        const uint8_t* src = (const uint8_t*)src_rows[r];
        float* dst = (float*)dst_rows[r];
        for (int32_t i = 0; i < p->row_elements; ++i) {
            const int32_t stored = p->is_unsigned ? src[i] : (int8_t)src[i];
            dst[i] = p->scale * (float)(stored + p->offset);
        }
    }
}

TM_NO_SCRATCH(dequantize_s8)

#endif
