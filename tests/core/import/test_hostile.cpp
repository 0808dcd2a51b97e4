// SPDX-License-Identifier: Apache-2.0
// Files that mean harm, or were damaged: each gets one clear line, none a crash, a long wait or
// much memory.
#include "tests/core/import/onnx_files.h"
#include "tests/core/import/onnx_mutator.h"
#include "tests/core/import/problems.h"

#include <QTemporaryDir>
#include <QtTest>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <random>

using namespace tidemark;
using namespace tidemark::test;

class TestHostile : public QObject {
    Q_OBJECT

private slots:
    void robustness_data();
    void robustness();
    void truncations();
    void byteMutations();
    void fieldMutations();
    void onnx_data();
    void onnx();

private:
    std::filesystem::path write(const std::string& name, const std::string& content) const;

    QTemporaryDir m_folder;
};

namespace {

const std::string kSource = TIDEMARK_SOURCE_DIR;
const std::string kRobustness = kSource + "/tests/golden/robustness/";

nlohmann::json expectations()
{
    return nlohmann::json::parse(contentOf(kRobustness + "expect.json"));
}

/// A model with a bit of everything, as a seed for mutations.
OnnxFile everyday()
{
    OnnxFile file;
    file.input("x", {"N", 4, 9, 9});
    file.weights("w", {8, 2, 3, 3}, std::vector<float>(144, 0.1F));
    file.weights("b", {8}, std::vector<float>(8, 0.1F));
    file.weights("fc", {128, 5}, std::vector<float>(640, 0.1F));
    file.weights("slope", {8, 1, 1}, std::vector<float>(8, 0.1F));
    file.node("Conv", {"x", "w", "b"}, {"conv"}, {{"group", {2}}, {"pads", {1, 0, 1, 1}}});
    file.node("PRelu", {"conv", "slope"}, {"prelu"});
    file.node("MaxPool", {"prelu"}, {"pool", "indices"},
              {{"kernel_shape", {3, 3}}, {"strides", {2, 2}}, {"ceil_mode", {1}}});
    file.node("Transpose", {"pool"}, {"turned"}, {{"perm", {0, 2, 3, 1}}});
    file.node("Transpose", {"turned"}, {"back"}, {{"perm", {0, 3, 1, 2}}});
    file.node("Concat", {"pool", "back"}, {"both"}, {{"axis", {1}}});
    file.node("Split", {"both"}, {"left", "right"}, {{"axis", {1}}});
    file.node("Add", {"left", "right"}, {"sum"});
    file.node("Shape", {"sum"}, {"shape"});
    file.integers("zero", {0});
    file.integers("open", {-1});
    file.node("Gather", {"shape", "zero"}, {"batch"}, {{"axis", {0}}});
    file.node("Concat", {"batch", "open"}, {"target"}, {{"axis", {0}}});
    file.node("Reshape", {"sum", "target"}, {"flat"});
    file.node("Gemm", {"flat", "fc"}, {"gemm"}, {{"transB", {0}}});
    file.node("Relu", {"gemm"}, {"relu"});
    file.node("Softmax", {"relu"}, {"y"}, {{"axis", {-1}}});
    file.node("ReduceMean", {"sum"}, {"mean"}, {{"axes", {2, 3}}, {"keepdims", {0}}});
    file.output("y", {"N", 5});
    file.output("mean", {"N", 8});
    return file;
}

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// One operator on an image; integer lists and floats that it reads are constants.
struct OneNode {
    std::string type;
    std::vector<OnnxFile::Attribute> attributes = {};
    OnnxFile::Dimensions input = {1, 4, 8, 8};
    std::vector<std::vector<std::int64_t>> integers = {};
    std::vector<std::vector<float>> floats = {};

    std::string content() const
    {
        OnnxFile file;
        file.input("x", input);
        std::vector<std::string> inputs{"x"};
        for (const auto& list : floats) {
            inputs.push_back("f" + std::to_string(inputs.size()));
            file.weights(inputs.back(), {static_cast<std::int64_t>(list.size())}, list);
        }
        for (const auto& list : integers) {
            inputs.push_back("i" + std::to_string(inputs.size()));
            file.integers(inputs.back(), list);
        }
        file.node(type, inputs, {"y"}, attributes);
        file.output("y", {});
        return file.proto().SerializeAsString();
    }
};

/// x -> Relu -> y, then changed.
template <class Change> std::string changed(const Change& change)
{
    OnnxFile file;
    file.input("x", {1, 4});
    file.node("Relu", {"x"}, {"y"});
    file.output("y", {1, 4});
    change(file);
    return file.proto().SerializeAsString();
}

std::string withWeights(const std::vector<std::int64_t>& attribute, const char* name)
{
    OnnxFile file;
    file.input("x", {1, 4, 8, 8});
    file.weights("w", {8, 4, 3, 3}, std::vector<float>(288, 0.1F));
    file.node("Conv", {"x", "w"}, {"y"}, {{name, attribute}});
    file.output("y", {});
    return file.proto().SerializeAsString();
}

std::string nestedIfs(int depth)
{
    return changed([depth](OnnxFile& file) {
        onnx::GraphProto* graph = &file.graph();
        for (int i = 0; i < depth; ++i) {
            onnx::NodeProto& node = *graph->add_node();
            node.set_op_type("If");
            node.add_input("x");
            node.add_output("z");
            auto& branch = *node.add_attribute();
            branch.set_name("then_branch");
            branch.set_type(onnx::AttributeProto::GRAPH);
            graph = branch.mutable_g();
        }
    });
}

/// x as int8 with these scales along axis 1.
std::string dequantised(const std::vector<float>& scales, const std::vector<std::int64_t>& zeros)
{
    OneNode node{"DequantizeLinear", {{"axis", {1}}}};
    node.floats = {scales};
    if (!zeros.empty()) {
        node.integers = {zeros};
    }
    return node.content();
}

std::string chain(int length)
{
    return changed([length](OnnxFile& file) {
        std::string last = "y";
        for (int i = 0; i < length; ++i) {
            const std::string next = "t" + std::to_string(i);
            file.node(i % 2 == 0 ? "Identity" : "Flatten", {last}, {next});
            last = next;
        }
        file.output(last, {1, 4});
    });
}

void initialiser(OnnxFile& file, const std::string& name, int type,
                 const std::vector<std::int64_t>& dims, const std::string& raw)
{
    auto& tensor = *file.graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t dim : dims) {
        tensor.add_dims(dim);
    }
    tensor.set_raw_data(raw);
}

} // namespace

std::filesystem::path TestHostile::write(const std::string& name, const std::string& content) const
{
    const std::filesystem::path path =
        m_folder.filePath(QString::fromStdString(name)).toStdString();
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

void TestHostile::robustness_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("expected");
    const nlohmann::json all = expectations();
    for (const auto& [file, entry] : all.items()) {
        QTest::newRow(file.c_str())
            << QString::fromStdString(file)
            << QString::fromStdString(entry.at("expect").get<std::string>());
    }
}

void TestHostile::robustness()
{
    QFETCH(QString, file);
    QFETCH(QString, expected);
    const auto problem = problemOf(kRobustness + file.toStdString());
    if (expected != "nocrash") {
        QCOMPARE(!problem, expected == "accept");
    }
    if (problem) {
        QVERIFY2(isOneClearLine(problem->text()), problem->text().c_str());
        QCOMPARE(problem->kind, ErrorKind::BadInput);
    }
}

void TestHostile::truncations()
{
    const std::string whole = contentOf(kSource + "/resources/examples/lenet5.onnx");
    for (const std::size_t bytes : {1U, 2U, 17U, 100U, 1000U, 5000U}) {
        const auto path = write("cut.onnx", whole.substr(0, bytes * whole.size() / 5001));
        QVERIFY(problemOf(path));
    }
    const auto model = importModel(write("half.onnx", whole.substr(0, whole.size() / 2)));
    QVERIFY(!model);
    QVERIFY2(model.error().what.starts_with("the file is cut off: 124"),
             model.error().what.c_str());
}

void TestHostile::byteMutations()
{
    std::vector<std::string> seeds{contentOf(kSource + "/resources/examples/lenet5.onnx")};
    const nlohmann::json all = expectations();
    for (const auto& [file, entry] : all.items()) {
        seeds.push_back(contentOf(kRobustness + file));
    }
    std::mt19937 random(20240607);
    const auto below = [&](std::size_t end) { return random() % end; };
    for (int round = 0; round < 600; ++round) {
        std::string content = seeds[below(4) == 0 ? 0 : below(seeds.size())];
        for (std::size_t change = below(6) + 1; change > 0 && !content.empty(); --change) {
            // Half of the changes hit the beginning, where the structure of large files is.
            const std::size_t range =
                below(2) ? content.size() : std::min<std::size_t>(2000, content.size());
            const std::size_t at = below(range);
            switch (below(4)) {
            case 0:
                content[at] = static_cast<char>(content[at] ^ (1 << below(8)));
                break;
            case 1:
                content[at] = static_cast<char>(random());
                break;
            case 2:
                content.erase(at, below(20) + 1);
                break;
            default:
                content.insert(at, content.substr(below(content.size()), below(40)));
            }
        }
        const auto problem = problemOf(write("mutant.onnx", content));
        if (problem) {
            QVERIFY2(isOneClearLine(problem->text()), problem->text().c_str());
        }
    }
}

void TestHostile::fieldMutations()
{
    std::vector<onnx::ModelProto> seeds{everyday().proto()};
    for (const char* name :
         {"/resources/examples/lenet5.onnx", "/tests/golden/robustness/qdq_zero_scale.onnx",
          "/tests/golden/robustness/dead_code.onnx"}) {
        seeds.emplace_back();
        QVERIFY(seeds.back().ParseFromString(contentOf(kSource + name)));
    }
    std::mt19937 random(4711);
    int accepted = 0;
    for (int round = 0; round < 800; ++round) {
        onnx::ModelProto proto = seeds[round % 2 ? 0 : random() % seeds.size()];
        for (std::size_t change = random() % 3 + 1; change > 0; --change) {
            mutate(proto, random);
        }
        const auto problem = problemOf(write("mutant.onnx", proto.SerializeAsString()));
        accepted += !problem;
        if (problem) {
            QVERIFY2(isOneClearLine(problem->text()), problem->text().c_str());
        }
    }
    QVERIFY(accepted > 100 && accepted < 700); // both ways were exercised
}

void TestHostile::onnx_data()
{
    using One = OneNode;
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const std::string& content, const char* expected) {
        QTest::newRow(name) << QByteArray::fromStdString(content) << expected;
    };
    row("reads itself", changed([](OnnxFile& f) { f.node("Tanh", {"z"}, {"z"}); }),
        "needs its own result");
    row("long circle", changed([](OnnxFile& f) {
            for (int i = 0; i < 500; ++i) {
                f.node("Tanh", {"c" + std::to_string((i + 1) % 500)}, {"c" + std::to_string(i)});
            }
        }),
        "needs its own result");
    row("huge input", One{"Relu", {}, {1 << 30, 1 << 30, 16}}.content(),
        "input 'x' has too many elements (1073741824x1073741824x16)");
    row("reshaped beyond 64 bits", One{"Reshape", {}, {1, 4}, {{1LL << 40, 1LL << 40}}}.content(),
        "reshapes 1x4 to 1099511627776x1099511627776");
    row("expanded beyond memory", One{"Expand", {}, {1}, {{1LL << 41}}}.content(),
        "has too many elements");
    row("filled beyond memory", changed([](OnnxFile& f) {
            f.integers("shape", {1 << 19, 1 << 19});
            f.node("ConstantOfShape", {"shape"}, {"filled"});
            f.node("ReduceMax", {"filled"}, {"most"}, {{"keepdims", {0}}});
            f.node("Add", {"x", "most"}, {"sum"});
            f.output("sum", {1, 4});
        }),
        "");
    row("negative stride", withWeights({-1, 1}, "strides"), "has a stride of -1");
    row("endless stride", withWeights({kMost, kMost}, "strides"),
        "has a stride of 9223372036854775807");
    row("endless dilation", withWeights({kMost, 1}, "dilations"),
        "has a dilation of 9223372036854775807");
    row("endless pad", withWeights({kMost, 0, kMost, 0}, "pads"),
        "has a pad of 9223372036854775807");
    row("fewest groups", withWeights({kLeast}, "group"), "in -9223372036854775808 groups");
    row("endless kernel", One{"MaxPool", {{"kernel_shape", {kMost, 1}}}}.content(),
        "has a kernel extent of 9223372036854775807");
    row("kernel of one axis", One{"MaxPool", {{"kernel_shape", {2}}}}.content(),
        "has a one-dimensional window over 1x4x8x8");
    row("text as weights", changed([](OnnxFile& f) {
            initialiser(f, "w", onnx::TensorProto::STRING, {1}, "");
            f.node("Add", {"x", "w"}, {"z"});
        }),
        "tensor 'w' holds strings");
    row("type that does not exist",
        changed([](OnnxFile& f) { initialiser(f, "w", 4711, {1}, "abcd"); }),
        "tensor 'w' has element type 4711");
    row("constant twice", changed([](OnnxFile& f) {
            f.integers("w", {1});
            f.integers("w", {2});
        }),
        "tensor 'w' is made twice");
    row("made twice", changed([](OnnxFile& f) { f.node("Tanh", {"x"}, {"y"}); }),
        "tensor 'y' is made twice");
    row("makes the input", changed([](OnnxFile& f) { f.node("Tanh", {"y"}, {"x"}); }),
        "tensor 'x' is made twice");
    row("names of control characters",
        changed([](OnnxFile& f) { f.node("Tanh", {"\xff\n\x1b[31m\xc3"}, {"z"}); }),
        "reads tensor '\\xff\\x0a\\x1b[31m\\xc3', which nothing makes");
    row("endless name",
        changed([](OnnxFile& f) { f.node("Tanh", {std::string(100000, 'n')}, {"z"}); }),
        "reads tensor 'nnnn");
    row("too many scales", dequantised({1, 1, 1}, {}), "has 3 scales along axis 1 of 1x4x8x8");
    row("scale of 0", dequantised({0}, {}), "has a scale that is not a positive number");
    row("scale that is no number", dequantised({NAN}, {}),
        "has a scale that is not a positive number");
    row("far zero point", dequantised({1}, {1LL << 31}), "has a zero point of 2147483648");
    row("more zero points than scales", dequantised({1}, {1, 2, 3}),
        "has scales of shape 1 and zero points of 3");
    row("20 graphs in graphs", nestedIfs(20), "chooses one of two graphs by 'x'");
    row("2000 graphs in graphs", nestedIfs(2000), "the file is damaged or no ONNX model");
    row("least slice", One{"Slice", {}, {1, 4}, {{0}, {4}, {1}, {kLeast}}}.content(),
        "makes an empty tensor 'y'");
    row("split beyond 64 bits", One{"Split", {}, {4}, {{kMost, kMost, 6}}}.content(),
        "splits an extent of 4 into 1 parts");
    row("joint axis", One{"Concat", {{"axis", {kMost}}}}.content(),
        "names axis 9223372036854775807");
    row("permuted axis", One{"Transpose", {{"perm", {0, 1, 2, kLeast}}}}.content(),
        "permutes 4 dimensions by");
    row("reduced axis", One{"ReduceMean", {{"axes", {-9}}}}.content(), "names axis -9 of 1x4x8x8");
    row("endless pads", One{"Pad", {}, {4}, {{kMost, kMost}}}.content(),
        "pads 4 by 9223372036854775807");
    row("block of 0", One{"DepthToSpace", {{"blocksize", {0}}}}.content(), "over blocks of 0");
    row("endless block", One{"SpaceToDepth", {{"blocksize", {kMost}}}}.content(),
        "by blocks of 9223372036854775807");
    row("flattened scalar", One{"Flatten", {{"axis", {2}}}, {}}.content(), "names axis 2 of 0");
    row("scalar product", One{"Gemm", {}, {}, {}, {{1}}}.content(), "multiplies scalar by 1");
    row("index outside", changed([](OnnxFile& f) {
            f.integers("list", {1, 2});
            f.integers("index", {5});
            f.node("Gather", {"list", "index"}, {"picked"}, {{"axis", {0}}});
            f.node("Reshape", {"x", "picked"}, {"z"});
        }),
        "picks index 5 of axis 0 of 2");
    row("data behind the end", changed([](OnnxFile& f) {
            f.externalWeights("w", {2}, "hostile.bin", -8, 8);
            f.node("Add", {"x", "w"}, {"z"});
        }),
        "has its data in 'hostile.bin', which is too short");
    row("oldest operators", changed([](OnnxFile& f) {
            const_cast<onnx::ModelProto&>(f.proto()).mutable_opset_import(0)->set_version(kLeast);
        }),
        "the model uses opset -9223372036854775808");
    row("20,000 copies", chain(20000), "");
    row("a million products", changed([](OnnxFile& f) {
            f.input("a", {1 << 20, 1, 1});
            f.input("b", {1 << 20, 1, 1});
            f.node("MatMul", {"a", "b"}, {"z"});
            f.output("z", {1 << 20, 1, 1});
        }),
        "");
    row("50,000 operands", changed([](OnnxFile& f) {
            f.node("Max", std::vector<std::string>(50000, "x"), {"z"});
            f.output("z", {1, 4});
        }),
        "");
}

void TestHostile::onnx()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, expected);
    verifyProblem(m_folder.filePath("hostile.bin").toStdString(), content.toStdString(), expected);
}

QTEST_GUILESS_MAIN(TestHostile)
#include "test_hostile.moc"
