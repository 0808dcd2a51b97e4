// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include "app/studio/panels/scrolled_panel.h"

#include "app/studio/document/explorer.h"
#include "app/studio/theme/theme.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;

namespace tidemark::studio {

class BarChart;
class ScatterChart;

/// The space of designs: a Pareto chart whose points can be taken, with why the others lost, and
/// the grid of banks as bars.
class ExplorePanel : public ScrolledPanel {
    Q_OBJECT
public:
    ExplorePanel(Document& document, Explorer& explorer, QWidget* parent = nullptr);

    void setTheme(const Theme& theme);

    QPushButton* sweepButton() { return m_sweep; }
    QPushButton* gridButton() { return m_grid; }
    QPushButton* cancelButton() { return m_cancel; }
    QCheckBox* banksToo() { return m_banksToo; }
    ScatterChart* chart() { return m_chart; }
    BarChart* bars() { return m_bars; }
    QString message() const;

private:
    QWidget* makeControls();
    void prepareWidgets();
    void connectExplorer();
    void showState();
    void showResult();
    void start(Designs designs);
    void fillAxes();
    void showBars(const QList<int>& points);
    void showPoint(int index);
    void say(const QString& text, const char* tone);

    Document& m_document;
    Explorer& m_explorer;
    const Theme* m_theme = &Theme::dark();
    QPushButton *m_sweep, *m_grid, *m_cancel;
    QCheckBox* m_banksToo;
    QComboBox* m_against; ///< what RAM is drawn against
    QProgressBar* m_progress;
    QLabel* m_message;
    ScatterChart* m_chart;
    BarChart* m_bars;
    QList<qsizetype> m_barPoints; ///< by bar, the index of its design
};

} // namespace tidemark::studio
