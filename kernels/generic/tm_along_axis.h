/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_ALONG_AXIS_H
#define TM_ALONG_AXIS_H

#include "tm_kernels.h"

/* An axis, TM_OVER_ROWS and its like, that is searched for each of `outputs` elements of a row. */
typedef struct tm_axis {
    int32_t kind, extent, outputs;
    ptrdiff_t channels;
} tm_axis;

TM_INLINE tm_axis tm_axis_of(int32_t kind, int32_t in_rows, int32_t width, int32_t channels)
{
    tm_axis axis = {kind, channels, width, channels};
    if (kind == TM_OVER_ROWS) {
        axis.extent = in_rows;
        axis.outputs = width * channels;
    } else if (kind == TM_OVER_WIDTH) {
        axis.extent = width;
        axis.outputs = channels;
    }
    return axis;
}

/* Where element `k` along the axis of output element `o` lies: in which row, ... */
TM_INLINE int32_t tm_axis_row(const tm_axis* axis, int32_t k)
{
    return axis->kind == TM_OVER_ROWS ? k : 0;
}

/* ... and which element of it. */
TM_INLINE ptrdiff_t tm_axis_element(const tm_axis* axis, int32_t o, int32_t k)
{
    switch (axis->kind) {
    case TM_OVER_ROWS:
        return o;
    case TM_OVER_WIDTH:
        return k * axis->channels + o;
    default:
        return o * axis->channels + k;
    }
}

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
