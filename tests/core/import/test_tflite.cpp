// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"
#include "core/import/tflite_operators.h"
#include "core/lower/lower.h"

#include <QtTest>
#include <cstring>
#include <fstream>
#include <random>
#include <set>

using namespace tidemark;

class TestTflite : public QObject {
    Q_OBJECT

private slots:
    void model();
    void tableNamesOperatorsOnce();
    void changedWords();
    void cutFiles();
    void customOperator();
    void dimensionsAreTheFiles();

private:
    std::filesystem::path write(const std::string& content);

    QTemporaryDir m_folder;
};

namespace {

const std::string kSource = TIDEMARK_SOURCE_DIR;
const std::string kSmall = kSource + "/tests/golden/robustness/bitflips_0.tflite";
const std::string kSpeech = kSource + "/tests/golden/mlperf_tiny/kws_int8.tflite";

std::string contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<Diagnostic> problemOf(const std::filesystem::path& path)
{
    const auto model = importModel(path);
    if (!model) {
        return model.error();
    }
    const auto network = lower(*model);
    return network ? std::nullopt : std::optional(network.error());
}

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

QTEST_GUILESS_MAIN(TestTflite)
#include "test_tflite.moc"
