// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/device_task.h"

#include "firmware_bridge/host/event_wait.h"

#include <QThread>

namespace tidemark::bridge {

DeviceThread::DeviceThread(QObject* parent) : QObject(parent)
{
}

DeviceThread::~DeviceThread()
{
    cancel();
    if (m_thread) {
        m_thread->wait();
    }
}

void DeviceThread::startThread(
    std::function<Delivery(const DeviceEvents&, const std::stop_token&)> work)
{
    const auto toUs = [this](auto call) { post(this, std::move(call)); };
    DeviceEvents events;
    events.progress = [this, toUs](const DeviceProgress& p) {
        toUs([this, p] {
            emit progress(QString::fromStdString(p.text), static_cast<int>(p.done),
                          static_cast<int>(p.total));
        });
    };
    events.log = [this, toUs](const std::string& line) {
        toUs([this, line] { emit logLine(QString::fromStdString(line)); });
    };
    m_thread.reset(QThread::create([this, toUs, events, work = std::move(work)] {
        toUs([this, deliver = work(events, m_stop.get_token())] {
            deliver();
            emit finished();
        });
    }));
    m_thread->start();
}

} // namespace tidemark::bridge
