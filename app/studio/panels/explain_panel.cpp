// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/explain_panel.h"

#include "app/studio/document/selection.h"
#include "app/studio/panels/explain_html.h"
#include "app/studio/theme/fonts.h"

#include <QScrollBar>
#include <QTextDocument>

namespace tidemark::studio {

namespace {

/// Figures of single buffers and stages are reached by selecting them.
bool isGeneral(const Figure& figure)
{
    return !figure.id.starts_with("buffer:") && !figure.id.starts_with("stage:");
}

/// N of "buffer:N", if it is one of `count`.
std::optional<std::size_t> indexIn(const QString& link, const char* kind, std::size_t count)
{
    if (!link.startsWith(QLatin1String(kind))) {
        return std::nullopt;
    }
    bool good = false;
    const qulonglong index = link.mid(static_cast<qsizetype>(qstrlen(kind))).toULongLong(&good);
    return good && index < count ? std::optional<std::size_t>(index) : std::nullopt;
}

} // namespace

ExplainPanel::ExplainPanel(Selection& selection, QWidget* parent)
    : QTextBrowser(parent), m_selection(selection)
{
    setOpenLinks(false);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Explain"));
    setFont(fonts::regular(12));
    document()->setDefaultFont(fonts::regular(12));
    document()->setDocumentMargin(16);
    connect(this, &QTextBrowser::anchorClicked, this, &ExplainPanel::follow);
    connect(this, &QTextBrowser::highlighted, this, &ExplainPanel::preview);
    connect(&m_selection, &Selection::changed, this, &ExplainPanel::refresh);
}

void ExplainPanel::setView(PlanViewPtr view)
{
    m_view = std::move(view);
    refresh();
}

void ExplainPanel::setTheme(const Theme& theme)
{
    m_theme = &theme;
    refresh();
}

void ExplainPanel::openFigure(const QString& id)
{
    m_selection.clear();
    m_open.insert(id);
    refresh();
    scrollToAnchor(ExplainHtml::anchor(id.toStdString()));
}

std::vector<const Figure*> ExplainPanel::shown() const
{
    const Plan& plan = *m_view->plan;
    std::string first;
    if (m_selection.buffer().isValid()) {
        first = "buffer:" + plan[m_selection.buffer()].name;
    } else if (m_selection.stage().isValid()) {
        first = "stage:" + (*plan.network)[m_selection.stage()].name;
    }
    std::vector<const Figure*> figures;
    for (const Figure& figure : m_view->figures) {
        if (figure.id == first) {
            figures.insert(figures.begin(), &figure);
        } else if (isGeneral(figure)) {
            figures.push_back(&figure);
        }
    }
    return figures;
}

void ExplainPanel::refresh()
{
    if (!m_view) {
        clear();
        return;
    }
    const int scrolled = verticalScrollBar()->value();
    setHtml(ExplainHtml{*m_theme, m_open}.page(shown(), *m_view->plan));
    verticalScrollBar()->setValue(scrolled);
}

void ExplainPanel::follow(const QUrl& link)
{
    const QString target = link.toString();
    if (target.startsWith(QLatin1String("figure:"))) {
        const QString id = target.mid(7);
        if (!m_open.remove(id)) {
            m_open.insert(id);
        }
        refresh();
    } else if (const auto buffer = indexIn(target, "buffer:", m_view->plan->buffers.size())) {
        m_selection.selectBuffer(BufferId(*buffer));
    } else if (const auto stage = indexIn(target, "stage:", m_view->plan->network->stages.size())) {
        m_selection.selectStage(StageId(*stage));
    }
}

void ExplainPanel::preview(const QUrl& link)
{
    if (!m_view) {
        return;
    }
    const auto buffer = indexIn(link.toString(), "buffer:", m_view->plan->buffers.size());
    m_selection.hoverBuffer(buffer ? BufferId(*buffer) : BufferId());
    const auto stage = indexIn(link.toString(), "stage:", m_view->plan->network->stages.size());
    m_selection.hoverStage(stage ? StageId(*stage) : StageId());
}

} // namespace tidemark::studio
