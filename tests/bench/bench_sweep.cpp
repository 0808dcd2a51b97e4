// SPDX-License-Identifier: Apache-2.0
// The keyword network on Apollo4 Plus over every axis: 504 plans (target: 500 in 30 s).
#include "core/board/board_file.h"
#include "core/explore/sweep.h"
#include "core/import/import.h"
#include "core/lower/lower.h"

#include <benchmark/benchmark.h>

using namespace tidemark;

namespace {

const std::string kRoot = TIDEMARK_SOURCE_DIR;

Result<SweepSpace> keywordSpace()
{
    const auto model = importModel(kRoot + "/tests/golden/mlperf_tiny/kws_int8.tflite");
    if (!model) {
        return model.error();
    }
    auto network = lower(*model);
    auto board = findBoard("apollo4p_evb", kRoot + "/resources/boards");
    if (!network || !board) {
        return network ? board.error() : network.error();
    }
    SweepSpace space;
    space.networks = {{std::make_shared<const Network>(std::move(*network)), "int8"}};
    space.boards = {std::make_shared<const Board>(std::move(*board))};
    space.techniques = allTechniques();
    space.objectives = {Objective::Ram, Objective::Latency, Objective::Energy};
    space.weightBanks = {"", "TCM", "SSRAM", "MRAM"};
    space.activationBanks = {"", "TCM", "SSRAM"};
    space.budgets = {{}, {{"TCM", Bytes(96 * 1024)}}};
    return space;
}

void sweepsKeywords(benchmark::State& state)
{
    const auto space = keywordSpace();
    if (!space) {
        state.SkipWithError(space.error().text().c_str());
        return;
    }
    for (auto _ : state) {
        const auto result = sweep(*space);
        if (!result) {
            state.SkipWithError(result.error().text().c_str());
            return;
        }
        state.counters["plans"] = static_cast<double>(result->points.size());
        state.counters["front"] = static_cast<double>(result->front.size());
    }
}

BENCHMARK(sweepsKeywords)->Unit(benchmark::kMillisecond)->Iterations(1)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
