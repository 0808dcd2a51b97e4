// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QEventLoop>
#include <chrono>
#include <functional>
#include <stop_token>

namespace tidemark::bridge {

enum class WaitEnd { Woken, TimedOut, Cancelled };

/// A bounded wait that runs the calling thread's event loop: how straight-line code (the command
/// line, a worker thread) waits for signals. A stop request from any thread ends it at once.
class EventWait {
public:
    /// Ends the wait, or the next one if none is running. From the waiting thread only.
    void wake();
    /// Returns at wake(), after `limit`, or when `stop` is requested.
    WaitEnd run(std::chrono::milliseconds limit, const std::stop_token& stop = {});

private:
    QEventLoop m_loop;
    bool m_woken = false;
};

/// Lets events pass for `time`. Woken never happens.
WaitEnd pauseFor(std::chrono::milliseconds time, const std::stop_token& stop = {});

/// Calls `call` from the event loop of `context`'s thread, never if `context` dies before. From any
/// thread.
void post(QObject* context, const std::function<void()>& call);

} // namespace tidemark::bridge
