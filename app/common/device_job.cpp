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

Status writeDeviceBundle(const Plan& plan, const std::filesystem::path& folder)
{
    if (const Status can = boardCanRun(*plan.board); !can) {
        return can.error();
    }
    if (const auto bundle = writeBundle(plan, folder); !bundle) {
        return bundle.error();
    }
    return Done{};
}

Status addSamples(bridge::DeviceRequest& request, const Network& network,
                  const std::vector<std::vector<float>>& samples)
{
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
    return Done{};
}

Result<bridge::DeviceRequest> prepareDeviceJob(const Plan& plan,
                                               const std::vector<std::vector<float>>& samples,
                                               const std::filesystem::path& bundleFolder)
{
    if (const Status written = writeDeviceBundle(plan, bundleFolder); !written) {
        return written.error();
    }
    bridge::DeviceRequest request;
    request.bundle = bundleFolder;
    request.board = *plan.board;
    if (const Status added = addSamples(request, *plan.network, samples); !added) {
        return added.error();
    }
    return request;
}

} // namespace tidemark
