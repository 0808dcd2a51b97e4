// SPDX-License-Identifier: Apache-2.0
// tidemark-model-table FOLDER: every model under FOLDER with inputs and outputs of another engine
// beside it (test_data_set_K/*.pb, or in_J.npy and out_J.npy), run by the reference and by the
// kernels, as a Markdown table of the largest error: steps of what is quantised, else of the
// output's range.
#include "core/execute/execute.h"
#include "core/import/import.h"
#include "core/import/onnx_tensor.h"
#include "core/io/npy.h"
#include "core/lower/fixed_point.h"
#include "core/lower/layout.h"
#include "core/lower/lower.h"
#include "core/lower/stored_numbers.h"
#include "core/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

using namespace tidemark;
namespace fs = std::filesystem;

namespace {

struct Array {
    DataType type = DataType::Float32;
    Shape shape;
    std::vector<std::byte> bytes;
};
struct Sample {
    std::vector<Array> inputs, outputs;
};

std::optional<Array> readProto(const fs::path& path)
{
    onnx::TensorProto proto;
    std::ifstream file(path, std::ios::binary);
    if (!file || !proto.ParseFromIstream(&file)) {
        return std::nullopt;
    }
    const auto tensor = readOnnxTensor(proto, {});
    if (!tensor || !tensor->constant || !tensor->shape) {
        return std::nullopt;
    }
    const auto bytes = tensor->constant->bytes();
    return Array{tensor->type, *tensor->shape, {bytes.begin(), bytes.end()}};
}

template <class Read>
std::vector<Array> readAll(const fs::path& folder, const char* what, Read read)
{
    std::vector<Array> arrays;
    for (int i = 0;; ++i) {
        auto array = read(folder, what + std::to_string(i));
        if (!array) {
            return arrays;
        }
        arrays.push_back(std::move(*array));
    }
}

std::vector<Sample> protoSamples(const fs::path& folder)
{
    std::vector<Sample> samples;
    for (int k = 0; fs::exists(folder / ("test_data_set_" + std::to_string(k))); ++k) {
        const fs::path set = folder / ("test_data_set_" + std::to_string(k));
        const auto read = [](const fs::path& from, const std::string& name) {
            return readProto(from / (name + ".pb"));
        };
        samples.push_back({readAll(set, "input_", read), readAll(set, "output_", read)});
    }
    return samples;
}

std::vector<Sample> npySamples(const fs::path& folder)
{
    const auto read = [](const fs::path& from, const std::string& name) -> std::optional<Array> {
        const bool tflm = fs::exists(from / (name + "_tflm.npy"));
        const auto array = readNpy(from / (name + (tflm ? "_tflm.npy" : ".npy")));
        return array ? std::optional(Array{array->type, array->shape, array->bytes}) : std::nullopt;
    };
    const auto inputs = readAll(folder, "in_", read);
    const auto outputs = readAll(folder, "out_", read);
    if (inputs.empty() || outputs.empty() || inputs.front().shape.empty()) {
        return {};
    }
    const auto count = static_cast<std::size_t>(inputs.front().shape.front());
    const auto cut = [&](const Array& all, std::size_t s) {
        const std::size_t size = all.bytes.size() / count;
        const auto first = all.bytes.begin() + static_cast<std::ptrdiff_t>(s * size);
        return Array{all.type, {}, {first, first + static_cast<std::ptrdiff_t>(size)}};
    };
    std::vector<Sample> samples(count);
    for (std::size_t s = 0; s < count; ++s) {
        for (const Array& input : inputs) {
            samples[s].inputs.push_back(cut(input, s));
        }
        for (const Array& output : outputs) {
            samples[s].outputs.push_back(cut(output, s));
        }
    }
    return samples;
}

/// How many reals a step of an output is: of one that is dequantised from int8, nothing for others.
std::optional<double> stepOf(const Network& network, ValueId output)
{
    for (const Stage& stage : network.stages) {
        const Value& in = network[stage.inputs.front()];
        if (stage.outputs.front() == output && in.quantization &&
            network[output].type == DataType::Float32) {
            return scaleOf(in.quantization);
        }
    }
    return std::nullopt;
}

/// Largest difference, as a share of the wanted range (floats) or in steps.
double errorOf(const std::vector<float>& got, const std::vector<float>& wanted, DataType type,
               std::optional<double> step)
{
    if (got.size() != wanted.size()) {
        return INFINITY;
    }
    double range = 0;
    double error = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const bool same = got[i] == wanted[i] || (std::isnan(got[i]) && std::isnan(wanted[i]));
        range = std::isfinite(wanted[i]) ? std::max<double>(range, std::abs(wanted[i])) : range;
        const double difference = std::abs(static_cast<double>(got[i]) - wanted[i]);
        error = same ? error : std::max(error, std::isnan(difference) ? INFINITY : difference);
    }
    if (step) {
        return std::round(error / *step);
    }
    return type == DataType::Float32 && range > 0 ? error / range : error;
}

struct Outcome {
    std::string problem;
    double reference = 0, kernels = 0;
};

Outcome runModel(const Network& network, const std::vector<Sample>& samples)
{
    Outcome outcome;
    for (const Sample& sample : samples) {
        std::vector<std::vector<std::byte>> bytes;
        std::vector<std::vector<float>> numbers;
        if (sample.inputs.size() != network.inputs.size() ||
            sample.outputs.size() != network.outputs.size()) {
            return {"other inputs or outputs than the samples have"};
        }
        for (std::size_t i = 0; i < network.inputs.size(); ++i) {
            const Value& value = network[network.inputs[i]];
            if (static_cast<std::int64_t>(sample.inputs[i].bytes.size()) != value.bytes().count()) {
                return {"an input of another size or type"};
            }
            bytes.push_back(toChannelsLast(value, sample.inputs[i].bytes));
            numbers.push_back(numbersOf(value.type, bytes.back()));
        }
        const auto reference = runReference(network, numbers);
        const auto kernels = runUnplanned(network, bytes);
        if (!reference || !kernels) {
            return {reference ? "kernels: " + kernels.error().text() : reference.error().text()};
        }
        for (std::size_t o = 0; o < network.outputs.size(); ++o) {
            const ValueId id = network.outputs[o];
            const Value& value = network[id];
            const auto wanted = numbersOf(sample.outputs[o].type, sample.outputs[o].bytes);
            const auto inOrder = [&](const std::vector<std::byte>& raw) {
                return numbersOf(value.type, toModelOrder(value, raw));
            };
            const auto step = stepOf(network, id);
            const auto error = [&](const std::vector<std::byte>& raw) {
                return errorOf(inOrder(raw), wanted, value.type, step);
            };
            const auto& numbersOut = (*reference)[id.index()];
            outcome.reference = std::max(outcome.reference, error(bytesOf(value.type, numbersOut)));
            outcome.kernels = std::max(outcome.kernels, error((*kernels)[id.index()]));
        }
    }
    return outcome;
}

void printRow(const fs::path& model, const std::string& name)
{
    std::vector<Sample> samples = protoSamples(model.parent_path());
    if (samples.empty()) {
        samples = npySamples(model.parent_path());
    }
    if (samples.empty()) {
        return;
    }
    const auto imported = importModel(model);
    const auto network =
        imported ? lower(*imported) : Result<Network>(Diagnostic(imported.error()));
    if (!network) {
        std::cout << "| " << name << " | rejected: " << network.error().text() << " | | |\n";
        return;
    }
    const bool isQuantised = stepOf(*network, network->outputs.front()).has_value();
    std::string type(isQuantised ? "int8 inside"
                                 : toString((*network)[network->outputs.front()].type));
    const Outcome outcome = runModel(*network, samples);
    if (!outcome.problem.empty()) {
        std::cout << "| " << name << " | " << type << " | not run: " << outcome.problem << " | |\n";
        return;
    }
    char text[80];
    std::snprintf(text, sizeof text, "%.1e | %.1e", outcome.reference, outcome.kernels);
    std::cout << "| " << name << " | " << type << " | " << text << " |\n";
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: tidemark-model-table FOLDER\n";
        return 2;
    }
    std::vector<fs::path> models;
    for (const auto& entry : fs::recursive_directory_iterator(argv[1])) {
        const auto extension = entry.path().extension();
        if (extension == ".onnx" || extension == ".tflite") {
            models.push_back(entry.path());
        }
    }
    std::sort(models.begin(), models.end());
    std::cout << "| model | type | reference | kernels |\n|---|---|---|---|\n";
    for (const fs::path& model : models) {
        printRow(model, fs::relative(model, argv[1]).string());
    }
    return 0;
}
