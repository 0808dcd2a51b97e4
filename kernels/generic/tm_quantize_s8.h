/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_QUANTIZE_S8_H
#define TM_QUANTIZE_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"
#include "tm_quantize_value.h"

TM_KERNEL void tm_quantize_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                              const tm_quantize_s8_params* p)
{
    const int32_t least = p->is_unsigned ? 0 : -128;
    for (int32_t r = 0; r < n_rows; ++r) {
        const float* src = (const float*)src_rows[r];
        uint8_t* dst = (uint8_t*)dst_rows[r];
        for (int32_t i = 0; i < p->row_elements; ++i) {
            dst[i] = (uint8_t)tm_quantize_value(src[i], p->scale, p->offset, least, least + 255);
        }
    }
}

TM_NO_SCRATCH(quantize_s8)

#endif
