/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_PAD_H
#define TM_PAD_H

#include "tm_kernels.h"

/* Where index `i` of an axis comes from: -1 is padding. */
TM_INLINE int32_t tm_pad_source(int32_t mode, int32_t i, int32_t extent)
{
    if (i >= 0 && i < extent) {
        return i;
    }
    switch (mode) {
    case TM_PAD_EDGE:
        return i < 0 ? 0 : extent - 1;
    case TM_PAD_REFLECT:
        return i < 0 ? -i : 2 * (extent - 1) - i;
    default:
        return -1;
    }
}

TM_INLINE void tm_pad_element(uint8_t* dst, const uint8_t* src, const tm_pad_params* p)
{
    for (int32_t b = 0; b < p->element_bytes; ++b) {
        const uint32_t word = (uint32_t)(b < 4 ? p->low : p->high);
        dst[b] = src != NULL ? src[b] : (uint8_t)(word >> (8 * (b & 3)));
    }
}

TM_KERNEL void tm_pad(void* const* dst_rows, int32_t n_rows, const void* const* src_rows,
                      const tm_pad_params* p)
{
    const uint8_t* src = (const uint8_t*)src_rows[0];
    uint8_t* dst = (uint8_t*)dst_rows[0];
    (void)n_rows;
    for (int32_t x = -p->width_before; x < p->width + p->width_after; ++x) {
        const int32_t from_x = tm_pad_source(p->mode, x, p->width);
        for (int32_t c = -p->channels_before; c < p->channels + p->channels_after; ++c) {
            const int32_t from_c = tm_pad_source(p->mode, c, p->channels);
            const ptrdiff_t at = ((ptrdiff_t)from_x * p->channels + from_c) * p->element_bytes;
            tm_pad_element(dst, src != NULL && from_x >= 0 && from_c >= 0 ? src + at : NULL, p);
            dst += p->element_bytes;
        }
    }
}

TM_NO_SCRATCH(pad)

#endif
