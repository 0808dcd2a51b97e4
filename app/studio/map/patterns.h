// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"

#include <QBrush>

namespace tidemark::studio {

/// Tiles that make a kind of buffer recognisable without its colour. Made once per theme and pixel
/// ratio.
class Patterns {
public:
    Patterns() = default;
    Patterns(const Theme& theme, double pixelRatio);
    static Patterns forVectors(const Theme& theme); ///< of lines: files take no pixmaps

    /// Of a kind of buffer; Qt::NoBrush for kinds without a pattern.
    const QBrush& of(BufferKind kind) const { return m_kinds[static_cast<std::size_t>(kind)]; }
    /// Of a kind on a ground of `color`, in one brush.
    QBrush filled(BufferKind kind, const QColor& color) const;
    const QBrush& reserve() const { return m_reserve; } ///< hatch of bytes kept free of buffers
    const QBrush& forbidden() const { return m_forbidden; }

private:
    template <class Make> void fill(const Theme& theme, Make make);

    std::array<QBrush, kBufferKinds> m_kinds;
    QBrush m_reserve;
    QBrush m_forbidden;
};

} // namespace tidemark::studio
