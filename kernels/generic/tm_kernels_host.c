/* SPDX-License-Identifier: Apache-2.0 */
/* One extern copy of every kernel, for the host; firmware includes the same files into its stages.
 */
#define TM_KERNELS_EXTERN
#include "tm_clamp_f32.h"
#include "tm_conv_f32.h"
#include "tm_fc_f32.h"
#include "tm_maxpool_f32.h"
