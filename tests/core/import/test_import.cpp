// SPDX-License-Identifier: Apache-2.0
#include "tests/core/import/onnx_files.h"
#include "tests/core/import/problems.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <fstream>

using namespace tidemark;
using namespace tidemark::test;

class TestImport : public QObject {
    Q_OBJECT

private slots:
    void lenet5();
    void notAModel_data();
    void notAModel();
    void progress();
    void symbolicDimensions();
    void unknownShapes();
    void unorderedOperators();
    void constantsShareTheMessage();
    void constantsOfEveryType();
    void externalData();
    void externalDataOutsideTheFolder_data();
    void externalDataOutsideTheFolder();
    void modelWithoutItsWeights();
    void largeGraph();
    void cancelled();

private:
    std::filesystem::path write(const std::string& name, const std::string& content) const;
    Result<Model> import(const onnx::ModelProto& proto, const ImportOptions& options = {}) const;

    QTemporaryDir m_folder;
};

namespace {

const std::string kSource = TIDEMARK_SOURCE_DIR;

} // namespace

std::filesystem::path TestImport::write(const std::string& name, const std::string& content) const
{
    const std::filesystem::path path =
        m_folder.filePath(QString::fromStdString(name)).toStdString();
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

Result<Model> TestImport::import(const onnx::ModelProto& proto, const ImportOptions& options) const
{
    return importModel(write("model.onnx", proto.SerializeAsString()), options);
}

void TestImport::lenet5()
{
    const auto model = importModel(kSource + "/resources/examples/lenet5.onnx");
    QVERIFY(model);
    QCOMPARE(model->format, std::string("ONNX"));
    QCOMPARE(model->operators.size(), std::size_t{12});
    QCOMPARE(model->inputs.size(), std::size_t{1});
    QCOMPARE((*model)[model->inputs[0]].shape, (Shape{1, 1, 32, 32}));
    QCOMPARE((*model)[model->outputs[0]].name, std::string("logits"));
    QCOMPARE((*model)[model->outputs[0]].shape, (Shape{1, 10}));
    const Operator& conv = model->operators[3];
    QCOMPARE(conv.kind, OperatorKind::Conv);
    QCOMPARE((*model)[conv.outputs[0]].shape, (Shape{1, 16, 10, 10}));
    QCOMPARE(std::get<ConvAttributes>(conv.attributes).window.kernelH, 5);
}

void TestImport::notAModel_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("what");
    QTest::newRow("empty") << "a.onnx" << QByteArray() << "the model file is empty";
    QTest::newRow("text") << "a.onnx" << QByteArray("hello, world\n")
                          << "the file is text, not a model";
    QTest::newRow("TFLite") << "a.onnx" << QByteArray("\x1c\0\0\0TFL3\0\0\0\0", 12)
                            << "the file is cut off, damaged, or no TensorFlow Lite model";
    QTest::newRow("not TFLite") << "a.tflite" << QByteArray("\x1c\0\0\0XXXX\0\0\0\0", 12)
                                << "the file is no TensorFlow Lite model (its identifier is not "
                                   "TFL3)";
    QTest::newRow("pt") << "a.PT" << QByteArray("PK\x03\x04\0\0", 6)
                        << "the file is a PyTorch model";
    QTest::newRow("pth") << "a.pth" << QByteArray("\x80\x02\x8a\n", 4)
                         << "the file is a PyTorch model";
    QTest::newRow("zip") << "a.onnx" << QByteArray("PK\x03\x04\0\0", 6)
                         << "the file is a zip archive or a PyTorch model";
    QTest::newRow("keras") << "a.keras" << QByteArray("PK\x03\x04\0\0", 6)
                           << "the file is a Keras model";
    QTest::newRow("h5") << "a.bin" << QByteArray("\x89HDF\r\n\x1a\n\0\0", 10)
                        << "the file is a Keras model";
    QTest::newRow("noise") << "a.onnx" << QByteArray("\xff\x01\xfe\x02\x9c\x80\x13", 7)
                           << "the file is damaged or no ONNX model";
}

void TestImport::notAModel()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, content);
    QFETCH(QString, what);
    const auto path = write(name.toStdString(), content.toStdString());
    const auto model = importModel(path);
    QVERIFY(!model);
    QCOMPARE(QString::fromStdString(model.error().what), what);
    QCOMPARE(model.error().where, path.string());
    QVERIFY(!model.error().mend.empty());

    QCOMPARE(importModel(path.parent_path() / "none.onnx").error().what,
             std::string("the model file does not exist"));
    QCOMPARE(importModel(path.parent_path()).error().what, std::string("the path is a folder"));
}

void TestImport::progress()
{
    std::vector<double> seen;
    ImportOptions options;
    options.progress = [&](double done) { seen.push_back(done); };
    QVERIFY(importModel(kSource + "/resources/examples/lenet5.onnx", options));
    QVERIFY(seen.size() >= 2 && std::ranges::is_sorted(seen));
    QVERIFY(seen.front() >= 0 && seen.back() == 1);
}

void TestImport::symbolicDimensions()
{
    OnnxFile file;
    file.input("x", {"N", 3, "height", ""});
    file.node("Relu", {"x"}, {"y"});
    file.output("y", {"N", 3, "height", "width"});
    const auto asked = import(file.proto());
    QVERIFY(!asked);
    QCOMPARE(asked.error().mend, std::string("give it with --dim height=SIZE"));

    ImportOptions options;
    options.dims = {{"height", 5}, {"x.3", 7}};
    const auto model = import(file.proto(), options);
    QVERIFY(model);
    QCOMPARE((*model)[model->outputs[0]].shape, (Shape{1, 3, 5, 7}));

    options.dims["N"] = 4;
    QCOMPARE((*import(file.proto(), options))[TensorId(0)].shape, (Shape{4, 3, 5, 7}));

    options.dims["depth"] = 2;
    const auto unknown = import(file.proto(), options);
    QVERIFY(!unknown);
    QCOMPARE(unknown.error().kind, ErrorKind::Usage);
    QCOMPARE(unknown.error().what, std::string("no input has a dimension 'depth'"));

    options.dims = {{"height", 0}, {"x.3", 7}};
    QCOMPARE(import(file.proto(), options).error().kind, ErrorKind::Usage);
}

void TestImport::unknownShapes()
{
    const auto problem = [&](bool declared) {
        OnnxFile file;
        file.input("x", {1, 4});
        file.node("FancyNewOp", {"x"}, {"y"}, {}, "fancy", "com.example");
        file.node("Relu", {"y"}, {"z"});
        file.output("z", {1, 9});
        if (declared) {
            file.declare("y", {1, 9});
        }
        return problemOf(write("fancy.onnx", file.proto().SerializeAsString()));
    };
    QVERIFY(!problem(true)); // planned from the shapes in the file
    QVERIFY(problem(false));
    QCOMPARE(problem(false)->what,
             std::string("operator 'fancy' (com.example.FancyNewOp) has no known output shape"));
}

void TestImport::unorderedOperators()
{
    OnnxFile file;
    file.input("x", {1, 4});
    file.node("Tanh", {"b"}, {"y"}, {}, "third");
    file.node("Relu", {"a"}, {"b"}, {}, "second");
    file.node("Sigmoid", {"x"}, {"a"}, {}, "first");
    file.node("Abs", {"x"}, {"unused"}, {}, "free");
    file.output("y", {1, 4});
    const auto model = import(file.proto());
    QVERIFY(model);
    std::vector<std::string> names;
    for (const Operator& op : model->operators) {
        names.push_back(op.name);
    }
    QCOMPARE(names, (std::vector<std::string>{"first", "second", "third", "free"}));
}

void TestImport::constantsShareTheMessage()
{
    OnnxFile file;
    file.input("x", {1, 1000});
    file.weights("w", {1000, 100}, std::vector<float>(100000, 0.5F));
    file.node("Identity", {"w"}, {"same"});
    file.node("Gemm", {"x", "same"}, {"y"});
    file.output("y", {1, 100});
    const auto model = import(file.proto());
    QVERIFY(model);
    QCOMPARE(model->operators.size(), std::size_t{1}); // Identity of a constant is folded
    const auto weights = (*model)[*model->operators[0].inputs[1]].constant->bytes();
    QCOMPARE(weights.size(), std::size_t{400000});
    QCOMPARE(weights.data(), (*model)[TensorId(0)].constant->bytes().data());
}

void TestImport::constantsOfEveryType()
{
    using onnx::TensorProto;
    const std::vector<std::pair<int, std::size_t>> types{
        {TensorProto::FLOAT, 4},  {TensorProto::FLOAT16, 2}, {TensorProto::DOUBLE, 8},
        {TensorProto::INT8, 1},   {TensorProto::UINT8, 1},   {TensorProto::INT16, 2},
        {TensorProto::UINT16, 2}, {TensorProto::INT32, 4},   {TensorProto::UINT32, 4},
        {TensorProto::INT64, 8},  {TensorProto::UINT64, 8},  {TensorProto::BOOL, 1}};
    for (const auto& [type, width] : types) {
        OnnxFile file;
        file.input("x", {1, 2});
        auto* tensor = file.graph().add_initializer();
        tensor->set_name("c");
        tensor->set_data_type(type);
        tensor->add_dims(2);
        for (const int element : {1, 0}) { // in the typed field, not as raw bytes
            switch (type) {
            case TensorProto::FLOAT:
                tensor->add_float_data(static_cast<float>(element));
                break;
            case TensorProto::DOUBLE:
                tensor->add_double_data(element);
                break;
            case TensorProto::INT64:
                tensor->add_int64_data(element);
                break;
            case TensorProto::UINT32:
            case TensorProto::UINT64:
                tensor->add_uint64_data(static_cast<std::uint64_t>(element));
                break;
            default:
                tensor->add_int32_data(element);
            }
        }
        file.node("Relu", {"x"}, {"y"});
        file.output("y", {1, 2});
        const auto model = import(file.proto());
        QVERIFY2(model, std::to_string(type).c_str());
        const auto bytes = (*model)[TensorId(0)].constant->bytes();
        QCOMPARE(bytes.size(), 2 * width);
        QVERIFY(
            std::ranges::any_of(bytes.first(width), [](std::byte b) { return b != std::byte{}; }));
        QVERIFY(
            std::ranges::all_of(bytes.last(width), [](std::byte b) { return b == std::byte{}; }));
    }
}

void TestImport::externalData()
{
    write("weights.bin", std::string("xxxx") + std::string("\0\0\x80\x3f\0\0\0\x40", 8));
    OnnxFile file;
    file.input("x", {1, 2});
    file.externalWeights("w", {2, 1}, "weights.bin", 4, 8);
    file.node("MatMul", {"x", "w"}, {"y"});
    file.output("y", {1, 1});
    const auto model = import(file.proto());
    QVERIFY(model);
    QCOMPARE((*model)[TensorId(0)].constant->bytes().size(), std::size_t{8});
    QCOMPARE((*model)[TensorId(0)].constant->bytes()[7], std::byte{0x40});

    OnnxFile beyond;
    beyond.input("x", {1, 2});
    beyond.externalWeights("w", {2, 1}, "weights.bin", 8, 8);
    beyond.node("MatMul", {"x", "w"}, {"y"});
    beyond.output("y", {1, 1});
    const auto cut = import(beyond.proto());
    QVERIFY(!cut);
    QCOMPARE(cut.error().what, std::string("tensor 'w' has its data in 'weights.bin', which is too "
                                           "short: 8 bytes at 8 of 12"));
}

void TestImport::externalDataOutsideTheFolder_data()
{
    QTest::addColumn<QString>("location");
    QTest::newRow("parent") << "../secret.bin";
    QTest::newRow("far") << "../../../../../../../../../../etc/passwd";
    QTest::newRow("absolute") << "/etc/passwd";
    QTest::newRow("through a folder") << "sub/../../secret.bin";
    QTest::newRow("link") << "link.bin";
    QTest::newRow("folder link") << "linked/passwd";
    QTest::newRow("empty") << "";
}

void TestImport::externalDataOutsideTheFolder()
{
    QFETCH(QString, location);
    const std::filesystem::path folder = m_folder.path().toStdString();
    std::error_code code;
    std::filesystem::create_symlink("/etc/passwd", folder / "link.bin", code);
    std::filesystem::create_directory_symlink("/etc", folder / "linked", code);
    OnnxFile file;
    file.input("x", {1, 2});
    file.externalWeights("w", {2, 1}, location.toStdString(), 0, 8);
    file.node("MatMul", {"x", "w"}, {"y"});
    file.output("y", {1, 1});
    const auto model = import(file.proto());
    QVERIFY(!model);
    QVERIFY2(model.error().what.ends_with("which is outside the model's folder"),
             model.error().what.c_str());

    // Also when the model is named without a folder.
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder);
    const auto relative = importModel("model.onnx");
    std::filesystem::current_path(before);
    QVERIFY(!relative);
    QCOMPARE(relative.error().what, model.error().what);
}

void TestImport::modelWithoutItsWeights()
{
    OnnxFile file;
    file.input("x", {1, 8});
    file.externalWeights("w", {8, 3}, "left_out.bin", 0, 96);
    file.externalWeights("b", {3}, "left_out.bin", 96, 12);
    file.node("MatMul", {"x", "w"}, {"p"});
    file.node("Add", {"p", "b"}, {"y"});
    file.output("y", {1, 3});
    const auto model = import(file.proto());
    QVERIFY(model); // it can be planned
    const auto network = lower(*model);
    QVERIFY(network);
    QCOMPARE(network->parameters(), 27);
    QVERIFY(network->constants[0].data.bytes().empty());

    OnnxFile incomplete; // nothing but an addend is missing: that is no model without weights
    incomplete.input("x", {1, 3});
    incomplete.externalWeights("b", {3}, "left_out.bin", 0, 12);
    incomplete.node("Add", {"x", "b"}, {"y"});
    incomplete.output("y", {1, 3});
    const auto refused = import(incomplete.proto());
    QVERIFY(!refused);
    QCOMPARE(refused.error().what,
             std::string("tensor 'b' has its data in 'left_out.bin', which does not exist"));
}

void TestImport::largeGraph()
{
    constexpr int kOperators = 10000;
    OnnxFile file;
    file.input("x", {1, 16});
    std::string last = "x";
    for (int i = 0; i < kOperators; ++i) {
        const std::string next = "t" + std::to_string(i);
        if (i % 2 == 0) {
            file.node("Sigmoid", {last}, {next});
        } else {
            file.node("Add", {last, i % 10 == 9 ? "t0" : "x"}, {next});
        }
        last = next;
    }
    file.output(last, {1, 16});
    QElapsedTimer timer;
    timer.start();
    const auto model = import(file.proto());
    QVERIFY(model);
    const auto network = lower(*model);
    QVERIFY(network);
    QCOMPARE(network->stages.size(), static_cast<std::size_t>(kOperators));
    QVERIFY2(timer.elapsed() < 5000, "quadratic in the number of operators");
}

void TestImport::cancelled()
{
    std::stop_source source;
    source.request_stop();
    ImportOptions options;
    options.stop = source.get_token();
    const auto model = importModel(kSource + "/resources/examples/lenet5.onnx", options);
    QVERIFY(!model);
    QCOMPARE(model.error().what, std::string("reading the model was cancelled"));
}

QTEST_GUILESS_MAIN(TestImport)
#include "test_import.moc"
