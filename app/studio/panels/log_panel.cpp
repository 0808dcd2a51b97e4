// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/log_panel.h"

#include "core/model/diagnostic.h"

#include <QFontDatabase>

namespace tidemark::studio {

LogPanel::LogPanel(QWidget* parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setMaximumBlockCount(kMostLines);
    setLineWrapMode(NoWrap);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Log"));
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(11);
    setFont(font);
}

void LogPanel::addLine(const QString& line)
{
    constexpr std::size_t kLongest = 500; // a board may send anything
    appendPlainText(QString::fromStdString(printable(line.toStdString(), kLongest)));
}

} // namespace tidemark::studio
