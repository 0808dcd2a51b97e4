// SPDX-License-Identifier: Apache-2.0
#include "core/explore/sweep.h"

#include "core/explore/sweep_front.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace tidemark {

namespace {

template <class T> std::vector<T> orElse(const std::vector<T>& list, T fallback)
{
    return list.empty() ? std::vector<T>{std::move(fallback)} : list;
}

bool has(const Board& board, const std::string& bank)
{
    return bank.empty() || board.findBank(bank).has_value();
}

/// Every combination, in the order of the axes. Whatever a board lacks is left out.
std::vector<SweepSettings> combinations(const SweepSpace& space)
{
    std::vector<SweepSettings> all;
    const auto techniques = orElse(space.techniques, space.base.technique);
    const auto objectives = orElse(space.objectives, space.base.objective);
    const auto stagings = orElse(space.stagings, space.base.staging);
    const auto weights = orElse(space.weightBanks, std::string());
    const auto activations = orElse(space.activationBanks, std::string());
    const auto budgets = orElse(space.budgets, space.base.budgets);
    std::vector<Constraints> wishes; // all but the banks
    for (const Technique technique : techniques) {
        for (const Objective objective : objectives) {
            for (const Staging staging : stagings) {
                wishes.push_back(space.base);
                wishes.back().technique = technique;
                wishes.back().objective = objective;
                wishes.back().staging = staging;
            }
        }
    }
    const auto addBanks = [&](std::size_t n, std::size_t b, const Constraints& wish) {
        for (const std::string& weightBank : weights) {
            for (const std::string& activationBank : activations) {
                for (const auto& budget : budgets) {
                    if (all.size() > kMostSweepPoints) {
                        return;
                    }
                    if (has(*space.boards[b], weightBank) &&
                        has(*space.boards[b], activationBank)) {
                        all.push_back({n, b, weightBank, activationBank, wish});
                        all.back().constraints.budgets = budget;
                    }
                }
            }
        }
    };
    for (std::size_t n = 0; n < space.networks.size(); ++n) {
        for (std::size_t b = 0; b < space.boards.size(); ++b) {
            for (const Constraints& wish : wishes) {
                addBanks(n, b, wish);
            }
        }
    }
    return all;
}

Status checkSpace(const SweepSpace& space, const std::vector<SweepSettings>& all)
{
    const auto usage = [](std::string what, std::string where, std::string mend) {
        return Diagnostic{ErrorKind::Usage, std::move(what), std::move(where), std::move(mend)};
    };
    if (space.networks.empty() || space.boards.empty()) {
        return usage("nothing to plan", "sweep", "give at least one model and one board");
    }
    for (const auto* banks : {&space.weightBanks, &space.activationBanks}) {
        for (const std::string& bank : *banks) {
            const auto hasIt = [&](const auto& board) { return has(*board, bank); };
            if (std::none_of(space.boards.begin(), space.boards.end(), hasIt)) {
                return usage("no bank \"" + printable(bank) + "\" on any board of the sweep",
                             banks == &space.weightBanks ? "weights" : "activations",
                             "`tidemark boards ID` lists a board's banks");
            }
        }
    }
    if (all.size() > kMostSweepPoints) {
        return usage("more than " + std::to_string(kMostSweepPoints) + " combinations", "sweep",
                     "leave choices out");
    }
    return Done{};
}

bool isPinned(const Constraints& constraints, const std::string& buffer)
{
    return std::any_of(constraints.pins.begin(), constraints.pins.end(),
                       [&](const Pin& pin) { return pin.buffer == buffer; });
}

/// The same constraints with a pin for every buffer that a whole plan has.
Constraints pinned(const SweepSettings& settings, const Plan& free)
{
    Constraints constraints = settings.constraints;
    constraints.technique = free.techniqueApplied;
    for (const Buffer& buffer : free.buffers) {
        const std::string& bank =
            buffer.isConstant() ? settings.weightBank : settings.activationBank;
        // Copies go with their constant.
        const bool isFree = buffer.kind != BufferKind::StagedCopy && !buffer.isDriverTable();
        if (isFree && !bank.empty() && !isPinned(settings.constraints, buffer.name)) {
            constraints.pins.push_back({buffer.name, bank, std::nullopt});
        }
    }
    return constraints;
}

Bytes flashOf(const Plan& plan)
{
    Bytes flash;
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        if (plan.board->banks[b].readOnlyAtRunTime) {
            flash += plan.banks[b].planned + plan.banks[b].images;
        }
    }
    return flash;
}

/// The plan without pins that combinations which differ in banks alone start from, made by the
/// first that asks.
struct FreePlan {
    std::once_flag once;
    std::optional<Result<PlanPtr>> plan;
};

/// Equal for combinations that share it.
std::string freeKey(const SweepSettings& settings)
{
    const Constraints& constraints = settings.constraints;
    std::string key = std::to_string(settings.network) + " " + std::to_string(settings.board) +
                      " " + std::string(toString(constraints.technique)) + " " +
                      std::string(toString(constraints.objective)) + " " +
                      std::string(toString(constraints.staging));
    for (const Budget& budget : constraints.budgets) {
        key += " " + budget.bank + "=" + std::to_string(budget.limit.count());
    }
    return key;
}

class Sweeper {
public:
    Sweeper(const SweepSpace& space, std::vector<SweepSettings> all, const SweepProgress& progress,
            std::stop_token stop)
        : m_space(space), m_all(std::move(all)), m_progress(progress), m_stop(std::move(stop)),
          m_points(m_all.size())
    {
        for (const SweepSettings& settings : m_all) {
            m_free.try_emplace(freeKey(settings));
        }
    }

    Result<SweepResult> run(unsigned threads)
    {
        {
            std::vector<std::jthread> pool;
            for (unsigned t = 1; t < threads; ++t) {
                pool.emplace_back([this] { work(); });
            }
            work();
        }
        if (m_error) {
            return *m_error;
        }
        SweepResult result;
        for (auto& point : m_points) {
            if (point) {
                result.points.push_back(std::move(*point));
            }
        }
        result.stopped = result.points.size() < m_all.size();
        findFront(m_space, result);
        return result;
    }

private:
    void work()
    {
        for (std::size_t i = m_next++; i < m_all.size() && !m_stop.stop_requested(); i = m_next++) {
            Result<SweepPoint> point = planOne(m_all[i]);
            const std::lock_guard lock(m_mutex);
            if (m_stop.stop_requested()) {
                return; // a plan cut off is no result
            }
            if (!point) {
                if (!m_error || i < m_errorAt) { // the same error whatever the threads
                    m_error = point.error();
                    m_errorAt = i;
                }
                continue;
            }
            m_points[i] = std::move(*point);
            ++m_done;
            if (m_progress) {
                m_progress(m_done, m_all.size());
            }
        }
    }

    Result<PlanPtr> planOf(const SweepSettings& settings) const
    {
        return plan(m_space.networks[settings.network].network, m_space.boards[settings.board],
                    settings.constraints, m_space.effort, m_stop, m_space.scratchOf);
    }

    Result<PlanPtr> freePlan(const SweepSettings& settings) const
    {
        FreePlan& free = m_free.at(freeKey(settings));
        std::call_once(free.once, [&] { free.plan = planOf(settings); });
        return *free.plan;
    }

    Result<SweepPoint> planOne(SweepSettings settings) const
    {
        Result<PlanPtr> made = freePlan(settings);
        if (made && !(settings.weightBank.empty() && settings.activationBank.empty())) {
            settings.constraints = pinned(settings, **made);
            made = planOf(settings);
        }
        if (!made) {
            return made.error();
        }
        const Plan& plan = **made;
        SweepPoint point;
        point.settings = std::move(settings);
        point.techniqueApplied = plan.techniqueApplied;
        point.ram = plan.peakRam;
        point.flash = flashOf(plan);
        point.instructions = plan.cost.instructions;
        point.latency = plan.cost.latency;
        point.energy = plan.cost.energy;
        point.banks = plan.cost.banks;
        point.fits = plan.fits;
        if (!plan.fits) {
            point.reason = plan.conflicts.empty() ? "does not fit" : plan.conflicts.front().text;
        }
        return point;
    }

    const SweepSpace& m_space;
    const std::vector<SweepSettings> m_all;
    const SweepProgress& m_progress;
    const std::stop_token m_stop;
    mutable std::map<std::string, FreePlan> m_free; ///< by freeKey(); its keys never change
    std::atomic<std::size_t> m_next = 0;
    std::mutex m_mutex;
    std::vector<std::optional<SweepPoint>> m_points;
    std::size_t m_done = 0;
    std::optional<Diagnostic> m_error;
    std::size_t m_errorAt = 0;
};

} // namespace

std::size_t sweepSize(const SweepSpace& space)
{
    return combinations(space).size();
}

Result<SweepResult> sweep(const SweepSpace& space, const SweepProgress& progress,
                          const std::stop_token& stop, unsigned threads)
{
    std::vector<SweepSettings> all = combinations(space);
    if (const Status sane = checkSpace(space, all); !sane) {
        return sane.error();
    }
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    const unsigned wanted = threads > 0 ? threads : processors;
    const auto most = static_cast<unsigned>(std::max<std::size_t>(all.size(), 1));
    return Sweeper(space, std::move(all), progress, stop).run(std::min(wanted, most));
}

std::string sweepLabel(const SweepSpace& space, const SweepSettings& settings)
{
    const Constraints& constraints = settings.constraints;
    std::string label;
    const auto add = [&](const std::string& text) { label += (label.empty() ? "" : ", ") + text; };
    if (space.techniques.size() > 1) {
        add(std::string(toString(constraints.technique)));
    }
    if (space.networks.size() > 1) {
        add(space.networks[settings.network].label);
    }
    if (space.boards.size() > 1) {
        add(space.boards[settings.board]->id);
    }
    if (space.objectives.size() > 1) {
        add("for " + std::string(toString(constraints.objective)));
    }
    if (space.stagings.size() > 1) {
        add("staging " + std::string(toString(constraints.staging)));
    }
    if (!settings.weightBank.empty()) {
        add("weights " + settings.weightBank);
    }
    if (!settings.activationBank.empty()) {
        add("activations " + settings.activationBank);
    }
    if (space.budgets.size() > 1) {
        for (const Budget& budget : constraints.budgets) {
            add(printable(budget.bank) + " within " + std::to_string(budget.limit.count()) + " B");
        }
    }
    return label.empty() ? std::string(toString(constraints.technique)) : label;
}

} // namespace tidemark
