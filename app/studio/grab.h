// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/options.h"

#include <QImage>

namespace tidemark::studio {

class MainWindow;

/// A picture of the real widgets, shown offscreen, once everything has settled. Times are left out.
/// Error: a tab or buffer that is not there.
Result<QImage> grabView(MainWindow& window, const Options& options);

/// Draws what `options` asks for into its file.
Status grabToFile(MainWindow& window, const Options& options);

} // namespace tidemark::studio
