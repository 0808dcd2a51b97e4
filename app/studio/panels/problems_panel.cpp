// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/problems_panel.h"

#include "app/studio/document/selection.h"
#include "app/studio/theme/fonts.h"

#include <QFontMetrics>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr std::size_t kMostLinks = 6;
constexpr int kWidestRemedy = 220; ///< px; names come from files

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted, 60)).toHtmlEscaped();
}

QLabel* label(const QString& text, const QFont& font, const char* tone = nullptr)
{
    auto* made = new QLabel(text);
    made->setFont(font);
    if (tone) {
        made->setProperty("tone", tone);
    }
    return made;
}

} // namespace

ProblemsPanel::ProblemsPanel(Selection& selection, QWidget* parent)
    : QScrollArea(parent), m_selection(selection), m_rows(new QVBoxLayout)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Problems"));
    auto* inside = new QWidget;
    inside->setProperty("ground", "panel");
    inside->setAttribute(Qt::WA_StyledBackground);
    inside->setLayout(m_rows);
    m_rows->setContentsMargins(16, 10, 16, 10);
    m_rows->setSpacing(8);
    setWidget(inside);
    setProblems({});
}

void ProblemsPanel::setProblems(const std::vector<Problem>& problems, const PlanPtr& plan)
{
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        if (item->widget()) {
            item->widget()->deleteLater(); // a remedy of this very row may be on the stack
            item->widget()->hide();
        }
        delete item;
    }
    m_count = static_cast<int>(problems.size());
    if (problems.empty()) {
        m_rows->addWidget(label(tr("No problems: the plan fits and its checker found nothing."),
                                fonts::regular(12), "faint"));
    }
    for (const Problem& problem : problems) {
        m_rows->addWidget(makeRow(problem, plan.get()));
    }
    m_rows->addStretch(1);
}

QWidget* ProblemsPanel::makeRow(const Problem& problem, const Plan* plan)
{
    auto* row = new QWidget;
    auto* across = new QHBoxLayout(row);
    across->setContentsMargins(0, 0, 0, 0);
    across->setSpacing(8);
    across->addWidget(label(problem.blocks ? QStringLiteral("●") : QStringLiteral("○"),
                            fonts::regular(11), problem.blocks ? "bad" : "faint"),
                      0, Qt::AlignTop);
    auto* down = new QVBoxLayout;
    down->setSpacing(5);
    across->addLayout(down, 1);
    QLabel* words = label(problem.text, fonts::regular(12));
    words->setTextFormat(Qt::PlainText);
    words->setWordWrap(true);
    words->setTextInteractionFlags(Qt::TextSelectableByMouse);
    down->addWidget(words);
    if (plan && !problem.buffers.empty()) {
        down->addWidget(makeLinks(problem.buffers, *plan));
    }
    auto* remedies = new QHBoxLayout;
    remedies->setSpacing(8);
    for (const Remedy& remedy : problem.remedies) {
        const QFont font = fonts::semiBold(11);
        auto* button = new QPushButton(
            QFontMetrics(font).elidedText(remedy.name, Qt::ElideMiddle, kWidestRemedy));
        button->setAccessibleName(remedy.name);
        button->setToolTip(remedy.name);
        button->setFont(font);
        button->setProperty("boxed", true);
        remedies->addWidget(button);
        connect(button, &QPushButton::clicked, this, [this, remedy] { emit remedyChosen(remedy); });
    }
    remedies->addStretch(1);
    down->addLayout(remedies);
    return row;
}

/// The buffers in conflict by name: a click or Enter selects one.
QLabel* ProblemsPanel::makeLinks(const std::vector<BufferId>& buffers, const Plan& plan)
{
    QStringList names;
    for (std::size_t i = 0; i < std::min(buffers.size(), kMostLinks); ++i) {
        names += QStringLiteral("<a href=\"%1\">%2</a>")
                     .arg(buffers[i].index())
                     .arg(text(plan[buffers[i]].name));
    }
    QString shown = tr("In conflict: %1").arg(names.join(QStringLiteral(" · ")));
    if (buffers.size() > kMostLinks) {
        shown += tr(" and %1 more").arg(buffers.size() - kMostLinks);
    }
    QLabel* links = label(shown, fonts::regular(11), "dim");
    links->setTextFormat(Qt::RichText);
    links->setWordWrap(true);
    links->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
    connect(links, &QLabel::linkActivated, this, [this](const QString& link) {
        m_selection.selectBuffer(BufferId(link.toULongLong()));
    });
    return links;
}

} // namespace tidemark::studio
