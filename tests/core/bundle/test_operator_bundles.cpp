// SPDX-License-Identifier: Apache-2.0
// Library bundles of every operator, several at once: built with the host's compiler they give the
// executor's bits.
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/execute/execute.h"
#include "core/io/file.h"
#include "core/place/plan.h"
#include "tests/core/execute/operator_networks.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

using namespace tidemark;
using namespace tidemark::handmade;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kTogether = 14;

std::string suffix(std::size_t i)
{
    return i == 0 ? "" : "_" + std::to_string(i);
}

/// Inputs from stdin in turn, outputs to stdout in turn, the self-test's verdict as exit code.
std::string driver(const Network& network)
{
    std::string text = "#include \"model.h\"\n#include \"selftest.h\"\n#include <stdio.h>\n"
                       "int main(void)\n{\n    size_t read = 0;\n";
    for (std::size_t i = 0; i < network.inputs.size(); ++i) {
        text += "    read += fread(tm_model_input" + suffix(i) + "(), 1, TM_INPUT" + suffix(i) +
                "_BYTES, stdin);\n";
    }
    text += "    if (read == 0) {\n        return 3;\n    }\n    tm_model_run();\n";
    for (std::size_t i = 0; i < network.outputs.size(); ++i) {
        text += "    fwrite(tm_model_output" + suffix(i) + "(), 1, TM_OUTPUT" + suffix(i) +
                "_BYTES, stdout);\n";
    }
    return text + "    return tm_selftest() == 0 ? 0 : 4;\n}\n";
}

QByteArray joined(const std::vector<std::vector<std::byte>>& parts)
{
    QByteArray all;
    for (const auto& part : parts) {
        all.append(reinterpret_cast<const char*>(part.data()), static_cast<qsizetype>(part.size()));
    }
    return all;
}

/// stdout of a program; nothing where it fails.
std::optional<QByteArray> outputOf(const fs::path& directory, const QString& program,
                                   const QStringList& arguments, const QByteArray& input)
{
    QProcess process;
    process.setWorkingDirectory(QString::fromStdString(directory.string()));
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(100000) || process.exitCode() != 0) {
        qWarning("%s ends with %d: %s", qPrintable(program), process.exitCode(),
                 process.readAllStandardError().left(2000).constData());
        return std::nullopt;
    }
    return process.readAllStandardOutput();
}

} // namespace

class TestOperatorBundles : public QObject {
    Q_OBJECT

private slots:
    void librariesGiveTheSameBits_data()
    {
        QTest::addColumn<int>("first");
        QTest::addColumn<bool>("int8");
        for (std::size_t first = 0; first < operatorKinds().size(); first += kTogether) {
            for (const bool int8 : {false, true}) {
                QTest::addRow("%s from %s", int8 ? "int8" : "fp32", operatorKinds()[first].c_str())
                    << static_cast<int>(first) << int8;
            }
        }
    }
    void librariesGiveTheSameBits()
    {
        QFETCH(int, first);
        QFETCH(bool, int8);
        if (QStandardPaths::findExecutable("cc").isEmpty()) {
            QSKIP("there is no host compiler");
        }
        std::vector<Network> parts;
        const auto begin = static_cast<std::size_t>(first);
        for (std::size_t k = begin; k < std::min(begin + kTogether, operatorKinds().size()); ++k) {
            parts.push_back(operatorNetwork(operatorKinds()[k],
                                            int8 ? DataType::Int8 : DataType::Float32,
                                            static_cast<unsigned>(k) + 7));
        }
        const auto network = std::make_shared<const Network>(sideBySide(parts));
        const auto board = findBoard("qemu_mps2_an386", TIDEMARK_SOURCE_DIR "/resources/boards");
        QVERIFY(board);
        const auto planned = plan(network, std::make_shared<const Board>(*board), {});
        QVERIFY(planned);
        QTemporaryDir folder;
        const fs::path directory = folder.filePath("bundle").toStdString();
        const auto bundle = writeBundle(**planned, directory, {true, false});
        QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
        fs::create_directories(directory / "build");
        QVERIFY(writeFileAtomically(directory / "build/driver.c", driver(*network)));
        const QStringList compile{
            "-std=c99", "-O1",       "-Wall",      "-Wextra",           "-Wpedantic",
            "-Wshadow", "-Werror",   "-I.",        "-ffp-contract=off", "-fsanitize=undefined",
            "model.c",  "weights.c", "selftest.c", "build/driver.c",    "-fno-sanitize-recover",
            "-o",       "build/run"};
        QVERIFY(outputOf(directory, "cc", compile, {}));
        const auto inputs = operatorInputs(*network, 5);
        const auto values = runUnplanned(*network, inputs);
        QVERIFY(values);
        std::vector<std::vector<std::byte>> wanted;
        for (const ValueId id : network->outputs) {
            wanted.push_back((*values)[id.index()]);
        }
        const auto got =
            outputOf(directory, QString::fromStdString((directory / "build/run").string()), {},
                     joined(inputs));
        QVERIFY(got);
        QVERIFY(*got == joined(wanted));
    }
};

QTEST_GUILESS_MAIN(TestOperatorBundles)
#include "test_operator_bundles.moc"
