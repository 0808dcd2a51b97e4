// SPDX-License-Identifier: Apache-2.0
// Weights staged around their stages: who is copied, where to, when, and that all of it holds.
#include <QtTest>

#include "core/cost/cost_model.h"
#include "core/execute/execute.h"
#include "core/lower/kernel_tables.h"
#include "core/place/bank_choice.h"
#include "core/place/occupied_bytes.h"
#include "core/place/offsets.h"
#include "core/place/plan_checker.h"
#include "core/place/planning_session.h"
#include "core/schedule/lifetimes.h"
#include "core/schedule/staging.h"
#include "tests/core/place/fixtures.h"

#include <map>
#include <random>

using namespace tidemark;

namespace {

using NetworkPtr = std::shared_ptr<const Network>;
using BoardPtr = std::shared_ptr<const Board>;

Constraints wish(Technique technique, Staging staging, Objective objective = Objective::Ram)
{
    Constraints constraints;
    constraints.technique = technique;
    constraints.staging = staging;
    constraints.objective = objective;
    return constraints;
}

PlanPtr planned(const NetworkPtr& network, const BoardPtr& board, const Constraints& constraints)
{
    const Result<PlanPtr> made = plan(network, board, constraints);
    if (!made) {
        qWarning("%s", made.error().text().c_str());
    }
    return made ? *made : nullptr;
}

std::vector<BufferId> copiesOf(const Plan& plan)
{
    std::vector<BufferId> copies;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (plan.buffers[i].kind == BufferKind::StagedCopy) {
            copies.emplace_back(i);
        }
    }
    return copies;
}

/// Bit for bit what the network gives without a plan.
bool runsAsPlanned(const Plan& plan, std::mt19937& random)
{
    const auto inputs = test::randomInputs(*plan.network, random);
    const auto values = runUnplanned(*plan.network, inputs);
    const auto outputs = runPlanned(plan, inputs);
    if (!values || !outputs) {
        return false;
    }
    for (std::size_t i = 0; i < outputs->size(); ++i) {
        if ((*outputs)[i] != (*values)[plan.network->outputs[i].index()]) {
            return false;
        }
    }
    return true;
}

NetworkPtr weightedLenet()
{
    std::mt19937 random(3);
    return test::withWeights(*test::lenet5(), random);
}

/// conv2.weights of LeNet in SSRAM, as a copy.
Plan pinnedPlan()
{
    Constraints constraints = wish(Technique::Liveness, Staging::Around);
    constraints.pins = {{"conv2.weights", "SSRAM", std::nullopt}};
    return *planned(weightedLenet(), test::board(64 * 1024), constraints);
}

Buffer& bufferOf(Plan& plan, const char* name)
{
    return plan.buffers[plan.findBuffer(name)->index()];
}
Placement& placementOf(Plan& plan, const char* name)
{
    return plan.placements[plan.findBuffer(name)->index()];
}
Event& copyEvent(Plan& plan)
{
    return *std::ranges::find_if(plan.schedule.events,
                                 [](const Event& e) { return e.kind == EventKind::Copy; });
}

/// A small network on a board with little room, and the prices of its banks and copies.
struct Case {
    NetworkPtr network;
    BoardPtr board;
    RowPlan rows;
    ResolvedPins pins;
    BankCosts costs;
    std::vector<Bytes> room;
};

std::optional<Case> smallCase(std::mt19937& random, Objective objective)
{
    constexpr std::size_t kMostBuffers[]{10, 7}; // without and with a second bank to write to
    const bool second = random() % 2 == 0;
    Case made;
    made.network = std::make_shared<const Network>(
        withKernelTables(*test::randomRunnable(random, 1 + static_cast<int>(random() % 4))));
    made.board = test::costedBoard(4096, 4096, static_cast<double>(2 + random() % 30));
    made.rows.schedule = stageByStage(*made.network);
    made.rows.buffers = fullBuffers(*made.network, made.rows.schedule);
    if (made.rows.buffers.size() > kMostBuffers[second] ||
        (!second && made.network->constants.size() < 3)) {
        return std::nullopt;
    }
    made.pins.resize(made.rows.buffers.size());
    std::int64_t all = 0, constants = 0;
    std::vector<Block> arena;
    for (const Buffer& buffer : made.rows.buffers) {
        all += buffer.bytes.count();
        constants += buffer.isConstant() ? buffer.bytes.count() : 0;
        if (buffer.isArena()) {
            arena.push_back({buffer.bytes, buffer.alignment, buffer.residency, std::nullopt});
        }
    }
    std::vector<BankUse> banks(made.board->banks.size());
    for (std::size_t b = 0; b < banks.size(); ++b) {
        banks[b].capacity = Bytes(all * 2);
        made.room.push_back(BankId(b) == made.board->codeBank
                                ? Bytes(2 * all)
                                : Bytes(all * static_cast<int>(random() % 100) / 100));
    }
    made.room[1] = second ? made.room[1] : Bytes(0);
    if (random() % 4 != 0) { // for the arena and some of the constants
        made.room[0] = packOffsets(arena, 1000).extent +
                       Bytes(constants * static_cast<int>(random() % 90) / 100);
    }
    Constraints constraints;
    constraints.objective = objective;
    auto costs = bankCosts(*made.network, *made.board, made.rows.buffers, constraints, banks);
    if (!costs) {
        return std::nullopt;
    }
    made.costs = std::move(*costs);
    return made;
}

/// Where every buffer lies: a bank, or 3 + a bank for a constant whose copy lies there.
using Ways = std::vector<std::size_t>;

/// The buffers with the copies that `ways` ask for, and their banks.
std::vector<Buffer> buffersFor(const Case& c, const Ways& ways, std::vector<BankId>& banks)
{
    std::vector<Buffer> buffers = c.rows.buffers;
    for (const std::size_t way : ways) {
        banks.emplace_back(way < 3 ? way : c.board->defaultConstants.index());
    }
    for (std::size_t i = 0; i < ways.size(); ++i) {
        if (ways[i] >= 3) {
            buffers.push_back(stagedCopy(buffers[i], *stagedLife(buffers[i], c.rows.schedule)));
            banks.emplace_back(ways[i] - 3);
        }
    }
    return buffers;
}

bool fits(const Case& c, const Ways& ways)
{
    std::vector<BankId> banks;
    const std::vector<Buffer> buffers = buffersFor(c, ways, banks);
    std::vector<Bytes> used(3);
    for (std::size_t b = 0; b < used.size(); ++b) {
        std::vector<Block> arena;
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            const Buffer& buffer = buffers[i];
            if (banks[i] != BankId(b)) {
                continue;
            }
            if (buffer.isArena()) {
                arena.push_back({buffer.bytes, buffer.alignment, buffer.residency, std::nullopt});
            } else {
                used[b] += buffer.bytes;
                used[2] += b == 2 ? Bytes(0) : buffer.bytes; // its image
            }
        }
        const Bytes extent = packOffsets(arena, 100'000).extent;
        used[b] += b == 2 ? extent : alignUp(extent, Bytes(4));
    }
    return used[0] <= c.room[0] && used[1] <= c.room[1] && used[2] <= c.room[2];
}

double modelled(const Case& c, const Ways& ways, Objective objective)
{
    std::vector<BankId> banks;
    const std::vector<Buffer> buffers = buffersFor(c, ways, banks);
    const PlanCost cost = costOf(*c.network, *c.board, c.rows.schedule, buffers, banks);
    return (objective == Objective::Latency ? cost.latency : cost.energy).value.value_or(-1);
}

std::vector<Ways> allowedWays(const Case& c, bool mayStay)
{
    std::vector<Ways> allowed;
    for (const Buffer& buffer : c.rows.buffers) {
        Ways& ways = allowed.emplace_back();
        for (const std::size_t bank : {0U, 1U}) {
            if (c.room[bank] <= Bytes(0)) {
                continue;
            }
            if (buffer.isArena() || mayStay) {
                ways.push_back(bank);
            }
            if (buffer.isConstant() && !buffer.accesses.empty()) {
                ways.push_back(3 + bank);
            }
        }
        if (buffer.isConstant()) {
            ways.push_back(2);
        }
    }
    return allowed;
}

std::optional<double> bruteForce(const Case& c, Objective objective, bool mayStay)
{
    const std::vector<Ways> allowed = allowedWays(c, mayStay);
    Ways ways(allowed.size());
    std::optional<double> best;
    const auto decide = [&](auto&& self, std::size_t i) -> void {
        if (i < allowed.size()) {
            for (const std::size_t way : allowed[i]) {
                ways[i] = way;
                self(self, i + 1);
            }
            return;
        }
        const double cost = modelled(c, ways, objective);
        if ((!best || cost < *best - 1e-9) && fits(c, ways)) {
            best = cost;
        }
    };
    decide(decide, 0);
    return best;
}

} // namespace

using Breakage = std::function<void(Plan&)>;
Q_DECLARE_METATYPE(Breakage)

class TestStaging : public QObject {
    Q_OBJECT

private slots:
    void aCopyLivesAroundItsStage()
    {
        const Plan p = pinnedPlan();
        QVERIFY2(p.fits, p.conflicts.empty() ? "" : p.conflicts[0].text.c_str());
        const BufferId id = *p.findBuffer("conv2.weights.staged");
        const Buffer& copy = p[id];
        const Buffer& home = p[*p.findBuffer("conv2.weights")];
        QVERIFY(copy.kind == BufferKind::StagedCopy && copy.isArena());
        QCOMPARE(copy.constant, home.constant);
        QCOMPARE(p.placement(id).bank, BankId(1));
        QVERIFY(p.placement(id).pinned);
        QCOMPARE(p.placement(*p.findBuffer("conv2.weights")).bank, BankId(2));
        QVERIFY(home.residency == p.schedule.whole());
        const Event& event = p.schedule[copy.residency.first];
        QVERIFY(event.kind == EventKind::Copy && event.constant == *copy.constant);
        const StageId conv2 = event.stage;
        QCOMPARE(p.network->stages[conv2.index()].name, std::string("conv2"));
        QVERIFY(copy.residency.last == p.schedule[conv2].last);
        // Nothing but copies lies between a copy and the first row of its stage.
        for (std::size_t e = copy.residency.first.index(); e < p.schedule[conv2].first.index();
             ++e) {
            QVERIFY(p.schedule.events[e].kind == EventKind::Copy);
        }
        QCOMPARE(p.weightBytes.count(), 246'824); // counted once
        std::mt19937 random(1);
        QVERIFY(runsAsPlanned(p, random));
    }

    /// Under the objective RAM copies fill what is free, and nothing becomes larger for them.
    void thePeakStays_data()
    {
        QTest::addColumn<int>("technique");
        for (const Technique technique : allTechniques()) {
            QTest::newRow(std::string(toString(technique)).c_str()) << int(technique);
        }
    }
    void thePeakStays()
    {
        QFETCH(int, technique);
        std::mt19937 random(7);
        std::size_t copies = 0;
        for (const NetworkPtr& base : {test::lenet5(), test::cifarNet(DataType::Float32),
                                       test::keywordNet(DataType::Float32)}) {
            const NetworkPtr network = test::withWeights(*base, random);
            const auto board = test::board(512 * 1024, 0, 4'000'000);
            const auto none = planned(network, board, wish(Technique(technique), Staging::None));
            const auto p = planned(network, board, wish(Technique(technique), Staging::Around));
            QVERIFY(none && p && p->fits);
            QCOMPARE(p->peakRam, none->peakRam);
            QCOMPARE(p->activationBytes, none->activationBytes);
            QCOMPARE(p->lowerBound.bytes, none->lowerBound.bytes);
            QVERIFY(p->lowerBound.status == none->lowerBound.status);
            QVERIFY(checkPlan(*p).empty());
            QVERIFY(runsAsPlanned(*p, random));
            copies += copiesOf(*p).size();
            if (!copiesOf(*p).empty()) {
                const auto read = [](const Plan& plan) { return plan.cost.banks[2].read; };
                QVERIFY(read(*p) < read(*none));
                QCOMPARE(p->assignment.cost, read(*p));
            }
        }
        QVERIFY(Technique(technique) <= Technique::Fused ? copies == 0 : copies > 0);
    }

    void randomPlansHold()
    {
        std::mt19937 random(19);
        std::size_t copies = 0, shared = 0;
        for (int round = 0; round < 120; ++round) {
            const auto network = test::withWeights(
                *test::randomRunnable(random, 2 + static_cast<int>(random() % 5)), random);
            Constraints constraints =
                wish(allTechniques()[random() % 7],
                     random() % 4 == 0 ? Staging::Auto : Staging::Around, Objective(random() % 3));
            const auto board =
                test::costedBoard(static_cast<std::int64_t>(2048 + random() % 20'000),
                                  static_cast<std::int64_t>(random() % 6000));
            const auto bare = planned(network, board, constraints);
            QVERIFY(bare);
            for (const Buffer& buffer : bare->buffers) {
                if (buffer.isConstant() && !buffer.accesses.empty() && random() % 4 == 0) {
                    constraints.pins.push_back(
                        {random() % 2 ? buffer.name : stagedName(buffer.name),
                         random() % 2 ? "TCM" : "SSRAM", std::nullopt});
                }
            }
            const auto p = planned(network, board, constraints);
            QVERIFY(p);
            if (!p->fits) {
                continue;
            }
            QVERIFY(checkPlan(*p).empty());
            QVERIFY(runsAsPlanned(*p, random));
            const auto found = copiesOf(*p);
            copies += found.size();
            for (const BufferId a : found) {
                for (std::size_t b = 0; b < p->buffers.size(); ++b) {
                    const Placement& x = p->placement(a);
                    const Placement& y = p->placements[b];
                    shared += b != a.index() && x.bank == y.bank &&
                              x.offset < y.offset + p->buffers[b].bytes &&
                              y.offset < x.offset + (*p)[a].bytes;
                }
            }
        }
        QVERIFY(copies > 100);
        QVERIFY(shared > 50); // their bytes serve others before and after
    }

    void equalsBruteForce_data()
    {
        QTest::addColumn<int>("objective");
        QTest::addColumn<bool>("mayStay");
        QTest::newRow("latency") << int(Objective::Latency) << true;
        QTest::newRow("latency, around alone") << int(Objective::Latency) << false;
        QTest::newRow("energy") << int(Objective::Energy) << true;
    }
    /// No choice of banks, of constants that stay in RAM and of copies costs less. Where that is
    /// not proven, the bound holds all the same.
    void equalsBruteForce()
    {
        QFETCH(int, objective);
        QFETCH(bool, mayStay);
        std::mt19937 random(5);
        int solved = 0, proven = 0, copied = 0;
        for (int round = 0; round < 4000 && solved < 60; ++round) {
            const auto c = smallCase(random, Objective(objective));
            if (!c) {
                continue;
            }
            const auto best = bruteForce(*c, Objective(objective), mayStay);
            const BankQuestion question{c->rows,  *c->board, c->pins, Technique::Liveness,
                                        c->costs, c->room,   true,    true,
                                        mayStay,  true};
            const BankChoice choice = chooseBanks(question, {1'000'000}, {});
            if (!best) {
                QVERIFY(!choice.found);
                continue;
            }
            ++solved;
            QVERIFY(choice.found);
            copied += choice.copies.empty() ? 0 : 1;
            const double blur = 1e-5 * *best;
            QVERIFY2(
                choice.proof.cost >= *best - blur && choice.proof.bound <= *best + blur,
                qPrintable(
                    QString("%1 %2 %3").arg(choice.proof.bound).arg(*best).arg(choice.proof.cost)));
            if (choice.proof.status == ProofStatus::Optimal) {
                ++proven;
                QVERIFY(choice.proof.cost <= *best + blur);
            }
        }
        QCOMPARE(solved, 60);
        QVERIFY2(proven >= 50, qPrintable(QString::number(proven)));
        QVERIFY2(copied >= 5, qPrintable(QString("%1 of %2").arg(copied).arg(solved)));
    }

    /// Beside an arena that stays where it is: no set of copies that fits spares more reads.
    void freeBytesAreFilledBest()
    {
        std::mt19937 random(12);
        int copied = 0, proven = 0;
        for (int round = 0; round < 150; ++round) {
            const auto network = std::make_shared<const Network>(withKernelTables(
                *test::randomRunnable(random, 2 + static_cast<int>(random() % 4))));
            const auto board = test::board(1'000'000);
            Constraints constraints = wish(Technique::Liveness, Staging::None);
            const auto none = planned(network, board, constraints);
            constraints.staging = Staging::Around;
            const auto p = planned(network, board, constraints);
            QVERIFY(none && p);
            const BankCosts costs = readOnlyTraffic(*none->network, *board, none->buffers);
            std::vector<Block> arena;
            std::vector<std::size_t> candidates;
            double least = 0, all = 0;
            for (std::size_t i = 0; i < none->buffers.size(); ++i) {
                const Buffer& b = none->buffers[i];
                if (b.isArena()) {
                    arena.push_back(
                        {b.bytes, b.alignment, b.residency, none->placements[i].offset});
                } else {
                    all += costs.buffers[i][2];
                    if (!costs.around[i].empty()) {
                        candidates.push_back(i);
                    }
                }
            }
            least = all;
            for (unsigned set = 0; candidates.size() <= 8 && set < 1U << candidates.size(); ++set) {
                std::vector<Block> blocks = arena;
                double cost = all;
                for (std::size_t k = 0; k < candidates.size(); ++k) {
                    const std::size_t i = candidates[k];
                    const Buffer& b = none->buffers[i];
                    if ((set >> k & 1U) != 0) {
                        blocks.push_back(
                            {b.bytes, b.alignment, *stagedLife(b, none->schedule), std::nullopt});
                        cost += costs.around[i][0] - costs.buffers[i][2];
                    }
                }
                const Bytes extent = none->banks[0].planned;
                if (cost < least && packOffsets(blocks, 100'000, {}, extent).extent <= extent) {
                    least = cost;
                }
            }
            if (candidates.size() > 8 || p->activationBytes != none->activationBytes) {
                continue;
            }
            copied += copiesOf(*p).empty() ? 0 : 1;
            QVERIFY(p->assignment.bound <= least + 1e-3);
            QVERIFY(p->assignment.cost >= least - 1e-3);
            if (p->assignment.status == ProofStatus::Optimal) {
                ++proven;
                QVERIFY2(p->assignment.cost <= least + 1e-3,
                         qPrintable(QString("%1 %2").arg(p->assignment.cost).arg(least)));
            }
        }
        QVERIFY2(copied > 20 && proven > 80, qPrintable(QString("%1 %2").arg(copied).arg(proven)));
    }

    /// What was minimised is what the finished plan says it costs, with the copying.
    void theCostIsThePlans_data()
    {
        QTest::addColumn<int>("technique");
        for (const Technique technique : allTechniques()) {
            QTest::newRow(std::string(toString(technique)).c_str()) << int(technique);
        }
    }
    void theCostIsThePlans()
    {
        QFETCH(int, technique);
        const auto board = test::costedBoard(16 * 1024, 1024, 30);
        for (const Objective objective : {Objective::Latency, Objective::Energy}) {
            for (const Staging staging : {Staging::Around, Staging::Auto}) {
                const auto p = planned(test::lenet5(DataType::Int8), board,
                                       wish(Technique(technique), staging, objective));
                const auto none = planned(test::lenet5(DataType::Int8), board,
                                          wish(Technique(technique), Staging::None, objective));
                QVERIFY(p && p->fits && none);
                const auto& figure =
                    objective == Objective::Latency ? p->cost.latency : p->cost.energy;
                QVERIFY2(figure.value, figure.reason.c_str());
                QVERIFY2(std::abs(p->assignment.cost - *figure.value) < 1e-9 * *figure.value,
                         qPrintable(QString("%1 %2").arg(p->assignment.cost).arg(*figure.value)));
                QVERIFY(p->assignment.bound <= p->assignment.cost);
                QVERIFY(p->assignment.cost <= none->assignment.cost);
                if (staging == Staging::Around && Technique(technique) > Technique::Fused) {
                    QVERIFY(!copiesOf(*p).empty());
                    QVERIFY(p->assignment.cost < none->assignment.cost);
                }
            }
        }
    }

    void pinsSayWhere()
    {
        const auto network = weightedLenet();
        const auto board = test::board(64 * 1024);
        Constraints constraints = wish(Technique::Rows, Staging::Auto);
        constraints.pins = {{"conv1.weights.staged", "SSRAM", Bytes(64)}};
        const auto p = planned(network, board, constraints);
        QVERIFY(p && p->fits);
        const auto copy = p->findBuffer("conv1.weights.staged");
        QVERIFY(copy);
        QCOMPARE(p->placement(*copy).offset, Bytes(64));
        QCOMPARE(p->placement(*copy).bank, BankId(1));
        std::mt19937 random(2);
        QVERIFY(runsAsPlanned(*p, random));
        constraints.staging = Staging::None;
        const auto none = plan(network, board, constraints);
        QVERIFY(!none && none.error().kind == ErrorKind::Usage);
        constraints = wish(Technique::Liveness, Staging::Resident);
        constraints.pins = {{"conv1.weights", "SSRAM", std::nullopt}};
        QVERIFY(copiesOf(*planned(network, board, constraints)).empty()); // it stays there
        constraints = wish(Technique::Liveness, Staging::Around);
        constraints.pins = {{"conv1.weights", "MRAM", std::nullopt}};
        QVERIFY(planned(network, board, constraints)->fits); // a pin of the original
    }

    void copyEventsComeAndGo()
    {
        const Plan p = pinnedPlan();
        RowPlan rows{p.schedule, p.buffers, p.replacements};
        const auto kept = removeCopies(*p.network, rows);
        QCOMPARE(kept.size() + copiesOf(p).size(), p.buffers.size());
        const auto none = planned(weightedLenet(), test::board(64 * 1024),
                                  wish(Technique::Liveness, Staging::None));
        QVERIFY(rows.schedule.events == none->schedule.events);
        for (std::size_t i = 0; i < rows.buffers.size(); ++i) {
            QVERIFY(rows.buffers[i].residency == none->buffers[i].residency);
            QCOMPARE(rows.buffers[i].accesses.size(), none->buffers[i].accesses.size());
        }
        for (const BufferId copy : copiesOf(p)) {
            Buffer again = p[copy];
            const auto home = std::ranges::find_if(rows.buffers, [&](const Buffer& b) {
                return b.isConstant() && b.constant == again.constant;
            });
            rows.buffers.push_back(stagedCopy(*home, *stagedLife(*home, none->schedule)));
        }
        addCopyEvents(*p.network, rows);
        QVERIFY(rows.schedule.events == p.schedule.events);
        for (std::size_t i = 0; i < rows.buffers.size(); ++i) {
            QVERIFY(rows.buffers[i].residency == p.buffers[i].residency);
        }
    }

    /// During a drag the copies come along.
    void previewsCopyToo()
    {
        Constraints constraints = wish(Technique::Liveness, Staging::Around);
        const auto p = planned(weightedLenet(), test::board(64 * 1024), constraints);
        QVERIFY(!copiesOf(*p).empty());
        constraints.pins = {{"conv1.weights.staged", "SSRAM", std::nullopt}};
        const auto moved = preview(*p, constraints);
        QVERIFY(moved && (*moved)->fits);
        QVERIFY(checkPlan(**moved).empty());
        const auto copy = (*moved)->findBuffer("conv1.weights.staged");
        QVERIFY(copy && (*moved)->placement(*copy).bank == BankId(1));
        constraints.pins.clear();
        constraints.staging = Staging::None;
        const auto gone = preview(**moved, constraints);
        QVERIFY(gone && (*gone)->fits && copiesOf(**gone).empty());
    }

    void conflictsNameCopies()
    {
        Constraints constraints = wish(Technique::Liveness, Staging::Around);
        constraints.pins = {{"fc1.weights", "TCM", std::nullopt}};
        const auto p = planned(weightedLenet(), test::board(16 * 1024), constraints);
        QVERIFY(p && !p->fits && !p->conflicts.empty());
        QVERIFY2(p->conflicts[0].text.find("fc1.weights.staged") != std::string::npos,
                 p->conflicts[0].text.c_str());
        const auto& fixes = p->conflicts[0].fixes;
        const auto drop = std::ranges::find_if(
            fixes, [](const Fix& fix) { return fix.kind == Fix::Kind::DropPin; });
        QVERIFY(drop != fixes.end());
        const auto mended = planned(p->network, p->board, applied(*drop, constraints));
        QVERIFY(mended && mended->fits);
    }

    void theCheckerFindsWhatIsBroken_data()
    {
        QTest::addColumn<Breakage>("breakIt");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, Breakage breakage, const char* words) {
            QTest::newRow(name) << std::move(breakage) << QString(words);
        };
        row(
            "never copied",
            [](Plan& p) {
                std::erase_if(p.schedule.events,
                              [](const Event& e) { return e.kind == EventKind::Copy; });
            },
            "overwritten");
        row(
            "copied too late", [](Plan& p) { std::swap(copyEvent(p), (&copyEvent(p))[4]); },
            "not resident");
        row(
            "copied twice",
            [](Plan& p) {
                const Event copy = copyEvent(p);
                p.schedule.events.push_back(copy);
            },
            "copied twice");
        row(
            "copied for another", [](Plan& p) { copyEvent(p).stage = StageId(4); },
            "does not read it");
        row(
            "copies nothing", [](Plan& p) { copyEvent(p).constant = {}; }, "without a copy");
        row(
            "dies early",
            [](Plan& p) {
                EventId& last = bufferOf(p, "conv2.weights.staged").residency.last;
                last = EventId(last.index() - 1);
            },
            "not resident");
        row(
            "born late",
            [](Plan& p) {
                EventId& first = bufferOf(p, "conv2.weights.staged").residency.first;
                first = EventId(first.index() + 1);
            },
            "not resident");
        row(
            "two copies",
            [](Plan& p) {
                p.buffers.push_back(bufferOf(p, "conv2.weights.staged"));
                p.placements.push_back(placementOf(p, "conv2.weights.staged"));
            },
            "a second one");
        row(
            "of nothing", [](Plan& p) { bufferOf(p, "conv2.weights.staged").constant.reset(); },
            "copy of no constant");
        row(
            "too small", [](Plan& p) { bufferOf(p, "conv2.weights.staged").bytes -= Bytes(4); },
            "needs");
        row(
            "in a bank that is read-only",
            [](Plan& p) { placementOf(p, "conv2.weights.staged").bank = BankId(2); },
            "written at run time");
        row(
            "over the output of its stage",
            [](Plan& p) { placementOf(p, "conv2.weights.staged") = placementOf(p, "conv2"); },
            "share bytes");
        row(
            "home gone",
            [](Plan& p) {
                std::erase_if(p.buffers, [](const Buffer& b) { return b.name == "conv2.weights"; });
                p.placements.pop_back();
            },
            "instead of one");
    }
    void theCheckerFindsWhatIsBroken()
    {
        QFETCH(Breakage, breakIt);
        QFETCH(QString, words);
        Plan p = pinnedPlan();
        QVERIFY(checkPlan(p).empty());
        breakIt(p);
        QString all;
        for (const std::string& problem : checkPlan(p)) {
            all += QString::fromStdString(problem) + '\n';
        }
        QVERIFY2(all.contains(words), qPrintable(all));
    }

    /// By rows the checker follows every byte: a copy on live rows, rows on a live copy.
    void theCheckerKnowsRows()
    {
        Constraints constraints = wish(Technique::Rows, Staging::Around);
        constraints.pins = {{"conv2.weights", "SSRAM", std::nullopt}};
        Plan p = *planned(weightedLenet(), test::board(64 * 1024), constraints);
        QVERIFY(checkPlan(p).empty());
        placementOf(p, "conv2.weights.staged") = placementOf(p, "conv1");
        QVERIFY(!checkPlan(p).empty());
    }

    /// What was not copied is poison.
    void theHostCopiesForReal()
    {
        Plan p = pinnedPlan();
        std::mt19937 random(4);
        QVERIFY(runsAsPlanned(p, random));
        std::erase_if(p.schedule.events, [](const Event& e) { return e.kind == EventKind::Copy; });
        QVERIFY(!runsAsPlanned(p, random));
    }

    void freeBytesAreFound()
    {
        OccupiedBytes taken;
        const auto add = [&](std::int64_t offset, std::int64_t bytes, std::size_t first,
                             std::size_t last) {
            Buffer buffer;
            buffer.bytes = Bytes(bytes);
            buffer.residency = {EventId(first), EventId(last)};
            taken.add(buffer, Bytes(offset));
        };
        add(0, 10, 0, 3);
        add(20, 10, 2, 5);
        add(10, 4, 4, 4);
        QCOMPARE(taken.lowest(Bytes(8), Bytes(4), {EventId(0), EventId(1)}), Bytes(12));
        QCOMPARE(taken.lowest(Bytes(8), Bytes(4), {EventId(2), EventId(3)}), Bytes(12));
        QCOMPARE(taken.lowest(Bytes(9), Bytes(4), {EventId(2), EventId(3)}), Bytes(32));
        QCOMPARE(taken.lowest(Bytes(12), Bytes(4), {EventId(4), EventId(4)}), Bytes(32));
        QCOMPARE(taken.lowest(Bytes(20), Bytes(4), {EventId(5), EventId(5)}), Bytes(0));
        QVERIFY(taken.isFree(Bytes(0), Bytes(20), {EventId(5), EventId(9)}));
        QVERIFY(!taken.isFree(Bytes(0), Bytes(21), {EventId(5), EventId(9)}));
        const auto parts = taken.parts({EventId(0), EventId(4)}, EventId(5));
        QCOMPARE(parts.size(), std::size_t(3)); // [0, 10), [20, 30) for ever, [10, 14)
        for (const Block& a : parts) {
            for (const Block& b : parts) {
                QVERIFY(&a == &b || !a.life.intersects(b.life) || *a.fixed + a.size <= *b.fixed ||
                        *b.fixed + b.size <= *a.fixed);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestStaging)
#include "test_staging.moc"
