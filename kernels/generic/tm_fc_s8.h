/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_FC_S8_H
#define TM_FC_S8_H

#include "tm_fixed.h"
#include "tm_kernels_s8.h"

TM_INLINE int32_t tm_fc_s8_row(int32_t sum, const void* src_row, int32_t row_index, int32_t o,
                               const tm_fc_s8_params* p)
{
    const ptrdiff_t row = (ptrdiff_t)o * p->in_rows + row_index;
    return tm_dot_s8(sum, (const int8_t*)src_row, p->in_offset, p->weights + row * p->row_elements,
                     p->weight_offset, p->row_elements);
}

TM_INLINE int8_t tm_fc_s8_store(int32_t sum, int32_t o, const tm_fc_s8_params* p)
{
    return tm_store_s8(sum, p->scales + (ptrdiff_t)o * p->scale_step * 2, p->out_offset, p->act_min,
                       p->act_max);
}

TM_KERNEL void tm_fc_s8_begin(int32_t* acc, const tm_fc_s8_params* p)
{
    for (int32_t o = 0; o < p->outputs; ++o) {
        acc[o] = p->bias != NULL ? p->bias[o] : 0;
    }
}

TM_KERNEL void tm_fc_s8_add(int32_t* acc, const void* src_row, int32_t row_index,
                            const tm_fc_s8_params* p)
{
    for (int32_t o = 0; o < p->outputs; ++o) {
        acc[o] = tm_fc_s8_row(acc[o], src_row, row_index, o, p);
    }
}

TM_KERNEL void tm_fc_s8_end(void* dst_row, const int32_t* acc, const tm_fc_s8_params* p)
{
    int8_t* dst = (int8_t*)dst_row;
    for (int32_t o = 0; o < p->outputs; ++o) {
        dst[o] = tm_fc_s8_store(acc[o], o, p);
    }
}

/* `n_rows` is 1. */
TM_KERNEL void tm_fc_s8(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                        const tm_fc_s8_params* p)
{
    int8_t* dst = (int8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t o = 0; o < p->outputs; ++o) {
        int32_t sum = p->bias != NULL ? p->bias[o] : 0;
        for (int32_t r = 0; r < p->in_rows; ++r) {
            sum = tm_fc_s8_row(sum, src_rows[r], r, o, p);
        }
        dst[o] = tm_fc_s8_store(sum, o, p);
    }
}

TM_NO_SCRATCH(fc_s8)

#endif
