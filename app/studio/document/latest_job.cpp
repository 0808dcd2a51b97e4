// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/latest_job.h"

namespace tidemark::studio {

namespace {
constexpr uint kStack = 8U << 20; ///< imports recurse (bounded) over graphs from files
} // namespace

LatestJob::LatestJob(QObject* parent) : QObject(parent), m_worker(new QObject)
{
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.setStackSize(kStack);
    m_thread.start();
}

LatestJob::~LatestJob()
{
    m_stop.request_stop();
    m_thread.quit();
    m_thread.wait();
}

void LatestJob::cancel()
{
    overtake();
    setBusy(false);
}

std::uint64_t LatestJob::overtake()
{
    m_stop.request_stop();
    m_stop = std::stop_source();
    ++m_generation;
    setBusy(true);
    return m_generation;
}

bool LatestJob::finish(std::uint64_t generation)
{
    if (generation != m_generation) {
        return false;
    }
    setBusy(false);
    return true;
}

void LatestJob::setBusy(bool busy)
{
    if (busy != m_busy) {
        m_busy = busy;
        emit busyChanged(busy);
    }
}

} // namespace tidemark::studio
