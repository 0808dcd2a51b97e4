// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/device.h"

#include <QCoreApplication>
#include <QTemporaryDir>
#include <csignal>
#include <cstdio>
#include <thread>
#include <unistd.h>

namespace tidemark::cli {

namespace {

/// Turns Ctrl-C and SIGTERM into a stop request for as long as it lives: the signals are blocked
/// and awaited in a thread, where anything may be called.
class StopOnSignal {
public:
    StopOnSignal()
    {
        sigemptyset(&m_signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            sigaddset(&m_signals, signal);
        }
        pthread_sigmask(SIG_BLOCK, &m_signals, &m_before);
        m_waiter = std::jthread([this](const std::stop_token& end) {
            const timespec slice{0, 50'000'000};
            while (!end.stop_requested()) {
                if (sigtimedwait(&m_signals, nullptr, &slice) > 0) {
                    m_stop.request_stop();
                }
            }
        });
    }
    ~StopOnSignal()
    {
        m_waiter.request_stop();
        m_waiter.join();
        pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    }
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

    std::stop_token token() const { return m_stop.get_token(); }

private:
    sigset_t m_signals{}, m_before{};
    std::stop_source m_stop;
    std::jthread m_waiter;
};

/// One line that is written over, on a terminal only.
class ProgressLine {
public:
    explicit ProgressLine(bool wanted) : m_wanted(wanted && isatty(STDERR_FILENO) != 0) {}
    ~ProgressLine()
    {
        if (m_wanted) {
            std::fputs("\r\033[K", stderr);
        }
    }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const std::string& text) const
    {
        if (m_wanted) {
            std::fprintf(stderr, "\r\033[K%s", text.c_str());
        }
    }

private:
    bool m_wanted;
};

} // namespace

Result<bridge::Measurement> runOnDevice(const Plan& plan,
                                        const std::vector<std::vector<float>>& samples,
                                        const DeviceChoices& choices, const Context& context)
{
    const StopOnSignal stopOnSignal; // before any thread is made: they inherit the blocked signals
    int argc = 1;
    char name[] = "tidemark";
    char* argv[] = {name, nullptr};
    const QCoreApplication application(argc, argv);

    QTemporaryDir own;
    std::filesystem::path folder = choices.folders.bundle;
    if (folder.empty()) {
        folder = own.filePath("bundle").toStdString();
    }
    Result<bridge::DeviceRequest> request = prepareDeviceJob(plan, samples, folder);
    if (!request) {
        return request.error();
    }
    request->port = choices.port;
    request->repeat = choices.repeat;
    request->paint = choices.paint;
    request->transcriptFile = choices.folders.transcript;
    const ProgressLine line(!context.quiet && !context.json);
    bridge::DeviceEvents events;
    events.progress = [&](const bridge::DeviceProgress& progress) { line.show(progress.text); };
    return bridge::measureOnDevice(*request, events, stopOnSignal.token());
}

} // namespace tidemark::cli
