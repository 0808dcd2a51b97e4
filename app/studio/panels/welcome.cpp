// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/welcome.h"

#include "app/studio/theme/fonts.h"

#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>

namespace tidemark::studio {

namespace {

constexpr const char* kSetting = "welcome/showAtStart";

QLabel* label(const QString& text, const QFont& font, const char* tone = nullptr)
{
    auto* made = new QLabel(text);
    made->setFont(font);
    made->setTextFormat(Qt::PlainText);
    made->setWordWrap(true);
    if (tone) {
        made->setProperty("tone", tone);
    }
    return made;
}

} // namespace

Welcome::Welcome(QWidget* host) : QFrame(host), m_host(host), m_again(new QCheckBox)
{
    setObjectName("welcome");
    setAccessibleName(tr("Welcome"));
    setFocusPolicy(Qt::StrongFocus);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(26, 22, 26, 20);
    layout->setSpacing(6);
    layout->addWidget(label(tr("Every byte, where and when"), fonts::semiBold(20)));
    layout->addWidget(label(tr("This is LeNet-5, planned for a microcontroller. Height is an "
                               "address, width is time. Five things to try:"),
                            fonts::regular(12), "dim"));
    layout->addSpacing(8);
    addMission(layout, Mission::SeePeak, tr("Find the tidemark"),
               tr("The peak decides how much RAM the board needs. P jumps to it."), tr("Show me"));
    addMission(layout, Mission::StopSharing, tr("Stop sharing bytes"),
               tr("Give every tensor bytes of its own, then climb the rungs one by one."),
               tr("Unshared"));
    addMission(layout, Mission::MoveBuffer, tr("Move a buffer"),
               tr("Drag one into another bank: the card says what it costs before you let go."),
               tr("Pick one"));
    addMission(layout, Mission::OpenFigure, tr("Open a number"),
               tr("Every figure opens into its formula with the real numbers in it."),
               tr("Open one"));
    addMission(layout, Mission::SmallBoard, tr("Try a board with 16 KiB"),
               tr("What still fits there, and on which rung?"), tr("HiFive1"));

    m_again->setText(tr("Show this at start"));
    m_again->setFont(fonts::regular(12));
    m_again->setChecked(isWanted());
    connect(m_again, &QCheckBox::toggled, this,
            [](bool wanted) { QSettings().setValue(kSetting, wanted); });
    auto* start = new QPushButton(tr("Start"));
    start->setFont(fonts::semiBold(12));
    start->setProperty("primary", true);
    connect(start, &QPushButton::clicked, this, &QWidget::hide);
    auto* foot = new QHBoxLayout;
    foot->addWidget(m_again);
    foot->addStretch(1);
    foot->addWidget(start);
    layout->addSpacing(8);
    layout->addLayout(foot);

    setFixedWidth(480);
    m_host->installEventFilter(this);
    hide();
}

bool Welcome::isWanted()
{
    return QSettings().value(kSetting, true).toBool();
}

void Welcome::addMission(QVBoxLayout* layout, Mission mission, const QString& title,
                         const QString& text, const QString& button)
{
    auto* texts = new QVBoxLayout;
    texts->setSpacing(1);
    texts->addWidget(label(title, fonts::semiBold(12)));
    texts->addWidget(label(text, fonts::regular(12), "dim"));
    auto* go = new QPushButton(button);
    go->setFont(fonts::semiBold(11));
    go->setProperty("boxed", true);
    go->setAccessibleDescription(title);
    connect(go, &QPushButton::clicked, this, [this, mission] {
        hide();
        emit missionChosen(mission);
    });
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 5, 0, 5);
    row->setSpacing(14);
    row->addLayout(texts, 1);
    row->addWidget(go, 0, Qt::AlignVCenter);
    layout->addLayout(row);
}

void Welcome::centre()
{
    adjustSize();
    const QPoint middle = m_host->rect().center() - rect().center();
    move(std::max(0, middle.x()), std::max(0, middle.y()));
    raise();
}

bool Welcome::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::Resize && isVisible()) {
        centre();
    }
    return QFrame::eventFilter(watched, event);
}

void Welcome::showEvent(QShowEvent* event)
{
    QFrame::showEvent(event);
    centre();
    setFocus();
}

void Welcome::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape) {
        hide();
        return;
    }
    QFrame::keyPressEvent(event);
}

} // namespace tidemark::studio
