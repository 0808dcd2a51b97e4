// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/counter.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <sstream>

namespace tidemark::bridge {

namespace {

constexpr qint64 kLargestRead = 256 << 20;

QString hex(std::uint64_t value)
{
    return "0x" + QString::number(value, 16);
}

/// In QEMU's options a comma ends a value unless it is doubled.
QString escaped(const std::string& path)
{
    return QString::fromStdString(path).replace(",", ",,");
}

Diagnostic noSymbol(const std::string& symbol)
{
    return {ErrorKind::BadInput, "the firmware has no function `" + printable(symbol) + "`",
            "its stages cannot be told apart",
            "export the bundle again and do not change its build flags"};
}

std::optional<RunCounts> parseRun(const std::string& line, std::uint64_t number, std::size_t stages,
                                  std::size_t banks)
{
    std::istringstream in(line);
    std::uint64_t run = 0;
    in >> run;
    RunCounts counts(stages);
    for (StageCounts& stage : counts) {
        in >> stage.instructions;
        stage.banks.resize(banks + 1);
        for (BankTraffic& bank : stage.banks) {
            std::int64_t loaded = 0, stored = 0;
            in >> bank.loads >> loaded >> bank.stores >> stored;
            bank.loaded = Bytes(loaded);
            bank.stored = Bytes(stored);
        }
    }
    std::string end;
    in >> end;
    return in && run == number && end == "." ? std::optional(std::move(counts)) : std::nullopt;
}

} // namespace

std::optional<std::string> findCounterPlugin()
{
    const QString folder = QCoreApplication::applicationDirPath();
    for (const char* place :
         {"/../lib/tidemark_counter.so", "/../lib/tidemark/tidemark_counter.so"}) {
        const QFileInfo file(folder + place);
        if (file.isFile()) {
            return file.canonicalFilePath().toStdString();
        }
    }
    return std::nullopt;
}

Result<QString> counterArgument(const std::string& plugin, const std::filesystem::path& output,
                                const ElfFile& elf, const std::vector<BundleStage>& stages,
                                const Board& board)
{
    QString argument = escaped(plugin) + ",out=" + escaped(output.string());
    for (const BundleStage& stage : stages) {
        const ElfSymbol* symbol = elf.findSymbol(stage.symbol);
        if (!symbol) {
            return noSymbol(stage.symbol);
        }
        argument += ",stage=" + hex(symbol->address);
    }
    const ElfSymbol* end = elf.findSymbol("tm_run_end");
    if (!end) {
        return noSymbol("tm_run_end");
    }
    argument += ",end=" + hex(end->address);
    if (const ElfSymbol* pause = elf.findSymbol("tm_run_pause")) {
        argument += ",pause=" + hex(pause->address);
    }
    for (const Bank& bank : board.banks) {
        argument += ",bank=" + hex(bank.base) + ':' +
                    hex(static_cast<std::uint64_t>(bank.capacity.count()));
    }
    return argument;
}

CounterFile::CounterFile(std::filesystem::path path, std::size_t stages, std::size_t banks)
    : m_path(std::move(path)), m_stages(stages), m_banks(banks)
{
}

Result<std::vector<RunCounts>> CounterFile::takeNew()
{
    const auto problem = [&](const std::string& what) {
        return Diagnostic{ErrorKind::Environment, what, m_path.filename().string(),
                          "run again; the counter plugin and this program must be of one build"};
    };
    QFile file(QString::fromStdString(m_path.string()));
    if (!file.open(QIODevice::ReadOnly) || !file.seek(m_offset)) {
        return problem("the counter plugin wrote nothing");
    }
    const QByteArray text = file.read(kLargestRead);
    std::vector<RunCounts> runs;
    qsizetype from = 0;
    for (qsizetype to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) {
        const std::string line = text.mid(from, to - from).toStdString();
        if (m_offset == 0 && from == 0) {
            const std::string head =
                "tidemark-counter 1 " + std::to_string(m_stages) + " " + std::to_string(m_banks);
            if (line != head) {
                return problem("the counter plugin counts something else");
            }
            continue;
        }
        auto run = parseRun(line, ++m_runs, m_stages, m_banks);
        if (!run) {
            return problem("the counter plugin's file is damaged");
        }
        runs.push_back(std::move(*run));
    }
    m_offset += from;
    return runs;
}

} // namespace tidemark::bridge
