// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QString>

/// The bundled typeface. Without it Qt would take whatever the machine has, or draw boxes.
namespace tidemark::studio::fonts {

inline constexpr const char* kFamily = "Tidemark Sans";

/// Loads the faces out of the program. False if Qt refuses one; the caller says so and goes on.
/// Needs a QGuiApplication. Loading twice is harmless.
bool load();

/// Sizes are pixels: the layout of the map is pixels, and the two must agree on every machine.
QFont regular(int pixels);
QFont semiBold(int pixels);

} // namespace tidemark::studio::fonts
