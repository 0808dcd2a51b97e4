// SPDX-License-Identifier: Apache-2.0
#include "tiny_bundle.h"

#include "firmware_bridge/host/child_process.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <array>
#include <cstring>

namespace {

QByteArray contents(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        qFatal("cannot read %s", qPrintable(path));
    }
    return file.readAll();
}

void write(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) {
        qFatal("cannot write %s", qPrintable(path));
    }
}

std::string sha256(const QByteArray& bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString();
}

std::array<float, 1024> values(int seed)
{
    std::array<float, 1024> result{};
    for (int i = 0; i < 1024; ++i) {
        result[static_cast<std::size_t>(i)] =
            static_cast<float>((i * 37 + seed * 101) % 255) / 255.0F - 0.25F;
    }
    return result;
}

} // namespace

TinyBundle::TinyBundle()
{
    using nlohmann::json;
    const QDir source(TIDEMARK_SOURCE_DIR "/tests/firmware/tiny");
    json files = json::array();
    for (const QString& name : source.entryList(QDir::Files, QDir::Name)) {
        const QByteArray bytes = contents(source.filePath(name));
        write(m_folder.filePath(name), bytes);
        files.push_back({{"path", name.toStdString()}, {"sha256", sha256(bytes)}});
    }
    // Like the exporter's, the header with the hash is no part of what is hashed.
    write(m_folder.filePath("hash.h"),
          QByteArray("#define TINY_HASH \"") + m_hash.c_str() + "\"\n");

    const auto buffer = [](const char* name, const char* kind, const char* bank, int offset,
                           int bytes) {
        return json{
            {"name", name}, {"kind", kind}, {"bank", bank}, {"offset", offset}, {"bytes", bytes}};
    };
    manifest = {
        {"format", "tidemark-bundle"},
        {"version", 1},
        {"hash", m_hash},
        {"model", "tiny"},
        {"board", board().id},
        {"technique", "liveness"},
        {"plan",
         {{"buffers",
           {buffer("input", "input", "TCM", 0, 4096),
            buffer("sums", "activation", "TCM", 4096, 256),
            buffer("output", "output", "TCM", 0, 16), buffer("w", "weight", "ROM", 64, 64)}}}},
        {"stages",
         {{{"name", "sum"}, {"symbol", "tm_stage_0"}, {"macs", 0}},
          {{"name", "weigh"}, {"symbol", "tm_stage_1"}, {"macs", 64}}}},
        {"sections",
         {{{"name", ".tm_arena.TCM"}, {"bank", "TCM"}, {"planned_bytes", 4352}},
          {{"name", ".tm_weights.ROM"}, {"bank", "ROM"}, {"planned_bytes", 64}}}},
        {"input", {{"name", "x"}, {"type", "fp32"}, {"bytes", 4096}}},
        {"output", {{"name", "y"}, {"type", "fp32"}, {"bytes", 16}}},
        {"keeps_input", true},
        {"elf", "build/firmware.elf"},
        {"compiler", "arm-none-eabi-gcc"},
        {"files", files},
    };
    writeManifest();
}

std::filesystem::path TinyBundle::directory() const
{
    return m_folder.path().toStdString();
}

void TinyBundle::writeManifest() const
{
    write(m_folder.filePath("manifest.json"), QByteArray::fromStdString(manifest.dump(2)));
}

void TinyBundle::edit(const std::string& file, const std::string& from, const std::string& to)
{
    const QString path = m_folder.filePath(QString::fromStdString(file));
    QByteArray bytes = contents(path);
    if (!bytes.contains(from.c_str())) {
        qFatal("%s does not contain %s", file.c_str(), from.c_str());
    }
    bytes.replace(from.c_str(), to.c_str());
    write(path, bytes);
    for (auto& entry : manifest["files"]) {
        if (entry["path"] == file) {
            entry["sha256"] = sha256(bytes);
        }
    }
    writeManifest();
}

tidemark::Board TinyBundle::board()
{
    tidemark::Board board;
    board.id = "qemu_tiny";
    board.name = "Virtual test board";
    board.core = {"Cortex-M4F", "armv7e-m", true, true, false};
    board.isVirtual = true;
    board.banks.resize(2);
    board.banks[0].id = "ROM";
    board.banks[0].base = 0;
    board.banks[0].capacity = tidemark::Bytes(4 << 20);
    board.banks[1].id = "TCM";
    board.banks[1].base = 0x20000000;
    board.banks[1].capacity = tidemark::Bytes(64 << 10);
    board.codeBank = board.defaultConstants = tidemark::BankId(0);
    board.defaultRam = tidemark::BankId(1);
    tidemark::Transport transport;
    transport.qemuProgram = "qemu-system-arm";
    transport.machine = "mps2-an386";
    board.transport = transport;
    return board;
}

std::string TinyBundle::missing()
{
    for (const char* program : {"make", "arm-none-eabi-gcc", "qemu-system-arm"}) {
        if (!tidemark::bridge::findProgram(program)) {
            return std::string(program) + " is not installed";
        }
    }
    return {};
}

std::vector<std::byte> TinyBundle::input(int seed)
{
    const auto floats = values(seed);
    std::vector<std::byte> bytes(sizeof floats);
    std::memcpy(bytes.data(), floats.data(), sizeof floats);
    return bytes;
}

std::vector<float> TinyBundle::output(int seed)
{
    const auto x = values(seed);
    std::array<float, 64> sums{};
    for (std::size_t i = 0; i < 64; ++i) {
        sums[i] = x[16 * i];
        for (std::size_t k = 1; k < 16; ++k) {
            sums[i] += x[16 * i + k];
        }
    }
    std::vector<float> y(4);
    for (std::size_t j = 0; j < 4; ++j) {
        y[j] = sums[16 * j]; // the first weight is 1
        for (std::size_t k = 1; k < 16; ++k) {
            const float weight = static_cast<float>(k / 2 + 1) * (k % 2 == 0 ? 1.0F : -1.0F);
            y[j] += sums[16 * j + k] * weight;
        }
    }
    return y;
}
