// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/place/bank_assignment.h"
#include "tests/core/place/bank_cases.h"

#include <random>
#include <set>

using namespace tidemark;

namespace {

AssignmentBlock block(std::int64_t size, std::size_t first, std::size_t last,
                      std::vector<std::optional<double>> costs, std::int64_t alignment = 1)
{
    return {Bytes(size), Bytes(alignment), {EventId(first), EventId(last)}, std::move(costs)};
}

/// Some blocks may be copies for a part of their life; the first is an arena of fixed parts.
void addCopies(std::mt19937& random, AssignmentProblem& problem)
{
    for (AssignmentBlock& one : problem.blocks) {
        if (random() % 2 == 0) {
            continue;
        }
        const std::size_t first = one.life.first.index(), last = one.life.last.index();
        const std::size_t from = first + random() % (last - first + 1);
        one.copyLife = EventRange{EventId(from), EventId(from + random() % (last - from + 1))};
        for (std::size_t b = 0; b < problem.banks.size(); ++b) {
            one.copyCosts.push_back(random() % 4 == 0 ? std::nullopt
                                                      : std::optional<double>(random() % 50));
            one.copyWaits.push_back(static_cast<double>(random() % 10));
        }
        const std::size_t image = random() % problem.banks.size();
        const bool isFree = std::ranges::all_of(problem.banks, [&](const AssignmentBank& bank) {
            return bank.group != problem.banks[image].group || bank.switchOn + bank.leakage == 0;
        });
        if (isFree && random() % 2 == 0) {
            one.copyImageIn = image;
        }
    }
    if (random() % 2 == 0) {
        AssignmentBlock& arena = problem.blocks.front();
        arena.copyLife.reset();
        arena.copyCosts.clear();
        arena.copyWaits.clear();
        arena.life = {EventId(0), EventId(8)};
        for (std::size_t part = 0; part < 3; ++part) { // of its size, at most
            const std::int64_t size = 1 + static_cast<std::int64_t>(random()) % arena.size.count();
            const auto most = static_cast<std::uint64_t>(arena.size.count() - size + 1);
            arena.parts.push_back({Bytes(size),
                                   Bytes(1),
                                   {EventId(3 * part), EventId(3 * part + random() % 3)},
                                   Bytes(static_cast<std::int64_t>(random() % most))});
        }
    }
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

/// A bank by block, those of copies after the others.
using Ways = std::vector<std::size_t>;

/// One rectangle of a bank.
struct Piece {
    std::int64_t size, alignment;
    EventRange life;
    std::int64_t offset = -1; ///< not placed yet
};

/// What ways put into a bank, and in `capacity` what images leave of it.
std::vector<Piece> piecesOf(const AssignmentProblem& problem, const Ways& ways, std::size_t bank,
                            std::int64_t& capacity)
{
    std::vector<Piece> pieces;
    const std::size_t banks = problem.banks.size();
    capacity = problem.banks[bank].capacity.count();
    for (std::size_t i = 0; i < ways.size(); ++i) {
        const AssignmentBlock& one = problem.blocks[i];
        const bool copied = ways[i] >= banks;
        capacity -= copied && one.copyImageIn == bank ? one.size.count() : 0;
        if (ways[i] % banks != bank) {
            continue;
        }
        for (const Block& part : one.parts) {
            pieces.push_back({part.size.count(), 1, part.life, part.fixed->count()});
        }
        if (one.parts.empty()) {
            pieces.push_back(
                {one.size.count(), one.alignment.count(), copied ? *one.copyLife : one.life});
        }
    }
    return pieces;
}

/// Whether the pieces have offsets, by trying the others in every order at every place one can
/// rest: at 0 or on another one.
bool packs(std::vector<Piece> pieces, std::int64_t capacity)
{
    const auto meets = [](const Piece& a, const Piece& b) {
        return b.offset >= 0 && a.life.intersects(b.life) && a.offset < b.offset + b.size &&
               b.offset < a.offset + a.size;
    };
    const auto rest = [&](auto&& self) -> bool {
        bool done = true;
        for (Piece& one : pieces) {
            if (one.offset >= 0) {
                continue;
            }
            done = false;
            std::set<std::int64_t> places{0};
            for (const Piece& other : pieces) {
                if (other.offset >= 0 && other.life.intersects(one.life)) {
                    places.insert(
                        alignUp(Bytes(other.offset + other.size), Bytes(one.alignment)).count());
                }
            }
            for (const std::int64_t place : places) {
                one.offset = place;
                const bool isFree =
                    std::none_of(pieces.begin(), pieces.end(), [&](const Piece& other) {
                        return &other != &one && meets(one, other);
                    });
                if (isFree && place + one.size <= capacity && self(self)) {
                    return true;
                }
            }
            one.offset = -1;
        }
        return done;
    };
    return std::all_of(pieces.begin(), pieces.end(),
                       [&](const Piece& p) { return p.offset + p.size <= capacity; }) &&
           capacity >= 0 && rest(rest);
}

/// Of banks that are on because one of their group holds something: the switch, and their leakage
/// while blocks wait.
double switchCost(const AssignmentProblem& problem, const Ways& choice)
{
    const std::size_t banks = problem.banks.size();
    double switches = 0, leakage = 0, wait = 0;
    for (std::size_t b = 0; b < banks; ++b) {
        const auto shares = [&](std::size_t way) {
            const auto& group = problem.banks[b].group;
            return way % banks == b || (group && group == problem.banks[way % banks].group);
        };
        if (std::any_of(choice.begin(), choice.end(), shares)) {
            switches += problem.banks[b].switchOn;
            leakage += problem.banks[b].leakage;
        }
    }
    for (std::size_t i = 0; i < choice.size(); ++i) {
        const AssignmentBlock& one = problem.blocks[i];
        const auto& waits = choice[i] < banks ? one.waits : one.copyWaits;
        wait += waits.empty() ? 0 : waits[choice[i] % banks];
    }
    return switches + leakage * wait;
}

std::optional<double> costOf(const AssignmentProblem& problem, std::size_t block, std::size_t way)
{
    const std::size_t banks = problem.banks.size();
    const AssignmentBlock& one = problem.blocks[block];
    return way < banks             ? one.costs[way]
           : one.copyCosts.empty() ? std::nullopt
                                   : one.copyCosts[way - banks];
}

std::optional<double> bruteForce(const AssignmentProblem& problem)
{
    const std::size_t banks = problem.banks.size();
    Ways choice(problem.blocks.size());
    std::optional<double> best;
    while (true) {
        double cost = 0;
        bool allowed = true;
        for (std::size_t i = 0; i < choice.size() && allowed; ++i) {
            const auto price = costOf(problem, i, choice[i]);
            allowed = price.has_value();
            cost += price.value_or(0);
        }
        cost += allowed ? switchCost(problem, choice) : 0;
        if (allowed && (!best || cost < *best)) {
            bool fits = true;
            for (std::size_t b = 0; fits && b < banks; ++b) {
                std::int64_t capacity = 0;
                const auto pieces = piecesOf(problem, choice, b, capacity);
                fits = packs(pieces, capacity);
            }
            if (fits) {
                best = cost;
            }
        }
        std::size_t digit = 0;
        while (digit < choice.size() && ++choice[digit] == 2 * banks) {
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
    const std::size_t banks = problem.banks.size();
    Ways ways;
    double cost = 0;
    for (std::size_t i = 0; i < problem.blocks.size(); ++i) {
        ways.push_back(answer.banks[i] + (answer.copied[i] ? banks : 0));
        const auto price = costOf(problem, i, ways.back());
        QVERIFY(price);
        cost += *price;
    }
    cost += switchCost(problem, ways);
    QVERIFY(cost <= answer.cost + 1e-6); // a bank that was paid for may have stayed empty
    for (std::size_t b = 0; b < banks; ++b) {
        std::int64_t capacity = 0;
        std::vector<Piece> pieces = piecesOf(problem, ways, b, capacity);
        auto piece = pieces.begin();
        for (std::size_t i = 0; i < ways.size(); ++i) {
            const AssignmentBlock& one = problem.blocks[i];
            if (answer.banks[i] != b) {
                continue;
            }
            if (one.parts.empty()) {
                piece->offset = answer.offsets[i].count();
                QVERIFY(piece->offset >= 0 && piece->offset % piece->alignment == 0);
            }
            piece += static_cast<std::ptrdiff_t>(std::max<std::size_t>(one.parts.size(), 1));
        }
        for (const Piece& x : pieces) {
            QVERIFY(x.offset + x.size <= capacity);
            for (const Piece& y : pieces) {
                QVERIFY(&x == &y || !x.life.intersects(y.life) || x.offset + x.size <= y.offset ||
                        y.offset + y.size <= x.offset);
            }
        }
    }
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

    /// The same with another way for some blocks, for a while, and with an arena that is there.
    void copiesEqualBruteForce()
    {
        std::mt19937 random(31);
        int solved = 0, impossible = 0, copied = 0;
        for (int round = 0; round < 250; ++round) {
            AssignmentProblem problem = randomProblem(random, 2 + random() % 4, 1 + random() % 3);
            problem.findConflict = false;
            addCopies(random, problem);
            const BankAssignment answer = assignBanks(problem, 1'000'000);
            const std::optional<double> best = bruteForce(problem);
            QCOMPARE(answer.found, best.has_value());
            if (best) {
                ++solved;
                QVERIFY(answer.optimal);
                QVERIFY2(std::abs(answer.cost - *best) < 1e-6,
                         qPrintable(QString("%1 %2").arg(answer.cost).arg(*best)));
                verify(problem, answer);
                copied += std::ranges::count(answer.copied, true) > 0 ? 1 : 0;
            } else {
                ++impossible;
                QVERIFY(answer.impossible);
            }
        }
        QVERIFY(solved > 50 && impossible > 20 && copied > 30);
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
