// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/device_job.h"

#include "core/bundle/bundle.h"
#include "core/reference/reference.h"

#include <random>

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

std::vector<std::byte> toBytes(const std::vector<float>& floats)
{
    const auto bytes = std::as_bytes(std::span(floats));
    return {bytes.begin(), bytes.end()};
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
    for (const std::vector<float>& sample : samples) {
        auto values = runReference(*plan.network, std::span(&sample, 1));
        if (!values) {
            return values.error();
        }
        request.inputs.push_back(toBytes(sample));
        request.reference.push_back(std::move((*values)[plan.network->outputs.front().index()]));
    }
    return request;
}

std::vector<float> generatedSample(const Value& input, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::vector<float> sample(static_cast<std::size_t>(input.elements()));
    for (float& x : sample) {
        x = static_cast<float>(random() >> 40) / static_cast<float>(1 << 24);
    }
    return sample;
}

} // namespace tidemark
