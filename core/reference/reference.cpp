// SPDX-License-Identifier: Apache-2.0
#include "core/reference/reference.h"

#include "core/reference/interpreter.h"

namespace tidemark {

Result<std::vector<std::vector<float>>> runReference(const Network& network,
                                                     std::span<const std::vector<float>> inputs,
                                                     const std::stop_token& stop)
{
    reference::Interpreter interpreter(network);
    if (const Status status = interpreter.setInputs(inputs); !status) {
        return status.error();
    }
    for (const Stage& stage : network.stages) {
        if (stop.stop_requested()) {
            return Diagnostic{ErrorKind::Environment, "running the model was cancelled", "", ""};
        }
        if (const Status status = interpreter.run(stage); !status) {
            return status.error();
        }
    }
    return interpreter.takeValues();
}

} // namespace tidemark
