// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/execute/kernel_params.h"
#include "core/lower/network.h"
#include "core/model/result.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace tidemark {

/// Which rows of an input a kernel is given for output row r: `count` entries that begin at input
/// row r * step - top, or at tops[r] where that is no straight line. Entries outside the input are
/// padding.
struct RowWindow {
    std::int32_t count = 1, step = 1, top = 0;
    std::int32_t rows = 1;               ///< of the input as the kernel counts them
    std::int32_t rowBytes = 0;           ///< of one of those
    std::vector<std::int32_t> tops = {}; ///< empty: a straight line

    std::int32_t topRow(std::int64_t row) const
    {
        return tops.empty() ? static_cast<std::int32_t>(row) * step - top
                            : tops[static_cast<std::size_t>(row)];
    }
};

/// What a kernel reads through src_rows: a value, or a constant with rows of its own (an operand,
/// a record for each output row).
struct KernelInput {
    std::variant<ValueId, ConstantId> source;
    RowWindow window;
};

/// How a stage is run: the one place that turns a Stage into a call of a row kernel, for the
/// executor and for the writer of firmware alike. src_rows is the tables of `inputs`, one after
/// the other.
struct KernelCall {
    std::string_view kernel; ///< "tm_conv_f32": the function, and the file kernels/generic/NAME.h
    KernelParams params;
    std::vector<KernelInput> inputs;
    /// The constants behind the pointers among the params' fields, in their order.
    std::vector<std::optional<ConstantId>> constants;
    ValueId output;
    std::int32_t outputRows = 1;
    std::int32_t outputRowBytes = 0;

    std::int32_t sourceRows() const; ///< entries of src_rows
};

/// A fully connected stage, or a reduction over rows, may also be fed row by row.
enum class KernelForm {
    Whole,    ///< one call for each output row
    Gathering ///< NAME_begin, NAME_add for each input row, NAME_end; the same bits
};

/// The network must have its kernel tables (core/lower/kernel_tables.h). Errors, by name: a
/// plan-only stage, a type without a kernel, weights that are not there, shapes that contradict
/// each other or are beyond what a 32-bit target can address, a stage that cannot gather.
Result<KernelCall> kernelCall(const Network& network, const Stage& stage,
                              KernelForm form = KernelForm::Whole);

/// The calls of all stages, indexed by StageId; those for which `gathers` says so take their input
/// row by row.
Result<std::vector<KernelCall>> kernelCalls(const Network& network,
                                            const std::function<bool(StageId)>& gathers);

/// Calls the kernel with host memory; `constants` are the addresses of KernelCall::constants, null
/// where there is none; `scratch` is scratchBytes() aligned to 8, or null.
void runKernel(const KernelCall& call, void* dstRow, const void* const* srcRows,
               std::span<const void* const> constants, void* scratch = nullptr);

/// Bytes of a gathering call's accumulator (float or int32 elements), 0 for others.
std::int64_t accumulatorBytes(const KernelCall& call);
void beginGathering(const KernelCall& call, void* accumulator,
                    std::span<const void* const> constants);
void gatherRow(const KernelCall& call, void* accumulator, const void* srcRow, std::int32_t row,
               std::span<const void* const> constants);
void endGathering(const KernelCall& call, void* dstRow, const void* accumulator,
                  std::span<const void* const> constants);

/// Scratch the kernel asks for; without it the call takes longer and gives the same bits.
std::size_t scratchBytes(const KernelCall& call);

/// A planner's ScratchOf (core/schedule/scratch.h): what the stage's kernel asks for. The network
/// must have its kernel tables; 0 for a stage without a kernel.
Bytes kernelScratch(const Network& network, const Stage& stage);

} // namespace tidemark
