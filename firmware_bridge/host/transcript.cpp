// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/transcript.h"

namespace tidemark::bridge {

namespace {

constexpr qsizetype kMostLines = 5000;
constexpr qint64 kLargestFile = 32 << 20;
constexpr std::size_t kLongestLine = 200;

} // namespace

Transcript::Transcript(QObject* parent) : QObject(parent)
{
    m_clock.start();
}

Status Transcript::openFile(const std::filesystem::path& path)
{
    m_file.close();
    m_file.setFileName(QString::fromStdString(path.string()));
    if (!m_file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
        return Diagnostic{ErrorKind::Environment, "cannot write the transcript",
                          printable(path.string()), "name a file in a folder you may write to"};
    }
    return Done{};
}

void Transcript::add(char mark, const QByteArray& text)
{
    const QString line =
        QString("%1 %2 %3")
            .arg(static_cast<double>(m_clock.elapsed()) / 1000, 8, 'f', 3)
            .arg(QChar(mark))
            .arg(QString::fromStdString(printable(text.toStdString(), kLongestLine)));
    m_lines.append(line);
    if (m_lines.size() > kMostLines) {
        m_lines.remove(0, kMostLines / 10);
    }
    if (m_file.isOpen()) {
        m_file.write(line.toUtf8() + '\n');
        if (m_file.size() > kLargestFile) {
            m_file.write("# the transcript ends here: 32 MiB are full\n");
            m_file.close();
        }
    }
    emit lineAdded(line);
}

} // namespace tidemark::bridge
