// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_assignment.h"

#include "core/place/bank_sets.h"
#include "core/place/short_bank.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace tidemark {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr int kFirstRounds = 100;
constexpr int kRootRounds = 1500;
constexpr double kSmallestStep = 1e-4; ///< of the first: nothing moves any more
constexpr int kRenewalRounds = 80;
constexpr std::size_t kRenewEvery = 7;     ///< decisions between relaxations
constexpr std::size_t kWorthRenewing = 11; ///< blocks left: below, enumerating is cheaper
constexpr std::int64_t kNodesPerPacking = 20'000;
constexpr std::int64_t kNodesOfUnknown = 200; ///< what a packing in vain is worth
constexpr std::int64_t kStopEvery = 1024;
constexpr std::int64_t kSpareBytes[]{8, 32, 128, 512, 2048};

/// Costs are sums of doubles: differences below this are rounding.
double tolerance(double cost)
{
    return 1e-9 * std::max(1.0, std::abs(cost));
}

/// Ways to lie somewhere: banks by their index, for the whole life; then again, as a copy.
using Choice = std::vector<std::size_t>; ///< way by block

/// A lower bound for what is still to be decided, and the order to decide it in.
struct Relaxation {
    std::vector<std::vector<double>> multipliers; ///< by bank and moment: the price of a byte
    std::vector<std::vector<double>> reduced;     ///< price of a block in a way, bytes included
    std::vector<bool> open;                       ///< by block and way: it has room on its own
    std::vector<std::size_t> order;               ///< blocks to decide, the surest first
    std::vector<double> rest;                     ///< by place in order: cheapest from there on
    double decided = 0; ///< cost of what was decided before, minus the worth of free bytes
};

/// The problem with some banks switched off for good and the others paid for.
class Search {
public:
    Search(const AssignmentProblem& problem, const Moments& moments, std::uint64_t banksOn,
           std::int64_t& nodes, const std::stop_token& stop, BankAssignment& best)
        : m_problem(problem), m_moments(moments), m_nodes(nodes), m_stop(stop), m_best(best),
          m_choice(problem.blocks.size()),
          m_free(problem.banks.size(), std::vector<double>(moments.count()))
    {
        for (std::size_t b = 0; b < problem.banks.size(); ++b) {
            if ((banksOn >> b & 1U) != 0) {
                m_banks.push_back(b);
                m_base += problem.banks[b].switchOn;
                m_free[b].assign(moments.count(), bytes(problem.banks[b].capacity));
            }
        }
        m_ways = m_banks;
        const bool anyCopy = std::ranges::any_of(problem.blocks, [](const AssignmentBlock& block) {
            return block.copyLife.has_value();
        });
        for (const std::size_t b : anyCopy ? m_banks : std::vector<std::size_t>()) {
            m_ways.push_back(b + problem.banks.size());
        }
    }

    /// Lower bound of every assignment to these banks; infinite where some block has none.
    double prepare();
    void run() { descend(m_root, 0, m_base, 0); }
    /// Whether every block has offsets where a choice puts it; then it is the best, if it is.
    bool offer(const Choice& choice, double cost);
    /// Every assignment was looked at, or costs at least this; kNever where none is left open.
    double openFrom() const { return m_complete ? m_open : m_root.decided + m_root.rest[0]; }

private:
    static double bytes(Bytes count) { return static_cast<double>(count.count()); }
    double size(std::size_t block) const { return bytes(m_problem.blocks[block].size); }
    double sizeAt(std::size_t block, std::size_t moment) const
    {
        return m_problem.blocks[block].parts.empty() ? size(block)
                                                     : m_moments.partsAt(block, moment);
    }
    std::size_t ways() const { return 2 * m_problem.banks.size(); }
    std::size_t bankOf(std::size_t way) const { return way % m_problem.banks.size(); }
    bool isCopy(std::size_t way) const { return way >= m_problem.banks.size(); }
    const Moments::Span& momentsOf(std::size_t block, std::size_t way) const
    {
        return isCopy(way) ? m_moments.ofCopy(block) : m_moments.of(block);
    }
    /// Where a block has its image, if it has one.
    std::optional<std::size_t> imageOf(std::size_t block, std::size_t way) const
    {
        const AssignmentBlock& one = m_problem.blocks[block];
        return isCopy(way)    ? one.copyImageIn
               : one.hasImage ? m_problem.banks[way].imagesIn
                              : std::nullopt;
    }
    Bytes imagesIn(std::size_t bank) const;
    double costOf(std::size_t block, std::size_t way) const
    {
        const AssignmentBlock& one = m_problem.blocks[block];
        const auto& costs = isCopy(way) ? one.copyCosts : one.costs;
        return costs.empty() ? kNever : costs[bankOf(way)].value_or(kNever);
    }
    std::size_t cheapestWay(const Relaxation& relaxation, std::size_t block) const;
    double regretOf(const Relaxation& relaxation, std::size_t block) const;
    double price(Relaxation& relaxation, const std::vector<std::size_t>& blocks,
                 double spent) const;
    double mostOf(const Relaxation& relaxation, const std::vector<std::size_t>& blocks) const;
    void sortOut(Relaxation& relaxation, std::vector<std::size_t> blocks) const;
    Relaxation relax(const std::vector<std::size_t>& blocks, const Relaxation* from, double spent,
                     int rounds) const;
    void descend(const Relaxation& relaxation, std::size_t place, double cost, double reduced);
    void dive();
    void branch(const Relaxation& relaxation, std::size_t place, double cost, double reduced);
    bool isBeaten(double bound) const
    {
        return m_best.found && bound >= m_best.cost - tolerance(m_best.cost);
    }
    bool fits(std::size_t block, std::size_t way) const;
    void take(std::size_t block, std::size_t way, double sign);
    bool judgeLeaf(double cost);
    enum class Packed { Yes, No, Unknown };
    Packed pack(std::size_t bank, std::vector<Bytes>& offsets);

    const AssignmentProblem& m_problem;
    const Moments& m_moments;
    std::int64_t& m_nodes;
    const std::stop_token& m_stop;
    BankAssignment& m_best;
    std::vector<std::size_t> m_banks; ///< switched on
    std::vector<std::size_t> m_ways;  ///< to lie in them
    double m_base = 0;                ///< their cost
    Choice m_choice;
    std::vector<std::vector<double>> m_free; ///< bytes by bank and moment
    Relaxation m_root;
    std::map<std::vector<std::size_t>, Packed> m_known; ///< packings tried: bank and its blocks
    bool m_complete = true;                             ///< the effort sufficed
    double m_open = kNever; ///< cheapest leaf whose packing was neither found nor ruled out
};

std::size_t Search::cheapestWay(const Relaxation& relaxation, std::size_t block) const
{
    return *std::min_element(m_ways.begin(), m_ways.end(), [&](std::size_t a, std::size_t b) {
        return relaxation.reduced[block][a] < relaxation.reduced[block][b];
    });
}

/// What the second-best way costs more.
double Search::regretOf(const Relaxation& relaxation, std::size_t block) const
{
    double best = kNever, second = kNever;
    for (const std::size_t way : m_ways) {
        const double price = relaxation.reduced[block][way];
        second = std::min(second, std::max(best, price));
        best = std::min(best, price);
    }
    return second < kNever ? second - best : kNever;
}

/// Fills in the reduced costs of `blocks`; gives the bound: what was spent and the dual's value.
double Search::price(Relaxation& relaxation, const std::vector<std::size_t>& blocks,
                     double spent) const
{
    relaxation.decided = spent;
    std::vector<double> forEver(m_problem.banks.size()); // the price of a byte at all moments
    for (const std::size_t b : m_banks) {
        for (std::size_t t = 0; t < m_moments.count(); ++t) {
            relaxation.decided -= relaxation.multipliers[b][t] * m_free[b][t];
            forEver[b] += relaxation.multipliers[b][t];
        }
    }
    double value = relaxation.decided;
    for (const std::size_t i : blocks) {
        for (const std::size_t way : m_ways) {
            const auto image = imageOf(i, way);
            const std::vector<double>& prices = relaxation.multipliers[bankOf(way)];
            double room = image ? forEver[*image] * size(i) : 0;
            for (std::size_t t = momentsOf(i, way).begin; t < momentsOf(i, way).end; ++t) {
                room += prices[t] * sizeAt(i, t);
            }
            const bool may = relaxation.open[i * ways() + way];
            relaxation.reduced[i][way] = may ? costOf(i, way) + room : kNever;
        }
        value += relaxation.reduced[i][cheapestWay(relaxation, i)];
    }
    return value;
}

/// What blocks cost at most in the banks that are open to them.
double Search::mostOf(const Relaxation& relaxation, const std::vector<std::size_t>& blocks) const
{
    double sum = 0;
    for (const std::size_t i : blocks) {
        double most = 0;
        for (const std::size_t way : m_ways) {
            const bool open = relaxation.open[i * ways() + way];
            most = open ? std::max(most, costOf(i, way)) : most;
        }
        sum += most;
    }
    return sum;
}

/// The order of decision, the surest first, so that what is left is a small problem.
void Search::sortOut(Relaxation& relaxation, std::vector<std::size_t> blocks) const
{
    std::vector<double> regret(m_problem.blocks.size());
    for (const std::size_t i : blocks) {
        regret[i] = regretOf(relaxation, i);
    }
    std::stable_sort(blocks.begin(), blocks.end(),
                     [&](std::size_t a, std::size_t b) { return regret[a] > regret[b]; });
    relaxation.rest.assign(blocks.size() + 1, 0);
    for (std::size_t k = blocks.size(); k-- > 0;) {
        const std::size_t cheapest = cheapestWay(relaxation, blocks[k]);
        relaxation.rest[k] = relaxation.rest[k + 1] + relaxation.reduced[blocks[k]][cheapest];
    }
    relaxation.order = std::move(blocks);
}

/// Subgradient ascent for what `blocks` cost at least in the bytes that are free: a full moment
/// becomes dearer, an empty one cheaper. Starts at another relaxation's multipliers.
Relaxation Search::relax(const std::vector<std::size_t>& blocks, const Relaxation* from,
                         double spent, int rounds) const
{
    Relaxation now;
    now.multipliers = from ? from->multipliers
                           : std::vector<std::vector<double>>(
                                 m_problem.banks.size(), std::vector<double>(m_moments.count()));
    now.reduced.assign(m_problem.blocks.size(), std::vector<double>(ways(), kNever));
    now.open.resize(m_problem.blocks.size() * ways());
    for (const std::size_t i : blocks) {
        for (const std::size_t way : m_ways) {
            now.open[i * ways() + way] = fits(i, way);
        }
    }
    const double most = spent + mostOf(now, blocks);
    auto best = now.multipliers;
    double bestValue = -kNever, step = 1;
    std::vector<std::vector<double>> excess(m_problem.banks.size());
    for (int round = 0; round < rounds; ++round) {
        const double value = price(now, blocks, spent);
        if (value > most + tolerance(most)) { // more than any choice costs: there is none
            now.decided = kNever;
            sortOut(now, blocks);
            return now;
        }
        if (value > bestValue) {
            bestValue = value;
            best = now.multipliers;
        } else {
            step *= 0.97;
        }
        if (isBeaten(value) || step < kSmallestStep) {
            break;
        }
        for (const std::size_t b : m_banks) {
            excess[b] = m_free[b];
            for (double& bytes : excess[b]) {
                bytes = -bytes;
            }
        }
        for (const std::size_t i : blocks) {
            const std::size_t way = cheapestWay(now, i);
            for (std::size_t t = momentsOf(i, way).begin; t < momentsOf(i, way).end; ++t) {
                excess[bankOf(way)][t] += sizeAt(i, t);
            }
            if (const auto image = imageOf(i, way)) {
                for (double& bytes : excess[*image]) {
                    bytes += size(i);
                }
            }
        }
        double norm = 0;
        for (const std::size_t b : m_banks) {
            for (std::size_t t = 0; t < m_moments.count(); ++t) {
                if (now.multipliers[b][t] > 0 || excess[b][t] > 0) {
                    norm += excess[b][t] * excess[b][t];
                }
            }
        }
        if (norm == 0) {
            break; // the cheapest choice fits: nothing to gain
        }
        const double target =
            m_best.found ? m_best.cost : bestValue + 0.05 * std::abs(bestValue) + 1;
        const double length = step * std::max(target - value, tolerance(value)) / norm;
        for (const std::size_t b : m_banks) {
            for (std::size_t t = 0; t < m_moments.count(); ++t) {
                now.multipliers[b][t] =
                    std::max(0.0, now.multipliers[b][t] + length * excess[b][t]);
            }
        }
    }
    now.multipliers = std::move(best);
    price(now, blocks, spent);
    sortOut(now, blocks);
    return now;
}

double Search::prepare()
{
    std::vector<std::size_t> all(m_problem.blocks.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (const std::size_t i : all) {
        const bool homeless = std::none_of(m_ways.begin(), m_ways.end(),
                                           [&](std::size_t way) { return fits(i, way); });
        if (homeless) {
            return kNever;
        }
    }
    // A dive early on tells the relaxation what to aim at.
    m_root = relax(all, nullptr, m_base, kFirstRounds);
    if (m_root.decided == kNever) {
        return kNever;
    }
    dive();
    m_root = relax(all, &m_root, m_base, kRootRounds);
    return m_root.decided + m_root.rest[0];
}

/// Block after block, the surest first, in the cheapest way with room.
void Search::dive()
{
    double cost = m_base;
    std::size_t done = 0;
    for (; done < m_root.order.size(); ++done) {
        const std::size_t block = m_root.order[done];
        std::optional<std::size_t> chosen;
        for (const std::size_t way : m_ways) {
            if (fits(block, way) &&
                (!chosen || m_root.reduced[block][way] < m_root.reduced[block][*chosen])) {
                chosen = way;
            }
        }
        if (!chosen) {
            break;
        }
        m_choice[block] = *chosen;
        take(block, *chosen, 1);
        cost += costOf(block, *chosen);
    }
    if (done == m_root.order.size()) {
        judgeLeaf(cost);
    }
    while (done-- > 0) {
        const std::size_t block = m_root.order[done];
        take(block, m_choice[block], -1);
    }
}

bool Search::fits(std::size_t block, std::size_t way) const
{
    const std::vector<double>& room = m_free[bankOf(way)];
    for (std::size_t t = momentsOf(block, way).begin; t < momentsOf(block, way).end; ++t) {
        if (room[t] < sizeAt(block, t)) {
            return false;
        }
    }
    const auto image = imageOf(block, way);
    const bool imageFits = !image || std::all_of(m_free[*image].begin(), m_free[*image].end(),
                                                 [&](double free) { return free >= size(block); });
    return imageFits && costOf(block, way) < kNever;
}

void Search::take(std::size_t block, std::size_t way, double sign)
{
    for (std::size_t t = momentsOf(block, way).begin; t < momentsOf(block, way).end; ++t) {
        m_free[bankOf(way)][t] -= sign * sizeAt(block, t);
    }
    if (const auto image = imageOf(block, way)) {
        for (double& free : m_free[*image]) {
            free -= sign * size(block);
        }
    }
}

/// Decides the block at `place`. `cost`: of all that is decided; `reduced`: reduced costs of what
/// was decided since the relaxation was made. That bounds the rest by the bytes free at its time; a
/// new one knows what has become of them.
void Search::descend(const Relaxation& relaxation, std::size_t place, double cost, double reduced)
{
    if (!m_complete || --m_nodes < 0 || (m_nodes % kStopEvery == 0 && m_stop.stop_requested())) {
        m_nodes = std::min<std::int64_t>(m_nodes, 0);
        m_complete = false;
        return;
    }
    const std::size_t left = relaxation.order.size() - place;
    if (left == 0) {
        judgeLeaf(cost);
    } else if (place >= kRenewEvery && left >= kWorthRenewing) {
        const std::vector<std::size_t> rest(
            relaxation.order.begin() + static_cast<std::ptrdiff_t>(place), relaxation.order.end());
        const Relaxation renewed = relax(rest, &relaxation, cost, kRenewalRounds);
        if (renewed.decided < kNever && !isBeaten(renewed.decided + renewed.rest[0])) {
            branch(renewed, 0, cost, 0);
        }
    } else {
        branch(relaxation, place, cost, reduced);
    }
}

void Search::branch(const Relaxation& relaxation, std::size_t place, double cost, double reduced)
{
    const std::size_t block = relaxation.order[place];
    const std::vector<double>& prices = relaxation.reduced[block];
    std::vector<std::size_t> inOrder = m_ways;
    std::stable_sort(inOrder.begin(), inOrder.end(),
                     [&](std::size_t a, std::size_t b) { return prices[a] < prices[b]; });
    for (const std::size_t way : inOrder) {
        const double with = reduced + prices[way];
        if (isBeaten(relaxation.decided + with + relaxation.rest[place + 1])) {
            return; // the other ways cost more
        }
        if (!fits(block, way)) {
            continue;
        }
        m_choice[block] = way;
        take(block, way, 1);
        descend(relaxation, place + 1, cost + costOf(block, way), with);
        take(block, way, -1);
        if (!m_complete) {
            return;
        }
    }
}

/// What the images of the choice take of a bank.
Bytes Search::imagesIn(std::size_t bank) const
{
    Bytes images;
    for (std::size_t i = 0; i < m_choice.size(); ++i) {
        images += imageOf(i, m_choice[i]) == bank ? m_problem.blocks[i].size : Bytes(0);
    }
    return images;
}

Search::Packed Search::pack(std::size_t bank, std::vector<Bytes>& offsets)
{
    const Bytes capacity = m_problem.banks[bank].capacity - imagesIn(bank);
    std::vector<std::size_t> key{bank, static_cast<std::size_t>(capacity.count())};
    std::vector<Block> blocks;
    std::vector<std::size_t> owners; // of `blocks`
    for (std::size_t i = 0; i < m_choice.size(); ++i) {
        const AssignmentBlock& block = m_problem.blocks[i];
        if (bankOf(m_choice[i]) != bank) {
            continue;
        }
        key.push_back(i * ways() + m_choice[i]);
        blocks.insert(blocks.end(), block.parts.begin(), block.parts.end());
        if (block.parts.empty()) {
            const EventRange life = isCopy(m_choice[i]) ? *block.copyLife : block.life;
            blocks.push_back({block.size, block.alignment, life, block.fixed});
        }
        owners.resize(blocks.size(), i);
    }
    const auto known = m_known.find(key);
    if (known != m_known.end() && known->second != Packed::Yes) {
        return known->second;
    }
    // Beside fixed parts most packings are found at once, or for a long time not at all.
    const bool anyCopy = m_ways.size() > m_banks.size();
    const std::int64_t nodes = anyCopy ? kNodesPerPacking / 20 : kNodesPerPacking;
    const Packing packing = packOffsets(blocks, nodes, m_stop, capacity);
    const Packed result = packing.extent <= capacity ? Packed::Yes
                          : packing.bound > capacity ? Packed::No
                                                     : Packed::Unknown;
    for (std::size_t k = 0; result == Packed::Yes && k < owners.size(); ++k) {
        const bool isPart = !m_problem.blocks[owners[k]].parts.empty();
        offsets[owners[k]] = isPart ? Bytes(0) : packing.offsets[k];
    }
    m_nodes -= result == Packed::Unknown ? kNodesOfUnknown : 0;
    m_known[key] = result;
    return result;
}

/// False where its packing is not found; one that costs no less than the best is not packed.
bool Search::judgeLeaf(double cost)
{
    if (m_best.found && cost >= m_best.cost - tolerance(cost)) {
        return true;
    }
    std::vector<Bytes> offsets(m_choice.size());
    for (const std::size_t bank : m_banks) {
        const Packed packed = pack(bank, offsets);
        if (packed != Packed::Yes) {
            m_open = packed == Packed::Unknown ? std::min(m_open, cost) : m_open;
            return false;
        }
    }
    m_best.found = true;
    m_best.cost = cost;
    m_best.banks.clear();
    m_best.copied.clear();
    for (const std::size_t way : m_choice) {
        m_best.banks.push_back(bankOf(way));
        m_best.copied.push_back(isCopy(way));
    }
    m_best.offsets = std::move(offsets);
    return true;
}

bool Search::offer(const Choice& choice, double cost)
{
    m_choice = choice;
    return judgeLeaf(m_base + cost);
}

/// What any assignment to these banks costs at least, where one of them at most can be short of
/// bytes. A choice that costs no more is offered; should it not pack, those that leave a little
/// more room.
double boundByBytes(const AssignmentProblem& problem, const Moments& moments, std::uint64_t banks,
                    Search& search)
{
    const auto exact = solveShortBank(problem, moments, banks);
    if (!exact) {
        return -kNever;
    }
    if (!exact->feasible) {
        return kNever;
    }
    std::optional<ShortBankAnswer> answer = exact;
    for (const std::int64_t spare : kSpareBytes) {
        if (!answer || !answer->feasible || search.offer(answer->banks, answer->cost)) {
            break;
        }
        AssignmentProblem smaller = problem;
        for (AssignmentBank& bank : smaller.banks) {
            bank.capacity = std::max(Bytes(0), bank.capacity - Bytes(spare));
        }
        answer = solveShortBank(smaller, moments, banks);
    }
    return switchOnCost(problem, banks) + exact->cost;
}

BankAssignment searchAll(const AssignmentProblem& problem, std::int64_t searchNodes,
                         const std::stop_token& stop)
{
    BankAssignment best;
    const Moments moments(problem.blocks);
    const BankSets on = bankSets(problem);
    double open = on.complete ? kNever : 0; // what was not looked at costs at least this
    std::int64_t nodes = std::max<std::int64_t>(searchNodes, 1);
    for (const std::uint64_t banks : on.sets) {
        const AssignmentProblem priced = withLeakage(problem, banks);
        Search search(priced, moments, banks, nodes, stop, best);
        const auto isHopeless = [&](double bound) {
            return bound == kNever || (best.found && bound >= best.cost - tolerance(best.cost));
        };
        const double bytesAlone = boundByBytes(priced, moments, banks, search);
        if (isHopeless(bytesAlone) || isHopeless(search.prepare())) {
            continue;
        }
        search.run();
        open = std::min(open, std::max(search.openFrom(), bytesAlone));
    }
    best.impossible = open == kNever && !best.found;
    best.bound = best.found ? std::min(open, best.cost) : open == kNever ? 0 : open;
    best.optimal = best.found && best.bound >= best.cost - tolerance(best.cost);
    best.stopped = !best.optimal && !best.impossible;
    return best;
}

/// The blocks of `keep`, every cost nothing: only possible or not matters.
AssignmentProblem withOnly(const AssignmentProblem& problem, const std::vector<std::size_t>& keep)
{
    AssignmentProblem part;
    for (const AssignmentBank& bank : problem.banks) {
        part.banks.push_back({bank.capacity, 0, bank.imagesIn});
    }
    for (const std::size_t i : keep) {
        part.blocks.push_back(problem.blocks[i]);
        for (std::optional<double>& cost : part.blocks.back().costs) {
            cost = cost ? std::optional<double>(0) : std::nullopt;
        }
    }
    return part;
}

/// Leaves out one block after the other, for good where the rest stays impossible.
std::vector<std::size_t> smallestConflict(const AssignmentProblem& problem,
                                          std::int64_t searchNodes, const std::stop_token& stop)
{
    std::vector<std::size_t> kept(problem.blocks.size());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    // Small blocks go first: a conflict of a few large ones says most.
    std::vector<std::size_t> order = kept;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return problem.blocks[a].size < problem.blocks[b].size;
    });
    for (const std::size_t block : order) {
        std::vector<std::size_t> without = kept;
        std::erase(without, block);
        if (searchAll(withOnly(problem, without), searchNodes, stop).impossible) {
            kept = std::move(without);
        }
    }
    return kept;
}

} // namespace

BankAssignment assignBanks(const AssignmentProblem& problem, std::int64_t searchNodes,
                           const std::stop_token& stop)
{
    BankAssignment best = searchAll(problem, searchNodes, stop);
    if (best.impossible && problem.findConflict) {
        best.conflict = smallestConflict(problem, searchNodes, stop);
    }
    return best;
}

} // namespace tidemark
