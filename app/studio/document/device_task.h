// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include <QObject>

#include "app/common/device_steps.h"

#include <QThread>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace tidemark::studio {

/// What a step ended with.
struct DeviceOutcome {
    std::vector<bridge::SectionMeasurement> sections; ///< of a build
    std::optional<StartedDevice> started;
    std::optional<bridge::Measurement> measured;
};

/// One step, or several, on a board, in a thread of its own whose event loop it may run.
class DeviceTask : public QObject {
    Q_OBJECT
public:
    using Work =
        std::function<Result<DeviceOutcome>(const bridge::DeviceEvents&, const std::stop_token&)>;

    explicit DeviceTask(Work work, QObject* parent = nullptr);
    ~DeviceTask() override; ///< cancels and waits

    void start();
    void cancel() { m_stop.request_stop(); } ///< finished() follows within 100 ms
    bool wasCancelled() const { return m_stop.stop_requested(); }
    const Result<DeviceOutcome>& result() const { return *m_result; } ///< after finished()

signals: // all in this object's thread
    void progress(const QString& text, int done, int total);
    void logLine(const QString& line);
    void finished();

private:
    Work m_work;
    std::stop_source m_stop;
    std::unique_ptr<QThread> m_thread;
    std::optional<Result<DeviceOutcome>> m_result;
};

} // namespace tidemark::studio
