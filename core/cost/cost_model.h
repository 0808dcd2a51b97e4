// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/cost/estimate.h"
#include "core/cost/stage_work.h"
#include "core/schedule/buffer.h"

#include <optional>
#include <span>
#include <vector>

namespace tidemark {

/// What kernels do to a buffer in one inference. An access moves one element; the making of a
/// staged copy moves words, then single bytes.
struct BufferWork {
    Traffic bytes;
    Traffic accesses;

    BufferWork& operator+=(const BufferWork& o)
    {
        bytes += o.bytes;
        accesses += o.accesses;
        return *this;
    }
};

/// What making a staged copy reads of the original, and what it writes.
BufferWork copyReads(Bytes bytes);
BufferWork copyWrites(Bytes bytes);

struct BufferTouch {
    BufferId buffer;
    BufferWork work;
};

/// Where the instructions of a stage go, loop by loop: rate x turns.
struct InstructionTerm {
    const char* loop;
    double turns = 0;
    double rate = 0; ///< instructions each
};

/// What stages and placements of a network cost on a board. Formulas (docs/cost-model.md):
///   instructions = sum over the kernel's loops of turns x fitted rate of this core
///   latency = (instructions x cycles per instruction + accesses x cycles of their banks) / clock
///   energy = cycles x active power + bytes x energy of their banks + leakage of what is on x
///   latency
/// The network must have its kernel tables, and both must outlive the model. `buffers` tell which
/// kernels have scratch.
class CostModel {
public:
    CostModel(const Network& network, const Board& board, std::span<const Buffer> buffers);

    const StageWork& work(StageId stage) const { return m_work[stage.index()]; }
    const Estimate& instructions(StageId stage) const { return m_instructions[stage.index()]; }
    std::vector<InstructionTerm> terms(StageId stage) const;

    /// Of making one staged copy: a call, its words, the bytes that are left.
    Estimate copyInstructions(Bytes bytes) const;
    /// Of all copies that are made before a stage, or before any; nothing where there are none.
    std::optional<Estimate> copying(std::span<const Buffer> buffers,
                                    std::optional<StageId> stage) const;

    /// What each stage touches, by StageId, and the copies made before its first event.
    std::vector<std::vector<BufferTouch>> touches(std::span<const Buffer> buffers) const;
    /// All of it, by BufferId.
    std::vector<BufferWork> bufferWork(std::span<const Buffer> buffers) const;

    /// What it adds to an inference that a buffer lies in a bank: waiting, and the energy of
    /// waiting and of accesses. Nothing where a parameter is unknown.
    struct Price {
        std::optional<double> microseconds, microjoules;
    };
    Price price(const BufferWork& work, BankId bank) const;

    /// Leakage of a bank that could be off, over an inference that waits for nothing (uJ); 0 for
    /// one that is always on. Banks of one power group share their switch.
    std::optional<double> switchOnMicrojoules(BankId bank) const;
    bool isAlwaysOn(BankId bank) const;

    /// Of all stages, without waiting and without copies.
    Estimate instructions() const;
    Estimate microseconds() const;

private:
    const Network& m_network;
    const Board& m_board;
    std::vector<StageWork> m_work;
    std::vector<Estimate> m_instructions;
};

/// What one inference of a plan costs; `banks` says where each buffer lies.
PlanCost costOf(const Network& network, const Board& board, const Schedule& schedule,
                std::span<const Buffer> buffers, std::span<const BankId> banks);

} // namespace tidemark
