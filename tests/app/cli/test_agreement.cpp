// SPDX-License-Identifier: GPL-3.0-or-later
// Where other engines round otherwise than TensorFlow Lite Micro: that this, and nothing else, is
// what makes the difference. docs/agreement.md tells the figures.
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "app/common/npz_file.h"
#include "core/execute/execute.h"
#include "core/import/import.h"
#include "core/lower/layout.h"
#include "core/lower/lower.h"
#include "core/lower/stored_numbers.h"
#include "core/reference/reference.h"

#include <cmath>

using namespace tidemark;

namespace {

const std::string kGolden = std::string(TIDEMARK_SOURCE_DIR) + "/tests/golden/";
const std::string kTinyMaix = "tflite_zoo/tinymaix_mnist_dw_q";
const std::string kAdd = "tflite_zoo/simple_add_model";
const std::string kSpotting = "zoo/emx_micro_kws_m_qdq";

template <class T> T orDie(Result<T> result)
{
    if (!result) {
        qFatal("%s", result.error().text().c_str());
    }
    return std::move(*result);
}

Network lowered(const std::string& name)
{
    return orDie(lower(orDie(importModel(kGolden + name))));
}

/// The parts of an array with a leading sample axis.
std::vector<std::vector<std::byte>> samples(const std::string& name)
{
    const NpyArray array = orDie(readNpy(kGolden + name));
    const auto count = static_cast<std::size_t>(array.shape.front());
    const std::size_t size = array.bytes.size() / count;
    std::vector<std::vector<std::byte>> parts;
    for (std::size_t s = 0; s < count; ++s) {
        const auto first = array.bytes.begin() + static_cast<std::ptrdiff_t>(s * size);
        parts.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
    }
    return parts;
}

using Inputs = std::vector<std::vector<std::byte>>;

/// Every value, in the order of the model's file, as the kernels make it; the reference's is the
/// same.
ValueBytes run(const Network& network, Inputs inputs)
{
    std::vector<std::vector<float>> numbers;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Value& value = network[network.inputs[i]];
        inputs[i] = toChannelsLast(value, inputs[i]);
        numbers.push_back(numbersOf(value.type, inputs[i]));
    }
    ValueBytes values = orDie(runUnplanned(network, inputs));
    const auto reference = orDie(runReference(network, numbers));
    for (std::size_t v = 0; v < values.size(); ++v) {
        const Value& value = network.values[v];
        const bool isMade = !reference[v].empty();
        if (isMade && value.type == DataType::Int8 &&
            values[v] != bytesOf(value.type, reference[v])) {
            qFatal("reference and kernels differ");
        }
        values[v] = toModelOrder(value, values[v]);
    }
    return values;
}

struct Difference {
    double largest = 0;
    std::size_t count = 0;
};

Difference difference(DataType type, std::span<const std::byte> a, std::span<const std::byte> b)
{
    const auto got = numbersOf(type, a);
    const auto wanted = numbersOf(type, b);
    Difference found;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const double step = std::abs(static_cast<double>(got[i]) - wanted[i]);
        found.largest = std::max(found.largest, step);
        found.count += step > 0 ? 1 : 0;
    }
    return found;
}

/// One stage as a network of its own.
Network alone(const Network& network, const Stage& stage)
{
    Network one = network;
    one.stages = {stage};
    one.inputs = stage.inputs;
    one.outputs = stage.outputs;
    for (Value& value : one.values) {
        value.storage.reset();
    }
    return one;
}

} // namespace

class TestAgreement : public QObject {
    Q_OBJECT

private slots:
    /// TensorFlow Lite rounds once (XNNPACK), its reference kernels and TensorFlow Lite Micro round
    /// twice: eight steps apart at the end of this model.
    void everyLayerEqualsTfliteMicro()
    {
        const Network network = lowered(kTinyMaix + ".tflite");
        const auto model = orDie(importModel(kGolden + kTinyMaix + ".tflite"));
        const auto inputs = samples(kTinyMaix + "_in.npy");
        const auto wanted = samples(kTinyMaix + "_out_tflm.npy");
        const auto once = samples(kTinyMaix + "_out_tflite.npy");
        double largest = 0;
        for (std::size_t s = 0; s < inputs.size(); ++s) {
            const auto values = run(network, {inputs[s]});
            const auto& output = values[network.outputs.front().index()];
            QVERIFY(output == wanted[s]);
            largest = std::max(largest, difference(DataType::Int8, output, once[s]).largest);
        }
        QCOMPARE(largest, 8.0);

        const auto values = run(network, {inputs.front()});
        const auto layers = orDie(readNpz(kGolden + kTinyMaix + "_layers_tflm.npz"));
        int compared = 0;
        for (const auto& [name, array] : layers) { // t<index of the tensor>
            const std::string& tensor = model.tensors[std::stoul(name.substr(1))].name;
            const auto value = std::ranges::find(network.values, tensor, &Value::name);
            if (value != network.values.end()) {
                const auto index = static_cast<std::size_t>(value - network.values.begin());
                QVERIFY2(values[index] == array.bytes, tensor.c_str());
                ++compared;
            }
        }
        QCOMPARE(compared, 7); // all but the reshape, which is a view
    }

    /// One of 16,384 sums, one step.
    void anAdditionIsWithinAStepOfTflite()
    {
        const Network network = lowered(kAdd + ".tflite");
        const auto values = run(
            network, {samples(kAdd + "_in_0.npy").front(), samples(kAdd + "_in_1.npy").front()});
        const auto& output = values[network.outputs.front().index()];
        QVERIFY(output == samples(kAdd + "_out_tflm.npy").front());
        const auto once =
            difference(DataType::Int8, output, samples(kAdd + "_out_tflite.npy").front());
        QCOMPARE(once.largest, 1.0);
        QCOMPARE(once.count, std::size_t{1});
    }

    /// ONNX Runtime computes in float and rounds once. Every int8 stage alone, given ONNX Runtime's
    /// own inputs, is at most a step away in few elements; the whole model is two steps away.
    void everyQdqStageIsWithinAStepOfOnnxRuntime()
    {
        const Network network = lowered(kSpotting + ".onnx");
        const auto layers = orDie(readNpz(kGolden + kSpotting + "_layers_ort.npz"));
        // ONNX Runtime's numbers of a value, which names the float tensor before the Quantize.
        const auto known = [&](ValueId id) -> const NpyArray* {
            const Value& value = network[id];
            const auto found = layers.find(value.name);
            const bool fits =
                value.type == DataType::Int8 && found != layers.end() &&
                !value.modelShape.empty() &&
                static_cast<std::int64_t>(found->second.bytes.size()) == value.bytes().count();
            return fits ? &found->second : nullptr;
        };
        int compared = 0;
        for (const Stage& stage : network.stages) {
            Inputs inputs;
            for (const ValueId id : stage.inputs) {
                if (const NpyArray* array = known(id)) {
                    inputs.push_back(array->bytes);
                }
            }
            const NpyArray* wanted = known(stage.outputs.front());
            if (inputs.size() != stage.inputs.size() || wanted == nullptr) {
                continue;
            }
            const auto values = run(alone(network, stage), inputs);
            const auto found =
                difference(DataType::Int8, values[stage.outputs.front().index()], wanted->bytes);
            QVERIFY2(found.largest <= 1, stage.name.c_str());
            QVERIFY2(found.count * 20 <= wanted->bytes.size(), stage.name.c_str());
            ++compared;
        }
        QCOMPARE(compared, 13);

        const auto values = run(network, samples(kSpotting + "_in.npy"));
        const auto whole = difference(DataType::Float32, values[network.outputs.front().index()],
                                      samples(kSpotting + "_out_ort.npy").front());
        QVERIFY(whole.largest <= 2.01 / 255); // the output's scale
    }
};

QTEST_APPLESS_MAIN(TestAgreement)
#include "test_agreement.moc"
