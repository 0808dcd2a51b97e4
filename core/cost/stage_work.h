// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/cost/estimate.h"
#include "core/lower/network.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidemark {

/// Bytes that the kernel's own loads and stores move from and to an operand in one inference.
/// Loads of the stack and of literals in the code are none of them.
template <class Id> struct OperandTraffic {
    Id operand;
    Traffic traffic;
};

/// What a stage's kernel does in one inference, from the shapes alone: how often each of its loops
/// turns, and what it moves. Follows kernels/generic line by line.
struct StageWork {
    /// The kernel and, where the compiler makes something else of it, the kind of shape:
    /// "conv_s8 padded left". Without its last words it is the more general kind. Empty: there is
    /// no kernel.
    std::string kernel;
    std::vector<double> loops; ///< beginning with 1 for the call; names in loopNames()
    std::vector<OperandTraffic<ValueId>> values;
    std::vector<OperandTraffic<ConstantId>> constants;
    Traffic scratch;

    Traffic valueBytes() const { return sum(values); }
    Traffic constantBytes() const { return sum(constants); }

private:
    template <class Id> static Traffic sum(const std::vector<OperandTraffic<Id>>& operands)
    {
        Traffic all;
        for (const auto& operand : operands) {
            all += operand.traffic;
        }
        return all;
    }
};

/// The network must have its kernel tables (core/lower/kernel_tables.h). `hasScratch`: the kernel
/// was given what it asks for.
StageWork stageWork(const Network& network, const Stage& stage, bool hasScratch = false);

/// What the numbers of `loops` count, for people: "call", "row", "output", ...
std::span<const char* const> loopNames(const std::string& kernel);

} // namespace tidemark
