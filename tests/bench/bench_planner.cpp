// SPDX-License-Identifier: Apache-2.0
#include "bank_cases.h"
#include "core/board/board_file.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/allocation_problem.h"
#include "core/place/planning_session.h"
#include "fixtures.h"
#include "network_builder.h"
#include "offset_cases.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

using namespace tidemark;

namespace {

constexpr Bytes kCapacity{1'048'576};

void report(benchmark::State& state, const Packing& packing)
{
    state.counters["extent"] = static_cast<double>(packing.extent.count());
    state.counters["bound"] = static_cast<double>(packing.bound.count());
    state.counters["optimal"] = packing.optimal ? 1 : 0;
}

namespace fs = std::filesystem;

/// Where the hard problems lie: tests/golden/allocation, or --allocations=DIR.
fs::path allocations = TIDEMARK_SOURCE_DIR "/tests/golden/allocation";

/// "A.1048576.csv" is to fit into 1,048,576 bytes, as is a file whose name says nothing.
Bytes capacityOf(const fs::path& file)
{
    const std::string number = file.stem().extension().string();
    std::int64_t bytes = 0;
    const auto [end, error] =
        std::from_chars(number.data() + !number.empty(), number.data() + number.size(), bytes);
    return error == std::errc() && bytes > 0 ? Bytes(bytes) : kCapacity;
}

/// One problem of the folder, to its capacity.
void hardProblem(benchmark::State& state, const fs::path& file)
{
    const auto problem = readAllocationProblem(file);
    if (!problem) {
        state.SkipWithError(problem.error().text().c_str());
        return;
    }
    const std::vector<Block> blocks = problem->blocks();
    Packing packing;
    for (auto _ : state) {
        packing = packOffsets(blocks, 2'000'000, {}, capacityOf(file));
    }
    report(state, packing);
}

void packs(benchmark::State& state, const std::vector<Block>& blocks, std::int64_t nodes)
{
    Packing packing;
    for (auto _ : state) {
        packing = packOffsets(blocks, nodes);
    }
    report(state, packing);
}

/// Two banks, 100 buffers (target: proved in 1 s).
void assignsBanks(benchmark::State& state)
{
    const AssignmentProblem problem =
        test::hundredBuffers(static_cast<std::uint32_t>(state.range(0)));
    BankAssignment answer;
    for (auto _ : state) {
        answer = assignBanks(problem, 1'000'000);
    }
    state.counters["proved"] = answer.optimal ? 1 : 0;
    state.counters["gap_permille"] = 1000 * (answer.cost - answer.bound) / answer.cost;
}

/// The same of a model and of a board, by the cost model: visual wake words in TCM and MRAM.
void assignsByCost(benchmark::State& state, Objective objective)
{
    const PlanningSession session(test::wakeWordNet());
    const auto board =
        findBoard("apollo4p_evb", std::string(TIDEMARK_SOURCE_DIR) + "/resources/boards");
    const auto shared = std::make_shared<const Board>(*board);
    Constraints constraints;
    constraints.objective = objective;
    constraints.budgets = {{"TCM", Bytes(state.range(0))},
                           {"SSRAM", Bytes(0)},
                           {"SSRAM_GRP1", Bytes(0)},
                           {"EXT_RAM", Bytes(0)}};
    PlanPtr made;
    for (auto _ : state) {
        made = *session.plan(shared, constraints);
    }
    state.counters["buffers"] = static_cast<double>(made->buffers.size());
    state.counters["proved"] = made->assignment.status == ProofStatus::Optimal ? 1 : 0;
}

using Make = std::function<std::shared_ptr<const Network>()>;

Constraints rung(Technique technique, RingForm rings = RingForm::Windows)
{
    Constraints constraints;
    constraints.technique = technique;
    constraints.rings = rings;
    return constraints;
}

void plansNetwork(benchmark::State& state, const Make& make, Technique technique, RingForm rings)
{
    const auto network = make();
    const auto board = test::board(512 << 20, 512 << 20, 1 << 30);
    PlanPtr made;
    for (auto _ : state) {
        made = *plan(network, board, rung(technique, rings));
    }
    state.counters["bytes"] = static_cast<double>(made->activationBytes.count());
    state.counters["row_table_bytes"] = static_cast<double>(made->rowTableBytes().count());
    state.counters["bound"] = static_cast<double>(made->scheduleLowerBound.bytes.count());
    state.counters["proven"] = made->lowerBound.status == ProofStatus::Optimal ? 1 : 0;
}

/// What each pin in turn of a buffer of the arena takes; the longest is what a drag feels.
void pins(benchmark::State& state, const Make& make, Technique technique, bool atOnce,
          RingForm rings)
{
    const PlanningSession session(make());
    const auto board = test::board(512 << 20, 512 << 20, 1 << 30);
    const PlanPtr shown = *session.plan(board, rung(technique, rings));
    constexpr std::size_t kMostPins = 24;
    std::vector<Constraints> pinned;
    for (std::size_t i = 0; i < shown->buffers.size() && pinned.size() < kMostPins; ++i) {
        if (shown->buffers[i].isArena()) {
            pinned.push_back(rung(technique, rings));
            pinned.back().pins = {{shown->buffers[i].name, "TCM", Bytes(256)}};
        }
    }
    double longest = 0;
    std::int64_t bytes = 0;
    for (auto _ : state) {
        for (const Constraints& constraints : pinned) {
            const auto start = std::chrono::steady_clock::now();
            const auto made =
                atOnce ? preview(*shown, constraints) : session.plan(board, constraints);
            const std::chrono::duration<double, std::milli> took =
                std::chrono::steady_clock::now() - start;
            longest = std::max(longest, took.count());
            bytes = made ? (*made)->activationBytes.count() : 0;
        }
    }
    state.counters["longest_ms"] = longest;
    state.counters["bytes"] = static_cast<double>(bytes);
}

void climbsLadder(benchmark::State& state, const Make& make)
{
    const auto network = make();
    const auto board = test::board(512 << 20, 512 << 20, 1 << 30);
    for (auto _ : state) {
        PlanningSession(network).planRungs(
            board, {}, [](Technique, const PlanPtr& made) { benchmark::DoNotOptimize(made); });
    }
}

/// A chain with a skip over three stages now and then: 4,000 buffers with their weights.
std::shared_ptr<const Network> manyBuffers(std::size_t stages)
{
    test::NetworkBuilder b("many", DataType::Int8);
    std::vector<ValueId> made{b.input(8, 8, 4)};
    for (std::size_t s = 0; s < stages; ++s) {
        const std::string name = "s" + std::to_string(s);
        made.push_back(s % 7 == 6 ? b.add(name, made.back(), made[made.size() - 4])
                                  : b.clamp(name, made.back()));
    }
    b.output(made.back());
    return b.build();
}

std::shared_ptr<const Network> example(const std::string& name)
{
    const auto model =
        importModel(std::string(TIDEMARK_SOURCE_DIR) + "/resources/examples/" + name, {});
    if (!model) {
        std::fprintf(stderr, "%s\n", model.error().text().c_str());
        std::exit(1);
    }
    const auto network = lower(*model);
    return std::make_shared<const Network>(*network);
}

void registerNetworks()
{
    const auto int8 = [](auto make) { return [make] { return make(DataType::Int8); }; };
    const std::vector<std::pair<std::string, Make>> networks{
        {"lenet5.onnx", [] { return example("lenet5.onnx"); }},
        {"vgg16.onnx", [] { return example("vgg16.onnx"); }},
        {"lenet5", int8(test::lenet5)},
        {"cifar", int8(test::cifarNet)},
        {"kws", int8(test::keywordNet)},
        {"resnet8", int8(test::resNet8)},
        {"vww", int8(test::wakeWordNet)},
        {"ad", int8(test::autoEncoder)},
        {"4000", [] { return manyBuffers(4000); }}};
    using benchmark::RegisterBenchmark;
    for (const auto& [name, make] : networks) {
        for (const Technique technique :
             {Technique::Liveness, Technique::Overlap, Technique::Rows, Technique::Stream}) {
            const std::string label = name + "/" + std::string(toString(technique));
            RegisterBenchmark(("plan/" + label).c_str(), plansNetwork, make, technique,
                              RingForm::Windows)
                ->Unit(benchmark::kMillisecond);
            if (technique >= Technique::Rows) {
                RegisterBenchmark(("apart/" + label).c_str(), plansNetwork, make, technique,
                                  RingForm::Rows)
                    ->Unit(benchmark::kMillisecond);
                RegisterBenchmark(("preview-apart/" + label).c_str(), pins, make, technique, true,
                                  RingForm::Rows)
                    ->Unit(benchmark::kMillisecond);
            }
            RegisterBenchmark(("pin/" + label).c_str(), pins, make, technique, false,
                              RingForm::Windows)
                ->Unit(benchmark::kMillisecond);
            RegisterBenchmark(("preview/" + label).c_str(), pins, make, technique, true,
                              RingForm::Windows)
                ->Unit(benchmark::kMillisecond);
        }
        RegisterBenchmark(("ladder/" + name).c_str(), climbsLadder, make)
            ->Unit(benchmark::kMillisecond);
    }
}

std::vector<fs::path> allocationFiles()
{
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(allocations, error)) {
        if (entry.path().extension() == ".csv") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Takes --allocations=DIR out of the arguments.
void takeAllocations(int& argc, char** argv)
{
    constexpr std::string_view option = "--allocations=";
    const auto* const end = std::remove_if(argv, argv + argc, [&](const std::string_view& word) {
        const bool found = word.starts_with(option);
        allocations = found ? fs::path(word.substr(option.size())) : allocations;
        return found;
    });
    argc = static_cast<int>(end - argv);
}

void registerAll()
{
    using benchmark::RegisterBenchmark;
    for (const fs::path& file : allocationFiles()) {
        RegisterBenchmark(("hard/" + file.stem().stem().string()).c_str(), hardProblem, file)
            ->Unit(benchmark::kMillisecond);
    }
    for (const std::size_t count : {12U, 100U, 1000U, 4000U}) {
        std::mt19937 random(1);
        const auto name = [&](const char* kind) { return kind + std::to_string(count); };
        const auto add = [](const std::string& label, const std::vector<Block>& blocks,
                            std::int64_t nodes) {
            RegisterBenchmark(label.c_str(), packs, blocks, nodes)->Unit(benchmark::kMicrosecond);
        };
        const auto network = test::networkLike(random, count);
        add(name("preview/network/"), network, 0);
        add(name("search/network/"), network, 20'000);
        add(name("preview/scattered/"), test::scattered(random, count, 2 * count), 0);
        const auto perfect = test::perfectPacking(random, count, kCapacity.count());
        add(name("preview/perfect/"), perfect, 0);
        add(name("search/perfect/"), perfect, 20'000);
    }
    registerNetworks();
    benchmark::RegisterBenchmark("assign/hundred", assignsBanks)
        ->DenseRange(0, 9)
        ->Unit(benchmark::kMillisecond);
    for (const auto& [name, objective] :
         {std::pair("assign/latency", Objective::Latency), {"assign/energy", Objective::Energy}}) {
        benchmark::RegisterBenchmark(name, assignsByCost, objective)
            ->Arg(64 << 10)
            ->Arg(150'000)
            ->Arg(384 << 10)
            ->Unit(benchmark::kMillisecond);
    }
}

} // namespace

int main(int argc, char** argv)
{
    takeAllocations(argc, argv);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    registerAll();
    if (allocationFiles().empty()) {
        std::fprintf(stderr, "error: no .csv files (%s): give another folder to --allocations\n",
                     allocations.c_str());
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
