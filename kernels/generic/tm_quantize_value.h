/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_QUANTIZE_VALUE_H
#define TM_QUANTIZE_VALUE_H

#include "tm_fixed.h"

/* x / scale, rounded half away from zero, plus offset, clamped; the offset itself for NaN. */
TM_INLINE int32_t tm_quantize_value(float x, float scale, int32_t offset, int32_t min, int32_t max)
{
    const float y = x / scale;
    int32_t whole = 0;
    if (y > -1e6f && y < 1e6f) {
        whole = (int32_t)y;
        if (y - (float)whole >= 0.5f) {
            ++whole;
        } else if (y - (float)whole <= -0.5f) {
            --whole;
        }
    } else if (y == y) {
        whole = y > 0.0f ? 1000000 : -1000000;
    }
    return tm_clamp_int(whole + offset, min, max);
}

#endif
