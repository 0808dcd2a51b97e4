// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/constraints.h"

#include <QString>

/// How the rungs are called on screen. The rungs themselves are core's: one it gains is shown by
/// its plain name until it has words here.
namespace tidemark::studio {

QString rungName(Technique technique);        ///< "Ping-pong"
QString rungExplanation(Technique technique); ///< one line: what it does to bytes
QString rungChoices();                        ///< "unshared, fused, ...", as options take them

} // namespace tidemark::studio
