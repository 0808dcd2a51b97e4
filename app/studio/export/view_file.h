// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/result.h"

#include <filesystem>

class QWidget;

namespace tidemark::studio {

/// Draws `view` as it is on screen into a file of the form its suffix says: .png, or .svg and .pdf
/// with real lines and letters. Errors: another suffix (Usage), a file that cannot be written.
Status writeView(QWidget& view, const std::filesystem::path& path);

} // namespace tidemark::studio
