/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_OPERAND_H
#define TM_OPERAND_H

#include "tm_kernels.h"

/* Where an operand of width x channels has what goes with pixel x, channel c of the output: an axis
 * of extent 1 is repeated. */
TM_INLINE ptrdiff_t tm_operand_at(int32_t x, int32_t c, int32_t width, int32_t channels)
{
    return (width > 1 ? (ptrdiff_t)x * channels : 0) + (channels > 1 ? c : 0);
}

#endif
