// SPDX-License-Identifier: Apache-2.0
#include "bundle_tools.h"

#include "core/board/board_file.h"
#include "core/execute/execute.h"
#include "core/import/import.h"
#include "core/io/file.h"
#include "core/lower/lower.h"

namespace tidemark::bundletools {

namespace {

std::string suffix(std::size_t i)
{
    return i == 0 ? "" : "_" + std::to_string(i);
}

QByteArray joined(const Arrays& parts)
{
    QByteArray all;
    for (const auto& part : parts) {
        all.append(reinterpret_cast<const char*>(part.data()), static_cast<qsizetype>(part.size()));
    }
    return all;
}

constexpr const char* kHead =
    "#include \"model.h\"\n#include \"selftest.h\"\n#include <stdio.h>\n#include <string.h>\n";

} // namespace

Files filesIn(const fs::path& directory)
{
    Files files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) {
            files[entry.path().lexically_relative(directory).generic_string()] =
                *readFile(entry.path(), Bytes(1 << 26));
        }
    }
    return files;
}

nlohmann::json manifestIn(const fs::path& directory)
{
    return nlohmann::json::parse(*readFile(directory / "manifest.json", Bytes(1 << 26)));
}

Outcome runIn(const fs::path& directory, const QString& program, const QStringList& arguments,
              const QByteArray& input)
{
    QProcess process;
    process.setWorkingDirectory(QString::fromStdString(directory.string()));
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (!process.waitForStarted()) {
        return {};
    }
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(100000)) {
        process.kill();
        process.waitForFinished();
        return {};
    }
    return {process.exitCode(), process.readAllStandardOutput()};
}

bool hasProgram(const QString& program)
{
    return !QStandardPaths::findExecutable(program).isEmpty();
}

std::map<std::string, std::int64_t> sectionSizes(const fs::path& directory, const QString& sizeTool)
{
    const Outcome listing = runIn(directory, sizeTool, {"-A", "build/firmware.elf"});
    std::map<std::string, std::int64_t> sizes;
    for (const QByteArray& line : listing.output.split('\n')) {
        const QStringList words = QString::fromUtf8(line).simplified().split(' ');
        if (words.size() == 3 && words[0].startsWith('.')) {
            sizes[words[0].toStdString()] = words[1].toLongLong();
        }
    }
    return sizes;
}

std::string wholeProgram(const Network& network)
{
    std::string text = std::string(kHead) + "int main(void)\n{\n    size_t read = 0;\n";
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

std::string streamedProgram()
{
    return std::string(kHead) + R"(
static unsigned char input[TM_INPUT_BYTES];

static int push(int row)
{
    unsigned char* const from = input + row * TM_INPUT_ROW_BYTES;
    if (row % 2 == 0) {
        return tm_model_push_row(from);
    }
    memcpy(tm_model_input(), from, TM_INPUT_ROW_BYTES);
    return tm_model_push_row(tm_model_input());
}

int main(void)
{
    int row;
    if (fread(input, 1, sizeof input, stdin) != sizeof input || tm_model_push_row(input) != -1) {
        return 3;
    }
    tm_model_begin();
    for (row = 0; row < TM_INPUT_ROWS / 2; ++row) {
        if (push(row) != TM_INPUT_ROWS - 1 - row) {
            return 5;
        }
    }
    tm_model_begin();
    for (row = 0; row < TM_INPUT_ROWS; ++row) {
        if (push(row) != TM_INPUT_ROWS - 1 - row) {
            return 6;
        }
    }
    if (tm_model_push_row(input) != -1) {
        return 7;
    }
    fwrite(tm_model_output(), 1, TM_OUTPUT_BYTES, stdout);
    return tm_selftest() == 0 ? 0 : 4;
}
)";
}

QByteArray builtAndRun(const fs::path& directory, const std::string& program, const Arrays& inputs,
                       const QStringList& flags)
{
    const fs::path main = directory / "build" / "driver.c";
    fs::create_directories(main.parent_path());
    if (!writeFileAtomically(main, program)) {
        return {};
    }
    const QStringList arguments{"-std=c99",      "-Wall",      "-Wextra",   "-Wpedantic",
                                "-Wshadow",      "-Werror",    "-Wcomment", "-trigraphs",
                                "-Wtrigraphs",   "-I.",        "model.c",   "-ffp-contract=off",
                                "weights.c",     "selftest.c", "-o",        "build/driver",
                                "build/driver.c"};
    const Outcome built = runIn(directory, "cc", flags + arguments);
    if (built.code != 0) {
        qWarning("%s", built.output.constData());
        return {};
    }
    const Outcome run =
        runIn(directory, QString::fromStdString((directory / "build/driver").string()), {},
              joined(inputs));
    if (run.code != 0) {
        qWarning("the program ends with %d: %s", run.code, run.output.left(2000).constData());
        return {};
    }
    return run.output;
}

QByteArray unplanned(const Network& network, const Arrays& inputs)
{
    const auto values = runUnplanned(network, inputs);
    Arrays outputs;
    for (const ValueId output : network.outputs) {
        outputs.push_back(values ? (*values)[output.index()] : std::vector<std::byte>());
    }
    return joined(outputs);
}

PlanPtr lenetPlan(const std::string& boardId, const Constraints& constraints)
{
    static const auto model = importModel(TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx");
    static const auto network = std::make_shared<const Network>(*lower(*model));
    const auto board = findBoard(boardId, TIDEMARK_SOURCE_DIR "/resources/boards");
    const auto made = plan(network, std::make_shared<const Board>(*board), constraints);
    return made ? *made : nullptr;
}

} // namespace tidemark::bundletools
