// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/cost/estimate.h"

#include <QString>

/// Predicted figures in words. What is unknown is said to be, never shown as a number; what rests
/// on parameters that nobody measured says that it is illustrative.
namespace tidemark::studio {

QString estimateText(const Estimate& estimate);   ///< "12.3 ms", "12.3 ms illustrative", "unknown"
QString estimateReason(const Estimate& estimate); ///< what it is made of, or why it is unknown
/// "+1.2 ms", "−1.2 ms illustrative"; nothing where one of them is unknown.
QString estimateDelta(const Estimate& before, const Estimate& after);

} // namespace tidemark::studio
