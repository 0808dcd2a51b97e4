// SPDX-License-Identifier: Apache-2.0
#include "core/place/short_bank.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace tidemark {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::int64_t kMostCells = 100'000'000;  ///< of the knapsack
constexpr std::int64_t kMostEntries = 20'000'000; ///< looked at in the table over moments
constexpr int kNone = -1;

class ShortBankSolver {
public:
    ShortBankSolver(const AssignmentProblem& problem, const Moments& moments, std::uint64_t banksOn)
        : m_problem(problem), m_moments(moments), m_on(banksOn)
    {
        for (const AssignmentBlock& block : problem.blocks) {
            m_step = std::gcd(m_step, block.alignment.count());
            m_step = std::gcd(m_step, block.fixed.value_or(Bytes(0)).count());
        }
        m_step = std::max<std::int64_t>(m_step, 1);
    }

    std::optional<ShortBankAnswer> run()
    {
        std::vector<std::size_t> tight;
        for (std::size_t b = 0; b < m_problem.banks.size(); ++b) {
            if (isOn(b) && couldBeShort(b)) {
                tight.push_back(b);
            }
        }
        if (tight.size() > 1) {
            return std::nullopt;
        }
        if (!split(tight.empty() ? std::nullopt : std::optional(tight.front()))) {
            return ShortBankAnswer{};
        }
        if (tight.empty()) {
            return finished({}, {});
        }
        m_capacity = units(std::max(Bytes(0), m_problem.banks[tight.front()].capacity));
        if (!fillTable() || !fillKnapsack()) {
            return std::nullopt;
        }
        return best();
    }

private:
    /// A way to fill the bank up to some moment.
    struct Entry {
        std::int64_t load; ///< the highest so far
        double saving;
        int trace; ///< into m_traces: the last block chosen
    };
    struct Trace {
        std::size_t block;
        int before;
    };
    using Entries = std::vector<Entry>;
    using Table = std::map<std::vector<std::size_t>, Entries>; ///< by the chosen that are alive

    bool isOn(std::size_t bank) const { return (m_on >> bank & 1U) != 0; }
    /// kNever where a block may not go or is too large.
    double costIn(std::size_t block, std::size_t bank) const
    {
        const AssignmentBlock& one = m_problem.blocks[block];
        return one.size <= m_problem.banks[bank].capacity ? one.costs[bank].value_or(kNever)
                                                          : kNever;
    }
    bool isForEver(std::size_t block) const
    {
        return m_moments.of(block).begin == 0 && m_moments.of(block).end == m_moments.count();
    }
    std::int64_t units(Bytes bytes) const { return (bytes.count() + m_step - 1) / m_step; }
    std::int64_t unitsOf(std::size_t block) const { return units(m_problem.blocks[block].size); }

    /// Whether all that may go there, images included, could be too much for it at some moment.
    bool couldBeShort(std::size_t bank) const
    {
        std::vector<std::int64_t> load(m_moments.count());
        for (std::size_t i = 0; i < m_problem.blocks.size(); ++i) {
            const AssignmentBlock& block = m_problem.blocks[i];
            bool hasImage = false;
            for (std::size_t b = 0; b < m_problem.banks.size(); ++b) {
                hasImage = hasImage || (isOn(b) && block.hasImage && costIn(i, b) < kNever &&
                                        m_problem.banks[b].imagesIn == bank);
            }
            if (!hasImage && costIn(i, bank) == kNever) {
                continue;
            }
            const Moments::Span span =
                hasImage ? Moments::Span{0, m_moments.count()} : m_moments.of(i);
            for (std::size_t t = span.begin; t < span.end; ++t) {
                load[t] += unitsOf(i) * m_step;
            }
        }
        return std::any_of(load.begin(), load.end(), [&](std::int64_t bytes) {
            return bytes > m_problem.banks[bank].capacity.count();
        });
    }

    /// Every block where it costs least but in the short bank, what it would save there, and what
    /// must lie there. False: some block has no bank.
    bool split(std::optional<std::size_t> tight)
    {
        const std::size_t count = m_problem.blocks.size();
        m_given.assign(m_moments.count(), 0);
        m_tight = tight;
        m_choice.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            double cheapest = kNever;
            for (std::size_t b = 0; b < m_problem.banks.size(); ++b) {
                if (isOn(b) && b != tight && costIn(i, b) < cheapest) {
                    cheapest = costIn(i, b);
                    m_choice[i] = b;
                }
            }
            const double there = tight ? costIn(i, *tight) : kNever;
            if (cheapest == kNever && there == kNever) {
                return false;
            }
            if (cheapest == kNever) {
                m_choice[i] = *tight;
                for (std::size_t t = m_moments.of(i).begin; t < m_moments.of(i).end; ++t) {
                    m_given[t] += unitsOf(i);
                }
            } else if (there < cheapest) {
                m_saving.resize(count);
                m_saving[i] = cheapest - there;
                (isForEver(i) ? m_forEver : m_passing).push_back(i);
            }
        }
        return true;
    }

    /// False: too large.
    bool fillTable()
    {
        Table table{{{}, {{0, 0, kNone}}}};
        for (std::size_t t = 0; t < m_moments.count(); ++t) {
            table = withoutTheDead(std::move(table), t);
            for (const std::size_t block : m_passing) {
                if (m_moments.of(block).begin == t) {
                    choose(table, block, t);
                }
            }
            for (auto it = table.begin(); it != table.end();) {
                const std::int64_t load = loadOf(it->first, t);
                if (load > m_capacity) {
                    it = table.erase(it);
                    continue;
                }
                for (Entry& entry : it->second) {
                    entry.load = std::max(entry.load, load);
                }
                m_looked += static_cast<std::int64_t>(it->second.size());
                keepTheBest(it->second);
                ++it;
            }
            if (m_looked > kMostEntries) {
                return false;
            }
        }
        for (const auto& [alive, entries] : table) {
            m_fillings.insert(m_fillings.end(), entries.begin(), entries.end());
        }
        return true;
    }

    std::int64_t loadOf(const std::vector<std::size_t>& chosen, std::size_t moment) const
    {
        std::int64_t load = m_given[moment];
        for (const std::size_t block : chosen) {
            load += unitsOf(block);
        }
        return load;
    }

    Table withoutTheDead(Table table, std::size_t moment) const
    {
        Table next;
        for (auto& [alive, entries] : table) {
            std::vector<std::size_t> left = alive;
            std::erase_if(left, [&](std::size_t i) { return m_moments.of(i).end <= moment; });
            Entries& merged = next[left];
            merged.insert(merged.end(), entries.begin(), entries.end());
        }
        return next;
    }

    void choose(Table& table, std::size_t block, std::size_t moment)
    {
        Table with;
        for (const auto& [alive, entries] : table) {
            std::vector<std::size_t> more = alive;
            more.push_back(block);
            if (loadOf(more, moment) > m_capacity) {
                continue;
            }
            Entries& chosen = with[more];
            for (const Entry& entry : entries) {
                m_traces.push_back({block, entry.trace});
                chosen.push_back({entry.load, entry.saving + m_saving[block],
                                  static_cast<int>(m_traces.size()) - 1});
            }
            m_looked += static_cast<std::int64_t>(entries.size());
        }
        table.merge(with);
    }

    /// Of entries with a higher load only those that save more.
    static void keepTheBest(Entries& entries)
    {
        std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
            return a.load != b.load ? a.load < b.load : a.saving > b.saving;
        });
        double most = -1;
        std::erase_if(entries, [&](const Entry& entry) {
            const bool better = entry.saving > most;
            most = std::max(most, entry.saving);
            return !better;
        });
    }

    /// By units: the most that blocks which live for ever save in them. False: too large.
    bool fillKnapsack()
    {
        const std::int64_t cells = m_capacity + 1;
        if (cells * static_cast<std::int64_t>(m_forEver.size() + 1) > kMostCells) {
            return false;
        }
        m_best.assign(static_cast<std::size_t>(cells), 0);
        for (const std::size_t block : m_forEver) {
            std::vector<bool>& taken = m_taken.emplace_back(static_cast<std::size_t>(cells));
            const auto size = static_cast<std::size_t>(unitsOf(block));
            for (std::size_t c = m_best.size(); c-- > size;) {
                const double with = m_best[c - size] + m_saving[block];
                if (with > m_best[c]) {
                    m_best[c] = with;
                    taken[c] = true;
                }
            }
        }
        return true;
    }

    ShortBankAnswer best() const
    {
        const Entry* chosen = nullptr;
        double most = -1;
        for (const Entry& entry : m_fillings) {
            const double saving = entry.saving + m_best[roomBeside(entry)];
            if (saving > most) {
                most = saving;
                chosen = &entry;
            }
        }
        if (chosen == nullptr) {
            return {};
        }
        std::vector<std::size_t> passing, forEver;
        for (int trace = chosen->trace; trace != kNone; trace = m_traces[index(trace)].before) {
            passing.push_back(m_traces[index(trace)].block);
        }
        std::size_t room = roomBeside(*chosen);
        for (std::size_t k = m_forEver.size(); k-- > 0;) {
            if (m_taken[k][room]) {
                forEver.push_back(m_forEver[k]);
                room -= static_cast<std::size_t>(unitsOf(m_forEver[k]));
            }
        }
        return finished(passing, forEver);
    }

    std::size_t roomBeside(const Entry& entry) const
    {
        return static_cast<std::size_t>(m_capacity - entry.load);
    }
    static std::size_t index(int trace) { return static_cast<std::size_t>(trace); }

    ShortBankAnswer finished(const std::vector<std::size_t>& passing,
                             const std::vector<std::size_t>& forEver) const
    {
        ShortBankAnswer answer{true, 0, m_choice};
        for (const auto* chosen : {&passing, &forEver}) {
            for (const std::size_t block : *chosen) {
                answer.banks[block] = *m_tight;
            }
        }
        for (std::size_t i = 0; i < answer.banks.size(); ++i) {
            answer.cost += *m_problem.blocks[i].costs[answer.banks[i]];
        }
        return answer;
    }

    const AssignmentProblem& m_problem;
    const Moments& m_moments;
    std::uint64_t m_on;
    std::int64_t m_step = 0;                       ///< bytes of a unit
    std::optional<std::size_t> m_tight;            ///< the short bank
    std::int64_t m_capacity = 0;                   ///< its units
    std::vector<std::size_t> m_choice;             ///< by block: the cheapest bank but for that
    std::vector<double> m_saving;                  ///< by block: in the short bank
    std::vector<std::int64_t> m_given;             ///< units by moment that must lie there
    std::vector<std::size_t> m_forEver, m_passing; ///< blocks that would save something
    Entries m_fillings;
    std::vector<Trace> m_traces;
    std::int64_t m_looked = 0;
    std::vector<double> m_best;
    std::vector<std::vector<bool>> m_taken; ///< by block for ever and units
};

} // namespace

std::optional<ShortBankAnswer> solveShortBank(const AssignmentProblem& problem,
                                              const Moments& moments, std::uint64_t banksOn)
{
    const bool plain = std::ranges::all_of(problem.blocks, [](const AssignmentBlock& block) {
        return block.parts.empty() && !block.copyLife;
    });
    return plain ? ShortBankSolver(problem, moments, banksOn).run() : std::nullopt;
}

} // namespace tidemark
