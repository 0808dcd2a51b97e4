// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/stage_panel.h"

#include "app/studio/document/selection.h"
#include "app/studio/panels/stage_delegate.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QVBoxLayout>

namespace tidemark::studio {

StagePanel::StagePanel(Selection& selection, QWidget* parent)
    : QWidget(parent), m_selection(selection), m_title(new QLabel), m_summary(new QLabel),
      m_search(new QLineEdit), m_list(new QListView), m_delegate(new StageDelegate(this))
{
    setProperty("ground", "panel");
    setAttribute(Qt::WA_StyledBackground);
    m_title->setFont(fonts::semiBold(14));
    m_title->setTextFormat(Qt::PlainText);
    m_summary->setFont(fonts::regular(11));
    m_summary->setProperty("tone", "faint");
    m_summary->setWordWrap(true);
    m_search->setPlaceholderText(tr("Search stages"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Search stages"));

    m_filtered.setSourceModel(&m_model);
    m_filtered.setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_list->setModel(&m_filtered);
    m_list->setItemDelegate(m_delegate);
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setAccessibleName(tr("Stages"));

    auto* head = new QVBoxLayout;
    head->setContentsMargins(16, 14, 16, 12);
    head->setSpacing(3);
    head->addWidget(m_title);
    head->addWidget(m_summary);
    head->addSpacing(8);
    head->addWidget(m_search);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(head);
    layout->addWidget(m_list, 1);

    connect(m_search, &QLineEdit::textChanged, &m_filtered,
            &QSortFilterProxyModel::setFilterFixedString);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex& current) {
                if (current.isValid() && !m_following) {
                    m_selection.selectStage(m_model.stageAt(m_filtered.mapToSource(current)));
                }
            });
    connect(m_list, &QListView::entered, this, [this](const QModelIndex& index) {
        m_selection.hoverStage(m_model.stageAt(m_filtered.mapToSource(index)));
    });
    connect(m_list, &QListView::viewportEntered, this, [this] { m_selection.hoverStage({}); });
    connect(&m_selection, &Selection::changed, this, &StagePanel::showSelection);
}

StagePanel::~StagePanel() = default;

void StagePanel::setPlan(const PlanPtr& plan)
{
    m_following = true;
    m_model.setPlan(plan);
    m_following = false;
    if (plan) {
        m_title->setText(QString::fromStdString(printable(plan->network->modelName, 60)));
        m_summary->setText(tr("%1 stages  ·  %2 parameters  ·  %3 MAC")
                               .arg(format::count(static_cast<qint64>(plan->schedule.order.size())),
                                    format::countShort(plan->network->parameters()),
                                    format::countShort(plan->network->macs())));
    }
    showSelection();
}

void StagePanel::setTheme(const Theme& theme)
{
    m_delegate->setTheme(theme);
    m_list->viewport()->update();
}

void StagePanel::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void StagePanel::showSelection()
{
    m_following = true;
    const QModelIndex at = m_filtered.mapFromSource(m_model.indexOf(m_selection.stage()));
    if (at.isValid()) {
        m_list->setCurrentIndex(at);
    } else {
        m_list->clearSelection();
        m_list->selectionModel()->clearCurrentIndex();
    }
    m_following = false;
}

} // namespace tidemark::studio
