// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/schedule/buffer.h"

#include <QColor>
#include <QPalette>
#include <QString>
#include <array>
#include <cstddef>
#include <optional>

namespace tidemark::studio {

/// BufferKind counts from 0; tables are indexed by it.
inline constexpr std::size_t kBufferKinds = static_cast<std::size_t>(BufferKind::Scratch) + 1;

enum class ThemeMode { Dark, Light, System };

/// "dark", "light", "system": the values of `--theme`.
std::optional<ThemeMode> themeModeFromString(const QString& text);

/// Drawn over the colour, so that kinds stay apart without it.
enum class Pattern { None, Rising, Falling, Dots, Horizontal, Vertical, Crossed };

/// How a kind of buffer looks. One hue (Okabe-Ito), two strengths: pale where the buffer only
/// occupies its bytes, strong where a stage touches it.
struct KindStyle {
    QColor hue;
    QColor pale;
    QColor strong;
    QColor edge;
    Pattern pattern = Pattern::None;
};

/// Colours of one look. Names say what a colour is for, not what it is.
struct Theme {
    bool isDark = true;

    QColor window; ///< behind the panels
    QColor panel;  ///< lists, Explain
    QColor raised; ///< buttons, fields, the card under the pointer
    QColor lane;   ///< body of a bank
    QColor hairline;
    QColor line; ///< a border that is meant to be seen
    QColor text;
    QColor dim;   ///< secondary text
    QColor faint; ///< ticks, units, marks
    QColor accent;
    QColor accentText; ///< on accent
    QColor selection;  ///< behind selected rows
    QColor peak;
    QColor peakText; ///< on peak
    QColor peakWash; ///< the column of the peak, translucent
    QColor good;
    QColor bad;

    const KindStyle& operator[](BufferKind kind) const;

    static const Theme& dark();
    static const Theme& light();
    /// The theme of `mode`; System looks at the colours the desktop gave the application.
    static const Theme& of(ThemeMode mode);

    QPalette palette() const;
    QString styleSheet() const;

    std::array<KindStyle, kBufferKinds> kinds; ///< indexed by BufferKind
};

/// WCAG contrast ratio of two opaque colours, 1 to 21.
double contrast(const QColor& a, const QColor& b);

} // namespace tidemark::studio
