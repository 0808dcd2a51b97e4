// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"
#include "core/import/tflite_operators.h"
#include "core/lower/layout.h"
#include "core/lower/lower.h"
#include "core/reference/reference.h"
#include "tests/core/import/problems.h"
#include "tests/core/import/tflite_file.h"

#include <QtTest>
#include <cstring>
#include <fstream>
#include <random>
#include <set>

using namespace tidemark;
using test::contentOf;
using test::problemOf;

class TestTflite : public QObject {
    Q_OBJECT

private slots:
    void model();
    void tableNamesOperatorsOnce();
    void changedWords();
    void cutFiles();
    void customOperator();
    void dimensionsAreTheFiles();
    void unalignedZeroPoints();
    void joinsAndCuts();
    void turnedProducts();
    void sumsAndDifferences();

private:
    std::filesystem::path write(const std::string& content);
    std::vector<std::vector<float>> outputs(const test::TfliteFile& file,
                                            const std::vector<std::vector<float>>& inputs);

    QTemporaryDir m_folder;
};

namespace {

const std::string kSource = TIDEMARK_SOURCE_DIR;
const std::string kSmall = kSource + "/tests/golden/robustness/bitflips_0.tflite";
const std::string kSpeech = kSource + "/tests/golden/mlperf_tiny/kws_int8.tflite";

} // namespace

std::filesystem::path TestTflite::write(const std::string& content)
{
    const std::filesystem::path path = m_folder.filePath("a.tflite").toStdString();
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

void TestTflite::model()
{
    const auto model = importModel(kSpeech);
    QVERIFY2(model, model ? "" : model.error().text().c_str());
    QCOMPARE(model->format, std::string("TFLite"));
    QVERIFY(model->layout == Layout::ChannelsLast);
    QCOMPARE((*model)[model->inputs[0]].shape, (Shape{1, 49, 10, 1}));
    const Operator& conv = model->operators[0];
    QCOMPARE(conv.typeName, std::string("CONV_2D"));
    QVERIFY(conv.kind == OperatorKind::Conv);
    const auto& attributes = std::get<ConvAttributes>(conv.attributes);
    QCOMPARE(attributes.window.kernelH, 10);
    QCOMPARE(attributes.window.padTop, 4); // SAME, asymmetric
    QCOMPARE(attributes.window.padBottom, 5);
    QCOMPARE(model->operators[1].typeName, std::string("RELU")); // fused in the file
    const Tensor& weights = (*model)[*conv.inputs[1]];
    QVERIFY(weights.type == DataType::Int8);
    QCOMPARE(weights.quantization->scales.size(), std::size_t{64});
}

void TestTflite::tableNamesOperatorsOnce()
{
    std::set<std::string_view> names;
    for (const TfliteEntry& entry : tfliteOperators()) {
        QVERIFY(names.insert(entry.name).second);
        QCOMPARE(findTfliteOperator(entry.code), &entry);
        QVERIFY(entry.same.empty() || findOperator(entry.same));
        QVERIFY(entry.support != Support::Runnable ||
                findOperator(entry.same)->support == Support::Runnable);
    }
}

/// Offsets, counts, indices and enumerations changed one at a time: an error in words, or a model.
void TestTflite::changedWords()
{
    std::mt19937 random(20260);
    int accepted = 0, rejected = 0;
    for (const std::string& seed : {contentOf(kSmall), contentOf(kSpeech)}) {
        const std::size_t rounds = qEnvironmentVariableIsSet("TIDEMARK_SOAK") ? 40000 : 300;
        for (std::size_t round = 0; round < rounds; ++round) {
            std::string content = seed;
            for (std::size_t change = random() % 3 + 1; change > 0; --change) {
                constexpr std::uint32_t kWords[] = {0,      1,          2,          4,
                                                    0x7fff, 0x7fffffff, 0xffffffff, 0x80000000};
                const std::size_t at = random() % (content.size() / 4) * 4;
                const std::uint32_t word = random() % 2
                                               ? kWords[random() % std::size(kWords)]
                                               : static_cast<std::uint32_t>(random() % 300);
                std::memcpy(content.data() + at, &word, sizeof word);
            }
            const auto problem = problemOf(write(content));
            ++(problem ? rejected : accepted);
            if (problem) {
                QVERIFY2(!problem->what.empty() && problem->kind == ErrorKind::BadInput,
                         problem->text().c_str());
            }
        }
    }
    QVERIFY(accepted > 20 && rejected > 20); // both ways were exercised
}

void TestTflite::cutFiles()
{
    const std::string whole = contentOf(kSmall);
    for (std::size_t length = 0; length < whole.size(); length += 97) {
        const auto problem = problemOf(write(whole.substr(0, length)));
        QVERIFY(problem && !problem->mend.empty());
    }
}

void TestTflite::customOperator()
{
    // The code of the file's first operator becomes 32, the number of custom operators.
    std::string content = contentOf(kSmall);
    bool refused = false;
    for (std::size_t at = content.size(); at-- > 0 && !refused;) { // it is near the end
        std::string changed = content;
        changed[at] = 32;
        const auto problem = problemOf(write(changed));
        refused = problem && problem->what.find("is the custom operator") != std::string::npos;
    }
    QVERIFY(refused);
}

void TestTflite::dimensionsAreTheFiles()
{
    ImportOptions options;
    options.dims = {{"N", 1}};
    const auto model = importModel(kSmall, options);
    QVERIFY(!model);
    QVERIFY(model.error().kind == ErrorKind::Usage);
}

template <class Order>
static std::vector<float> reordered(const Value& value, const std::vector<float>& elements,
                                    const Order& order)
{
    const std::vector<std::byte> bytes = order(value, std::as_bytes(std::span(elements)));
    std::vector<float> result(elements.size());
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

/// What the file's outputs are for these inputs; nothing may be planned only.
std::vector<std::vector<float>> TestTflite::outputs(const test::TfliteFile& file,
                                                    const std::vector<std::vector<float>>& inputs)
{
    const auto model = importModel(write(file.bytes()));
    if (!model) {
        qFatal("%s", model.error().text().c_str());
    }
    const auto network = lower(*model);
    if (!network) {
        qFatal("%s", network.error().text().c_str());
    }
    std::vector<std::vector<float>> given;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        given.push_back(reordered((*network)[network->inputs[i]], inputs[i], toChannelsLast));
    }
    const auto values = runReference(*network, given);
    if (!values) {
        qFatal("%s", values.error().text().c_str());
    }
    std::vector<std::vector<float>> found;
    for (const ValueId output : network->outputs) {
        found.push_back(reordered((*network)[output], (*values)[output.index()], toModelOrder));
    }
    return found;
}

using Reals = std::vector<float>;
using test::TfliteFile;

/// A vector of 64-bit numbers at an odd multiple of 4, which verification lets pass: appended to
/// the file, and the offset that leads to the old one changed.
void TestTflite::unalignedZeroPoints()
{
    const std::vector<std::int64_t> zeros{1, 2, 3, 4};
    TfliteFile file;
    file.input(file.tensor("x", {1, 4}, TfliteFile::kInt8));
    file.quantise(0, {1, 1, 1, 1}, zeros, 1);
    file.output(file.tensor("y", {1, 4}, TfliteFile::kInt8));
    file.quantise(1, {1}, {0});
    file.node(22, {0}, {1});
    std::string content = file.bytes();
    std::string vector(4 + sizeof(std::int64_t) * zeros.size(), '\0');
    vector[0] = static_cast<char>(zeros.size());
    std::memcpy(vector.data() + 4, zeros.data(), vector.size() - 4);
    const std::size_t old = content.find(vector);
    QVERIFY(old != std::string::npos && old % 8 == 4);
    content.resize((content.size() + 7) / 8 * 8);
    int changed = 0;
    for (std::size_t at = 0; at < content.size(); at += 4) {
        std::uint32_t offset = 0;
        std::memcpy(&offset, content.data() + at, sizeof offset);
        if (at + offset == old && at < old) {
            offset = static_cast<std::uint32_t>(content.size() - at);
            std::memcpy(content.data() + at, &offset, sizeof offset);
            ++changed;
        }
    }
    QCOMPARE(changed, 1);
    const auto model = importModel(write(content + vector));
    QVERIFY2(model, model ? "" : model.error().text().c_str());
    QCOMPARE((*model)[model->inputs[0]].quantization->zeroPoints,
             (std::vector<std::int32_t>{1, 2, 3, 4}));
}

void TestTflite::joinsAndCuts()
{
    TfliteFile pack;
    for (const char* name : {"a", "b"}) {
        pack.input(pack.tensor(name, {2, 3}));
    }
    pack.output(pack.tensor("y", {2, 2, 3}));
    pack.node(83, {0, 1}, {2}, tflite::Options_PackOptions,
              [](auto& builder) { return tflite::CreatePackOptions(builder, 2, 1).Union(); });
    QCOMPARE(outputs(pack, {{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}})[0],
             (Reals{1, 2, 3, 7, 8, 9, 4, 5, 6, 10, 11, 12}));

    TfliteFile unpack;
    unpack.input(unpack.tensor("x", {2, 3}));
    for (const char* name : {"a", "b", "c"}) {
        unpack.output(unpack.tensor(name, {2}));
    }
    unpack.node(88, {0}, {1, 2, 3}, tflite::Options_UnpackOptions,
                [](auto& builder) { return tflite::CreateUnpackOptions(builder, 3, -1).Union(); });
    QCOMPARE(outputs(unpack, {{1, 2, 3, 4, 5, 6}}), (std::vector<Reals>{{1, 4}, {2, 5}, {3, 6}}));

    TfliteFile reverse;
    reverse.input(reverse.tensor("x", {2, 3}));
    reverse.output(reverse.tensor("y", {2, 3}));
    reverse.node(105, {0, reverse.integers("axis", {1})}, {1});
    QCOMPARE(outputs(reverse, {{1, 2, 3, 4, 5, 6}})[0], (Reals{3, 2, 1, 6, 5, 4}));

    TfliteFile gather;
    gather.input(gather.tensor("x", {2, 3}));
    gather.output(gather.tensor("y", {2, 2}));
    gather.node(36, {0, gather.integers("indices", {2, 0})}, {1}, tflite::Options_GatherOptions,
                [](auto& builder) { return tflite::CreateGatherOptions(builder, 1).Union(); });
    QCOMPARE(outputs(gather, {{1, 2, 3, 4, 5, 6}})[0], (Reals{3, 1, 6, 4}));
}

void TestTflite::turnedProducts()
{
    const Reals a{1, 2, 3, 4, 5, 6}, b{1, 0, 2, 0, 1, 3};
    const auto product = [&](bool turnsA, bool turnsB) {
        TfliteFile file; // 2 x 3 times 3 x 2, either of them stored the other way round
        file.input(file.tensor("a", turnsA ? std::vector<std::int32_t>{1, 3, 2}
                                           : std::vector<std::int32_t>{1, 2, 3}));
        file.input(file.tensor("b", turnsB ? std::vector<std::int32_t>{1, 2, 3}
                                           : std::vector<std::int32_t>{1, 3, 2}));
        file.output(file.tensor("y", {1, 2, 2}));
        file.node(126, {0, 1}, {2}, tflite::Options_BatchMatMulOptions, [&](auto& builder) {
            return tflite::CreateBatchMatMulOptions(builder, turnsA, turnsB).Union();
        });
        return outputs(file, {a, b})[0];
    };
    const auto expected = [&](bool turnsA, bool turnsB) {
        Reals sums;
        for (const std::size_t at : {0U, 1U, 2U, 3U}) {
            const std::size_t row = at / 2, column = at % 2;
            float sum = 0;
            for (std::size_t k = 0; k < 3; ++k) {
                sum += a[turnsA ? 2 * k + row : 3 * row + k] *
                       b[turnsB ? 3 * column + k : 2 * k + column];
            }
            sums.push_back(sum);
        }
        return sums;
    };
    for (const bool turnsA : {false, true}) {
        for (const bool turnsB : {false, true}) {
            QCOMPARE(product(turnsA, turnsB), expected(turnsA, turnsB));
        }
    }
}

void TestTflite::sumsAndDifferences()
{
    TfliteFile sum;
    for (const char* name : {"a", "b", "c"}) {
        sum.input(sum.tensor(name, {1, 3}));
    }
    sum.output(sum.tensor("y", {1, 3}));
    sum.node(106, {0, 1, 2}, {3});
    QCOMPARE(outputs(sum, {{1, 2, 3}, {10, 20, 30}, {100, 200, 300}})[0], (Reals{111, 222, 333}));

    TfliteFile difference;
    difference.input(difference.tensor("a", {2, 3}));
    difference.input(difference.tensor("b", {1, 3}));
    difference.output(difference.tensor("y", {2, 3}));
    difference.node(99, {0, 1}, {2});
    QCOMPARE(outputs(difference, {{1, 2, 3, 4, 5, 6}, {3, 3, 3}})[0], (Reals{4, 1, 0, 1, 4, 9}));
}

QTEST_GUILESS_MAIN(TestTflite)
#include "test_tflite.moc"
