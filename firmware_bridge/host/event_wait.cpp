// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/event_wait.h"

#include <QTimer>

namespace tidemark::bridge {

void EventWait::wake()
{
    m_woken = true;
    m_loop.exit(static_cast<int>(WaitEnd::Woken));
}

WaitEnd EventWait::run(std::chrono::milliseconds limit, const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        return WaitEnd::Cancelled;
    }
    if (std::exchange(m_woken, false)) {
        return WaitEnd::Woken;
    }
    const auto end = [this](WaitEnd how) { m_loop.exit(static_cast<int>(how)); };
    QTimer timer;
    timer.setSingleShot(true);
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, &m_loop, [&] { end(WaitEnd::TimedOut); });
    timer.start(limit);
    // Another thread may ask: the request travels to this loop as an event.
    const std::stop_callback onStop(stop, [&] {
        QMetaObject::invokeMethod(
            &m_loop, [&] { end(WaitEnd::Cancelled); }, Qt::QueuedConnection);
    });
    const auto how = static_cast<WaitEnd>(m_loop.exec());
    m_woken = false;
    return stop.stop_requested() ? WaitEnd::Cancelled : how;
}

WaitEnd pauseFor(std::chrono::milliseconds time, const std::stop_token& stop)
{
    return EventWait().run(time, stop);
}

} // namespace tidemark::bridge
