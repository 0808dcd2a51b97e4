// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_choice.h"

#include "core/place/bank_assignment.h"
#include "core/place/occupied_bytes.h"
#include "core/place/reach.h"
#include "core/schedule/staging.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

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

/// An answer with offsets: placements of the buffers, then of the copies.
struct Realised {
    PlacedBuffers placed;
    std::vector<Buffer> buffers;          ///< the copies behind the others
    std::vector<std::size_t> copied = {}; ///< by copy: the constant's buffer
};

class Chooser {
public:
    Chooser(const BankQuestion& question, Effort effort, const std::stop_token& stop)
        : m_question(question), m_buffers(question.rows.buffers), m_board(question.board),
          m_effort(effort), m_stop(stop), m_staged(stagedConstants(m_buffers)),
          m_room(question.room)
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
        if (m_question.mayCopyWeights || !m_question.mayCopyAround) {
            choose();
        }
        const bool mayCopy = m_question.mayCopyAround && m_question.rung > Technique::Fused;
        if (mayCopy && (!m_best.found || !isCheapest())) {
            m_copies = true;
            choose();
        } else if (!m_best.found) {
            choose();
        }
        prove();
        return std::move(m_best);
    }

    BankChoice beside(const PlacedBuffers& arena)
    {
        m_copies = true;
        m_room = arenaExtents(arena);
        Groups groups = emptyGroups();
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            addArena(groups, arena, b, {b});
        }
        addConstants(groups);
        m_bound = solve(std::move(groups), &arena);
        prove();
        m_best.proof.argument = m_best.proof.status == ProofStatus::Optimal
                                    ? "with the arena where it is, no copies around stages spare "
                                      "more reads"
                                    : "with the arena where it is, other copies may spare more "
                                      "reads, but not below the bound";
        return std::move(m_best);
    }

private:
    void choose()
    {
        if (m_question.mayBeWhole) {
            arenaInOneBlock();
        }
        const bool maySplit = m_question.rung <= Technique::Liveness && m_question.mayDivide &&
                              m_question.costs.ramByte == 0;
        if (!m_best.found || (maySplit && !isCheapest())) {
            bufferByBuffer();
        }
    }

    /// Banks end where their buffers end now, but for those where nothing is written.
    std::vector<Bytes> arenaExtents(const PlacedBuffers& placed) const
    {
        std::vector<Bytes> extents(m_board.banks.size());
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            Bytes& extent = extents[placed.placements[i].bank.index()];
            extent = std::max(extent, placed.placements[i].offset + m_buffers[i].bytes);
        }
        for (std::size_t b = 0; b < extents.size(); ++b) {
            extents[b] = isWritable(b) ? extents[b] : m_question.room[b];
        }
        return extents;
    }

    /// A moment behind all events, at which what lives for ever stands on the arena.
    EventId theEnd() const { return EventId(m_question.rows.schedule.whole().last.index() + 1); }
    EventRange forEver() const
    {
        const EventRange whole = m_question.rows.schedule.whole();
        return m_copies ? EventRange{whole.first, theEnd()} : whole;
    }

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
            return;
        }
        for (const std::size_t home : homes) {
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
            AssignmentBank bank{m_room[b], costs.switchOn[b], std::nullopt, costs.group[b],
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
        block.life = forEver();
        if (m_copies) {
            block.parts = partsOf(arena, bank);
            block.parts.push_back({extent, Bytes(1), {theEnd(), theEnd()}, Bytes(0)});
        }
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

    /// What the arena takes of a bank, as far as lives of copies tell its moments apart.
    std::vector<Block> partsOf(const PlacedBuffers& arena, std::size_t bank) const
    {
        const EventRange whole = m_question.rows.schedule.whole();
        std::set<EventId> marks{whole.first};
        OccupiedBytes taken;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            const auto life = lifeOfCopy(i);
            if (life) {
                marks.insert(life->first);
                marks.insert(std::min(EventId(life->last.index() + 1), whole.last));
            }
            if (m_buffers[i].isArena() && arena.placements[i].bank == BankId(bank)) {
                taken.add(m_buffers[i], arena.placements[i].offset);
            }
        }
        return taken.parts({marks.begin(), marks.end()}, whole.last);
    }

    /// Of a constant that may be staged around its stages, and is not yet.
    std::optional<EventRange> lifeOfCopy(std::size_t i) const
    {
        const auto& around = m_question.costs.around;
        const auto& pin = m_question.pins[i];
        const bool may = m_copies && m_buffers[i].isConstant() && m_buffers[i].constant &&
                         !m_staged.contains(*m_buffers[i].constant) && !around.empty() &&
                         !around[i].empty() && (!pin || pin->bank == m_board.defaultConstants);
        return may ? stagedLife(m_buffers[i], m_question.rows.schedule) : std::nullopt;
    }

    /// Else nothing is gained: the original is there in any case.
    bool isWorthCopying(std::size_t i, std::size_t bank) const
    {
        const BankCosts& costs = m_question.costs;
        const std::size_t home = m_board.defaultConstants.index();
        return costs.around[i][bank] < costs.buffers[i][home] ||
               costs.aroundWaits[i][bank] < costs.waits[i][home];
    }

    void addCopy(AssignmentBlock& block, std::size_t i) const
    {
        block.copyLife = lifeOfCopy(i);
        if (!block.copyLife) {
            return;
        }
        const Buffer copy = stagedCopy(m_buffers[i], *block.copyLife);
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            const double cost = m_question.costs.around[i][b];
            const bool may =
                isWritable(b) && mayLie(m_board, BankId(b), copy) && isWorthCopying(i, b);
            block.copyCosts.push_back(may && std::isfinite(cost) ? std::optional(cost)
                                                                 : std::nullopt);
        }
        block.copyWaits = m_question.costs.aroundWaits[i];
        block.copyImageIn = m_board.defaultConstants.index();
    }

    void addConstants(Groups& groups) const
    {
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (m_buffers[i].isConstant()) {
                addBuffer(groups, i, forEver());
                addCopy(groups.problem.blocks.back(), i);
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
            for (const auto* costs : {&block.costs, &block.copyCosts}) {
                for (const auto& cost : *costs) {
                    least = std::min(least, cost.value_or(least));
                }
            }
            all += std::isfinite(least) ? least : 0;
        }
        const auto count = static_cast<double>(std::max<std::size_t>(groups.members.size(), 1));
        const double unit = all > 0 ? kTieUnit * all / count : kTieUnit;
        for (std::size_t k = 0; k < groups.members.size(); ++k) {
            const bool constant = m_buffers[groups.members[k].front()].isConstant();
            const BankId home = constant ? m_board.defaultConstants : m_board.defaultRam;
            AssignmentBlock& block = groups.problem.blocks[k];
            for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
                const double tie = unit * (1 + static_cast<double>(b) / 16);
                if (block.costs[b] && BankId(b) != home) {
                    *block.costs[b] += tie;
                }
                if (!block.copyCosts.empty() && block.copyCosts[b]) {
                    *block.copyCosts[b] += tie;
                }
            }
        }
        groups.ties = 1.5 * unit * count;
        m_ties = std::max(m_ties, groups.ties);
    }

    /// A node with copies takes longer still.
    std::int64_t searchNodes() const
    {
        return m_effort.searchNodes / kNodesOfEffort / (m_copies ? kNodesOfEffort : 1);
    }

    /// Takes the answer where it is the best so far. Gives a bound of what any other costs.
    double solve(Groups groups, const PlacedBuffers* arena)
    {
        breakTies(groups);
        std::optional<double> bound;
        for (int round = 0; round < kRounds; ++round) {
            const BankAssignment answer = assignBanks(groups.problem, searchNodes(), m_stop);
            if (!bound) {
                bound = answer.impossible ? std::numeric_limits<double>::infinity()
                                          : std::max(0.0, answer.bound - groups.ties);
                m_stopped = m_stopped || answer.stopped;
                m_best.impossible = m_best.impossible || (answer.impossible && arena == nullptr);
            }
            if (!answer.found) {
                break;
            }
            Realised made = realise(groups, answer, arena);
            if (shrinkToFit(groups.problem, made)) {
                take(std::move(made));
                break;
            }
        }
        return *bound;
    }

    struct CopyWish {
        std::size_t constant;
        BankId bank;
        Bytes offset; ///< as it was found beside the arena
        EventRange life;
    };

    Realised realise(const Groups& groups, const BankAssignment& answer,
                     const PlacedBuffers* arena) const
    {
        std::vector<BankId> banks(m_buffers.size());
        std::vector<CopyWish> wishes;
        for (std::size_t k = 0; k < groups.members.size(); ++k) {
            for (const std::size_t i : groups.members[k]) {
                banks[i] = answer.copied[k] ? m_board.defaultConstants : BankId(answer.banks[k]);
            }
            if (answer.copied[k]) {
                wishes.push_back({groups.members[k].front(), BankId(answer.banks[k]),
                                  answer.offsets[k], *groups.problem.blocks[k].copyLife});
            }
        }
        Realised made{arena == nullptr ? PlacedBuffers() : *arena, m_buffers};
        if (arena == nullptr) {
            placeTogether(wishes, banks, made);
            return made;
        }
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (m_buffers[i].isArena()) {
                made.placed.placements[i].bank = banks[i];
            }
        }
        placeCopies(wishes, banks, made);
        banks.resize(made.buffers.size());
        stackConstants(rowsWith(made.buffers), banks, m_board.banks.size(),
                       pinsOf(made.buffers.size()), made.placed);
        return made;
    }

    RowPlan rowsWith(const std::vector<Buffer>& buffers) const
    {
        RowPlan rows = m_question.rows;
        rows.buffers = buffers;
        return rows;
    }
    /// Nobody pins the copies that are chosen.
    ResolvedPins pinsOf(std::size_t buffers) const
    {
        ResolvedPins pins = m_question.pins;
        pins.resize(buffers);
        return pins;
    }

    /// Copies as buffers like all others.
    void placeTogether(const std::vector<CopyWish>& wishes, std::vector<BankId> banks,
                       Realised& made) const
    {
        for (const CopyWish& wish : wishes) {
            made.buffers.push_back(stagedCopy(m_buffers[wish.constant], wish.life));
            made.copied.push_back(wish.constant);
            banks.push_back(wish.bank);
        }
        made.placed = placeBuffers(rowsWith(made.buffers), banks, m_board.banks.size(),
                                   pinsOf(made.buffers.size()), m_question.rung,
                                   {m_effort, m_stop, m_anywhere});
        made.placed.provenExtent.reset(); // of these banks, not of the schedule
    }

    /// Copies where they were found to fit, else the largest first as low as possible, below what
    /// the constants of their bank leave. One that finds no room is left out.
    void placeCopies(std::vector<CopyWish> wishes, const std::vector<BankId>& banks,
                     Realised& made) const
    {
        std::vector<OccupiedBytes> taken(m_board.banks.size());
        std::vector<Bytes> ends = m_room;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (m_buffers[i].isArena()) {
                const Placement& at = made.placed.placements[i];
                taken[at.bank.index()].add(m_buffers[i], at.offset);
            } else {
                ends[banks[i].index()] -= alignUp(m_buffers[i].bytes, m_buffers[i].alignment);
            }
        }
        std::stable_sort(wishes.begin(), wishes.end(), [&](const CopyWish& a, const CopyWish& b) {
            return m_buffers[a.constant].bytes > m_buffers[b.constant].bytes;
        });
        for (const CopyWish& wish : wishes) {
            Buffer copy = stagedCopy(m_buffers[wish.constant], wish.life);
            OccupiedBytes& bank = taken[wish.bank.index()];
            const Bytes end = ends[wish.bank.index()];
            Bytes offset = wish.offset;
            if (offset + copy.bytes > end || !bank.isFree(offset, offset + copy.bytes, wish.life)) {
                offset = bank.lowest(copy.bytes, copy.alignment, wish.life);
            }
            if (offset + copy.bytes <= end) {
                bank.add(copy, offset);
                made.placed.placements.push_back({wish.bank, offset, false});
                made.buffers.push_back(std::move(copy));
                made.copied.push_back(wish.constant);
            }
        }
    }

    std::vector<Bytes> taken(const Realised& made) const
    {
        std::vector<Bytes> extents(m_board.banks.size());
        Bytes images;
        for (std::size_t i = 0; i < made.buffers.size(); ++i) {
            const Placement& placement = made.placed.placements[i];
            Bytes& extent = extents[placement.bank.index()];
            extent = std::max(extent, placement.offset + made.buffers[i].bytes);
            if (made.buffers[i].isConstant() && isWritable(placement.bank.index())) {
                images += made.buffers[i].bytes;
            }
        }
        extents[m_board.codeBank.index()] += images;
        return extents;
    }

    /// Whether it fits as it is; else what was too much is taken off the banks of the problem.
    bool shrinkToFit(AssignmentProblem& problem, const Realised& made) const
    {
        const std::vector<Bytes> extents = taken(made);
        bool fits = true;
        for (std::size_t b = 0; b < extents.size(); ++b) {
            if (extents[b] > m_room[b]) {
                problem.banks[b].capacity -= extents[b] - m_room[b];
                fits = false;
            }
        }
        return fits;
    }

    void take(Realised made)
    {
        const double cost = costOf(made);
        if (!m_best.found || cost < m_best.proof.cost) {
            m_best.found = true;
            m_best.copies.assign(made.buffers.begin() +
                                     static_cast<std::ptrdiff_t>(m_buffers.size()),
                                 made.buffers.end());
            m_best.placed = std::move(made.placed);
            m_best.proof.cost = cost;
        }
    }

    double costOf(const Realised& made) const
    {
        const BankCosts& costs = m_question.costs;
        double cost = 0, wait = 0;
        std::vector<Bytes> extents(m_board.banks.size());
        std::vector<bool> isOn(m_board.banks.size()); // by the first of a group
        std::vector<bool> isCopied(m_buffers.size());
        for (std::size_t c = 0; c < made.copied.size(); ++c) {
            const std::size_t bank = made.placed.placements[m_buffers.size() + c].bank.index();
            isCopied[made.copied[c]] = true;
            cost += costs.around[made.copied[c]][bank];
            wait += costs.aroundWaits[made.copied[c]][bank];
        }
        for (std::size_t i = 0; i < made.buffers.size(); ++i) {
            const Placement& placement = made.placed.placements[i];
            const std::size_t bank = placement.bank.index();
            isOn[costs.group[bank]] = true;
            if (i < m_buffers.size() && !isCopied[i]) {
                cost += costOf(i, bank);
                wait += costs.waits[i][bank];
            }
            if (made.buffers[i].isArena()) {
                extents[bank] = std::max(extents[bank], placement.offset + made.buffers[i].bytes);
            } else {
                cost += ramCost(made.buffers[i].bytes, bank);
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
        const std::string what =
            std::string(m_isDivided ? "any buffer in any bank"
                                    : "the arena as one block and every constant in any bank") +
            (m_copies ? " or copied around its stages" : "");
        proof.argument = equal
                             ? "with " + what + " nothing costs less"
                             : "with " + what + " something may cost less, but not below the bound";
    }

    const BankQuestion& m_question;
    const std::vector<Buffer>& m_buffers;
    const Board& m_board;
    Effort m_effort;
    const std::stop_token& m_stop;
    const std::set<ConstantId> m_staged; ///< before anything is chosen
    std::vector<Bytes> m_room;           ///< by bank
    bool m_copies = false;               ///< constants may be staged around their stages
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

BankChoice chooseCopies(const BankQuestion& question, const PlacedBuffers& arena, Effort effort,
                        const std::stop_token& stop)
{
    return Chooser(question, effort, stop).beside(arena);
}

} // namespace tidemark
