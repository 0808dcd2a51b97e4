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
    QTimer timer;
    timer.setSingleShot(true);
    timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&timer, &QTimer::timeout, &m_loop,
                     [this] { m_loop.exit(static_cast<int>(WaitEnd::TimedOut)); });
    timer.start(limit);
    // Another thread may ask: the request travels to this loop as an event.
    const std::stop_callback onStop(stop, [&] {
        // May come after this function has returned: nothing of its stack may be used.
        post(&m_loop, [this] { m_loop.exit(static_cast<int>(WaitEnd::Cancelled)); });
    });
    const auto how = static_cast<WaitEnd>(m_loop.exec());
    m_woken = false;
    return stop.stop_requested() ? WaitEnd::Cancelled : how;
}

WaitEnd pauseFor(std::chrono::milliseconds time, const std::stop_token& stop)
{
    return EventWait().run(time, stop);
}

void post(QObject* context, const std::function<void()>& call)
{
#ifndef __clang_analyzer__ // takes what Qt's event owns for a leak
    QMetaObject::invokeMethod(context, call, Qt::QueuedConnection);
#endif
}

} // namespace tidemark::bridge
