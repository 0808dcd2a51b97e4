// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_choice.h"

#include "core/place/bank_assignment.h"
#include "core/place/reach.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidemark {

namespace {

constexpr int kRounds = 4;                  ///< of asking again with a smaller bank
constexpr std::int64_t kNodesOfEffort = 10; ///< a node here takes that much longer
constexpr double kTieUnit = 1e-6;           ///< of all costs: what tells equal ones apart

/// An assignment problem whose blocks are one or more buffers each.
struct Groups {
    AssignmentProblem problem;
    std::vector<std::vector<std::size_t>> members; ///< by block: buffers
    double ties = 0;                               ///< most that ties add to a cost
};

class Chooser {
public:
    Chooser(const BankQuestion& question, Effort effort, const std::stop_token& stop)
        : m_question(question), m_buffers(question.rows.buffers), m_board(question.board),
          m_effort(effort), m_stop(stop)
    {
    }

    BankChoice run()
    {
        for (const Bytes room : m_question.room) {
            if (room < Bytes(0)) { // stack and server alone are too much
                m_best.impossible = true;
                return std::move(m_best);
            }
        }
        if (m_question.mayBeWhole) {
            arenaInOneBlock();
        }
        const bool maySplit = m_question.rung <= Technique::Liveness && m_question.mayDivide &&
                              m_question.costs.ramByte == 0;
        if (!m_best.found || (maySplit && !isCheapest())) {
            bufferByBuffer();
        }
        prove();
        return std::move(m_best);
    }

private:
    bool isWritable(std::size_t bank) const { return !m_board.banks[bank].readOnlyAtRunTime; }

    std::vector<std::size_t> writableBanks() const
    {
        std::vector<std::size_t> banks{m_board.defaultRam.index()};
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            if (isWritable(b) && b != banks.front()) {
                banks.push_back(b);
            }
        }
        return banks;
    }

    /// Pinned arena buffers shape the arenas of their banks: then each bank is a case of its own.
    void arenaInOneBlock()
    {
        bool pinned = false;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            pinned = pinned || (m_buffers[i].isArena() && m_question.pins[i]);
        }
        m_bound = std::numeric_limits<double>::infinity();
        const std::vector<std::size_t> homes = writableBanks();
        if (!pinned) {
            arenaIn(homes);
        }
        for (const std::size_t home : pinned ? homes : std::vector<std::size_t>()) {
            arenaIn({home});
        }
    }

    /// The arena in any of these banks, as it is laid out in the first.
    void arenaIn(const std::vector<std::size_t>& homes)
    {
        const PlacedBuffers arena = place(banksWith(BankId(homes.front())));
        Groups groups = emptyGroups();
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            addArena(groups, arena, b, b == homes.front() ? homes : std::vector<std::size_t>{b});
        }
        addConstants(groups);
        m_bound = std::min(m_bound, solve(std::move(groups), &arena));
    }

    void bufferByBuffer()
    {
        Groups groups = emptyGroups();
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (m_buffers[i].isArena()) {
                addBuffer(groups, i, m_buffers[i].residency);
            }
        }
        addConstants(groups);
        m_bound = solve(std::move(groups), nullptr);
        m_isDivided = true;
    }

    std::vector<BankId> banksWith(BankId arena) const
    {
        std::vector<BankId> banks;
        for (const Buffer& buffer : m_buffers) {
            banks.push_back(buffer.isConstant() ? m_board.defaultConstants : arena);
        }
        return banks;
    }

    PlacedBuffers place(const std::vector<BankId>& banks) const
    {
        return placeBuffers(m_question.rows, banks, m_board.banks.size(), m_question.pins,
                            m_question.rung, {m_effort, m_stop, m_anywhere});
    }

    Groups emptyGroups() const
    {
        Groups groups;
        groups.problem.findConflict = false;
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            const BankCosts& costs = m_question.costs;
            AssignmentBank bank{m_question.room[b], costs.switchOn[b], std::nullopt, costs.group[b],
                                costs.leakage[b]};
            if (isWritable(b)) {
                bank.imagesIn = m_board.codeBank.index();
            }
            groups.problem.banks.push_back(bank);
        }
        return groups;
    }

    double costOf(std::size_t buffer, std::size_t bank) const
    {
        return m_question.costs.buffers[buffer][bank];
    }
    double ramCost(Bytes bytes, std::size_t bank) const
    {
        return isWritable(bank) ? m_question.costs.ramByte * static_cast<double>(bytes.count()) : 0;
    }

    void addArena(Groups& groups, const PlacedBuffers& arena, std::size_t bank,
                  const std::vector<std::size_t>& homes) const
    {
        std::vector<std::size_t> members;
        Bytes extent;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            const Placement& placement = arena.placements[i];
            if (m_buffers[i].isArena() && placement.bank == BankId(bank)) {
                members.push_back(i);
                extent = std::max(extent, placement.offset + m_buffers[i].bytes);
            }
        }
        if (members.empty()) {
            return;
        }
        AssignmentBlock block;
        block.size = extent;
        block.alignment = Bytes(8);
        block.fixed = Bytes(0);
        block.life = m_question.rows.schedule.whole();
        block.costs.resize(m_board.banks.size());
        block.waits.resize(m_board.banks.size());
        for (const std::size_t home : homes) {
            double cost = ramCost(extent, home);
            for (const std::size_t i : members) {
                cost += costOf(i, home);
                block.waits[home] += m_question.costs.waits[i][home];
            }
            const bool may = std::all_of(members.begin(), members.end(), [&](std::size_t i) {
                return mayLie(m_board, BankId(home), m_buffers[i]);
            });
            block.costs[home] = may ? std::optional(cost) : std::nullopt;
        }
        groups.problem.blocks.push_back(std::move(block));
        groups.members.push_back(std::move(members));
    }

    void addConstants(Groups& groups) const
    {
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (m_buffers[i].isConstant()) {
                addBuffer(groups, i, m_question.rows.schedule.whole());
            }
        }
    }

    void addBuffer(Groups& groups, std::size_t i, EventRange life) const
    {
        const Buffer& buffer = m_buffers[i];
        const auto& pin = m_question.pins[i];
        AssignmentBlock block;
        block.size = buffer.bytes;
        block.alignment = buffer.alignment;
        block.life = life;
        block.fixed = pin ? pin->offset : std::nullopt;
        block.hasImage = buffer.isConstant();
        block.waits = m_question.costs.waits[i];
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            const bool may = pin             ? pin->bank == BankId(b)
                             : isWritable(b) ? buffer.isArena() || m_question.mayCopyWeights
                                             : true;
            const bool works = mayLie(m_board, BankId(b), buffer);
            const double ram = buffer.isConstant() ? ramCost(buffer.bytes, b) : 0;
            block.costs.push_back(may && works ? std::optional(costOf(i, b) + ram) : std::nullopt);
        }
        groups.problem.blocks.push_back(std::move(block));
        groups.members.push_back({i});
    }

    /// Equal costs go to the default bank: a little is added for the others.
    void breakTies(Groups& groups)
    {
        double all = 0; // the least it can come to
        for (const AssignmentBlock& block : groups.problem.blocks) {
            double least = std::numeric_limits<double>::infinity();
            for (const auto& cost : block.costs) {
                least = std::min(least, cost.value_or(least));
            }
            all += std::isfinite(least) ? least : 0;
        }
        const auto count = static_cast<double>(std::max<std::size_t>(groups.members.size(), 1));
        const double unit = all > 0 ? kTieUnit * all / count : kTieUnit;
        for (std::size_t k = 0; k < groups.members.size(); ++k) {
            const bool constant = m_buffers[groups.members[k].front()].isConstant();
            const BankId home = constant ? m_board.defaultConstants : m_board.defaultRam;
            for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
                auto& cost = groups.problem.blocks[k].costs[b];
                if (cost && BankId(b) != home) {
                    *cost += unit * (1 + static_cast<double>(b) / 16);
                }
            }
        }
        groups.ties = 1.5 * unit * count;
        m_ties = std::max(m_ties, groups.ties);
    }

    /// Takes the answer where it is the best so far. Gives a bound of what any other costs.
    double solve(Groups groups, const PlacedBuffers* arena)
    {
        breakTies(groups);
        std::optional<double> bound;
        for (int round = 0; round < kRounds; ++round) {
            const BankAssignment answer =
                assignBanks(groups.problem, m_effort.searchNodes / kNodesOfEffort, m_stop);
            if (!bound) {
                bound = answer.impossible ? std::numeric_limits<double>::infinity()
                                          : std::max(0.0, answer.bound - groups.ties);
                m_stopped = m_stopped || answer.stopped;
                m_best.impossible = m_best.impossible || (answer.impossible && arena == nullptr);
            }
            if (!answer.found) {
                break;
            }
            PlacedBuffers placed = realise(groups, answer, arena);
            if (shrinkToFit(groups.problem, placed)) {
                take(std::move(placed));
                break;
            }
        }
        return *bound;
    }

    PlacedBuffers realise(const Groups& groups, const BankAssignment& answer,
                          const PlacedBuffers* arena) const
    {
        std::vector<BankId> banks(m_buffers.size());
        for (std::size_t k = 0; k < groups.members.size(); ++k) {
            for (const std::size_t i : groups.members[k]) {
                banks[i] = BankId(answer.banks[k]);
            }
        }
        if (arena == nullptr) {
            PlacedBuffers placed = place(banks);
            placed.provenExtent.reset(); // of these banks, not of the schedule
            return placed;
        }
        PlacedBuffers placed = *arena;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            placed.placements[i].bank =
                m_buffers[i].isArena() ? banks[i] : placed.placements[i].bank;
        }
        stackConstants(m_question.rows, banks, m_board.banks.size(), m_question.pins, placed);
        return placed;
    }

    std::vector<Bytes> taken(const PlacedBuffers& placed) const
    {
        std::vector<Bytes> extents(m_board.banks.size());
        Bytes images;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            const Placement& placement = placed.placements[i];
            Bytes& extent = extents[placement.bank.index()];
            extent = std::max(extent, placement.offset + m_buffers[i].bytes);
            if (m_buffers[i].isConstant() && isWritable(placement.bank.index())) {
                images += m_buffers[i].bytes;
            }
        }
        extents[m_board.codeBank.index()] += images;
        return extents;
    }

    /// Whether it fits as it is; else what was too much is taken off the banks of the problem.
    bool shrinkToFit(AssignmentProblem& problem, const PlacedBuffers& placed) const
    {
        const std::vector<Bytes> extents = taken(placed);
        bool fits = true;
        for (std::size_t b = 0; b < extents.size(); ++b) {
            if (extents[b] > m_question.room[b]) {
                problem.banks[b].capacity -= extents[b] - m_question.room[b];
                fits = false;
            }
        }
        return fits;
    }

    void take(PlacedBuffers placed)
    {
        const double cost = costOf(placed);
        if (!m_best.found || cost < m_best.proof.cost) {
            m_best.found = true;
            m_best.placed = std::move(placed);
            m_best.proof.cost = cost;
        }
    }

    double costOf(const PlacedBuffers& placed) const
    {
        const BankCosts& costs = m_question.costs;
        double cost = 0, wait = 0;
        std::vector<Bytes> extents(m_board.banks.size());
        std::vector<bool> isOn(m_board.banks.size()); // by the first of a group
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            const Placement& placement = placed.placements[i];
            const std::size_t bank = placement.bank.index();
            isOn[costs.group[bank]] = true;
            cost += costOf(i, bank);
            wait += costs.waits[i][bank];
            if (m_buffers[i].isArena()) {
                extents[bank] = std::max(extents[bank], placement.offset + m_buffers[i].bytes);
            } else {
                cost += ramCost(m_buffers[i].bytes, bank);
            }
        }
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            const double on = isOn[costs.group[b]] ? 1 : 0;
            cost += on * (costs.switchOn[b] + costs.leakage[b] * wait) + ramCost(extents[b], b);
        }
        return cost;
    }

    /// Whether every buffer is where it costs least, and nothing was switched on for it.
    bool isCheapest() const
    {
        double least = 0;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            double cheapest = std::numeric_limits<double>::infinity();
            for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
                const bool may = m_question.pins[i] ? m_question.pins[i]->bank == BankId(b)
                                                    : mayLie(m_board, BankId(b), m_buffers[i]);
                cheapest = may ? std::min(cheapest, costOf(i, b)) : cheapest;
            }
            least += cheapest;
        }
        return m_best.proof.cost <= least + 1e-9 * std::max(1.0, least);
    }

    void prove()
    {
        AssignmentProof& proof = m_best.proof;
        proof.unit = m_question.costs.unit;
        proof.bound = std::min(m_bound, m_best.found ? proof.cost : 0);
        const bool equal = m_best.found && proof.cost - proof.bound <= 2 * m_ties;
        proof.cost += m_best.found ? m_question.costs.base : 0;
        proof.bound = equal ? proof.cost : proof.bound + m_question.costs.base;
        proof.status = equal       ? ProofStatus::Optimal
                       : m_stopped ? ProofStatus::Stopped
                                   : ProofStatus::Gap;
        const std::string what = m_isDivided ? "any buffer in any bank"
                                             : "the arena as one block and every constant in any "
                                               "bank";
        proof.argument = equal
                             ? "with " + what + " nothing costs less"
                             : "with " + what + " something may cost less, but not below the bound";
    }

    const BankQuestion& m_question;
    const std::vector<Buffer>& m_buffers;
    const Board& m_board;
    Effort m_effort;
    const std::stop_token& m_stop;
    const std::vector<Bytes> m_anywhere; ///< offsets to stay near to: none
    BankChoice m_best;
    double m_bound = 0;
    double m_ties = 0; ///< what the breaking of ties blurs
    bool m_isDivided = false;
    bool m_stopped = false;
};

} // namespace

BankChoice chooseBanks(const BankQuestion& question, Effort effort, const std::stop_token& stop)
{
    return Chooser(question, effort, stop).run();
}

} // namespace tidemark
