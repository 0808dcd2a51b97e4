// SPDX-License-Identifier: Apache-2.0
// Import: a graph of 10,000 operators up to its first plan (target: 1 s), and a model with 500 MB
// of weights (targets: 5 s, at most 1.3 times the weights in memory).
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "fixtures.h"
#include "tests/core/import/onnx_files.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tidemark;

namespace {

std::filesystem::path scratchFile(const char* name)
{
    return std::filesystem::temp_directory_path() /
           (std::string("tidemark-bench-") + std::to_string(getpid()) + name);
}

/// Chains of a convolution, an activation and an addition that skips both.
test::OnnxFile manyOperators(int operators)
{
    test::OnnxFile file;
    file.input("x", {1, 4, 8, 8});
    file.weights("w", {4, 4, 1, 1}, std::vector<float>(16, 0.1F));
    std::string last = "x";
    for (int i = 0; i + 3 <= operators; i += 3) {
        const std::string number = std::to_string(i);
        file.node("Conv", {last, "w"}, {"c" + number});
        file.node("Sigmoid", {"c" + number}, {"s" + number});
        file.node("Add", {last, "s" + number}, {"a" + number});
        last = "a" + number;
    }
    file.output(last, {1, 4, 8, 8});
    return file;
}

void plansManyOperators(benchmark::State& state)
{
    const auto path = scratchFile("-many.onnx");
    std::ofstream(path, std::ios::binary)
        << manyOperators(static_cast<int>(state.range(0))).proto().SerializeAsString();
    const auto board = test::board(1 << 24);
    std::size_t stages = 0;
    for (auto _ : state) {
        const auto model = importModel(path);
        const auto network = std::make_shared<const Network>(*lower(*model));
        Constraints constraints;
        constraints.technique = Technique::Liveness;
        benchmark::DoNotOptimize(plan(network, board, constraints, Effort{1}));
        stages = network->stages.size();
    }
    state.counters["stages"] = static_cast<double>(stages);
    std::filesystem::remove(path);
}

struct Measured {
    double seconds = 0, peakBytes = 0;
};

/// What a function takes in a process of its own, whose memory holds nothing else.
template <class F> Measured measured(F work)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return {};
    }
    const pid_t child = fork();
    if (child == 0) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const Measured result{time.count(), static_cast<double>(usage.ru_maxrss) * 1024};
        const bool written = write(ends[1], &result, sizeof result) == sizeof result;
        _exit(written ? 0 : 1);
    }
    Measured result;
    const bool isWhole = read(ends[0], &result, sizeof result) == sizeof result;
    waitpid(child, nullptr, 0);
    close(ends[0]);
    close(ends[1]);
    return isWhole ? result : Measured{};
}

void importsLargeWeights(benchmark::State& state)
{
    const auto path = scratchFile("-large.onnx");
    const std::int64_t inputs = 12500, outputs = 10000; // 500 MB
    measured([&] {
        test::OnnxFile file;
        file.input("x", {1, static_cast<int>(inputs)});
        onnx::TensorProto& weights = *file.graph().add_initializer();
        weights.set_name("w");
        weights.set_data_type(onnx::TensorProto::FLOAT);
        weights.add_dims(inputs);
        weights.add_dims(outputs);
        weights.mutable_raw_data()->resize(static_cast<std::size_t>(inputs * outputs) * 4);
        file.node("MatMul", {"x", "w"}, {"y"});
        file.output("y", {1, static_cast<int>(outputs)});
        std::ofstream stream(path, std::ios::binary);
        file.proto().SerializeToOstream(&stream);
    });
    Measured result;
    for (auto _ : state) {
        result = measured([&] { benchmark::DoNotOptimize(importModel(path)); });
        state.SetIterationTime(result.seconds);
    }
    state.counters["times_weights"] =
        result.peakBytes / (static_cast<double>(inputs) * static_cast<double>(outputs) * 4);
    std::filesystem::remove(path);
}

BENCHMARK(plansManyOperators)->Arg(10'000)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(importsLargeWeights)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
