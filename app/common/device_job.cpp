// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/device_job.h"

#include "core/bundle/bundle.h"
#include "core/lower/stored_numbers.h"
#include "core/reference/reference.h"

namespace tidemark {

namespace {

Status boardCanRun(const Board& board)
{
    if (board.transport && board.toolchain && !board.toolchain->uart.empty()) {
        return Done{};
    }
    const std::string mend =
        board.virtualTwin.empty()
            ? "export with --library and flash it with the vendor's tools"
            : "use --board " + board.virtualTwin + ", the virtual board of the same core";
    return Diagnostic{ErrorKind::Environment,
                      board.name +
                          " cannot be driven from here: it has no serial driver in the bundle",
                      board.id, mend};
}

/// Bytes of all inputs, one after the other: as the command server takes them.
std::vector<std::byte> joinedBytes(const Network& network,
                                   const std::vector<std::vector<float>>& inputs)
{
    std::vector<std::byte> joined;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto bytes = bytesOf(network[network.inputs[i]].type, inputs[i]);
        joined.insert(joined.end(), bytes.begin(), bytes.end());
    }
    return joined;
}

} // namespace

Result<bridge::DeviceRequest> prepareDeviceJob(const Plan& plan,
                                               const std::vector<std::vector<float>>& samples,
                                               const std::filesystem::path& bundleFolder)
{
    if (const Status can = boardCanRun(*plan.board); !can) {
        return can.error();
    }
    if (const auto bundle = writeBundle(plan, bundleFolder); !bundle) {
        return bundle.error();
    }
    bridge::DeviceRequest request;
    request.bundle = bundleFolder;
    request.board = *plan.board;
    const Network& network = *plan.network;
    for (const std::vector<float>& sample : samples) {
        const auto inputs = splitInputs(network, sample);
        const auto values = runReference(network, inputs);
        if (!values) {
            return values.error();
        }
        request.inputs.push_back(joinedBytes(network, inputs));
        auto& wanted = request.reference.emplace_back();
        for (const ValueId output : network.outputs) {
            const auto& numbers = (*values)[output.index()];
            wanted.insert(wanted.end(), numbers.begin(), numbers.end());
        }
    }
    return request;
}

} // namespace tidemark
