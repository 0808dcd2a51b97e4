// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/explain/figure.h"

namespace tidemark {

/// What an inference of the plan costs: "instructions", "latency", "energy", and
/// "stage:NAME:instructions" for every stage; formula, terms by stage and bank, every parameter
/// with its provenance and source among the notes. What is unknown has no figure.
std::vector<Figure> costFigures(const Plan& plan);

} // namespace tidemark
