// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/options.h"

class QWidget;

namespace tidemark::studio {

class MainWindow;

/// The real widget that `options` asks for, shown offscreen, once everything has settled; it
/// belongs to `window`. Times are left out. Error: a tab, buffer or bank that is not there.
Result<QWidget*> showForGrab(MainWindow& window, const Options& options);

/// Draws what `options` asks for into its file: PNG, SVG or PDF by its suffix.
Status grabToFile(MainWindow& window, const Options& options);

} // namespace tidemark::studio
