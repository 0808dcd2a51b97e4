// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/charts/chart_data.h"

#include <QWidget>
#include <memory>

namespace tidemark::studio {

/// A flat chart of stacked bars. The only door to Qt Charts, which is deprecated from Qt 6.10 on:
/// no header of the studio includes it.
class BarChart : public QWidget {
    Q_OBJECT
public:
    explicit BarChart(const QString& accessibleName, QWidget* parent = nullptr);
    ~BarChart() override;

    void setTheme(const Theme& theme);
    void setBars(const BarData& bars);
    /// The bar that is looked at in another panel; -1: none.
    void highlight(int category);

    QSize minimumSizeHint() const override { return {220, 120}; }

signals:
    void barClicked(int category);
    void barHovered(int category); ///< -1: left

private:
    struct Parts; ///< everything of Qt Charts
    std::unique_ptr<Parts> m_parts;
};

} // namespace tidemark::studio
