// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/device_task.h"

#include "firmware_bridge/host/event_wait.h"

namespace tidemark::studio {

DeviceTask::DeviceTask(Work work, QObject* parent) : QObject(parent), m_work(std::move(work))
{
}

DeviceTask::~DeviceTask()
{
    cancel();
    if (m_thread) {
        m_thread->wait();
    }
}

void DeviceTask::start()
{
    const auto toUs = [this](auto call) { bridge::post(this, std::move(call)); };
    bridge::DeviceEvents events;
    events.progress = [this, toUs](const bridge::DeviceProgress& p) {
        toUs([this, p] {
            emit progress(QString::fromStdString(p.text), static_cast<int>(p.done),
                          static_cast<int>(p.total));
        });
    };
    events.log = [this, toUs](const std::string& line) {
        toUs([this, line] { emit logLine(QString::fromStdString(line)); });
    };
    m_thread.reset(QThread::create([this, toUs, events] {
        Result<DeviceOutcome> result = m_work(events, m_stop.get_token());
        toUs([this, result] {
            m_result = result;
            emit finished();
        });
    }));
    m_thread->start();
}

} // namespace tidemark::studio
