// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/cost/cost_model.h"
#include "core/lower/kernel_tables.h"
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
    made.costs = noBankCosts(0, 3);
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
        std::vector<double> byBank, waits;
        for (int b = 0; b < 3; ++b) {
            byBank.push_back(static_cast<double>(random() % 50));
            waits.push_back(static_cast<double>(random() % 9));
        }
        made.costs.buffers.push_back(byBank);
        made.costs.waits.push_back(waits);
        (buffer.isConstant() ? constants : arena) += buffer.bytes.count();
        if (random() % 8 == 0) {
            const bool anywhere = buffer.isConstant();
            made.pins[i] = ResolvedPin{BankId(random() % (anywhere ? 3 : 2)), std::nullopt};
        }
    }
    const auto share = [&](std::int64_t of) { return of * static_cast<int>(random() % 100) / 80; };
    made.room = {Bytes(share(arena)), Bytes(share(arena + constants)), Bytes(share(constants * 2))};
    made.costs.switchOn = {0, double(random() % 40), 0}; // the first and the last are always on
    made.costs.leakage = {0, double(random() % 5) / 4, 0};
    return made;
}

/// The last bank of test boards is the one that is read-only, where images are.
bool fits(const Case& c, const std::vector<std::size_t>& banks)
{
    Bytes images;
    const std::size_t readOnly = c.board->codeBank.index();
    std::vector<Bytes> used(c.board->banks.size());
    for (std::size_t bank = 0; bank < used.size(); ++bank) {
        std::vector<Block> arena;
        for (std::size_t i = 0; i < banks.size(); ++i) {
            const Buffer& buffer = c.rows.buffers[i];
            if (banks[i] != bank) {
                continue;
            }
            if (buffer.isConstant()) {
                used[bank] += buffer.bytes; // all are multiples of their alignment
                images += bank == readOnly ? Bytes(0) : buffer.bytes;
            } else {
                arena.push_back({buffer.bytes, buffer.alignment, buffer.residency, std::nullopt});
            }
        }
        const Packing packing = packOffsets(arena, 100'000);
        used[bank] += packing.extent;
    }
    used[readOnly] += images;
    for (std::size_t bank = 0; bank < used.size(); ++bank) {
        if (used[bank] > c.room[bank]) {
            return false;
        }
    }
    return true;
}

double costOfCase(const Case& c, const std::vector<std::size_t>& banks)
{
    double cost = 0, wait = 0;
    bool isOn = false;
    for (std::size_t i = 0; i < banks.size(); ++i) {
        cost += c.costs.buffers[i][banks[i]];
        wait += c.costs.waits[i][banks[i]];
        isOn = isOn || banks[i] == 1;
    }
    return cost + (isOn ? c.costs.switchOn[1] + c.costs.leakage[1] * wait : 0);
}

/// What the cost model says of the whole: nothing of how banks are chosen.
double modelled(const Case& c, const std::vector<std::size_t>& banks)
{
    std::vector<BankId> ids;
    for (const std::size_t bank : banks) {
        ids.emplace_back(bank);
    }
    const PlanCost cost = costOf(*c.network, *c.board, c.rows.schedule, c.rows.buffers, ids);
    return cost.energy.value.value_or(-1);
}

using CostOfBanks = double (*)(const Case&, const std::vector<std::size_t>&);

std::optional<double> bruteForce(const Case& c, CostOfBanks costOfBanks = costOfCase)
{
    const std::size_t count = c.board->banks.size();
    std::vector<std::size_t> banks(c.rows.buffers.size());
    std::optional<double> best;
    while (true) {
        bool allowed = true;
        for (std::size_t i = 0; i < banks.size(); ++i) {
            allowed = allowed &&
                      (c.rows.buffers[i].isConstant() || BankId(banks[i]) != c.board->codeBank) &&
                      (!c.pins[i] || c.pins[i]->bank == BankId(banks[i]));
        }
        const double cost = allowed ? costOfBanks(c, banks) : 0;
        if (allowed && (!best || cost < *best - 1e-9) && fits(c, banks)) {
            best = cost;
        }
        std::size_t digit = 0;
        while (digit < banks.size() && ++banks[digit] == count) {
            banks[digit++] = 0;
        }
        if (digit == banks.size()) {
            return best;
        }
    }
}

/// TCM, one bank with a switch or two on one, and MRAM; the energy of everything is random.
std::shared_ptr<const Board> switchedBoard(std::mt19937& random)
{
    Board board = *test::costedBoard(4096, 4096);
    if (random() % 2 == 0) {
        Bank second = board.banks[1];
        second.id = "SSRAM_B";
        second.base += 0x100000;
        board.banks.insert(board.banks.begin() + 2, second);
    }
    board.codeBank = board.defaultConstants = BankId(board.banks.size() - 1);
    for (Bank& bank : board.banks) {
        for (Parameter* parameter :
             {&bank.readCycles, &bank.writeCycles, &bank.readEnergy, &bank.writeEnergy}) {
            parameter->value = static_cast<double>(random() % 40) / 8;
        }
        bank.leakage.value = static_cast<double>(random() % 4) * 1000;
    }
    return std::make_shared<const Board>(std::move(board));
}

/// A small network whose energy the model knows, on that board, by the model's prices.
std::optional<Case> modelledCase(std::mt19937& random)
{
    constexpr std::size_t kMostBuffers[]{8, 6}; // 3^8 and 4^6 choices
    Case made;
    made.network = std::make_shared<const Network>(
        withKernelTables(*test::randomRunnable(random, 1 + static_cast<int>(random() % 3))));
    made.board = switchedBoard(random);
    made.rows.schedule = stageByStage(*made.network);
    made.rows.buffers = fullBuffers(*made.network, made.rows.schedule);
    made.pins.resize(made.rows.buffers.size());
    Constraints constraints;
    constraints.objective = Objective::Energy;
    std::int64_t all = 0;
    for (const Buffer& buffer : made.rows.buffers) {
        all += buffer.bytes.count();
    }
    std::vector<BankUse> banks(made.board->banks.size());
    for (std::size_t b = 0; b < banks.size(); ++b) {
        banks[b].capacity = Bytes(all * 2);
        made.room.push_back(BankId(b) == made.board->codeBank
                                ? Bytes(2 * all)
                                : Bytes(all * static_cast<int>(random() % 100) / 80));
    }
    auto costs = bankCosts(*made.network, *made.board, made.rows.buffers, constraints, banks);
    if (!costs || made.rows.buffers.size() > kMostBuffers[banks.size() - 3]) {
        return std::nullopt;
    }
    made.costs = std::move(*costs);
    return made;
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

    /// The same by the cost model: no choice of banks makes a plan of less energy.
    void equalsBruteForceByTheCostModel()
    {
        std::mt19937 random(8);
        int solved = 0, switched = 0;
        for (int round = 0; round < 2000 && solved < 25; ++round) {
            const auto c = modelledCase(random);
            if (!c) {
                continue;
            }
            const std::optional<double> best = bruteForce(*c, modelled);
            const BankQuestion question{c->rows,  *c->board, c->pins, Technique::Liveness,
                                        c->costs, c->room,   true,    true,
                                        true};
            const BankChoice choice = chooseBanks(question, {1'000'000}, {});
            QCOMPARE(choice.found, best.has_value());
            if (!best) {
                continue;
            }
            ++solved;
            std::vector<std::size_t> banks;
            bool isOn = false;
            for (const Placement& placement : choice.placed.placements) {
                banks.push_back(placement.bank.index());
                isOn = isOn || c->board->banks[banks.back()].powerGroup == "SSRAM";
            }
            switched += isOn ? 1 : 0;
            QVERIFY2(std::abs(choice.proof.cost - *best) < 1e-5 * *best,
                     qPrintable(QString("%1 %2").arg(choice.proof.cost).arg(*best)));
            QVERIFY(std::abs(choice.proof.cost - modelled(*c, banks)) < 1e-9 * *best);
            QVERIFY(choice.proof.status == ProofStatus::Optimal);
        }
        QCOMPARE(solved, 25);
        QVERIFY(switched > 3 && switched < 22);
    }

    /// What was minimised is what the finished plan says it costs.
    void theCostIsThePlans_data()
    {
        QTest::addColumn<int>("technique");
        QTest::addColumn<int>("type");
        for (const Technique technique : allTechniques()) {
            QTest::newRow(std::string(toString(technique)).c_str())
                << int(technique) << int(DataType::Int8);
        }
        QTest::newRow("liveness fp32") << int(Technique::Liveness) << int(DataType::Float32);
    }
    void theCostIsThePlans()
    {
        QFETCH(int, technique);
        QFETCH(int, type);
        const auto network = test::lenet5(DataType(type));
        const auto board = test::costedBoard(14 * 1024, 100 * 1024);
        for (const Objective objective : {Objective::Latency, Objective::Energy}) {
            const auto p = planned(network, board, wish(Technique(technique), objective));
            QVERIFY(p && p->fits);
            const auto& figure = objective == Objective::Latency ? p->cost.latency : p->cost.energy;
            QVERIFY2(figure.value, figure.reason.c_str());
            QVERIFY(std::abs(p->assignment.cost - *figure.value) < 1e-9 * *figure.value);
            QVERIFY(p->assignment.bound <= p->assignment.cost);
            QVERIFY(p->cost.isIllustrative());
        }
    }

    /// Visual wake words in TCM and MRAM, with a third bank that is not to be used.
    void aHundredBuffersAreProved_data()
    {
        QTest::addColumn<int>("objective");
        QTest::addColumn<int>("bytes");
        for (const int bytes : {65'536, 100'000, 150'000, 393'216}) {
            QTest::addRow("latency %d", bytes) << int(Objective::Latency) << bytes;
            QTest::addRow("energy %d", bytes) << int(Objective::Energy) << bytes;
        }
    }
    void aHundredBuffersAreProved()
    {
        QFETCH(int, objective);
        QFETCH(int, bytes);
        Constraints constraints = wish(Technique::Liveness, Objective(objective));
        constraints.budgets = {{"TCM", Bytes(bytes)}, {"SSRAM", Bytes(0)}};
        constraints.staging = Staging::Resident;
        const auto p =
            planned(test::wakeWordNet(), test::costedBoard(393'216, 65'536), constraints);
        QVERIFY(p && p->fits);
        QVERIFY(p->buffers.size() >= 100);
        QVERIFY(p->assignment.status == ProofStatus::Optimal);
        QVERIFY(buffersIn(*p, 0, true) > 0);
        if (bytes == 100'000 || (bytes == 150'000 && Objective(objective) == Objective::Energy)) {
            return; // enough of it
        }
        // With copies around stages as well there is more to gain, and not always a proof.
        constraints.staging = Staging::Auto;
        const auto both =
            planned(test::wakeWordNet(), test::costedBoard(393'216, 65'536), constraints);
        QVERIFY(both && both->fits && checkPlan(*both).empty());
        QVERIFY(both->assignment.cost <= p->assignment.cost);
        QVERIFY(both->assignment.bound <= both->assignment.cost);
        QVERIFY2(
            both->assignment.bound > 0.99 * both->assignment.cost,
            qPrintable(QString("%1 %2").arg(both->assignment.bound).arg(both->assignment.cost)));
        qInfo("resident %.1f, with copies %.1f, bound %.1f, %.0f ms", p->assignment.cost,
              both->assignment.cost, both->assignment.bound, both->planMilliseconds);
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
        const auto board = test::costedBoard(64 * 1024, 300 * 1024);
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
        const auto none =
            planned(test::lenet5(), test::costedBoard(512 * 1024, 512 * 1024), constraints);
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
        const auto board = test::costedBoard(12 * 1024, 100 * 1024);
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
        const auto board = test::costedBoard(512 * 1024, 512 * 1024);
        Constraints constraints = wish(Technique::Liveness, Objective::Weighted);
        constraints.ramWeight = 1000;
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
        Board board = *test::costedBoard(64 * 1024, 300 * 1024);
        auto& missing = Objective(objective) == Objective::Energy ? board.banks[1].writeEnergy
                                                                  : board.banks[1].writeCycles;
        missing.value.reset();
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
        const auto p =
            planned(test::lenet5(), test::costedBoard(512 * 1024, 512 * 1024), constraints);
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
