// SPDX-License-Identifier: Apache-2.0
// Import: a graph of 10,000 operators up to its first plan (target: 1 s), and a model with 500 MB
// of weights (targets: 5 s, at most 1.3 times the weights in memory); of both formats.
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "fixtures.h"
#include "tests/core/import/onnx_files.h"
#include "tests/core/import/tflite_file.h"

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

/// The same of fully connected layers, LOGISTIC and ADD.
std::string manyTfliteOperators(int operators)
{
    test::TfliteFile file;
    const std::string weights(16 * 16 * sizeof(float), 1);
    const int w = file.constant("w", {16, 16}, test::TfliteFile::kFloat, weights);
    int last = file.tensor("x", {1, 16});
    file.input(last);
    for (int i = 0; i + 3 <= operators; i += 3) {
        const auto next = [&](const char* name) {
            return file.tensor(name + std::to_string(i), {1, 16});
        };
        const int product = next("p"), curve = next("s"), sum = next("a");
        file.node(
            9, {last, w, -1}, {product}, tflite::Options_FullyConnectedOptions,
            [](auto& builder) { return tflite::CreateFullyConnectedOptions(builder).Union(); });
        file.node(14, {product}, {curve});
        file.node(0, {last, curve}, {sum});
        last = sum;
    }
    file.output(last);
    return file.bytes();
}

void plansManyOperators(benchmark::State& state, bool isTflite)
{
    const auto path = scratchFile("-many");
    const auto operators = static_cast<int>(state.range(0));
    std::ofstream(path, std::ios::binary)
        << (isTflite ? manyTfliteOperators(operators)
                     : manyOperators(operators).proto().SerializeAsString());
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

constexpr int kInputs = 12500, kOutputs = 10000;
constexpr std::size_t kWeightBytes = std::size_t{4} * kInputs * kOutputs; // 500 MB

void writeLargeOnnx(const std::filesystem::path& path)
{
    test::OnnxFile file;
    file.input("x", {1, kInputs});
    onnx::TensorProto& weights = *file.graph().add_initializer();
    weights.set_name("w");
    weights.set_data_type(onnx::TensorProto::FLOAT);
    weights.add_dims(kInputs);
    weights.add_dims(kOutputs);
    weights.mutable_raw_data()->resize(kWeightBytes);
    file.node("MatMul", {"x", "w"}, {"y"});
    file.output("y", {1, kOutputs});
    std::ofstream stream(path, std::ios::binary);
    file.proto().SerializeToOstream(&stream);
}

void writeLargeTflite(const std::filesystem::path& path)
{
    flatbuffers::FlatBufferBuilder builder(kWeightBytes + (1 << 20));
    std::uint8_t* elements = nullptr;
    const auto data = builder.CreateUninitializedVector(kWeightBytes, &elements);
    std::fill_n(elements, kWeightBytes, std::uint8_t{0});
    const std::vector buffers{tflite::CreateBufferDirect(builder),
                              tflite::CreateBuffer(builder, data)};
    const std::vector<std::int32_t> x{1, kInputs}, w{kOutputs, kInputs}, y{1, kOutputs};
    const std::vector tensors{tflite::CreateTensorDirect(builder, &x, 0, 0, "x"),
                              tflite::CreateTensorDirect(builder, &w, 0, 1, "w"),
                              tflite::CreateTensorDirect(builder, &y, 0, 0, "y")};
    const std::vector<std::int32_t> reads{0, 1, -1}, in{0}, out{2};
    const std::vector nodes{tflite::CreateOperatorDirect(
        builder, 0, &reads, &out, tflite::Options_FullyConnectedOptions,
        tflite::CreateFullyConnectedOptions(builder).Union())};
    const std::vector codes{tflite::CreateOperatorCodeDirect(builder, 9, nullptr, 1, 9)};
    const std::vector graphs{tflite::CreateSubGraphDirect(builder, &tensors, &in, &out, &nodes)};
    tflite::FinishModelBuffer(
        builder, tflite::CreateModelDirect(builder, 3, &codes, &graphs, nullptr, &buffers));
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
}

void importsLargeWeights(benchmark::State& state, void (*writeModel)(const std::filesystem::path&))
{
    const auto path = scratchFile("-large");
    measured([&] { writeModel(path); });
    if (!std::filesystem::exists(path) || std::filesystem::file_size(path) < kWeightBytes) {
        state.SkipWithError("the model could not be written");
        return;
    }
    Measured result;
    for (auto _ : state) {
        result = measured([&] { benchmark::DoNotOptimize(importModel(path)); });
        state.SetIterationTime(result.seconds);
    }
    state.counters["times_weights"] = result.peakBytes / static_cast<double>(kWeightBytes);
    std::filesystem::remove(path);
}

BENCHMARK_CAPTURE(plansManyOperators, onnx, false)
    ->Arg(10'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plansManyOperators, tflite, true)
    ->Arg(10'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(importsLargeWeights, onnx, writeLargeOnnx)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(importsLargeWeights, tflite, writeLargeTflite)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
