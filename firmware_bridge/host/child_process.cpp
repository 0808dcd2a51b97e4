// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/child_process.h"

#include "firmware_bridge/host/event_wait.h"

#include <QFile>
#include <QStandardPaths>
#include <array>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

namespace tidemark::bridge {

namespace {

constexpr int kLongestLine = 64 * 1024;

/// The environment without what a surrounding `make` would hand down, and with messages in the
/// language their readers here know.
QProcessEnvironment plainEnvironment()
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS", "MAKEFILES"}) {
        environment.remove(name);
    }
    environment.insert("LC_ALL", "C");
    return environment;
}

} // namespace

std::string ProgramEnd::text() const
{
    return signal != 0 ? "was ended by signal " + std::to_string(signal)
                       : "exited with code " + std::to_string(exitCode);
}

ChildProcess::ChildProcess(QObject* parent) : QObject(parent)
{
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &ChildProcess::readAll);
    connect(&m_process, &QProcess::readyReadStandardError, this, &ChildProcess::readAll);
    connect(&m_process, &QProcess::finished, this, &ChildProcess::finish);
}

ChildProcess::~ChildProcess()
{
    m_process.disconnect(this);
    kill();
    m_process.waitForFinished(2000);
}

Status ChildProcess::start(const ProgramCall& call)
{
    m_process.setProgram(call.program);
    m_process.setArguments(call.arguments);
    m_process.setWorkingDirectory(call.directory);
    m_process.setProcessEnvironment(plainEnvironment());
    m_process.setChildProcessModifier([parent = ::getpid(), signal = call.deathSignal] {
        sigset_t none; // whatever we have blocked, the child must hear
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, signal);
        if (::getppid() != parent) { // we died before the kernel was told
            ::_exit(127);
        }
    });
    m_process.start();
    if (!m_process.waitForStarted(5000)) {
        return Diagnostic{ErrorKind::Environment,
                          "cannot start `" + printable(call.program.toStdString()) + "`",
                          printable(m_process.errorString().toStdString()),
                          "check that the program is installed and may be executed"};
    }
    m_group = m_process.processId();
    return Done{};
}

void ChildProcess::write(const QByteArray& bytes)
{
    m_process.write(bytes);
}

void ChildProcess::kill()
{
    if (isRunning()) {
        ::kill(static_cast<pid_t>(-m_group), SIGKILL);
        m_process.kill();
    }
}

bool ChildProcess::isRunning() const
{
    return m_process.state() != QProcess::NotRunning;
}

void ChildProcess::splitLines(QByteArray& rest, const QByteArray& more,
                              void (ChildProcess::*line)(const QByteArray&))
{
    rest += more;
    qsizetype from = 0;
    for (qsizetype to; (to = rest.indexOf('\n', from)) >= 0; from = to + 1) {
        emit(this->*line)(rest.mid(from, qMin<qsizetype>(to - from, kLongestLine)));
    }
    rest.remove(0, from);
    if (rest.size() > kLongestLine) {
        emit(this->*line)(rest.left(kLongestLine));
        rest.clear();
    }
}

void ChildProcess::readAll()
{
    splitLines(m_outputRest, m_process.readAllStandardOutput(), &ChildProcess::outputLine);
    splitLines(m_errorRest, m_process.readAllStandardError(), &ChildProcess::errorLine);
}

void ChildProcess::finish(int exitCode, QProcess::ExitStatus status)
{
    readAll();
    splitLines(m_outputRest, m_outputRest.isEmpty() ? "" : "\n", &ChildProcess::outputLine);
    splitLines(m_errorRest, m_errorRest.isEmpty() ? "" : "\n", &ChildProcess::errorLine);
    // QProcess gives the signal as the exit code of a crash.
    const bool crashed = status == QProcess::CrashExit;
    m_end = ProgramEnd{crashed ? 0 : exitCode, crashed ? exitCode : 0};
    ::kill(static_cast<pid_t>(-m_group), SIGKILL); // whatever it left behind in its group
    emit ended();
}

Result<ProgramEnd> runProgram(const ProgramCall& call, std::chrono::milliseconds limit,
                              const std::stop_token& stop, const LineSink& onLine)
{
    ChildProcess child;
    EventWait wait;
    const auto sink = [&](const QByteArray& line) { onLine(line.toStdString()); };
    QObject::connect(&child, &ChildProcess::outputLine, sink);
    QObject::connect(&child, &ChildProcess::errorLine, sink);
    QObject::connect(&child, &ChildProcess::ended, [&] { wait.wake(); });
    if (Status started = child.start(call); !started) {
        return started.error();
    }
    switch (wait.run(limit, stop)) {
    case WaitEnd::Woken:
        return *child.end();
    case WaitEnd::Cancelled:
        return cancelledDiagnostic();
    case WaitEnd::TimedOut:
        break;
    }
    return Diagnostic{ErrorKind::Environment,
                      "`" + printable(call.program.toStdString()) + "` did not end within " +
                          std::to_string(limit.count() / 1000) + " s",
                      "", "it was stopped; run it by hand to see what it waits for"};
}

std::optional<std::string> findProgram(const std::string& name)
{
    const QString path = QStandardPaths::findExecutable(QString::fromStdString(name));
    return path.isEmpty() ? std::nullopt : std::optional(path.toStdString());
}

Diagnostic programMissing(const std::string& name, const std::string& purpose)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kPackages{{
        {"make", "make"},
        {"arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi"},
        {"riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"},
        {"qemu-system-arm", "qemu-system-arm"},
        {"qemu-system-riscv32", "qemu-system-misc"},
        {"gdb-multiarch", "gdb-multiarch"},
        {"openocd", "openocd"},
        {"st-flash", "stlink-tools"},
        {"dfu-util", "dfu-util"},
    }};
    std::string mend = "install it and make sure it is on PATH";
    for (const auto& [program, package] : kPackages) {
        if (name == program) {
            mend = "install it, on Debian with `apt-get install " + std::string(package) + "`";
        }
    }
    return {ErrorKind::Environment, "`" + printable(name) + "` is not installed", purpose, mend};
}

Diagnostic cancelledDiagnostic()
{
    return {ErrorKind::Environment, "cancelled", "", "start it again when you want the result"};
}

} // namespace tidemark::bridge
