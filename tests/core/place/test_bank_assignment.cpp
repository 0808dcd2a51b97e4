// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/place/bank_assignment.h"
#include "tests/core/place/bank_cases.h"

#include <random>

using namespace tidemark;

namespace {

AssignmentBlock block(std::int64_t size, std::size_t first, std::size_t last,
                      std::vector<std::optional<double>> costs, std::int64_t alignment = 1)
{
    return {Bytes(size), Bytes(alignment), {EventId(first), EventId(last)}, std::move(costs)};
}

AssignmentProblem randomProblem(std::mt19937& random, std::size_t blocks, std::size_t banks)
{
    AssignmentProblem problem;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < blocks; ++i) {
        const std::size_t first = random() % 8, last = first + random() % (9 - first);
        std::vector<std::optional<double>> costs;
        for (std::size_t b = 0; b < banks; ++b) {
            costs.push_back(random() % 6 == 0 ? std::nullopt
                                              : std::optional<double>(random() % 50));
        }
        costs[random() % banks] = static_cast<double>(random() % 50); // one place at least
        problem.blocks.push_back(
            block(1 + random() % 40, first, last, costs, random() % 3 == 0 ? 4 : 1));
        for (std::size_t b = 0; b < banks; ++b) {
            problem.blocks.back().waits.push_back(static_cast<double>(random() % 10));
        }
        total += problem.blocks.back().size.count();
    }
    const bool grouped = random() % 2 == 0; // the first two share their switch
    for (std::size_t b = 0; b < banks; ++b) {
        const auto share = static_cast<std::int64_t>(random() % 100);
        problem.banks.push_back(
            {Bytes(total * share / 150 + 4), random() % 2 ? 0.0 : double(random() % 60)});
        problem.banks.back().group = grouped ? b / 2 : b;
        problem.banks.back().leakage = random() % 2 ? 0.0 : double(random() % 4) / 8;
    }
    return problem;
}

/// Whether the blocks of each bank have offsets, by trying them in every order at every place a
/// block can rest: at 0 or on another one.
bool packs(const AssignmentProblem& problem, const std::vector<std::size_t>& banks,
           std::size_t bank)
{
    std::vector<std::size_t> here;
    for (std::size_t i = 0; i < banks.size(); ++i) {
        if (banks[i] == bank) {
            here.push_back(i);
        }
    }
    std::vector<std::pair<std::size_t, std::int64_t>> placed;
    const auto rest = [&](auto&& self) -> bool {
        if (placed.size() == here.size()) {
            return true;
        }
        for (const std::size_t i : here) {
            const AssignmentBlock& one = problem.blocks[i];
            if (std::any_of(placed.begin(), placed.end(),
                            [&](const auto& p) { return p.first == i; })) {
                continue;
            }
            std::int64_t offset = 0; // lowest place above what lives at the same time
            for (const auto& [other, at] : placed) {
                if (problem.blocks[other].life.intersects(one.life)) {
                    offset = std::max(offset, at + problem.blocks[other].size.count());
                }
            }
            offset = alignUp(Bytes(offset), one.alignment).count();
            if (offset + one.size.count() <= problem.banks[bank].capacity.count()) {
                placed.emplace_back(i, offset);
                if (self(self)) {
                    return true;
                }
                placed.pop_back();
            }
        }
        return false;
    };
    return rest(rest);
}

/// Of banks that are on because one of their group holds something: the switch, and their leakage
/// while blocks wait.
double switchCost(const AssignmentProblem& problem, const std::vector<std::size_t>& choice)
{
    double switches = 0, leakage = 0, wait = 0;
    for (std::size_t b = 0; b < problem.banks.size(); ++b) {
        const auto shares = [&](std::size_t bank) {
            const auto& group = problem.banks[b].group;
            return bank == b || (group && group == problem.banks[bank].group);
        };
        if (std::any_of(choice.begin(), choice.end(), shares)) {
            switches += problem.banks[b].switchOn;
            leakage += problem.banks[b].leakage;
        }
    }
    for (std::size_t i = 0; i < choice.size(); ++i) {
        wait += problem.blocks[i].waits.empty() ? 0 : problem.blocks[i].waits[choice[i]];
    }
    return switches + leakage * wait;
}

std::optional<double> bruteForce(const AssignmentProblem& problem)
{
    const std::size_t banks = problem.banks.size();
    std::vector<std::size_t> choice(problem.blocks.size());
    std::optional<double> best;
    while (true) {
        double cost = 0;
        bool allowed = true;
        for (std::size_t i = 0; i < choice.size(); ++i) {
            const auto& price = problem.blocks[i].costs[choice[i]];
            allowed = allowed && price.has_value();
            cost += price.value_or(0);
        }
        cost += switchCost(problem, choice);
        if (allowed && (!best || cost < *best)) {
            bool fits = true;
            for (std::size_t b = 0; fits && b < banks; ++b) {
                fits = packs(problem, choice, b);
            }
            if (fits) {
                best = cost;
            }
        }
        std::size_t digit = 0;
        while (digit < choice.size() && ++choice[digit] == banks) {
            choice[digit++] = 0;
        }
        if (digit == choice.size()) {
            return best;
        }
    }
}

/// Looks at an answer with nothing but the definition.
void verify(const AssignmentProblem& problem, const BankAssignment& answer)
{
    double cost = switchCost(problem, answer.banks);
    for (std::size_t i = 0; i < problem.blocks.size(); ++i) {
        const AssignmentBlock& one = problem.blocks[i];
        const std::size_t bank = answer.banks[i];
        QVERIFY(one.costs[bank]);
        cost += *one.costs[bank];
        QVERIFY(answer.offsets[i] >= Bytes(0));
        QVERIFY(answer.offsets[i].count() % one.alignment.count() == 0);
        QVERIFY(answer.offsets[i] + one.size <= problem.banks[bank].capacity);
        for (std::size_t j = 0; j < i; ++j) {
            const AssignmentBlock& other = problem.blocks[j];
            QVERIFY(answer.banks[j] != bank || !other.life.intersects(one.life) ||
                    answer.offsets[j] + other.size <= answer.offsets[i] ||
                    answer.offsets[i] + one.size <= answer.offsets[j]);
        }
    }
    QVERIFY(cost <= answer.cost + 1e-6); // a bank that was paid for may have stayed empty
}

} // namespace

class TestBankAssignment : public QObject {
    Q_OBJECT

private slots:
    void equalsBruteForce()
    {
        std::mt19937 random(11);
        int solved = 0, impossible = 0;
        for (int round = 0; round < 250; ++round) {
            const AssignmentProblem problem =
                randomProblem(random, 2 + random() % 5, 1 + random() % 3);
            const BankAssignment answer = assignBanks(problem, 1'000'000);
            const std::optional<double> best = bruteForce(problem);
            QCOMPARE(answer.found, best.has_value());
            if (best) {
                ++solved;
                QVERIFY(answer.optimal);
                QVERIFY(std::abs(answer.cost - *best) < 1e-6);
                verify(problem, answer);
            } else {
                ++impossible;
                QVERIFY(answer.impossible);
                QVERIFY(!answer.conflict.empty());
            }
        }
        QVERIFY(solved > 50 && impossible > 20);
    }

    /// Nothing can be left out of a conflict, and the conflict alone is impossible.
    void conflictsAreIrreducible()
    {
        std::mt19937 random(5);
        int seen = 0;
        for (int round = 0; round < 400 && seen < 40; ++round) {
            const AssignmentProblem problem = randomProblem(random, 6, 2);
            const BankAssignment answer = assignBanks(problem, 1'000'000);
            if (!answer.impossible) {
                continue;
            }
            ++seen;
            const auto only = [&](std::optional<std::size_t> without) {
                AssignmentProblem part{{}, problem.banks};
                for (const std::size_t i : answer.conflict) {
                    if (i != without) {
                        part.blocks.push_back(problem.blocks[i]);
                    }
                }
                return part;
            };
            QVERIFY(!bruteForce(only(std::nullopt)));
            for (const std::size_t i : answer.conflict) {
                QVERIFY(only(i).blocks.empty() || bruteForce(only(i)));
            }
        }
        QCOMPARE(seen, 40);
    }

    void hundredBuffersInTwoBanks()
    {
        int proved = 0;
        for (std::uint32_t seed = 0; seed < 10; ++seed) {
            const AssignmentProblem problem = test::hundredBuffers(seed);
            const BankAssignment answer = assignBanks(problem, 4'000'000);
            QVERIFY(answer.found);
            verify(problem, answer);
            proved += answer.optimal ? 1 : 0;
            QVERIFY(answer.bound >= answer.cost * 0.985);
        }
        QCOMPARE(proved, 10);
    }

    void aSwitchedOffBankSavesItsLeakage()
    {
        AssignmentProblem problem;
        problem.banks = {{Bytes(100), 0}, {Bytes(100), 50}};
        problem.blocks = {block(60, 0, 1, {10.0, 1.0}), block(40, 0, 1, {10.0, 1.0})};
        BankAssignment answer = assignBanks(problem, 1000);
        QCOMPARE(answer.cost, 20.0); // 2 + 50 would be more
        QCOMPARE(answer.banks, (std::vector<std::size_t>{0, 0}));
        problem.blocks.push_back(block(40, 1, 2, {10.0, 1.0})); // 140 alive at event 1
        answer = assignBanks(problem, 1000);
        QCOMPARE(answer.cost, 62.0); // paid for anyway: then all that fits goes there
    }

    /// Alone neither small bank is worth its switch; both on one switch are worth it together.
    void banksOfAGroupAreChosenTogether()
    {
        AssignmentProblem problem;
        problem.banks = {{Bytes(1000), 0}, {Bytes(50), 30}, {Bytes(50), 0}};
        problem.banks[1].group = problem.banks[2].group = 7;
        problem.blocks = {block(50, 0, 1, {20.0, 0.0, 0.0}), block(50, 0, 1, {20.0, 0.0, 0.0})};
        BankAssignment answer = assignBanks(problem, 1000);
        QVERIFY(answer.optimal);
        QCOMPARE(answer.cost, 30.0);    // not 40 in the first, nor 20 + 30 in one of the others
        problem.banks[2].switchOn = 30; // what the other bank leaks is paid for as well
        answer = assignBanks(problem, 1000);
        QVERIFY(answer.optimal);
        QCOMPARE(answer.cost, 40.0);
        QCOMPARE(answer.banks, (std::vector<std::size_t>{0, 0}));
    }

    /// Boards may have 64 banks, each with a switch of its own.
    void manyBanksAreNoTrap()
    {
        AssignmentProblem problem;
        for (std::size_t b = 0; b < 64; ++b) {
            problem.banks.push_back({Bytes(10), b == 0 ? 0.0 : 1.0});
        }
        for (std::size_t i = 0; i < 3; ++i) {
            problem.blocks.push_back(block(10, 0, 1, std::vector<std::optional<double>>(64, 2.0)));
        }
        const BankAssignment answer = assignBanks(problem, 1000);
        QVERIFY(answer.found && !answer.optimal && answer.stopped);
        QCOMPARE(answer.cost, 8.0);
        verify(problem, answer);
        for (AssignmentBank& bank : problem.banks) {
            bank.switchOn = 0;
        }
        QVERIFY(assignBanks(problem, 1000).optimal);
    }

    void aLimitReachedIsNotImpossible()
    {
        std::mt19937 random(3);
        int stopped = 0;
        for (int round = 0; round < 20; ++round) {
            const BankAssignment answer = assignBanks(randomProblem(random, 30, 3), 3);
            QVERIFY(answer.stopped + answer.optimal + answer.impossible == 1);
            stopped += answer.stopped ? 1 : 0;
        }
        QVERIFY(stopped > 3);
    }

    void nothingToPlaceCostsNothing()
    {
        const BankAssignment answer = assignBanks({{}, {{Bytes(10), 5}}}, 10);
        QVERIFY(answer.found && answer.optimal);
        QCOMPARE(answer.cost, 0.0);
    }
};

QTEST_APPLESS_MAIN(TestBankAssignment)
#include "test_bank_assignment.moc"
