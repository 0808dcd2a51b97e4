// SPDX-License-Identifier: Apache-2.0
// Pages of the documentation that are written from what the program does. With TIDEMARK_UPDATE=1
// in the environment the test writes them.
#include "core/import/import.h"
#include "core/import/operators_page.h"
#include "core/lower/lower.h"

#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <onnx/onnx_pb.h>

using namespace tidemark;
namespace fs = std::filesystem;

class TestPages : public QObject {
    Q_OBJECT

private slots:
    void operators();
    void nodeTests();
};

namespace {

const std::string kSource = TIDEMARK_SOURCE_DIR;

void compare(const std::string& name, const std::string& content)
{
    const std::string path = kSource + "/docs/" + name;
    if (qEnvironmentVariableIsSet("TIDEMARK_UPDATE")) {
        std::ofstream(path, std::ios::binary) << content;
    }
    std::ifstream file(path, std::ios::binary);
    const std::string written{std::istreambuf_iterator<char>(file), {}};
    QVERIFY2(written == content,
             "the page is out of date: run this test with TIDEMARK_UPDATE=1 and commit it");
}

struct Row {
    std::string name, outcome, detail, reason = {};
};

/// What becomes of one single-operator model, and whether its shapes are those it declares.
Row rowOf(const fs::path& path)
{
    const std::string name = path.stem().string();
    const auto model = importModel(path);
    if (!model) {
        return {name, "refused", model.error().what};
    }
    const auto network = lower(*model);
    if (!network) {
        return {name, "refused", network.error().what};
    }
    onnx::ModelProto proto;
    std::ifstream file(path, std::ios::binary);
    if (!proto.ParseFromIstream(&file)) {
        qFatal("%s cannot be parsed", path.c_str());
    }
    std::string shapes;
    for (std::size_t i = 0; i < model->outputs.size(); ++i) {
        const TensorId output = model->outputs[i];
        Shape declared;
        for (const auto& dim :
             proto.graph().output(static_cast<int>(i)).type().tensor_type().shape().dim()) {
            declared.push_back(dim.dim_value());
        }
        if (declared != *(*model)[output].shape) {
            qFatal("%s: %s is declared", name.c_str(), toString(declared).c_str());
        }
        shapes += (shapes.empty() ? "" : ", ") + toString(*(*model)[output].shape);
    }
    for (const Stage& stage : network->stages) {
        if (const auto* op = std::get_if<PlanOnlyOp>(&stage.op)) {
            return {name, "plan only", shapes, op->reason};
        }
    }
    return {name, "runnable", shapes};
}

} // namespace

void TestPages::operators()
{
    compare("operators.md", operatorsPage());
}

void TestPages::nodeTests()
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(kSource + "/tests/golden/onnx_node_tests")) {
        if (entry.path().extension() == ".onnx") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    QCOMPARE(files.size(), std::size_t{148});
    std::map<std::string, int> counts;
    std::string table;
    for (const fs::path& file : files) {
        const Row row = rowOf(file);
        ++counts[row.outcome];
        table += "| " + row.name + " | " + row.outcome + " | " + row.detail + " | " + row.reason +
                 " |\n";
    }
    QVERIFY(counts["refused"] * 10 <= 148);
    compare("onnx-node-tests.md",
            "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
            "# Single-operator tests of the ONNX project\n\n"
            "148 models of one operator each (Apache-2.0, the ONNX project): " +
                std::to_string(counts["runnable"]) + " run, " +
                std::to_string(counts["plan only"]) + " are planned only, " +
                std::to_string(counts["refused"]) +
                " are refused. What steers an operator (axes, limits, weights) is an input that "
                "is computed while the network runs in many of them; such forms are planned "
                "only. Every output has the shape that the model declares.\n\n"
                "| test | what becomes of it | shapes of its outputs | why it cannot run "
                "|\n|---|---|---|---|\n" +
                table);
}

QTEST_GUILESS_MAIN(TestPages)
#include "test_pages.moc"
