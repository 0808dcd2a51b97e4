// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"

#include <QElapsedTimer>
#include <QFile>
#include <QObject>
#include <QStringList>
#include <filesystem>

namespace tidemark::bridge {

/// What went over the wire, with the seconds since the start: "  1.234 > x-hash%". Bounded: the
/// last 5,000 lines in memory, 32 MiB in the file, 200 bytes a line. Untrusted bytes are escaped.
class Transcript : public QObject {
    Q_OBJECT

public:
    explicit Transcript(QObject* parent = nullptr);

    /// Also writes every further line to `path`. Error (Environment): it cannot be written.
    Status openFile(const std::filesystem::path& path);

    void sent(const QByteArray& text) { add('>', text); }
    void received(const QByteArray& line) { add('<', line); }
    void note(const QByteArray& text) { add('#', text); } ///< ours, not on the wire

    const QStringList& lines() const { return m_lines; }

signals:
    void lineAdded(const QString& line);

private:
    void add(char mark, const QByteArray& text);

    QElapsedTimer m_clock;
    QStringList m_lines;
    QFile m_file;
};

} // namespace tidemark::bridge
