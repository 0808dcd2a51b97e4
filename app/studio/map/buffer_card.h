// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/card.h"

namespace tidemark::studio {

/// The full story of a buffer: first its name, then a fact a line.
std::vector<CardLine> bufferCard(const MapModel& model, const MapScene& scene, BufferId id);

/// "conv1 to conv2", "the whole run": when a buffer occupies its bytes, in stages.
QString residencyText(const Plan& plan, const Buffer& buffer);

} // namespace tidemark::studio
