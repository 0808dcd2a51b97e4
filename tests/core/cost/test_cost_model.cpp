// SPDX-License-Identifier: Apache-2.0
// Predictions against instructions that were counted (tests/golden/cost, made with `tidemark run
// --json`), on models that the rates were not fitted on; bytes and costs against hand arithmetic.
#include <QtTest>

#include "core/board/board_file.h"
#include "core/cost/cost_model.h"
#include "core/execute/kernel_call.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace tidemark;

namespace {

const std::string kRoot = TIDEMARK_SOURCE_DIR;

// What the fit reaches. docs/cost-model.md has the errors, and why int8 softmax is none of these:
// it skips exponentials that would be 0.
constexpr double kWorstModel = 0.03;
constexpr double kWorstLayer = 0.10;
// Floats in software: a product with 0, of which a ReLU makes many, takes fewer instructions than
// those that were counted.
constexpr double kWorstWithZeros = 0.35;
constexpr double kSmall = 0.001; ///< share of a model's instructions below which a layer may be off

Board boardOf(const std::string& id)
{
    auto board = findBoard(id, kRoot + "/resources/boards");
    return board ? *board : Board{};
}

std::shared_ptr<const Network> networkOf(const std::string& file)
{
    const auto model = importModel(kRoot + "/" + file);
    if (!model) {
        qWarning("%s", model.error().text().c_str());
        return nullptr;
    }
    auto network = lower(*model);
    return network ? std::make_shared<const Network>(std::move(*network)) : nullptr;
}

PlanPtr planned(const std::string& file, const Board& board)
{
    const auto network = networkOf(file);
    const auto made = plan(network, std::make_shared<const Board>(board), {});
    return made ? *made : nullptr;
}

/// A board of which everything is known: 100 MHz, 2 cycles an instruction, 10 pJ a cycle.
Board knownBoard()
{
    Board board = boardOf("apollo4p_evb");
    const auto known = [](double value, const char* unit) {
        return Parameter{value, unit, Provenance::Datasheet, "made up"};
    };
    board.clocksMhz = {known(100, "MHz")};
    board.cyclesPerInstruction = known(2, "cycles");
    board.activePower = known(10, "pJ/cycle");
    for (Bank& bank : board.banks) {
        bank.readCycles = bank.writeCycles = known(0, "cycles");
        bank.readEnergy = bank.writeEnergy = known(0, "pJ/byte");
        bank.leakage = known(0, "uW");
    }
    return board;
}

bool near(double a, double b)
{
    return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

} // namespace

class TestCostModel : public QObject {
    Q_OBJECT

private slots:
    void predictionsAgreeWithCounts_data()
    {
        QTest::addColumn<QString>("board");
        for (const char* board : {"qemu_mps2_an386", "qemu_mps2_an500", "qemu_mps2_an505",
                                  "qemu_mps3_an547", "qemu_sifive_e"}) {
            QTest::newRow(board) << board;
        }
    }

    void predictionsAgreeWithCounts()
    {
        QFETCH(QString, board);
        std::ifstream stream(kRoot + "/tests/golden/cost/" + board.toStdString() + ".json");
        const auto golden = nlohmann::json::parse(stream);
        QVERIFY(golden["models"].size() >= 2);
        for (const auto& [file, stages] : golden["models"].items()) {
            const bool inSoftware = board == "qemu_sifive_e" && file.ends_with("lenet5.onnx");
            const PlanPtr plan = planned(file, boardOf(board.toStdString()));
            QVERIFY(plan);
            QCOMPARE(plan->network->stages.size(), stages.size());
            double counted = 0;
            for (const auto& [name, instructions] : stages.items()) {
                counted += instructions.get<double>();
            }
            for (std::size_t s = 0; s < plan->network->stages.size(); ++s) {
                const std::string& name = plan->network->stages[s].name;
                const auto& estimate = plan->cost.stages[s].instructions;
                QVERIFY2(estimate.value, estimate.reason.c_str());
                const double exact = stages.at(name).get<double>();
                const double error = *estimate.value / exact - 1;
                const double most = inSoftware ? kWorstWithZeros : kWorstLayer;
                QVERIFY2((error >= -kWorstLayer && error <= most) || exact < kSmall * counted,
                         qPrintable(QString("%1 %2: %3 predicted, %4 counted")
                                        .arg(file.c_str(), name.c_str())
                                        .arg(*estimate.value)
                                        .arg(exact)));
            }
            const double error = *plan->cost.instructions.value / counted - 1;
            QVERIFY(std::abs(error) <= (inSoftware ? kWorstLayer : kWorstModel));
        }
    }

    /// LeNet-5's first stage: 5x5 over 32x32, six channels, 2x2 pool: 28 x 28 sums of 25 taps each.
    void bytesFollowFromTheLoops()
    {
        const PlanPtr plan = planned("resources/examples/lenet5.onnx", boardOf("qemu_mps2_an386"));
        QVERIFY(plan);
        const double macs = 28 * 28 * 6 * 25;
        const auto input = plan->findBuffer("image");
        QVERIFY(input);
        QCOMPARE(plan->cost.buffers[input->index()].read, macs * 4);
        const auto weights = plan->findBuffer("conv1.weights");
        QVERIFY(weights);
        QCOMPARE(plan->cost.buffers[weights->index()].read, macs * 4);
        double read = 0, all = 0;
        for (const Traffic& traffic : plan->cost.buffers) {
            read += traffic.read;
        }
        for (const Traffic& traffic : plan->cost.banks) {
            all += traffic.read;
        }
        QCOMPARE(read, all);
    }

    void virtualBoardsHaveNoTime()
    {
        const PlanPtr plan = planned("resources/examples/lenet5.onnx", boardOf("qemu_mps2_an386"));
        QVERIFY(plan->cost.instructions.value);
        QVERIFY(!plan->cost.latency.value && !plan->cost.energy.value);
        QVERIFY(plan->cost.latency.reason.find("never time") != std::string::npos);
    }

    void unknownNamesTheParameter()
    {
        Board board = knownBoard();
        board.banks[board.findBank("TCM")->index()].readCycles = Parameter{};
        const PlanPtr plan = planned("resources/examples/lenet5.onnx", board);
        QVERIFY(!plan->cost.latency.value && !plan->cost.energy.value);
        QVERIFY2(plan->cost.latency.reason.find("TCM read_cycles") != std::string::npos,
                 plan->cost.latency.reason.c_str());
        board = knownBoard();
        board.core.name = "Z80";
        const PlanPtr other = planned("resources/examples/lenet5.onnx", board);
        QVERIFY(other->cost.latency.reason.find("Z80") != std::string::npos);
    }

    void costsFollowTheFormulas()
    {
        const std::string model = "resources/examples/lenet5.onnx";
        Board board = knownBoard();
        const PlanPtr bare = planned(model, board);
        const double instructions = *bare->cost.instructions.value;
        QVERIFY(near(*bare->cost.latency.value, instructions * 2 / 100));
        QVERIFY(near(*bare->cost.energy.value, instructions * 2 * 10 * 1e-6));
        QVERIFY(bare->cost.latency.provenance == Provenance::Datasheet);

        const BankId tcm = *board.findBank("TCM");
        board.banks[tcm.index()].readCycles.value = 3;
        board.banks[tcm.index()].readEnergy.value = 7;
        const PlanPtr waiting = planned(model, board);
        const double loads = waiting->cost.banks[tcm.index()].read / 4;
        const double cycles = instructions * 2 + loads * 3;
        QVERIFY(near(*waiting->cost.latency.value, cycles / 100));
        QVERIFY(near(*waiting->cost.energy.value, (cycles * 10 + loads * 4 * 7) * 1e-6));

        board.banks[tcm.index()].leakage.value = 1000;
        board.banks[tcm.index()].leakage.provenance = Provenance::Illustrative;
        const PlanPtr leaking = planned(model, board);
        QVERIFY(near(*leaking->cost.energy.value - *waiting->cost.energy.value,
                     1000 * cycles / 100 * 1e-6));
        QVERIFY(leaking->cost.energy.provenance == Provenance::Illustrative);
        QVERIFY(leaking->cost.isIllustrative());
    }

    void whatHoldsNothingIsOff()
    {
        Board board = knownBoard();
        const BankId ssram = *board.findBank("SSRAM");
        board.banks[ssram.index()].leakage.value = 500;
        const PlanPtr plan = planned("resources/examples/lenet5.onnx", board);
        QVERIFY(!plan->cost.switchedOn[ssram.index()]);
        QVERIFY(plan->cost.switchedOn[board.codeBank.index()]);
        QVERIFY(near(*plan->cost.savedLeakage.value, 500 * *plan->cost.latency.value * 1e-6));
    }

    /// int8 softmax that keeps its exponentials is another loop, and its scratch has traffic.
    void scratchIsPriced()
    {
        const auto network = networkOf("tests/golden/mlperf_tiny/kws_int8.tflite");
        const auto board = std::make_shared<const Board>(boardOf("qemu_mps2_an386"));
        const auto without = plan(network, board, {});
        const auto with = plan(network, board, {}, {}, {}, kernelScratch);
        QVERIFY(without && with && (*with)->fits);
        QCOMPARE((*without)->scratchBytes.count(), std::int64_t{0});
        QCOMPARE((*with)->scratchBytes.count(), std::int64_t{12 * 4});
        QCOMPARE((*with)->peakRam, (*without)->peakRam); // it lies where others are dead
        const auto& last = (*with)->cost.stages.back().instructions;
        QVERIFY2(last.reason.starts_with("softmax_s8 scratch: fitted to 20 stages"),
                 last.reason.c_str());
        QVERIFY(*last.value < 0.75 * *(*without)->cost.stages.back().instructions.value);
        const auto scratch = (*with)->findBuffer("softmax1.scratch");
        QVERIFY(scratch);
        const Traffic& traffic = (*with)->cost.buffers[scratch->index()];
        QCOMPARE(traffic.read, 12.0 * 4);
        QCOMPARE(traffic.written, 12.0 * 4);
    }

    /// What an assigner asks for agrees with what a plan costs.
    void pricesAddUp()
    {
        Board board = knownBoard();
        board.banks[board.findBank("TCM")->index()].readCycles.value = 1;
        board.banks[board.findBank("MRAM")->index()].readEnergy.value = 5;
        const PlanPtr plan = planned("resources/examples/lenet5.onnx", board);
        const CostModel model(*plan->network, board, plan->buffers);
        const auto work = model.bufferWork(plan->buffers);
        double time = *model.microseconds().value;
        double energy = *model.instructions().value * 2 * 10 * 1e-6;
        for (std::size_t b = 0; b < work.size(); ++b) {
            const auto price = model.price(work[b], plan->placements[b].bank);
            time += *price.microseconds;
            energy += *price.microjoules;
        }
        QVERIFY(near(time, *plan->cost.latency.value));
        QVERIFY(near(energy, *plan->cost.energy.value));
    }
};

QTEST_GUILESS_MAIN(TestCostModel)
#include "test_cost_model.moc"
