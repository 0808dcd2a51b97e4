// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/cost/estimate.h"
#include "core/lower/network.h"
#include "core/model/result.h"
#include "core/place/constraints.h"
#include "core/schedule/buffer.h"
#include "core/schedule/driver_form.h"
#include "core/schedule/scratch.h"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace tidemark {

/// Bank and offset (from the bank's base plus nothing: offset 0 is the first byte) of a buffer.
struct Placement {
    BankId bank;
    Bytes offset;
    bool pinned = false; ///< the user fixed the bank (and perhaps the offset)
};

enum class ProofStatus {
    Optimal, ///< the figure equals the bound
    Gap,     ///< both are known and differ
    Stopped, ///< the search was cut off by its effort or by the user
};
std::string_view toString(ProofStatus status); ///< "optimal", "gap", "stopped"

/// A lower bound and what it proves.
struct Bound {
    Bytes bytes;
    ProofStatus status = ProofStatus::Gap;
    std::string argument; ///< one sentence: why nothing below is possible
};

/// What the choice of banks costs in the objective's unit, and what that proves.
struct AssignmentProof {
    double cost = 0, bound = 0; ///< in "us" and "uJ" the plan's latency and energy
    std::string unit;           ///< "us", "uJ", "B" moved out of the default banks, "" weighted
    ProofStatus status = ProofStatus::Gap;
    std::string argument; ///< one sentence; empty: buffers lie in the board's default banks
};

/// What one bank holds. used() is counted against capacity together with the command server.
struct BankUse {
    Bytes planned;  ///< extent of the placed buffers: equals the linked .tm_* sections
    Bytes stack;    ///< reserve
    Bytes server;   ///< the command server's own memory, outside every peak figure
    Bytes capacity; ///< after `--budget`
    Bytes liveMax;  ///< most live bytes at any event

    Bytes images; ///< what start-up copies from here into RAM (constants pinned there)

    Bytes used() const { return planned + stack + images; }
    bool fits() const { return used() + server <= capacity; }
};

/// A change of the constraints that mends a conflict, or part of it.
struct Fix {
    enum class Kind { MovePin, DropPin, DropBudget, DropStack, UseTechnique };
    Kind kind = Kind::DropPin;
    std::string buffer;            ///< whose pin
    std::string bank;              ///< MovePin: where to; DropBudget: whose
    std::optional<Technique> rung; ///< UseTechnique
    std::string text;              ///< "unpin `conv1`"
};
std::string_view toString(Fix::Kind kind); ///< "move_pin", "drop_pin", ...
Constraints applied(const Fix& fix, Constraints constraints);

/// Why a plan does not fit, in words and as data.
struct Conflict {
    std::string text; ///< "TCM is over by 1,024 B at conv3 because ..."
    std::optional<BankId> bank;
    Bytes over;
    std::optional<StageId> stage;
    std::vector<BufferId> buffers;
    std::vector<Fix> fixes = {}; ///< the more promising first
};

struct StageFigures {
    std::int64_t macs = 0;
    Bytes liveBytes; ///< most live arena bytes during the stage
};

/// Order + a bank and an offset for every buffer + figures + proof. Immutable: made by plan() or
/// readProject(), shared as PlanPtr.
struct Plan {
    std::shared_ptr<const Network> network; ///< what runs: pools fused or not, as the rung chose
    std::shared_ptr<const Board> board;
    Constraints constraints;
    Technique techniqueApplied = Technique::Liveness; ///< the rung whose layout won (<= asked)

    Schedule schedule;
    std::vector<Buffer> buffers;
    std::vector<Placement> placements; ///< indexed by BufferId
    std::vector<BankUse> banks;        ///< indexed by BankId
    std::vector<StageFigures> stages;  ///< indexed by StageId

    bool fits = false; ///< every bank within capacity and the checker found nothing
    bool stopped = false;
    std::vector<Conflict> conflicts;

    Bytes peakRam;         ///< arenas of all writable banks + stack reserve
    Bytes activationBytes; ///< extent over activations, rings, accumulators, input, output
    Bytes scratchBytes;    ///< largest single scratch
    Bytes weightBytes;     ///< constants
    Bytes serverBytes;
    bool serverKeepsInput = true; ///< false: no room for the input copy, the device runs N = 1
    Bound lowerBound;             ///< of the arena extent (without stack) for this schedule
    Bound scheduleLowerBound;     ///< over all row schedules
    double planMilliseconds = 0;
    std::string orderArgument;  ///< one sentence: whether another order of stages would need less
    PlanCost cost;              ///< of one inference; unknown until the board's parameters are
    AssignmentProof assignment; ///< where banks were chosen by cost, or to fit at all
    ProofStatus orderProof =
        ProofStatus::Gap;                  ///< of the order: no other needs less, not shown, cut
    std::vector<Replacement> replacements; ///< rows that lie exactly where others were

    /// Flash for the addresses of rows that lie apart: what the buffer kRowTables has.
    Bytes rowTableBytes() const { return tidemark::rowTableBytes(buffers); }
    /// Where rows lie apart: `activationBytes` of the best plan found with windows.
    std::optional<Bytes> windowBytes;

    const Buffer& operator[](BufferId id) const { return buffers[id.index()]; }
    const Placement& placement(BufferId id) const { return placements[id.index()]; }
    std::optional<BufferId> findBuffer(const std::string& name) const;
};

using PlanPtr = std::shared_ptr<const Plan>;

/// What start-up copies into RAM, once: constants that stay there. No figure of an inference has
/// it.
Bytes startupCopyBytes(const Plan& plan);
/// What every inference copies: constants staged around their stages, as its figures have it.
Bytes stagedCopyBytes(const Plan& plan);

/// Of the numbers by which banks were chosen; nothing where those were bytes alone.
std::optional<Provenance> assignmentProvenance(const Plan& plan);

/// How hard to search, in nodes: the same effort gives the same plan on every machine.
struct Effort {
    std::int64_t searchNodes = 200'000;
};

/// Plans the base form of a network (`lower()`, nothing but bias and activation fused).
/// Always gives a plan, with `fits == false` and conflicts where it does not fit; errors are bad
/// constraints only (unknown buffer or bank of a pin: ErrorKind::Usage). `scratchOf`: what kernels
/// ask for; planned under ScratchPolicy::Place.
Result<PlanPtr> plan(const std::shared_ptr<const Network>& network,
                     const std::shared_ptr<const Board>& board, const Constraints& constraints,
                     Effort effort = {}, const std::stop_token& stop = {},
                     const ScratchOf& scratchOf = {});

} // namespace tidemark
