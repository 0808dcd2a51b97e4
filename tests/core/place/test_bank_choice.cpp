// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/place/bank_choice.h"
#include "core/place/offsets.h"
#include "core/place/plan_checker.h"
#include "core/place/plan_json.h"
#include "core/schedule/lifetimes.h"
#include "tests/core/place/fixtures.h"

#include <nlohmann/json.hpp>
#include <random>

using namespace tidemark;

namespace {

/// TCM for nothing, SSRAM one cycle a word, MRAM three.
std::shared_ptr<const Board> costedBoard(std::int64_t tcm, std::int64_t ssram)
{
    Board board = *test::board(tcm, ssram);
    const double cycles[] = {0, 1, 3};
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        Bank& bank = board.banks[b];
        for (Parameter* parameter : {&bank.readCycles, &bank.writeCycles}) {
            *parameter = {cycles[b], "cycles", Provenance::Illustrative, "a test"};
        }
        for (Parameter* parameter : {&bank.readEnergy, &bank.writeEnergy}) {
            *parameter = {1 + cycles[b], "pJ/byte", Provenance::Illustrative, "a test"};
        }
        bank.leakage = {0.0, "uW", Provenance::Illustrative, "a test"};
    }
    board.clocksMhz = {{96, "MHz", Provenance::Illustrative, "a test"}};
    board.activePower = {10, "uA/MHz", Provenance::Illustrative, "a test"};
    return std::make_shared<const Board>(std::move(board));
}

Constraints wish(Technique technique, Objective objective = Objective::Ram)
{
    Constraints constraints;
    constraints.technique = technique;
    constraints.objective = objective;
    return constraints;
}

PlanPtr planned(const std::shared_ptr<const Network>& network,
                const std::shared_ptr<const Board>& board, const Constraints& constraints)
{
    const Result<PlanPtr> made = plan(network, board, constraints);
    return made ? *made : nullptr;
}

std::size_t buffersIn(const Plan& plan, std::size_t bank, bool constants)
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        count +=
            plan.placements[i].bank == BankId(bank) && plan.buffers[i].isConstant() == constants;
    }
    return count;
}

/// A small problem of its own: random costs and rooms over a random network's buffers.
struct Case {
    std::shared_ptr<const Network> network;
    std::shared_ptr<const Board> board = test::board();
    RowPlan rows;
    ResolvedPins pins;
    BankCosts costs;
    std::vector<Bytes> room;
};

std::optional<Case> randomCase(std::mt19937& random)
{
    Case made;
    made.network = test::randomNetwork(random);
    made.rows.schedule = stageByStage(*made.network);
    made.rows.buffers = fullBuffers(*made.network, made.rows.schedule);
    if (made.rows.buffers.size() > 10) {
        return std::nullopt;
    }
    made.pins.resize(made.rows.buffers.size());
    std::int64_t arena = 0, constants = 0;
    for (std::size_t i = 0; i < made.rows.buffers.size(); ++i) {
        const Buffer& buffer = made.rows.buffers[i];
        std::vector<double> byBank;
        for (int b = 0; b < 3; ++b) {
            byBank.push_back(static_cast<double>(random() % 50));
        }
        made.costs.buffers.push_back(byBank);
        (buffer.isConstant() ? constants : arena) += buffer.bytes.count();
        if (random() % 8 == 0) {
            const bool anywhere = buffer.isConstant();
            made.pins[i] = ResolvedPin{BankId(random() % (anywhere ? 3 : 2)), std::nullopt};
        }
    }
    const auto share = [&](std::int64_t of) { return of * static_cast<int>(random() % 100) / 80; };
    made.room = {Bytes(share(arena)), Bytes(share(arena + constants)), Bytes(share(constants * 2))};
    made.costs.switchOn = {5, double(random() % 40), 7}; // the first and the last are always on
    return made;
}

bool fits(const Case& c, const std::vector<std::size_t>& banks)
{
    Bytes images;
    std::vector<Bytes> used(3);
    for (std::size_t bank = 0; bank < 3; ++bank) {
        std::vector<Block> arena;
        for (std::size_t i = 0; i < banks.size(); ++i) {
            const Buffer& buffer = c.rows.buffers[i];
            if (banks[i] != bank) {
                continue;
            }
            if (buffer.isConstant()) {
                used[bank] += buffer.bytes; // all are multiples of their alignment
                images += bank == 2 ? Bytes(0) : buffer.bytes;
            } else {
                arena.push_back({buffer.bytes, buffer.alignment, buffer.residency, std::nullopt});
            }
        }
        const Packing packing = packOffsets(arena, 100'000);
        used[bank] += packing.extent;
    }
    used[2] += images;
    return used[0] <= c.room[0] && used[1] <= c.room[1] && used[2] <= c.room[2];
}

std::optional<double> bruteForce(const Case& c)
{
    std::vector<std::size_t> banks(c.rows.buffers.size());
    std::optional<double> best;
    while (true) {
        bool allowed = true, isOn = false;
        double cost = 0;
        for (std::size_t i = 0; i < banks.size(); ++i) {
            allowed = allowed && (c.rows.buffers[i].isConstant() || banks[i] != 2) &&
                      (!c.pins[i] || c.pins[i]->bank == BankId(banks[i]));
            cost += c.costs.buffers[i][banks[i]];
            isOn = isOn || banks[i] == 1;
        }
        cost += isOn ? c.costs.switchOn[1] : 0;
        if (allowed && (!best || cost < *best - 1e-9) && fits(c, banks)) {
            best = cost;
        }
        std::size_t digit = 0;
        while (digit < banks.size() && ++banks[digit] == 3) {
            banks[digit++] = 0;
        }
        if (digit == banks.size()) {
            return best;
        }
    }
}

} // namespace

class TestBankChoice : public QObject {
    Q_OBJECT

private slots:
    void equalsBruteForce()
    {
        std::mt19937 random(21);
        int solved = 0, impossible = 0;
        while (solved + impossible < 60) {
            const auto c = randomCase(random);
            if (!c) {
                continue;
            }
            const BankQuestion question{c->rows,  *c->board, c->pins, Technique::Liveness,
                                        c->costs, c->room,   true,    true,
                                        true};
            const BankChoice choice = chooseBanks(question, {1'000'000}, {});
            const std::optional<double> best = bruteForce(*c);
            QCOMPARE(choice.found, best.has_value());
            if (!best) {
                ++impossible;
                QVERIFY(choice.impossible);
                continue;
            }
            ++solved;
            QVERIFY2(std::abs(choice.proof.cost - *best) < 1e-3,
                     qPrintable(QString::number(*best)));
            QVERIFY(choice.proof.status == ProofStatus::Optimal);
            std::vector<std::size_t> banks;
            for (const Placement& placement : choice.placed.placements) {
                banks.push_back(placement.bank.index());
            }
            QVERIFY(fits(*c, banks));
        }
        QVERIFY(solved > 20 && impossible > 5);
    }

    /// 36,472 bytes of tensors that all stay: neither bank holds them, both together do.
    void anArenaNoBankHoldsIsSplit_data()
    {
        QTest::addColumn<int>("technique");
        QTest::addColumn<int>("tcm");
        QTest::addColumn<int>("ssram");
        QTest::newRow("unshared") << int(Technique::Unshared) << 26'000 << 24'000;
        QTest::newRow("pingpong") << int(Technique::PingPong) << 6'500 << 6'000;
        QTest::newRow("liveness") << int(Technique::Liveness) << 6'500 << 6'000;
        QTest::newRow("rows") << int(Technique::Rows) << 5'500 << 4'400;
    }
    void anArenaNoBankHoldsIsSplit()
    {
        QFETCH(int, technique);
        QFETCH(int, tcm);
        QFETCH(int, ssram);
        const auto p = planned(test::lenet5(), test::board(tcm, ssram), wish(Technique(technique)));
        QVERIFY(p);
        QVERIFY2(p->fits, p->conflicts.empty() ? "" : p->conflicts[0].text.c_str());
        QVERIFY(checkPlan(*p).empty());
        QVERIFY(buffersIn(*p, 0, false) > 0 && buffersIn(*p, 1, false) > 0);
        QCOMPARE(buffersIn(*p, 2, true), p->network->constants.size());
        QCOMPARE(QByteArray::fromStdString(p->assignment.unit), QByteArray("B"));
        QVERIFY(p->lowerBound.bytes <= p->activationBytes);
    }

    void weightsMoveIntoSpareRam()
    {
        const auto board = costedBoard(64 * 1024, 300 * 1024);
        const auto ram = planned(test::lenet5(), board, wish(Technique::Liveness));
        QCOMPARE(buffersIn(*ram, 2, true), ram->network->constants.size());
        QVERIFY(ram->assignment.argument.empty());
        const auto p =
            planned(test::lenet5(), board, wish(Technique::Liveness, Objective::Latency));
        QVERIFY(p->fits);
        QVERIFY2(p->assignment.status == ProofStatus::Optimal,
                 planToJson(*p)["assignment_proof"].dump().c_str());
        QVERIFY(buffersIn(*p, 2, true) == 0);
        QVERIFY(buffersIn(*p, 0, true) > 0 && buffersIn(*p, 1, true) > 0);
        QCOMPARE(p->banks[2].images.count(), 246'824);
        QCOMPARE(p->banks[2].used(), ram->banks[2].used()); // the originals stay in flash
        QVERIFY(checkPlan(*p).empty());
        const auto json = planToJson(*p);
        QCOMPARE(json["assignment_proof"]["status"].get<std::string>(), std::string("optimal"));
        QCOMPARE(json["assignment_proof"]["cost"].get<double>(), p->assignment.cost);
        QVERIFY(planToJson(*ram)["assignment_proof"].is_null());
    }

    void stagingIsAKnob()
    {
        Constraints constraints = wish(Technique::Liveness, Objective::Latency);
        constraints.staging = Staging::None;
        const auto none = planned(test::lenet5(), costedBoard(512 * 1024, 512 * 1024), constraints);
        QCOMPARE(buffersIn(*none, 2, true), none->network->constants.size());
        // A board of which nothing is known serves as well: 8,800 bytes of arena, then weights.
        constraints = wish(Technique::Liveness);
        constraints.staging = Staging::Resident;
        const auto p = planned(test::lenet5(), test::board(64 * 1024, 1024), constraints);
        QVERIFY(p->fits);
        QVERIFY(checkPlan(*p).empty());
        QCOMPARE(p->activationBytes, Bytes(8800));
        QCOMPARE(p->placement(*p->findBuffer("fc1.weights")).bank, BankId(2)); // 192,000 bytes
        QCOMPARE(p->placement(*p->findBuffer("fc2.weights")).bank, BankId(0));
        QCOMPARE(p->placement(*p->findBuffer("conv2.weights")).bank, BankId(0));
        // fc1.weights are too large, and nothing smaller than fc3.weights can be left out.
        QCOMPARE(p->assignment.cost, 192'000.0 + 3360.0);
    }

    void everyRungServesAnObjective()
    {
        const auto board = costedBoard(12 * 1024, 100 * 1024);
        double previous = std::numeric_limits<double>::infinity();
        for (const Technique technique : allTechniques()) {
            const auto p =
                planned(test::lenet5(DataType::Int8), board, wish(technique, Objective::Energy));
            QVERIFY(p && p->fits);
            QVERIFY(checkPlan(*p).empty());
            QCOMPARE(QByteArray::fromStdString(p->assignment.unit), QByteArray("uJ"));
            QVERIFY(p->assignment.cost <= previous); // a rung may use all below it
            previous = p->assignment.cost;
        }
    }

    /// RAM has its price too: with a high one nothing is copied, with none everything.
    void aWeightedObjectivePaysForRam()
    {
        const auto board = costedBoard(512 * 1024, 512 * 1024);
        Constraints constraints = wish(Technique::Liveness, Objective::Weighted);
        constraints.ramWeight = 1;
        constraints.latencyWeight = 1;
        const auto dear = planned(test::lenet5(), board, constraints);
        QCOMPARE(buffersIn(*dear, 2, true), dear->network->constants.size());
        constraints.ramWeight = 0;
        const auto cheap = planned(test::lenet5(), board, constraints);
        QCOMPARE(buffersIn(*cheap, 2, true), 0U);
    }

    void whatIsUnknownCannotBeTheObjective_data()
    {
        QTest::addColumn<int>("objective");
        QTest::addColumn<QByteArray>("mentions");
        QTest::newRow("latency") << int(Objective::Latency) << QByteArray("write_cycles");
        QTest::newRow("energy") << int(Objective::Energy) << QByteArray("write_energy");
        QTest::newRow("weighted") << int(Objective::Weighted) << QByteArray("write_cycles");
    }
    void whatIsUnknownCannotBeTheObjective()
    {
        QFETCH(int, objective);
        QFETCH(QByteArray, mentions);
        Board board = *costedBoard(64 * 1024, 300 * 1024);
        board.banks[1].writeCycles.value.reset();
        board.banks[1].writeEnergy.value.reset();
        const auto lame = std::make_shared<const Board>(std::move(board));
        Constraints constraints = wish(Technique::Liveness, Objective(objective));
        constraints.latencyWeight = 1;
        const auto made = plan(test::lenet5(), lame, constraints);
        QVERIFY(!made);
        QVERIFY(made.error().kind == ErrorKind::Usage);
        const QByteArray text = QByteArray::fromStdString(made.error().text());
        QVERIFY2(text.contains("SSRAM") && text.contains(mentions) && text.contains("--budget"),
                 text.data());
        // Left out, it is not asked about.
        constraints.budgets = {{"SSRAM", Bytes(0)}};
        const auto without = planned(test::lenet5(), lame, constraints);
        QVERIFY(without && without->fits);
        QCOMPARE(without->banks[1].used(), Bytes(0));
    }

    void pinsAndBudgetsBind()
    {
        Constraints constraints = wish(Technique::Liveness, Objective::Latency);
        constraints.pins = {{"conv1", "SSRAM", Bytes(256)}, {"fc1.weights", "MRAM", std::nullopt}};
        constraints.budgets = {{"TCM", Bytes(12'000)}};
        const auto p = planned(test::lenet5(), costedBoard(512 * 1024, 512 * 1024), constraints);
        QVERIFY(p->fits);
        QVERIFY(checkPlan(*p).empty());
        QCOMPARE(p->placement(*p->findBuffer("conv1")).bank, BankId(1));
        QCOMPARE(p->placement(*p->findBuffer("conv1")).offset, Bytes(256));
        QCOMPARE(p->placement(*p->findBuffer("fc1.weights")).bank, BankId(2));
        QVERIFY(p->banks[0].used() + p->banks[0].server <= Bytes(12'000));
    }
};

QTEST_APPLESS_MAIN(TestBankChoice)
#include "test_bank_choice.moc"
