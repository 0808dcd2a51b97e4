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
constexpr std::int64_t kStopEvery = 1024;
constexpr std::int64_t kSpareBytes[]{8, 32, 128, 512, 2048};

/// Costs are sums of doubles: differences below this are rounding.
double tolerance(double cost)
{
    return 1e-9 * std::max(1.0, std::abs(cost));
}

using Choice = std::vector<std::size_t>; ///< bank by block

/// A lower bound for what is still to be decided, and the order to decide it in.
struct Relaxation {
    std::vector<std::vector<double>> multipliers; ///< by bank and moment: the price of a byte
    std::vector<std::vector<double>> reduced;     ///< price of a block in a bank, bytes included
    std::vector<bool> open;                       ///< by block and bank: it has room on its own
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
    /// Where a block in a bank has its image, if it has one.
    std::optional<std::size_t> imageOf(std::size_t block, std::size_t bank) const
    {
        return m_problem.blocks[block].hasImage ? m_problem.banks[bank].imagesIn : std::nullopt;
    }
    Bytes imagesIn(std::size_t bank) const;
    double costOf(std::size_t block, std::size_t bank) const
    {
        return m_problem.blocks[block].costs[bank].value_or(kNever);
    }
    std::size_t cheapestBank(const Relaxation& relaxation, std::size_t block) const;
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
    bool fits(std::size_t block, std::size_t bank) const;
    void take(std::size_t block, std::size_t bank, double sign);
    bool judgeLeaf(double cost);
    enum class Packed { Yes, No, Unknown };
    Packed pack(std::size_t bank, std::vector<Bytes>& offsets);

    const AssignmentProblem& m_problem;
    const Moments& m_moments;
    std::int64_t& m_nodes;
    const std::stop_token& m_stop;
    BankAssignment& m_best;
    std::vector<std::size_t> m_banks; ///< switched on
    double m_base = 0;                ///< their cost
    Choice m_choice;
    std::vector<std::vector<double>> m_free; ///< bytes by bank and moment
    Relaxation m_root;
    std::map<std::vector<std::size_t>, Packed> m_known; ///< packings tried: bank and its blocks
    bool m_complete = true;                             ///< the effort sufficed
    double m_open = kNever; ///< cheapest leaf whose packing was neither found nor ruled out
};

std::size_t Search::cheapestBank(const Relaxation& relaxation, std::size_t block) const
{
    return *std::min_element(m_banks.begin(), m_banks.end(), [&](std::size_t a, std::size_t b) {
        return relaxation.reduced[block][a] < relaxation.reduced[block][b];
    });
}

/// What the second-best bank costs more.
double Search::regretOf(const Relaxation& relaxation, std::size_t block) const
{
    double best = kNever, second = kNever;
    for (const std::size_t b : m_banks) {
        const double price = relaxation.reduced[block][b];
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
        for (const std::size_t b : m_banks) {
            const auto image = imageOf(i, b);
            double perByte = image ? forEver[*image] : 0;
            for (std::size_t t = m_moments.of(i).begin; t < m_moments.of(i).end; ++t) {
                perByte += relaxation.multipliers[b][t];
            }
            const bool may = relaxation.open[i * m_problem.banks.size() + b];
            relaxation.reduced[i][b] = may ? costOf(i, b) + perByte * size(i) : kNever;
        }
        value += relaxation.reduced[i][cheapestBank(relaxation, i)];
    }
    return value;
}

/// What blocks cost at most in the banks that are open to them.
double Search::mostOf(const Relaxation& relaxation, const std::vector<std::size_t>& blocks) const
{
    double sum = 0;
    for (const std::size_t i : blocks) {
        double most = 0;
        for (const std::size_t b : m_banks) {
            const bool open = relaxation.open[i * m_problem.banks.size() + b];
            most = open ? std::max(most, costOf(i, b)) : most;
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
        const std::size_t cheapest = cheapestBank(relaxation, blocks[k]);
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
    now.reduced.assign(m_problem.blocks.size(),
                       std::vector<double>(m_problem.banks.size(), kNever));
    now.open.resize(m_problem.blocks.size() * m_problem.banks.size());
    for (const std::size_t i : blocks) {
        for (const std::size_t b : m_banks) {
            now.open[i * m_problem.banks.size() + b] = fits(i, b);
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
            const std::size_t bank = cheapestBank(now, i);
            for (std::size_t t = m_moments.of(i).begin; t < m_moments.of(i).end; ++t) {
                excess[bank][t] += size(i);
            }
            if (const auto image = imageOf(i, bank)) {
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
        const bool homeless = std::none_of(m_banks.begin(), m_banks.end(), [&](std::size_t b) {
            return costOf(i, b) < kNever && m_problem.blocks[i].size <= m_problem.banks[b].capacity;
        });
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

/// Block after block, the surest first, into the cheapest bank with room.
void Search::dive()
{
    double cost = m_base;
    std::size_t done = 0;
    for (; done < m_root.order.size(); ++done) {
        const std::size_t block = m_root.order[done];
        std::optional<std::size_t> chosen;
        for (const std::size_t b : m_banks) {
            if (fits(block, b) &&
                (!chosen || m_root.reduced[block][b] < m_root.reduced[block][*chosen])) {
                chosen = b;
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

bool Search::fits(std::size_t block, std::size_t bank) const
{
    for (std::size_t t = m_moments.of(block).begin; t < m_moments.of(block).end; ++t) {
        if (m_free[bank][t] < size(block)) {
            return false;
        }
    }
    const auto image = imageOf(block, bank);
    const bool imageFits = !image || std::all_of(m_free[*image].begin(), m_free[*image].end(),
                                                 [&](double free) { return free >= size(block); });
    return imageFits && m_problem.blocks[block].costs[bank].has_value();
}

void Search::take(std::size_t block, std::size_t bank, double sign)
{
    for (std::size_t t = m_moments.of(block).begin; t < m_moments.of(block).end; ++t) {
        m_free[bank][t] -= sign * size(block);
    }
    if (const auto image = imageOf(block, bank)) {
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
    std::vector<std::size_t> banks = m_banks;
    std::stable_sort(banks.begin(), banks.end(),
                     [&](std::size_t a, std::size_t b) { return prices[a] < prices[b]; });
    for (const std::size_t bank : banks) {
        const double with = reduced + prices[bank];
        if (isBeaten(relaxation.decided + with + relaxation.rest[place + 1])) {
            return; // the other banks cost more
        }
        if (!fits(block, bank)) {
            continue;
        }
        m_choice[block] = bank;
        take(block, bank, 1);
        descend(relaxation, place + 1, cost + costOf(block, bank), with);
        take(block, bank, -1);
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
    const std::size_t keys = key.size();
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < m_choice.size(); ++i) {
        if (m_choice[i] == bank) {
            const AssignmentBlock& block = m_problem.blocks[i];
            key.push_back(i);
            blocks.push_back({block.size, block.alignment, block.life, block.fixed});
        }
    }
    const auto known = m_known.find(key);
    if (known != m_known.end() && known->second != Packed::Yes) {
        return known->second;
    }
    const Packing packing = packOffsets(blocks, kNodesPerPacking, m_stop, capacity);
    const Packed result = packing.extent <= capacity ? Packed::Yes
                          : packing.bound > capacity ? Packed::No
                                                     : Packed::Unknown;
    for (std::size_t k = keys; result == Packed::Yes && k < key.size(); ++k) {
        offsets[key[k]] = packing.offsets[k - keys];
    }
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
    m_best.banks = m_choice;
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
