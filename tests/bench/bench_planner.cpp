// SPDX-License-Identifier: Apache-2.0
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

void plansLenet5(benchmark::State& state)
{
    const auto network = test::lenet5();
    const auto board = test::board();
    for (auto _ : state) {
        benchmark::DoNotOptimize(plan(network, board, {}));
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
    RegisterBenchmark("plan/lenet5", plansLenet5)->Unit(benchmark::kMicrosecond);
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
