// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/model.h"

namespace tidemark {

/// Gives every stage a short name, unique in the network, of letters, digits and underscores: the
/// operator's own name where it means something, otherwise what the stage is and a number as in the
/// field ("conv1", "pool2", "fc3"). `Stage::operators` must begin with the operator that names it.
void nameStages(const Model& model, Network& network);

} // namespace tidemark
