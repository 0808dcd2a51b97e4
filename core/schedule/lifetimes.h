// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/buffer.h"

namespace tidemark {

/// When each value must exist in this schedule, whole: from the first event of its producer (a
/// network input: from event 0) to the last event of its last reader (a network output: to the
/// end). A value lives as long as any of its views, and they as long as it. Indexed by ValueId.
std::vector<EventRange> valueLifetimes(const Network& network, const Schedule& schedule);

/// One full-size buffer for every value and constant of the network, values first; views lie
/// in their base's. Values are resident for their lifetime, constants for the whole run. Names: the
/// producing stage's, the input's own, STAGE.weights and STAGE.bias.
std::vector<Buffer> fullBuffers(const Network& network, const Schedule& schedule);

} // namespace tidemark
