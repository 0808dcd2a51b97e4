// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <functional>

class QLabel;
class QPushButton;

namespace tidemark::studio {

/// One sentence above the map with, perhaps, one thing to do about it. Never in the way: the
/// document stays usable, the next notice or the cross takes it away.
class NoticeBar : public QFrame {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* parent = nullptr);

    void say(const QString& text);
    void offer(const QString& text, const QString& actionName, std::function<void()> action);
    void dismiss();
    QString text() const;
    QPushButton* action() { return m_action; }

private:
    QLabel* m_text;
    QPushButton* m_action;
    QPushButton* m_close;
    std::function<void()> m_do;
};

} // namespace tidemark::studio
