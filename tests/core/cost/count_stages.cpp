// SPDX-License-Identifier: Apache-2.0
// tidemark-count-stages BOARD TYPE FIRST COUNT FOLDER: instructions and bytes per bank of training
// networks on a virtual board, as JSON: what tidemark-fit-costs fits.
#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/place/plan.h"
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
                                  const OperandBanks& banks)
{
    const auto whole = std::make_shared<const Network>(test::joined(networks));
    Constraints constraints;
    constraints.technique = Technique::Unshared;
    auto planned = plan(whole, std::make_shared<const Board>(board), constraints);
    if (!planned) {
        return planned.error();
    }
    for (const Buffer& buffer : (*planned)->buffers) {
        constraints.pins.push_back(
            {buffer.name, buffer.isConstant() ? banks.constants : banks.arena, std::nullopt});
    }
    planned = plan(whole, std::make_shared<const Board>(board), constraints);
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

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    if (argc != 6) {
        std::cerr << "usage: tidemark-count-stages BOARD fp32|int8 FIRST COUNT OUT.json\n";
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
    const OperandBanks banks = separate(*board);
    Json counts = Json::array();
    std::size_t most = kMostStages; // fewer after a firmware that was refused
    for (unsigned k = first; k < last;) {
        const unsigned begin = k;
        std::vector<Network> networks;
        Bytes inputs, values;
        while (k < last && networks.size() < most) {
            Network network = test::trainingNetwork(type, k);
            inputs += inputBytes(network);
            values += inputBytes(network) + network[network.outputs.front()].bytes();
            if (banks.small && !networks.empty() && (inputs > kMostInputs || values > kMostBytes)) {
                break;
            }
            const bool alone = network[network.inputs.front()].type != type;
            if (alone && !networks.empty()) {
                break; // a bundle's inputs are of one type
            }
            networks.push_back(std::move(network));
            ++k;
            if (alone) {
                break;
            }
        }
        const auto measured = count(networks, *board, banks);
        if (!measured) {
            std::cerr << begin << ": " << measured.error().text() << '\n';
            k = networks.size() > 1 ? begin : k;
            most = std::max<std::size_t>(1, networks.size() / 2);
            continue;
        }
        most = std::min(kMostStages, 2 * most);
        for (std::size_t s = 0; s < measured->stages.size(); ++s) {
            const auto& stage = measured->stages[s];
            Json traffic = Json::object();
            for (std::size_t b = 0; b < board->banks.size(); ++b) {
                traffic[board->banks[b].id] = trafficOf(stage.banks[b]);
            }
            counts.push_back({{"network", begin + s},
                              {"instructions", *stage.instructions},
                              {"banks", traffic}});
        }
        std::cerr << argv[1] << ' ' << argv[2] << ' ' << k - first << '\n';
    }
    std::ofstream(argv[5]) << counts.dump() << '\n';
    return 0;
}
