// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <functional>

namespace tidemark::studio {

/// `name` cut to `room` with an ellipsis; up to three digits at its end stay, since they are what
/// tells "dwconv_15" from "dwconv_19". Empty if not even that fits.
QString elidedName(const QString& name, double room,
                   const std::function<double(const QString&)>& width);

} // namespace tidemark::studio
