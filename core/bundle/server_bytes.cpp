// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/server_bytes.h"

namespace tidemark {

Bytes serverBytes(const Network& network, bool keepsInput)
{
    Bytes bytes =
        kServerStateBytes + kServerStageBytes * static_cast<std::int64_t>(network.stages.size());
    if (keepsInput) {
        for (const ValueId input : network.inputs) {
            bytes += alignUp(network[input].bytes(), Bytes(8));
        }
    }
    return bytes;
}

} // namespace tidemark
