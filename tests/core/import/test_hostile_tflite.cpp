// SPDX-License-Identifier: Apache-2.0
// TensorFlow Lite files whose structure is sound and whose content is not: each gets one clear
// line.
#include "tests/core/import/problems.h"
#include "tests/core/import/tflite_file.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <limits>

using namespace tidemark;
using namespace tidemark::test;

class TestHostileTflite : public QObject {
    Q_OBJECT

private slots:
    void files_data();
    void files();

private:
    QTemporaryDir m_folder;
};

namespace {

using T = TfliteFile;

/// x, of four floats, and one operator that makes y from it and the constants.
template <class Change>
std::string tfliteNode(int code, const Change& change, tflite::Options type = tflite::Options_NONE,
                       const TfliteFile::Options& options = {})
{
    TfliteFile file;
    const int x = file.tensor("x", {1, 2, 2, 4});
    const int y = file.tensor("y", {1, 2, 2, 4});
    file.input(x);
    file.output(y);
    std::vector<std::int32_t> inputs{x}, outputs{y};
    change(file, inputs, outputs);
    file.node(code, inputs, outputs, type, options);
    return file.bytes();
}

using Ids = std::vector<std::int32_t>;

std::string quantisedInput(const std::vector<float>& scales, const std::vector<std::int64_t>& zeros,
                           int axis = 3)
{
    return tfliteNode(0, [&](TfliteFile& file, Ids& inputs, Ids&) {
        inputs.push_back(file.tensor("q", {1, 2, 2, 4}, T::kInt8));
        file.input(inputs.back());
        file.quantise(inputs.back(), scales, zeros, axis);
    });
}

std::string tfliteConv(int stride, const std::vector<std::int32_t>& weights)
{
    return tfliteNode(
        3,
        [&](TfliteFile& file, Ids& inputs, Ids&) {
            std::size_t bytes = 4;
            for (const int extent : weights) {
                bytes *= static_cast<std::size_t>(extent);
            }
            inputs.push_back(file.constant("w", weights, T::kFloat, std::string(bytes, 1)));
        },
        tflite::Options_ConvOptions,
        [stride](flatbuffers::FlatBufferBuilder& builder) {
            return tflite::CreateConvOptions(builder, 0, stride, stride).Union();
        });
}

/// Many tensors of a file that are one and the same table.
std::string sharedTables()
{
    flatbuffers::FlatBufferBuilder builder;
    const std::vector<std::int32_t> shape{1, 4}, in{0}, out{1};
    const auto tensor = tflite::CreateTensorDirect(builder, &shape, 0, 0, "t");
    const std::vector tensors(1000, tensor);
    const auto node = tflite::CreateOperatorDirect(builder, 0, &in, &out);
    const std::vector nodes(1000, node);
    const std::vector codes{tflite::CreateOperatorCodeDirect(builder, 19, nullptr, 1, 19)};
    const std::vector graphs{tflite::CreateSubGraphDirect(builder, &tensors, &in, &out, &nodes)};
    const std::vector<flatbuffers::Offset<tflite::Buffer>> buffers{
        tflite::CreateBufferDirect(builder)};
    tflite::FinishModelBuffer(
        builder, tflite::CreateModelDirect(builder, 3, &codes, &graphs, nullptr, &buffers));
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

} // namespace

void TestHostileTflite::files_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const std::string& content, const char* expected) {
        QTest::newRow(name) << QByteArray::fromStdString(content) << expected;
    };
    constexpr int kRelu = 19;
    row("reads itself", tfliteNode(kRelu, [](TfliteFile&, Ids& in, Ids& out) { in = out; }),
        "needs its own result");
    row("reads beyond", tfliteNode(kRelu, [](TfliteFile&, Ids& in, Ids&) { in = {99}; }),
        "names tensor 99, of which there are 2");
    row("makes tensor -2", tfliteNode(kRelu, [](TfliteFile&, Ids&, Ids& out) { out = {-2}; }),
        "names tensor -2");
    row("makes its input", tfliteNode(kRelu, [](TfliteFile&, Ids& in, Ids& out) { out = in; }),
        "tensor 'x' is made twice");
    row("makes nothing", tfliteNode(kRelu, [](TfliteFile&, Ids&, Ids& out) { out.clear(); }),
        "output 'y' is made by nothing");
    row("reads nothing", tfliteNode(kRelu, [](TfliteFile&, Ids& in, Ids&) { in.clear(); }),
        "operator 'RELU_0' (RELU) reads nothing");
    row("reads a left-out input",
        tfliteNode(0,
                   [](TfliteFile&, Ids& in, Ids&) {
                       in = {-1, -1};
                   }),
        "operator 'ADD_0' (ADD) reads nothing");
    row("negative extent",
        tfliteNode(kRelu,
                   [](TfliteFile& f, Ids& in, Ids&) {
                       in = {f.tensor("n", {1, -4})};
                   }),
        "tensor 'n' has a negative dimension");
    row("huge tensor",
        tfliteNode(kRelu,
                   [](TfliteFile& f, Ids&, Ids&) {
                       f.tensor("h", {1 << 30, 1 << 30, 1 << 30});
                   }),
        "tensor 'h' has too many elements");
    row("text",
        tfliteNode(kRelu, [](TfliteFile& f, Ids&, Ids&) { f.tensor("s", {1}, T::kString); }),
        "tensor 's' is of a type that is no number");
    row("data too short",
        tfliteNode(0,
                   [](TfliteFile& f, Ids& in, Ids&) {
                       in.push_back(f.constant("c", {1, 2, 2, 4}, T::kFloat, "1234"));
                   }),
        "tensor 'c' has 4 bytes of data, its shape 1x2x2x4 needs 64");
    row("scales beyond the axis", quantisedInput({1, 1, 1}, {0, 0, 0}),
        "tensor 'q' has 3 scales, but 1x2x2x4 along axis 3");
    row("axis beyond the tensor", quantisedInput({1, 1, 1, 1}, {}, 1 << 30),
        "along axis 1073741824");
    row("zero points without scales", quantisedInput({1, 1, 1, 1}, {1, 2, 3}),
        "tensor 'q' has 4 scales and 3 zero points");
    row("scale that is no number", quantisedInput({NAN}, {0}),
        "tensor 'q' has a scale that is not a positive number");
    row("endless scale", quantisedInput({INFINITY}, {0}),
        "tensor 'q' has a scale that is not a positive number");
    row("far zero point", quantisedInput({1}, {std::numeric_limits<std::int64_t>::min()}),
        "tensor 'q' has a zero point of -9223372036854775808");
    row("weights without axes", tfliteConv(1, {}), "");
    row("weights of no outputs", tfliteConv(1, {0, 1, 1, 4}),
        "reads tensor 'w', which nothing makes");
    row("weights of other inputs", tfliteConv(1, {4, 1, 1, 3}), "reads 1x2x2x4 with weights");
    row("stride 0", tfliteConv(0, {4, 1, 1, 4}), "has a stride of 0");
    row("stride -1", tfliteConv(-1, {4, 1, 1, 4}), "has a stride of -1");
    row("operator that does not exist", tfliteNode(9999, [](TfliteFile&, Ids&, Ids&) {}), "");
    row("custom operator", tfliteNode(32, [](TfliteFile&, Ids&, Ids&) {}),
        "operator 0 is the custom operator ''");
    row("joint of many axes",
        tfliteNode(
            83, [](TfliteFile&, Ids&, Ids&) {}, tflite::Options_PackOptions,
            [](flatbuffers::FlatBufferBuilder& b) {
                return tflite::CreatePackOptions(b, 1 << 30, 99).Union();
            }),
        "");
    row("cut of too few",
        tfliteNode(
            88, [](TfliteFile&, Ids&, Ids&) {}, tflite::Options_UnpackOptions,
            [](flatbuffers::FlatBufferBuilder& b) {
                return tflite::CreateUnpackOptions(b, -5, 3).Union();
            }),
        "");
    row("options of another operator",
        tfliteNode(
            83, [](TfliteFile&, Ids&, Ids&) {}, tflite::Options_UnpackOptions,
            [](flatbuffers::FlatBufferBuilder& b) {
                return tflite::CreateUnpackOptions(b, 4, 0).Union();
            }),
        "");
    row("mean of a far axis",
        tfliteNode(40,
                   [](TfliteFile& f, Ids& in, Ids&) { in.push_back(f.integers("axes", {77})); }),
        "names axis 77 of 1x2x2x4");
    row("permutation of one axis",
        tfliteNode(39,
                   [](TfliteFile& f, Ids& in, Ids&) {
                       in.push_back(f.integers("p", {0, 0, 0, 0}));
                   }),
        "permutes 4 dimensions by (0x0x0x0)");
    row("reversed far axis",
        tfliteNode(105, [](TfliteFile& f, Ids& in, Ids&) { in.push_back(f.integers("a", {-77})); }),
        "has limits that do not go with 1x2x2x4");
    row("another shape than declared",
        tfliteNode(22,
                   [](TfliteFile& f, Ids& in, Ids&) {
                       in = {f.tensor("z", {1, 3})};
                       f.input(in[0]);
                   }),
        "reshapes 1x3 to 1x2x2x4");
    row("one table as every tensor", sharedTables(), "tensor 't' is made twice");
}

void TestHostileTflite::files()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, expected);
    verifyProblem(m_folder.filePath("hostile.bin").toStdString(), content.toStdString(), expected);
}

QTEST_GUILESS_MAIN(TestHostileTflite)
#include "test_hostile_tflite.moc"
