/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_STORE_INDEX_H
#define TM_STORE_INDEX_H

#include "tm_kernels.h"

/* Element `o` of dst; an int64 by halves, as rows are aligned to words. */
TM_INLINE void tm_store_index(int32_t* dst, int32_t o, int32_t index, int32_t bytes)
{
    if (bytes == 8) {
        dst[2 * o] = index;
        dst[2 * o + 1] = 0;
    } else {
        dst[o] = index;
    }
}

#endif
