// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

namespace tidemark::studio {

/// What tools and boards said, line by line, as it comes. Keeps the last kMostLines.
class LogPanel : public QPlainTextEdit {
    Q_OBJECT
public:
    static constexpr int kMostLines = 5'000;

    explicit LogPanel(QWidget* parent = nullptr);

    void addLine(const QString& line);
};

} // namespace tidemark::studio
