// SPDX-License-Identifier: Apache-2.0
#pragma once

// Ahead of the rest: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QObject>

#include "core/model/result.h"
#include "firmware_bridge/host/child_process.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

class QThread;

namespace tidemark::bridge {

enum class DeviceStep { Build, Start, Run, Check };

struct DeviceProgress {
    DeviceStep step = DeviceStep::Build;
    std::string text; ///< "run 3 of 200"
    std::size_t done = 0, total = 0;
};

struct DeviceEvents {
    std::function<void(const DeviceProgress&)> progress;
    LineSink log; ///< build output, flashing tools, serial transcript
};

/// Work with a board in a thread of its own, whose event loop it may run. One object per job.
class DeviceThread : public QObject {
    Q_OBJECT

public:
    ~DeviceThread() override; ///< cancels and waits

    void cancel() { m_stop.request_stop(); } ///< finished() follows within 100 ms
    bool wasCancelled() const { return m_stop.stop_requested(); }

signals: // all in this object's thread
    void progress(const QString& text, int done, int total);
    void logLine(const QString& line);
    void finished();

protected:
    /// What the work leaves to be done in this object's thread, just before finished().
    using Delivery = std::function<void()>;

    explicit DeviceThread(QObject* parent);
    void startThread(std::function<Delivery(const DeviceEvents&, const std::stop_token&)> work);

private:
    std::stop_source m_stop;
    std::unique_ptr<QThread> m_thread;
};

/// Work that ends with an Outcome.
template <class Outcome> class DeviceTask : public DeviceThread {
public:
    using Work = std::function<Result<Outcome>(const DeviceEvents&, const std::stop_token&)>;

    explicit DeviceTask(Work work, QObject* parent = nullptr)
        : DeviceThread(parent), m_work(std::move(work))
    {
    }

    void start()
    {
        // A copy of the work: this object may die while the thread still runs.
        startThread([this, work = m_work](const DeviceEvents& events, const std::stop_token& stop) {
            return [this, result = work(events, stop)] { m_result = result; };
        });
    }
    bool isFinished() const { return m_result.has_value(); }
    const Result<Outcome>& result() const { return *m_result; } ///< after finished()

private:
    Work m_work;
    std::optional<Result<Outcome>> m_result;
};

} // namespace tidemark::bridge
