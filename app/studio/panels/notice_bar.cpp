// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/notice_bar.h"

#include "app/studio/theme/fonts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace tidemark::studio {

NoticeBar::NoticeBar(QWidget* parent)
    : QFrame(parent), m_text(new QLabel), m_action(new QPushButton), m_close(new QPushButton)
{
    setObjectName("notice");
    m_text->setFont(fonts::regular(12));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_action->setFont(fonts::semiBold(12));
    m_close->setText(tr("Dismiss"));
    m_close->setFont(fonts::regular(12));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 4, 6, 4);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_action);
    layout->addWidget(m_close);
    connect(m_action, &QPushButton::clicked, this, [this] {
        const auto action = std::exchange(m_do, nullptr);
        dismiss();
        if (action) {
            action();
        }
    });
    connect(m_close, &QPushButton::clicked, this, &NoticeBar::dismiss);
    hide();
}

void NoticeBar::say(const QString& text)
{
    offer(text, {}, nullptr);
}

void NoticeBar::offer(const QString& text, const QString& actionName, std::function<void()> action)
{
    m_text->setText(text);
    m_action->setText(actionName);
    m_action->setVisible(!actionName.isEmpty());
    m_do = std::move(action);
    show();
}

void NoticeBar::dismiss()
{
    m_do = nullptr;
    hide();
}

QString NoticeBar::text() const
{
    return isHidden() ? QString() : m_text->text();
}

} // namespace tidemark::studio
