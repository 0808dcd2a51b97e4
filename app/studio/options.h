// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/document.h"
#include "app/studio/theme/theme.h"
#include "core/model/result.h"

#include <QSize>
#include <QString>
#include <QStringList>

namespace tidemark::studio {

enum class GrabView { Window, Map, Charts };

/// The command line of tidemark-studio.
struct Options {
    QString source; ///< empty: the built-in LeNet-5
    OpenOverrides overrides;
    std::optional<ThemeMode> theme; ///< nothing: as it was the last time
    QString grab;                   ///< empty: a window for a person
    GrabView view = GrabView::Window;
    int scale = 1;
    QString tab;        ///< with --grab: the tab below the map, by name
    QString select;     ///< with --grab: the buffer to select, by name
    QString drag;       ///< with --grab: BUFFER=BANK, a buffer held over a bank
    bool run = false;   ///< with --grab: run the plan on its board first
    QString compare;    ///< with --grab: the model or project whose plan is the one before
    bool sweep = false; ///< with --grab: explore the designs first
    bool grid = false;  ///< with --grab: the same for the grid of banks
    QSize size;         ///< empty: the view's own
    QString infoText;   ///< set by --help and --version: print it and end
};

/// Error: ErrorKind::Usage, naming the option.
Result<Options> parseOptions(const QStringList& arguments);

/// As on every Tidemark command line (docs/architecture.md, 12).
int exitCode(const Diagnostic& error);

} // namespace tidemark::studio
