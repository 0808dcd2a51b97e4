// SPDX-License-Identifier: Apache-2.0
#include "core/cost/board_costs.h"
#include "core/cost/cost_model.h"

#include <algorithm>
#include <set>

namespace tidemark {

namespace {

/// Adds up one inference of a plan.
class PlanCounter {
public:
    PlanCounter(const Network& network, const Board& board, std::span<const Buffer> buffers,
                std::span<const BankId> banks)
        : m_model(network, board, buffers), m_costs(board), m_board(board), m_buffers(buffers),
          m_banks(banks)
    {
    }

    PlanCost count(const Network& network)
    {
        m_cost.instructions = withCopies(m_model.instructions(), std::nullopt);
        const auto touches = m_model.touches(m_buffers);
        m_cost.buffers.resize(m_buffers.size());
        m_cost.banks.resize(m_board.banks.size());
        for (const auto& stage : touches) {
            for (const BufferTouch& touch : stage) {
                m_cost.buffers[touch.buffer.index()] += touch.work.bytes;
                m_cost.banks[bankOf(touch).index()] += touch.work.bytes;
                m_all.push_back(touch);
            }
        }
        for (std::size_t s = 0; s < network.stages.size(); ++s) {
            m_cost.stages.push_back(stageCost(StageId(s), touches[s]));
        }
        m_cost.latency = latency(m_cost.instructions, m_all);
        switchBanks();
        m_cost.energy = energy();
        m_cost.savedLeakage = savedLeakage();
        return std::move(m_cost);
    }

private:
    BankId bankOf(const BufferTouch& touch) const { return m_banks[touch.buffer.index()]; }

    Estimate withCopies(Estimate instructions, std::optional<StageId> stage) const
    {
        const auto copies = m_model.copying(m_buffers, stage);
        if (!copies) {
            return instructions;
        }
        Ingredients from;
        const double sum = from.use(instructions) + from.use(*copies);
        return from.estimate(sum, "instructions", instructions.reason + "; with staged copies");
    }

    double cycles(const Estimate& instructions, const std::vector<BufferTouch>& touches,
                  Ingredients& from) const
    {
        double all = m_costs.cycles(from.use(instructions), from);
        for (const BufferTouch& touch : touches) {
            all += m_costs.waitCycles(touch.work, bankOf(touch), from);
        }
        return all;
    }

    Estimate latency(const Estimate& instructions, const std::vector<BufferTouch>& touches) const
    {
        Ingredients from;
        if (m_board.isVirtual) {
            m_costs.microseconds(0, from); // the reason that comes first
        }
        const double all = cycles(instructions, touches, from);
        return from.estimate(m_costs.microseconds(all, from), "us",
                             "(instructions x cycles per instruction + waiting for banks) / clock");
    }

    StageCost stageCost(StageId stage, const std::vector<BufferTouch>& touches) const
    {
        StageCost cost;
        cost.instructions = withCopies(m_model.instructions(stage), stage);
        cost.latency = latency(cost.instructions, touches);
        cost.banks.resize(m_board.banks.size());
        for (const BufferTouch& touch : touches) {
            cost.banks[bankOf(touch).index()] += touch.work.bytes;
        }
        return cost;
    }

    void switchBanks()
    {
        std::set<std::string> groups;
        for (std::size_t b = 0; b < m_buffers.size(); ++b) {
            if (m_buffers[b].bytes > Bytes(0)) {
                groups.insert(m_board[m_banks[b]].powerGroup);
            }
        }
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            m_cost.switchedOn.push_back(m_model.isAlwaysOn(BankId(b)) ||
                                        groups.count(m_board.banks[b].powerGroup) > 0);
        }
    }

    double leaked(bool on, Ingredients& from) const
    {
        const double time = from.use(m_cost.latency);
        double sum = 0;
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            if (m_cost.switchedOn[b] == on) {
                sum += m_costs.leakedMicrojoules(BankId(b), time, from);
            }
        }
        return sum;
    }

    Estimate energy() const
    {
        Ingredients from;
        from.use(m_cost.latency);
        double sum = m_costs.activeMicrojoules(cycles(m_cost.instructions, m_all, from), from);
        for (const BufferTouch& touch : m_all) {
            sum += m_costs.accessMicrojoules(touch.work, bankOf(touch), from);
        }
        sum += leaked(true, from);
        return from.estimate(sum, "uJ",
                             "active power x time + accesses + leakage of the banks that are on");
    }

    Estimate savedLeakage() const
    {
        Ingredients from;
        const double sum = leaked(false, from);
        return from.estimate(sum, "uJ", "leakage of the banks that are off, over the latency");
    }

    CostModel m_model;
    BoardCosts m_costs;
    const Board& m_board;
    std::span<const Buffer> m_buffers;
    std::span<const BankId> m_banks;
    std::vector<BufferTouch> m_all;
    PlanCost m_cost;
};

} // namespace

PlanCost costOf(const Network& network, const Board& board, const Schedule& /*schedule*/,
                std::span<const Buffer> buffers, std::span<const BankId> banks)
{
    return PlanCounter(network, board, buffers, banks).count(network);
}

} // namespace tidemark
