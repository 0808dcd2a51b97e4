// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"

#include <QObject>
#include <QProcess>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace tidemark::bridge {

/// A program to run: argv, never a shell.
struct ProgramCall {
    QString program;
    QStringList arguments;
    QString directory; ///< empty: ours
    /// What the kernel sends the program when our thread dies, however it dies. SIGTERM lets a
    /// `make` end its compilers first.
    int deathSignal = SIGKILL;
};

/// How a program ended.
struct ProgramEnd {
    int exitCode = 0;
    int signal = 0; ///< 0: it exited by itself

    bool ok() const { return exitCode == 0 && signal == 0; }
    std::string text() const; ///< "exited with 2", "was ended by signal 9"
};

/// A child in a process group of its own that never outlives us: its group is killed by the
/// destructor, and the child itself by the kernel when the thread that started it ends.
class ChildProcess : public QObject {
    Q_OBJECT

public:
    explicit ChildProcess(QObject* parent = nullptr);
    ~ChildProcess() override;

    /// Error (Environment): the program cannot be started.
    Status start(const ProgramCall& call);
    void write(const QByteArray& bytes);
    void kill(); ///< the whole group, at once

    bool isRunning() const;
    qint64 processId() const { return m_group; }
    const std::optional<ProgramEnd>& end() const { return m_end; }

signals:
    void outputLine(const QByteArray& line); ///< of stdout, without its end, cut at 64 KiB
    void errorLine(const QByteArray& line);  ///< of stderr
    void ended();                            ///< after the last line; end() is set

private:
    void splitLines(QByteArray& rest, const QByteArray& more,
                    void (ChildProcess::*line)(const QByteArray&));
    void readAll();
    void finish(int exitCode, QProcess::ExitStatus status);

    QProcess m_process;
    QByteArray m_outputRest, m_errorRest;
    qint64 m_group = 0;
    std::optional<ProgramEnd> m_end;
};

using LineSink = std::function<void(const std::string& line)>;

/// Runs a program to its end, its lines to `onLine`. Errors (Environment): not started, longer
/// than `limit`, cancelled; the group is killed then. An exit code other than 0 is no error here.
Result<ProgramEnd> runProgram(const ProgramCall& call, std::chrono::milliseconds limit,
                              const std::stop_token& stop, const LineSink& onLine);

/// Full path of a program on PATH; nothing when there is none.
std::optional<std::string> findProgram(const std::string& name);

/// "`NAME` is not installed" with the Debian package that holds it, where it is known.
Diagnostic programMissing(const std::string& name, const std::string& purpose);

/// The Diagnostic of everything that ends because the user asked for it.
Diagnostic cancelledDiagnostic();

} // namespace tidemark::bridge
