// SPDX-License-Identifier: Apache-2.0
#include "bank_cases.h"
#include "core/place/allocation_problem.h"
#include "core/place/plan.h"
#include "fixtures.h"
#include "offset_cases.h"

#include <benchmark/benchmark.h>

using namespace tidemark;

namespace {

constexpr Bytes kCapacity{1'048'576};

void report(benchmark::State& state, const Packing& packing)
{
    state.counters["extent"] = static_cast<double>(packing.extent.count());
    state.counters["bound"] = static_cast<double>(packing.bound.count());
    state.counters["optimal"] = packing.optimal ? 1 : 0;
}

/// One of the published hard problems, to its capacity.
void hardProblem(benchmark::State& state, const std::string& name)
{
    const auto problem = readAllocationProblem(std::string(TIDEMARK_SOURCE_DIR) +
                                               "/tests/golden/allocation/" + name + ".1048576.csv");
    if (!problem) {
        state.SkipWithError(problem.error().text().c_str());
        return;
    }
    const std::vector<Block> blocks = problem->blocks();
    Packing packing;
    for (auto _ : state) {
        packing = packOffsets(blocks, 2'000'000, {}, kCapacity);
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

using Make = std::shared_ptr<const Network> (*)(DataType);

void plansNetwork(benchmark::State& state, Make make, Technique technique, Effort effort)
{
    const auto network = make(DataType::Int8);
    const auto board = test::board(512 * 1024);
    Constraints constraints;
    constraints.technique = technique;
    PlanPtr made;
    for (auto _ : state) {
        made = *plan(network, board, constraints, effort);
    }
    state.counters["bytes"] = static_cast<double>(made->activationBytes.count());
    state.counters["bound"] = static_cast<double>(made->scheduleLowerBound.bytes.count());
}

void registerNetworks()
{
    const std::vector<std::pair<std::string, Make>> networks{
        {"lenet5", test::lenet5},   {"cifar", test::cifarNet},  {"kws", test::keywordNet},
        {"resnet8", test::resNet8}, {"vww", test::wakeWordNet}, {"ad", test::autoEncoder}};
    for (const auto& [name, make] : networks) {
        for (const Technique technique :
             {Technique::Liveness, Technique::Overlap, Technique::Rows, Technique::Stream}) {
            const std::string label = name + "/" + std::string(toString(technique));
            const auto add = [&](const std::string& prefix, Effort effort) {
                benchmark::RegisterBenchmark((prefix + label).c_str(), plansNetwork, make,
                                             technique, effort)
                    ->Unit(benchmark::kMillisecond);
            };
            add("plan/", {});
            add("preview/", {0});
        }
    }
}

void registerAll()
{
    using benchmark::RegisterBenchmark;
    for (const char* name : {"A", "B", "C", "D", "E", "F"}) {
        RegisterBenchmark((std::string("hard/") + name).c_str(), hardProblem, name)
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
}

} // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 1;
    }
    registerAll();
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
