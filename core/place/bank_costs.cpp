// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_costs.h"

#include "core/cost/board_costs.h"
#include "core/cost/cost_model.h"
#include "core/place/reach.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tidemark {

namespace {

/// Prices buffers by the cost model.
class Pricing {
public:
    Pricing(const Network& network, const Board& board, const std::vector<Buffer>& buffers,
            const Constraints& constraints, const std::vector<BankUse>& banks)
        : m_model(network, board, buffers), m_costs(board), m_board(board), m_buffers(buffers),
          m_banks(banks), m_objective(constraints.objective), m_work(m_model.bufferWork(buffers)),
          m_made(noBankCosts(buffers.size(), board.banks.size()))
    {
        const bool weighted = m_objective == Objective::Weighted;
        m_made.unit = weighted ? "" : m_objective == Objective::Latency ? "us" : "uJ";
        m_made.ramByte = weighted ? constraints.ramWeight : 0;
        m_latency = weighted                            ? constraints.latencyWeight
                    : m_objective == Objective::Latency ? 1
                                                        : 0;
        m_energy = weighted ? constraints.energyWeight : m_objective == Objective::Energy ? 1 : 0;
    }

    Result<BankCosts> run()
    {
        findGroups();
        if (auto status = priceBase(); !status) {
            return status.error();
        }
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            if (auto status = m_banks[b].capacity > Bytes(0) ? priceBuffers(b) : Done{}; !status) {
                return status.error();
            }
            if (auto status = canBeUsed(b) ? priceSwitch(b) : Done{}; !status) {
                return status.error();
            }
        }
        priceCopies();
        return std::move(m_made);
    }

private:
    void findGroups()
    {
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            const std::string& name = m_board.banks[b].powerGroup;
            const auto first = std::find_if(
                m_board.banks.begin(), m_board.banks.begin() + static_cast<std::ptrdiff_t>(b),
                [&](const Bank& bank) { return !name.empty() && bank.powerGroup == name; });
            m_made.group[b] = static_cast<std::size_t>(first - m_board.banks.begin());
        }
    }

    /// Whether something may lie in its group.
    bool canBeUsed(std::size_t bank) const
    {
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            if (m_made.group[b] == m_made.group[bank] && m_banks[b].capacity > Bytes(0)) {
                return true;
            }
        }
        return false;
    }

    /// All kernels, without waiting, and the leakage of what cannot be off.
    Status priceBase()
    {
        if (m_latency <= 0 && m_energy <= 0) {
            return Done{};
        }
        Ingredients from;
        const auto copies = m_model.copying(m_buffers, std::nullopt);
        const double copying = copies ? m_costs.cycles(from.use(*copies), from) : 0;
        const double time =
            from.use(m_model.microseconds()) + (copies ? m_costs.microseconds(copying, from) : 0);
        m_made.base = m_latency * time;
        if (m_energy > 0) {
            const double cycles = m_costs.cycles(from.use(m_model.instructions()), from) + copying;
            for (std::size_t b = 0; b < m_banks.size(); ++b) {
                m_alwaysLeaks += m_model.isAlwaysOn(BankId(b)) ? leakage(b, from) : 0;
            }
            m_made.base +=
                m_energy * (m_costs.activeMicrojoules(cycles, from) + m_alwaysLeaks * time);
        }
        return from.isKnown() ? Status(Done{}) : unknown(from, nullptr);
    }

    Status priceBuffers(std::size_t b)
    {
        const Bank& bank = m_board.banks[b];
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (!mayLie(m_board, BankId(b), m_buffers[i])) {
                continue;
            }
            const CostModel::Price price = m_model.price(m_work[i], BankId(b));
            if ((m_latency > 0 && !price.microseconds) || (m_energy > 0 && !price.microjoules)) {
                return unknown(missing(m_work[i], BankId(b)), &bank);
            }
            const double wait = price.microseconds.value_or(0);
            m_made.waits[i][b] = wait;
            m_made.buffers[i][b] = m_latency * wait + m_energy * (price.microjoules.value_or(0) +
                                                                  m_alwaysLeaks * wait);
        }
        return Done{};
    }

    /// Where it is not known what copying costs, there are no copies.
    void priceCopies()
    {
        m_made.around.resize(m_buffers.size());
        m_made.aroundWaits.resize(m_buffers.size());
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (m_buffers[i].constant && m_buffers[i].isConstant() &&
                !m_buffers[i].accesses.empty()) {
                priceCopy(i);
            }
        }
    }

    void priceCopy(std::size_t i)
    {
        const Bytes bytes = m_buffers[i].bytes;
        Ingredients from;
        const double cycles = m_costs.cycles(from.use(m_model.copyInstructions(bytes)), from);
        const double time = m_costs.microseconds(cycles, from);
        const double joules = m_energy > 0 ? m_costs.activeMicrojoules(cycles, from) : 0;
        if (!from.isKnown()) {
            return;
        }
        BufferWork copy = m_work[i];
        copy += copyWrites(bytes);
        const CostModel::Price reading = m_model.price(copyReads(bytes), m_board.defaultConstants);
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            const CostModel::Price there = m_model.price(copy, BankId(b));
            const double wait =
                time + numberOf(reading.microseconds) + numberOf(there.microseconds);
            const double energy =
                joules + numberOf(reading.microjoules) + numberOf(there.microjoules);
            m_made.aroundWaits[i].push_back(wait);
            m_made.around[i].push_back(
                (m_latency > 0 ? m_latency * wait : 0) +
                (m_energy > 0 ? m_energy * (energy + m_alwaysLeaks * wait) : 0));
        }
    }

    /// Infinite where it is unknown.
    static double numberOf(const std::optional<double>& price)
    {
        return price.value_or(std::numeric_limits<double>::infinity());
    }

    Status priceSwitch(std::size_t b)
    {
        if (m_energy <= 0 || m_model.isAlwaysOn(BankId(b))) {
            return Done{};
        }
        Ingredients from;
        m_made.leakage[b] = m_energy * leakage(b, from);
        m_made.switchOn[b] = m_energy * m_model.switchOnMicrojoules(BankId(b)).value_or(0);
        return from.isKnown() ? Status(Done{}) : unknown(from, &m_board.banks[b]);
    }

    /// In one us.
    double leakage(std::size_t bank, Ingredients& from) const
    {
        return m_costs.leakedMicrojoules(BankId(bank), 1, from);
    }

    Ingredients missing(const BufferWork& work, BankId bank) const
    {
        Ingredients from;
        const double cycles = m_costs.waitCycles(work, bank, from);
        m_costs.microseconds(cycles, from);
        if (m_energy > 0) {
            m_costs.activeMicrojoules(cycles, from);
            m_costs.accessMicrojoules(work, bank, from);
        }
        return from;
    }

    Diagnostic unknown(const Ingredients& from, const Bank* bank) const
    {
        const bool avoidable = bank != nullptr && !bank->readOnlyAtRunTime;
        return {ErrorKind::Usage,
                "the objective " + std::string(toString(m_objective)) + " needs a number that " +
                    m_board.id + " does not have",
                from.estimate(0, "", "").reason,
                (avoidable ? "leave the bank out with --budget " + bank->id + "=0 or " : "") +
                    "use --objective ram"};
    }

    const CostModel m_model;
    const BoardCosts m_costs;
    const Board& m_board;
    const std::vector<Buffer>& m_buffers;
    const std::vector<BankUse>& m_banks;
    const Objective m_objective;
    const std::vector<BufferWork> m_work;
    double m_latency = 0, m_energy = 0; ///< weights of a us and of a uJ
    double m_alwaysLeaks = 0;           ///< uJ in a us
    BankCosts m_made;
};

} // namespace

BankCosts noBankCosts(std::size_t buffers, std::size_t banks)
{
    BankCosts costs;
    costs.buffers.assign(buffers, std::vector<double>(banks, 0));
    costs.waits = costs.buffers;
    costs.switchOn.assign(banks, 0);
    costs.leakage.assign(banks, 0);
    costs.group.resize(banks);
    std::iota(costs.group.begin(), costs.group.end(), std::size_t{0});
    return costs;
}

Result<BankCosts> bankCosts(const Network& network, const Board& board,
                            const std::vector<Buffer>& buffers, const Constraints& constraints,
                            const std::vector<BankUse>& banks)
{
    return Pricing(network, board, buffers, constraints, banks).run();
}

BankCosts displacedBytes(const Board& board, const std::vector<Buffer>& buffers)
{
    BankCosts costs = noBankCosts(buffers.size(), board.banks.size());
    costs.unit = "B";
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        const BankId home = buffers[i].isConstant() ? board.defaultConstants : board.defaultRam;
        costs.buffers[i].assign(board.banks.size(), static_cast<double>(buffers[i].bytes.count()));
        costs.buffers[i][home.index()] = 0;
    }
    return costs;
}

BankCosts readOnlyReads(const Board& board, const std::vector<Buffer>& buffers)
{
    BankCosts costs = displacedBytes(board, buffers);
    double all = 0; // no constant is worth moving the arena for
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        double read = 0;
        for (const Access& access : buffers[i].accesses) {
            read += static_cast<double>(access.read.count());
        }
        all += buffers[i].isConstant() ? read : 0;
        for (std::size_t b = 0; b < board.banks.size() && buffers[i].isConstant(); ++b) {
            costs.buffers[i][b] = board.banks[b].readOnlyAtRunTime ? read : 0;
        }
    }
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        for (double& cost : costs.buffers[i]) {
            cost *= buffers[i].isArena() ? all + 1 : 1;
        }
    }
    costs.unit = "B read from read-only banks";
    return costs;
}

BankCosts readOnlyTraffic(const Network& network, const Board& board,
                          const std::vector<Buffer>& buffers)
{
    BankCosts costs = noBankCosts(buffers.size(), board.banks.size());
    costs.unit = "B read from read-only banks";
    costs.around.resize(buffers.size());
    costs.aroundWaits.resize(buffers.size());
    const std::vector<BufferWork> work = CostModel(network, board, buffers).bufferWork(buffers);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        const auto copying = static_cast<double>(buffers[i].bytes.count());
        for (std::size_t b = 0; b < board.banks.size() && buffers[i].isConstant(); ++b) {
            costs.buffers[i][b] = board.banks[b].readOnlyAtRunTime ? work[i].bytes.read : 0;
        }
        if (buffers[i].isConstant() && copying < work[i].bytes.read) {
            costs.around[i].assign(board.banks.size(), copying);
            costs.aroundWaits[i].assign(board.banks.size(), 0);
        }
    }
    return costs;
}

} // namespace tidemark
