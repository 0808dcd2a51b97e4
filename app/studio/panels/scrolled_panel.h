// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLayout>
#include <QWidget>

namespace tidemark::studio {

/// A panel with a layout, shown inside a scroll area. Its height for a width is the least that
/// shows all, not the height that charts would like: else they are cut off where they could shrink.
class ScrolledPanel : public QWidget {
public:
    using QWidget::QWidget;
    int heightForWidth(int width) const override
    {
        return layout()->totalMinimumHeightForWidth(width);
    }
};

} // namespace tidemark::studio
