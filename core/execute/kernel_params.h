// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/tm_kernels.h"
#include "kernels/tm_kernels_s8.h"

#include <variant>

/// Every row kernel tm_NAME with its tm_NAME_params.
// clang-format off
#define TIDEMARK_KERNELS(X)                                                                        \
    X(conv_f32) X(maxpool_f32) X(avgpool_f32) X(fc_f32) X(matmul_f32) X(reduce_f32)                \
    X(clamp_f32) X(unary_f32) X(prelu_f32) X(softmax_f32) X(binary_f32) X(copy) X(concat)          \
    X(pad) X(rearrange) X(resize_nearest) X(resize_f32) X(argmax_f32) X(conv_s8)                   \
    X(maxpool_s8) X(avgpool_s8) X(fc_s8) X(matmul_s8) X(reduce_s8) X(clamp_s8) X(lookup)           \
    X(prelu_s8) X(softmax_s8) X(logsoftmax_s8) X(add_s8) X(mul_s8) X(real_s8)                      \
    X(quantize_s8) X(dequantize_s8) X(resize_s8) X(argmax_s8)
// clang-format on

namespace tidemark {

/// Parameters of a row kernel, the constants' addresses left empty: whoever runs or writes the call
/// knows where they lie.
#define TIDEMARK_PARAMS(name) , tm_##name##_params
using KernelParams = std::variant<std::monostate TIDEMARK_KERNELS(TIDEMARK_PARAMS)>;
#undef TIDEMARK_PARAMS

} // namespace tidemark
