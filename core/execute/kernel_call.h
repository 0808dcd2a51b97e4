// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/result.h"

#include "kernels/tm_kernels.h"

#include <cstddef>
#include <string_view>
#include <variant>

namespace tidemark {

/// Parameters of a row kernel, the constants' addresses left empty: whoever runs or writes the call
/// knows where they lie.
using KernelParams =
    std::variant<tm_conv_f32_params, tm_maxpool_f32_params, tm_fc_f32_params, tm_clamp_f32_params>;

/// Which rows of a stage's input its kernel is given: for output row r, `count` entries that begin
/// at input row r * step - top. Entries outside the input are padding.
struct RowWindow {
    std::int32_t count = 1, step = 1, top = 0;
    std::int32_t rows = 1;     ///< of the input as the kernel counts them
    std::int32_t rowBytes = 0; ///< of one of those
};

/// How a stage is run: the one place that turns a Stage into a call of a row kernel, for the
/// executor and for the writer of firmware alike.
struct KernelCall {
    std::string_view kernel; ///< "tm_conv_f32": the function, and the file kernels/generic/NAME.h
    KernelParams params;
    ValueId input, output;
    std::optional<ConstantId> weights, bias;
    RowWindow window;
    std::int32_t outputRows = 1;
    std::int32_t outputRowBytes = 0;
};

/// Errors, by name: a plan-only stage, a type without a kernel, weights that are not there, shapes
/// that contradict each other or are beyond what a 32-bit target can address.
Result<KernelCall> kernelCall(const Network& network, const Stage& stage);

/// Calls the kernel with host memory. `weights` and `bias` may be null where the call has none.
void runKernel(const KernelCall& call, void* dstRow, const void* const* srcRows,
               const float* weights, const float* bias);

/// Scratch the kernel asks for.
std::size_t scratchBytes(const KernelCall& call);

} // namespace tidemark
