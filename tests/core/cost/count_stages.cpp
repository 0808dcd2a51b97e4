// SPDX-License-Identifier: Apache-2.0
// tidemark-count-stages BOARD TYPE FIRST COUNT OUT.json [--scratch]: instructions and bytes per
// bank of training networks on a virtual board, as JSON: what tidemark-fit-costs fits. With
// --scratch those alone whose kernel asks for scratch, which it is given.
#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/execute/kernel_call.h"
#include "core/lower/kernel_tables.h"
#include "core/place/planning_session.h"
#include "firmware_bridge/host/device_run.h"
#include "tests/core/cost/training_networks.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace tidemark;
using Json = nlohmann::ordered_json;

namespace {

// Of one firmware on a small board: inputs (the command server keeps a copy), all values.
constexpr Bytes kMostInputs{4'500};
constexpr Bytes kMostBytes{8'000};
constexpr std::size_t kMostStages = 60;

/// Moves the end of a bank into a new one.
BankId split(Board& board, const std::string& from, std::string id, Bytes kept)
{
    Bank& whole = board.banks[board.findBank(from)->index()];
    Bank rest = whole;
    rest.id = rest.name = std::move(id);
    rest.base += static_cast<std::uint64_t>(kept.count());
    rest.capacity = whole.capacity - kept;
    whole.capacity = kept;
    board.banks.push_back(std::move(rest));
    return BankId(board.banks.size() - 1);
}

/// Arena, constants, code and stack each in a bank of their own, so that their traffic can be told
/// apart: the banks to pin arena and constants to.
struct OperandBanks {
    std::string arena, constants;
    bool small = false;
};
OperandBanks separate(Board& board)
{
    if (board.findBank("PSRAM")) {
        split(board, "PSRAM", "CONSTANTS", Bytes(8 << 20));
        return {"PSRAM", "CONSTANTS"};
    }
    if (board.findBank("ISRAM")) {
        return {"ISRAM", "QSPI"};
    }
    board.defaultConstants = split(board, "XIP", "CONSTANTS", Bytes(2 << 20));
    split(board, "DTIM", "ARENA", Bytes(8 << 10));
    return {"ARENA", "CONSTANTS", true};
}

Result<bridge::Measurement> count(const std::vector<Network>& networks, const Board& board,
                                  const OperandBanks& banks, const ScratchOf& scratchOf)
{
    const auto whole = std::make_shared<const Network>(test::joined(networks));
    Constraints constraints;
    constraints.technique = Technique::Unshared;
    const PlanningSession session(whole, {}, scratchOf);
    auto planned = session.plan(std::make_shared<const Board>(board), constraints);
    if (!planned) {
        return planned.error();
    }
    for (const Buffer& buffer : (*planned)->buffers) {
        const std::string& bank = buffer.isDriverTable() ? board[board.codeBank].id
                                  : buffer.isConstant()  ? banks.constants
                                                         : banks.arena;
        constraints.pins.push_back({buffer.name, bank, std::nullopt});
    }
    planned = session.plan(std::make_shared<const Board>(board), constraints);
    if (!planned) {
        return planned.error();
    }
    QTemporaryDir folder;
    const auto bundle = writeBundle(**planned, folder.filePath("bundle").toStdString());
    if (!bundle) {
        return bundle.error();
    }
    bridge::DeviceRequest request;
    request.bundle = bundle->directory;
    request.board = board;
    request.paint = false;
    std::vector<std::byte> bytes;
    for (const auto& input : test::trainingInputs(*whole, 7)) {
        bytes.insert(bytes.end(), input.begin(), input.end());
    }
    request.inputs.push_back(std::move(bytes));
    auto measured = bridge::measureOnDevice(request);
    if (measured && measured->meter != bridge::Meter::CounterPlugin) {
        return Diagnostic{ErrorKind::Environment, "bytes were not counted", board.id,
                          measured->meterNote};
    }
    return measured;
}

Json trafficOf(const bridge::BankTraffic& bank)
{
    return {bank.loaded.count(), bank.stored.count()};
}

Bytes inputBytes(const Network& network)
{
    Bytes bytes;
    for (const ValueId id : network.inputs) {
        bytes += network[id].bytes();
    }
    return bytes;
}

bool asksForScratch(const Network& network)
{
    const Network ready = withKernelTables(network);
    return kernelScratch(ready, ready.stages.front()) > Bytes(0);
}

/// Training networks that one firmware can hold.
struct Batch {
    std::vector<unsigned> numbers;
    std::vector<Network> networks;
};

class Counter {
public:
    Counter(Board board, DataType type, bool scratch)
        : m_board(std::move(board)), m_type(type), m_scratch(scratch), m_banks(separate(m_board))
    {
    }

    Json run(unsigned first, unsigned last)
    {
        Json counts = Json::array();
        for (unsigned k = first; k < last;) {
            const unsigned begin = k;
            const Batch batch = fill(k, last);
            if (batch.networks.empty()) {
                break;
            }
            const auto measured = count(batch.networks, m_board, m_banks,
                                        m_scratch ? ScratchOf(kernelScratch) : ScratchOf());
            if (!measured) {
                std::cerr << batch.numbers.front() << ": " << measured.error().text() << '\n';
                k = batch.networks.size() > 1 ? begin : k;
                m_most = std::max<std::size_t>(1, batch.networks.size() / 2);
                continue;
            }
            m_most = std::min(kMostStages, 2 * m_most);
            for (std::size_t s = 0; s < measured->stages.size(); ++s) {
                counts.push_back(toJson(batch.numbers[s], measured->stages[s]));
            }
            std::cerr << m_board.id << ' ' << toString(m_type) << ' ' << k - first << '\n';
        }
        return counts;
    }

private:
    Batch fill(unsigned& k, unsigned last) const
    {
        Batch batch;
        Bytes inputs, values;
        for (; k < last && batch.networks.size() < m_most; ++k) {
            Network network = test::trainingNetwork(m_type, k);
            if (m_scratch && !asksForScratch(network)) {
                continue;
            }
            inputs += inputBytes(network);
            values += inputBytes(network) + network[network.outputs.front()].bytes();
            const bool tooMany = m_banks.small && (inputs > kMostInputs || values > kMostBytes);
            if (tooMany && !batch.networks.empty()) {
                break;
            }
            batch.numbers.push_back(k);
            batch.networks.push_back(std::move(network));
        }
        return batch;
    }

    Json toJson(unsigned network, const bridge::StageMeasurement& stage) const
    {
        Json traffic = Json::object();
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            traffic[m_board.banks[b].id] = trafficOf(stage.banks[b]);
        }
        Json count{{"network", network},
                   {"instructions", *stage.instructions},
                   {"banks", std::move(traffic)}};
        if (m_scratch) {
            count["scratch"] = true;
        }
        return count;
    }

    Board m_board;
    DataType m_type;
    bool m_scratch;
    OperandBanks m_banks;
    std::size_t m_most = kMostStages; ///< fewer after a firmware that was refused
};

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    const bool scratch = argc == 7 && std::string(argv[6]) == "--scratch";
    if (argc != 6 && !scratch) {
        std::cerr << "usage: tidemark-count-stages BOARD fp32|int8 FIRST COUNT OUT.json "
                     "[--scratch]\n";
        return 2;
    }
    auto board = findBoard(argv[1], std::string(TIDEMARK_SOURCE_DIR) + "/resources/boards");
    if (!board) {
        std::cerr << board.error().text() << '\n';
        return 2;
    }
    const DataType type = std::string(argv[2]) == "int8" ? DataType::Int8 : DataType::Float32;
    const auto first = static_cast<unsigned>(std::stoul(argv[3]));
    const auto last = first + static_cast<unsigned>(std::stoul(argv[4]));
    std::ofstream(argv[5]) << Counter(std::move(*board), type, scratch).run(first, last).dump()
                           << '\n';
    return 0;
}
