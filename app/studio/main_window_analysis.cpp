// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that looks beyond the plan: other plans, and training.
#include "app/studio/panels/compare_panel.h"
#include "app/studio/panels/explore_panel.h"
#include "app/studio/panels/training_panel.h"

#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"

#include <QBoxLayout>
#include <QScrollArea>
#include <QTabWidget>

namespace tidemark::studio {

namespace {
constexpr int kLowestMap = 150; ///< px of each of two maps

/// So that a panel with many controls does not make the window large.
QScrollArea* scrolling(QWidget* panel)
{
    auto* area = new QScrollArea;
    area->setWidget(panel);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus); // its controls have it
    return area;
}
} // namespace

void MainWindow::makeAnalysisTabs()
{
    auto* explorer = new Explorer(m_document, this);
    m_explore = new ExplorePanel(m_document, *explorer);
    m_tabs->addTab(scrolling(m_explore), tr("Explore"));
    m_compare = new ComparePanel(m_document, m_selection);
    m_tabs->addTab(scrolling(m_compare), tr("Compare"));
    connect(m_compare, &ComparePanel::beforeChanged, this, &MainWindow::showBefore);
    connect(m_compare, &ComparePanel::dimmedChanged, this, &MainWindow::dimUnmoved);
    connect(m_compare, &ComparePanel::openFailed, this, [this](const Diagnostic& reason) {
        showFailure(tr("Cannot compare with this file"), reason);
    });
    m_training = new TrainingPanel;
    m_tabs->addTab(scrolling(m_training), tr("Training"));
    connect(&m_document, &Document::opened, this,
            [this] { m_training->setNetwork(*m_document.source().fileNetwork); });
}

void MainWindow::followView(MapWidget& from, MapWidget& to)
{
    connect(&from, &MapWidget::viewChanged, &to, [&from, &to] {
        MapViewport viewport = to.viewport();
        viewport.zoom = from.viewport().zoom;
        viewport.scroll = from.viewport().scroll;
        to.setViewport(viewport); // which says nothing when it is there already
    });
}

void MainWindow::dimUnmoved()
{
    if (m_document.plan()) {
        m_map->setDimmed(m_compare->dimmed(*m_document.plan()));
    }
    if (m_beforeMap) {
        m_beforeMap->setDimmed(m_compare->dimmed(*m_compare->before()));
    }
}

void MainWindow::showBefore(const PlanPtr& before)
{
    if (!before) {
        delete m_beforeMap;
        m_beforeMap = nullptr;
        m_map->setMinimumHeight(0);
        return;
    }
    if (!m_beforeMap) {
        m_beforeMap = new MapWidget(m_beforeSelection);
        m_beforeMap->setAccessibleName(tr("Memory map of the other plan"));
        m_beforeMap->setToolTip(tr("The plan before"));
        m_beforeMap->setTheme(*m_theme);
        m_beforeMap->setMinimumHeight(kLowestMap);
        m_map->setMinimumHeight(kLowestMap);
        auto* centre = static_cast<QBoxLayout*>(m_map->parentWidget()->layout());
        centre->insertWidget(centre->indexOf(m_map), m_beforeMap, 1);
        m_beforeMap->show();
        followView(*m_beforeMap, *m_map);
        followView(*m_map, *m_beforeMap);
    }
    m_beforeSelection.setPlan(before);
    m_beforeMap->setPlan(before);
    MapViewport viewport = m_beforeMap->viewport();
    viewport.zoom = m_map->viewport().zoom;
    viewport.scroll = m_map->viewport().scroll;
    m_beforeMap->setViewport(viewport);
    dimUnmoved();
}

} // namespace tidemark::studio
