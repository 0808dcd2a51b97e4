// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QBoxLayout;

namespace tidemark::studio {

/// Two bars in one line, the second at its right end; below each other where a line is too short.
class ToolRow : public QWidget {
    Q_OBJECT
public:
    ToolRow(QWidget* first, QWidget* second, QWidget* parent = nullptr);

    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;

private:
    void arrange();

    QWidget *m_first, *m_second;
    QBoxLayout* m_layout;
    bool m_stacked = false;
};

} // namespace tidemark::studio
